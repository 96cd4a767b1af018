"""Two years of one steady team, lived on virtual clocks by the rehearsal: every ask, answer, score and review of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import reduce
from operator import add
from typing import Final

from temporalio.client import Client, WorkflowHistory

from benchmarks.ground import Ground
from benchmarks.histories import Measured, measured
from benchmarks.subjects import OFFICE, wall
from coaching_client import handles
from records import ledger
from rehearsal.driver import rehearse
from rehearsal.script import Script, alone, earliest_course_start
from schemas.engagement_facts import Slot
from schemas.programme_file import shipped_programme
from schemas.recording import Ledger
from schemas.roster import Contact, Roster, RosterRow
from schemas.roster_cells import Behaviour
from schemas.subjects import ENGAGEMENT
from schemas.words import HolidayDivision, Weekday

MONTHS: Final = 24
_COHORT: Final = "bench.life"


@dataclass(frozen=True, slots=True)
class Lived:
    """``runs`` are the histories of the engagement, the first one first; ``ledger`` what its records hold."""

    runs: tuple[WorkflowHistory, ...]
    ledger: Ledger
    wall_seconds: float

    @property
    def history(self) -> Measured:
        """All runs together."""
        return reduce(add, (measured(run.events) for run in self.runs))


async def steady_life(ground: Ground, task_queue: str, months: int = MONTHS) -> Lived:
    """Live these months, and read what is left of them. Raises ValueError if a fact was refused on the way."""
    start = earliest_course_start(wall().date())
    done = await rehearse(
        alone(_script(start + timedelta(days=-start.weekday() % 7), months)),
        client=ground.client,
        pool=ground.pool,
        task_queue=task_queue,
        now=wall(),
    )
    if done.refused:
        raise ValueError(f"{len(done.refused)} facts of the rehearsed life were refused")
    engagement = next(one.engagement_id for one in done.report.engagements if one.engagement_id)
    async with ground.pool.acquire() as connection:
        recorded = await ledger.load(connection, engagement)
    return Lived(await _runs(ground.client, engagement), recorded, done.report.wall_seconds)


def _script(course_start: date, months: int) -> Script:
    def somebody(part: str) -> Contact:
        return Contact(f"A {part}", f"{part}@life.example.org")

    row = RosterRow(
        line=2,
        participant="P01",
        person=somebody("coach"),
        organisation="",
        discipline="",
        microsystem="A steady team",
        team_lead=somebody("lead"),
        sponsor=somebody("sponsor"),
        faculty=somebody("faculty"),
        slot=Slot(day=Weekday.TUESDAY, at=time(9)),
        division=HolidayDivision.ENGLAND_AND_WALES,
        behaviour=Behaviour.STEADY,
    )
    return Script("bench", _COHORT, Roster((row,)), course_start, shipped_programme(), OFFICE, months=months)


async def _runs(client: Client, engagement: str) -> tuple[WorkflowHistory, ...]:
    handle = handles.handle(client, ENGAGEMENT, engagement)
    found: list[WorkflowHistory] = []
    run: str | None = (await handle.describe()).run_id
    while run:
        history = await client.get_workflow_handle(handle.id, run_id=run).fetch_history()
        found.insert(0, history)
        run = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return tuple(found)
