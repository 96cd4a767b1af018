"""The demonstration's academy is put into the records, begins to live, and is put forward in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from temporalio.client import Client

from coaching_client import handles
from lifecycle.calendar import Calendar, calendar
from lifecycle.intro_course.series import openings
from records import intro_calendars, open_subjects
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from rehearsal.demonstration.late_starts import LIVES
from rehearsal.demonstration.plots import ACADEMY, plots
from rehearsal.driver import rehearse_purely
from schemas.programme_file import shipped_programme
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, kind_of

_STARTED_AT_ONCE: Final = 24
_MOVED_AT_ONCE: Final = 48
_BEGINS: Final = time(10)
_OFF_THE_MINUTE: Final = 41
"""The second of a minute at which clocks are stopped: nothing falls due just before it."""

_ORDER: Final = (ENGAGEMENT.workflow, COHORT.workflow, INTRO_COURSE.workflow)
"""Who goes first: what teams tell is known to their cohort, and the weekly mail, which goes last, knows all."""


def first_morning(today: date, days: Calendar) -> datetime:
    """When the demonstration begins: at ten on the next working day, so that it has a morning's mail."""
    return days.at(days.add_working_days(today, 1), _BEGINS).astimezone(UTC).replace(second=_OFF_THE_MINUTE)


async def put_in(pool: Pool, present: datetime) -> None:
    """Write the academy's past, up to this moment."""
    for plot in plots(present):
        await rehearse_purely(plot, into=pool)


async def begin(client: Client, pool: Pool, task_queue: str) -> None:
    """Start the workflows of all that is open, from its ledger: no worker need run yet."""
    async with pool.acquire() as conn:
        keeping = await open_subjects.everything(conn)
        openings = await open_subjects.openings(conn, [subject.subject for subject in keeping])
    room = asyncio.Semaphore(_STARTED_AT_ONCE)

    async def start(subject: open_subjects.OpenSubject) -> None:
        async with room:
            opening = openings[subject.subject]
            kind = kind_of(subject.opening)
            await handles.start(client, kind, subject.subject, opening, recorded=True, task_queue=task_queue)

    await asyncio.gather(*map(start, keeping))
    await handles.start_weekly_mail(client, ACADEMY, zone=shipped_programme().zone, task_queue=task_queue)


async def move(
    client: Client, pool: Pool, task_queue: str, present: datetime, to: datetime, arrived: Callable[[datetime], None]
) -> None:
    """Put the clocks of all workflows forward, a day at a time: all that falls due on the way is carried out.

    ``arrived`` hears of each day that they have reached.
    """
    clocks = VirtualClocks(client)
    while present < to:
        present = min(to, present + timedelta(days=1))
        running = await _running(client, task_queue)
        for stage in _ORDER:
            await _advance(clocks, running.pop(stage, ()), present)
        mails = running.pop(handles.WEEKLY_MAIL_WORKFLOW, ())
        await _advance(clocks, (name for names in running.values() for name in names), present)
        await _advance(clocks, mails, present)
        arrived(present)
        await open_courses(client, pool, task_queue, present)
    # And what was begun on the way.
    begun = await _running(client, task_queue)
    await _advance(clocks, (name for names in begun.values() for name in names), to)


async def open_courses(client: Client, pool: Pool, task_queue: str, present: datetime) -> None:
    """Open the Introduction courses that can be booked by now: the schedule that opens them keeps the wall's time."""
    async with pool.acquire() as conn:
        regular = await intro_calendars.everything(conn)
    for given in regular:
        rules = given.programme
        days = calendar(given.calendar, given.division, rules.zone, rules.quiet_hours)
        looks = days.is_working_day(days.day(present))
        for due in openings(given, days, present) if looks else ():
            await handles.start(client, INTRO_COURSE, due.course, due.opening, scoped=True, task_queue=task_queue)


def stop(moment: datetime) -> datetime:
    """A moment at which clocks may be stopped, in the same minute."""
    return moment.replace(second=_OFF_THE_MINUTE, microsecond=0)


async def _running(client: Client, task_queue: str) -> dict[str, list[str]]:
    """The workflows that keep time, by type."""
    found: dict[str, list[str]] = {}
    query = f"TaskQueue = '{task_queue}' AND ExecutionStatus = 'Running'"
    async for workflow in client.list_workflows(query, page_size=1000):
        if workflow.workflow_type in LIVES:
            found.setdefault(workflow.workflow_type, []).append(workflow.id)
    return found


async def _advance(clocks: VirtualClocks, workflows: Iterable[str], to: datetime) -> None:
    room = asyncio.Semaphore(_MOVED_AT_ONCE)

    async def one(workflow: str) -> None:
        async with room:
            await clocks.advance(workflow, to)

    await asyncio.gather(*map(one, workflows))
