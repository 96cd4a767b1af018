"""The demonstration of ``make run``: an academy that lives on this machine, with a clock that can be put forward."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coaching_client.schedules import keep_reconciling
from gateway.demonstration.academy import Actor
from lifecycle.calendar import Calendar, calendar
from mca.demonstrated import Kept
from mca.links import OPERATOR_ADDRESS
from operations import context
from operations.callers import Caller
from operations.context import EngineContext
from operations.intro_calendars import open_regularly
from operations.offices import name_deputy
from records import emptied
from rehearsal.demonstration import living
from rehearsal.demonstration.plots import ACADEMY, OFFICE
from rehearsal.demonstration.rosters import DELEGATE, DEPUTY, FACULTY, SPONSORS, address_of, contact
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme_file import shipped_programme
from schemas.words import HolidayDivision

if TYPE_CHECKING:
    from mca.engine import Engine

_US: Final = Caller.trusted("demonstration", "demonstration")

CAST: Final = (
    Actor("office", "The programme office", OFFICE.email,
          "Runs the academy: what needs doing today, every team, every cohort, the courses."),
    Actor("faculty", f"{FACULTY[0]}, faculty", address_of(FACULTY[0]),
          "Looks after half of the teams. One of them waits to be handed off."),
    Actor("coach", "Simon Archer, coach", address_of("Simon Archer"),
          "Coaches one team, and hasn't said whether its last sessions went ahead."),
    Actor("team-lead", "Una Devlin, team lead", address_of("Una Devlin"), "Leads a team that is doing well."),
    Actor("sponsor", f"{SPONSORS[0]}, sponsor", address_of(SPONSORS[0]),
          "Sponsors several teams, and sees what faculty has shared."),
    Actor("delegate", f"{DELEGATE}, delegate", address_of(DELEGATE),
          "Has booked a place on the next Introduction course."),
    Actor("operator", "The operator", OPERATOR_ADDRESS,
          "Runs the computers: sees what's wrong with them, and no personal data.", begins="/engine"),
)  # fmt: skip


@dataclass(slots=True)
class Demonstration:
    """An academy whose past ends today. One change of its clock at a time."""

    engine: Engine
    directory: Path
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def rehearsed(self) -> bool:
        """Everybody here may move its clock."""
        return False

    @property
    def cast(self) -> tuple[Actor, ...]:
        """Who can be chosen."""
        return CAST

    @property
    def outbox(self) -> Path:
        """Where its mails are."""
        assert self.engine.stack.outbox is not None  # noqa: S101 - everything is embedded
        return self.engine.stack.outbox

    async def open(self) -> bool:
        """Go on from before, or put the academy in; False where something else is recorded: that is left alone."""
        if Kept.follow(self.directory):
            await self.engine.work.begin()
            return True
        async with self.engine.pool.acquire() as conn:
            if await emptied.holds_anything(conn):
                await self.engine.work.begin()
                return False
        async with self._changing:
            await self._put_in()
        return True

    async def move(self, by: timedelta) -> None:
        """Put its clock forward: all that falls due on the way happens, in its order."""
        async with self._changing:
            await self._move_to(living.stop(context.now() + by))
            # By its clock the last comparison is that long ago.
            await keep_reconciling(self.engine.client, task_queue=self.engine.settings.task_queue)

    async def reset(self) -> None:
        """Forget everything, and put the academy in anew."""
        async with self._changing:
            await self.engine.work.end()
            await self._end_workflows()
            Kept.forget(self.directory)
            async with self.engine.pool.acquire() as conn:
                await emptied.empty(conn)
            self.engine.stack.empty_outbox()
            context.go_ahead(timedelta(0))
            await self._put_in()

    async def _put_in(self) -> None:
        engine, began = self.engine, context.now()
        await engine.work.register()
        await living.put_in(engine.pool, began)
        await living.begin(engine.client, engine.pool, engine.settings.task_queue)
        await engine.work.begin()
        task_queue = engine.settings.task_queue
        reached = EngineContext(engine.client, engine.pool, task_queue)
        await name_deputy(reached, _US, ACADEMY, contact(DEPUTY))
        await self._move_to(living.first_morning(began.date(), _days()))
        await open_regularly(reached, _US, ACADEMY, OFFICE, shipped_programme())
        await living.open_courses(engine.client, engine.pool, task_queue, context.now())

    async def _move_to(self, moment: datetime) -> None:
        engine = self.engine
        await living.move(engine.client, engine.pool, engine.settings.task_queue, context.now(), moment, self._arrived)
        self._arrived(moment)

    def _arrived(self, moment: datetime) -> None:
        ahead = moment - datetime.now(UTC)
        context.go_ahead(ahead)
        Kept(ahead_seconds=ahead.total_seconds()).keep(self.directory)

    async def _end_workflows(self) -> None:
        client = self.engine.client

        async def end(workflow: str) -> None:
            await client.get_workflow_handle(workflow).terminate(reason="The demonstration begins again.")

        # A schedule remembers what its last run found, which nothing here does any more.
        async for schedule in await client.list_schedules():
            await client.get_schedule_handle(schedule.id).delete()
        running = client.list_workflows("ExecutionStatus = 'Running'", page_size=1000)
        await asyncio.gather(*[end(workflow.id) async for workflow in running], return_exceptions=True)


def _days() -> Calendar:
    programme = shipped_programme()
    return calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, programme.zone, programme.quiet_hours)
