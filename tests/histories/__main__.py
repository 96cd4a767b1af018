"""Makes the histories that the replay tests read: real lives, on the real engine, on virtual clocks.

Run it after a change that old histories need not survive any more: ``make histories``, for Introduction courses alone
``make histories ARGS=courses``. It takes some minutes.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from coaching_client import handles
from devstack.settings import Ports
from devstack.stack import Stack
from process.connection import connect
from process.logging import set_up_logging
from records import database
from rehearsal.clocks import VirtualClocks, leave
from rehearsal.script import Script, alone, earliest_course_start
from rehearsal.served import ServedWorld
from rehearsal.stage import Progress, Stage
from schemas import subjects
from schemas.programme_file import shipped_programme
from schemas.roster import Contact, Roster
from schemas.roster_check import check_roster
from tests.directories import own_directory
from tests.histories.corpus import keep
from tests.histories.lives import chain, corrected, introduced, opened_by_calendar
from tests.workflows.subjects import Academy, settings_for
from worker.main import engine

EXAMPLE = Path(__file__).parents[2] / "examples" / "roster-2026-autumn.csv"
COHORT = "sheffield.2026-autumn"
CAST = {
    "P01": "steady",
    "P04": "coach-leaves",
    "P05": "withdrawn-with-interim",
    "P06": "deferred",
    "P09": "drifter",
    "P11": "readiness-refused",
    "P12": "silent-stop",
    "P15": "winter-pause-with-co-coach",
    "P16": "",
    "P17": "merged",
    "P22": "relapse",
    "P28": "past-24-months",
}
"""Whom of the example roster we follow, and the name of the history; P16 is the co-coach of P15."""
MONTHS = 36
"""Long enough for a relapse in month 22 and a year of aftercare."""


def roster() -> Roster:
    """The rows of the example roster for this cast."""
    head, *rows = EXAMPLE.read_text(encoding="utf-8").splitlines()
    chosen = [row for row in rows if row.partition(",")[0] in CAST]
    found = check_roster("\n".join([head, *chosen]).encode())
    assert isinstance(found.roster, Roster)
    return found.roster


async def make(*, courses_alone: bool) -> None:
    """Live all lives, or those of Introduction courses alone; their histories take the place of those kept so far."""
    with own_directory() as directory, (directory / "log").open("w") as log:
        set_up_logging("json", "error", log)
        async with Stack(directory / "state", Ports(temporal=0, ui=0, smtp=0), throwaway=True) as stack:
            await database.migrate(stack.database_url)
            client = await connect(address=stack.temporal_address)
            pool = await database.connect(stack.database_url)
            settings = settings_for(stack.database_url, "histories", stack.smtp_url)
            try:
                async with engine(client, settings):
                    academy = Academy(client, pool, settings.task_queue, VirtualClocks(client))
                    lives = {} if courses_alone else await _engaged(academy)
                    first, later = await introduced(academy)
                    lives |= {"intro-course": first.workflow_id, "intro-course-later": later.workflow_id}
                    lives["intro-calendar"] = await opened_by_calendar(academy)
                    await keep(client, lives, beside_others=courses_alone)
            finally:
                await pool.close()


async def _engaged(academy: Academy) -> dict[str, str]:
    lives = await _rehearsed(academy)
    lives["late-facts-with-corrections"] = (await corrected(academy)).workflow_id
    lives["continue-as-new"] = (await chain(academy)).workflow_id
    return lives


async def _rehearsed(academy: Academy) -> dict[str, str]:
    """The ids of the workflows, by the names of their histories."""
    now = datetime.now(UTC)
    start = earliest_course_start(now.date())
    script = Script(
        academy="sheffield",
        cohort=COHORT,
        roster=roster(),
        course_start=start + timedelta(days=-start.weekday() % 7),
        programme=shipped_programme("sheffield-mca"),
        office=Contact("Programme office", "office@example.org"),
        months=MONTHS,
    )
    plot = alone(script)
    world = ServedWorld(plot, academy.client, academy.pool, academy.task_queue, now, academy.clocks)
    await Stage(plot, world, _show).play()
    lives = {name: subjects.workflow_id(subjects.ENGAGEMENT, f"{COHORT}.{who}") for who, name in CAST.items() if name}
    beside = {"cohort": subjects.workflow_id(subjects.COHORT, COHORT), "weekly-mail": handles.weekly_mail_id(COHORT)}
    return lives | beside


def _show(progress: Progress) -> None:
    sys.stderr.write(f"\rweek {progress.week} of {progress.weeks}, {progress.told} facts")


if __name__ == "__main__":
    status = 1
    with suppress(KeyboardInterrupt):
        asyncio.run(make(courses_alone="courses" in sys.argv[1:]))
        status = 0
    leave(status)
