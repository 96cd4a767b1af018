"""An academy's Introduction courses are opened by themselves: a Temporal schedule looks every morning."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from temporalio.service import RPCError, RPCStatusCode

from coaching_client import schedules
from lifecycle.academy.facts import Life
from operations.audited import RefusedError, audited
from operations.callers import Caller
from operations.context import EngineContext
from operations.in_force import academy_life, newest
from operations.offices import settle_office
from records import intro_calendars
from schemas.calendars import holiday_table
from schemas.inputs import IntroCalendarInput
from schemas.programme import Programme
from schemas.roster import Contact
from schemas.words import Code


class NotRegularError(RefusedError):
    """No courses of the academy are opened by themselves. Nothing was changed."""

    code = "unknown"

    def __init__(self, academy: Code) -> None:
        super().__init__(f"no courses of {academy} are opened by themselves")


async def open_regularly(
    engine: EngineContext, caller: Caller, academy: Code, office: Contact | None, programme: Programme
) -> None:
    """Open courses on the days of the programme's calendar from now on. Repeating it brings them up to date."""
    at = engine.clock()
    async with audited(engine, caller, "open courses regularly", academy):
        async with engine.connection() as conn:
            await settle_office(conn, academy, office, at)
            wanted = IntroCalendarInput(academy=academy, programme=programme)
            given = _by_academy(wanted, await academy_life(conn, academy))
            await intro_calendars.keep(conn, given, at)
        await keep_schedule(engine, given, at)


async def follow_academy(engine: EngineContext, academy: Code, at: datetime) -> None:
    """Open courses by what holds in the academy now, where they are opened by themselves."""
    async with engine.connection() as conn:
        known = await intro_calendars.of_academy(conn, academy)
        if known is None:
            return
        given = _by_academy(known, await academy_life(conn, academy))
        if given == known:
            return
        await intro_calendars.keep(conn, given, at)
    await keep_schedule(engine, given, at)


def _by_academy(given: IntroCalendarInput, life: Life | None) -> IntroCalendarInput:
    """What the schedule is made from, with the academy's bank holidays and its newest version of the programme."""
    if life is None:
        return given
    programme, days = newest(life, given.programme), life.calendar
    return given.model_copy(update={"programme": programme, "division": life.opening.division, "calendar": days.table})


async def keep_schedule(engine: EngineContext, given: IntroCalendarInput, at: datetime) -> None:
    """Create an academy's schedule, or bring it up to date."""
    holidays: Iterable[date] = holiday_table(given.calendar).divisions[given.division]
    ahead = [day for day in holidays if day >= at.date()]
    await schedules.keep_intro_schedule(engine.client, given, ahead, task_queue=engine.task_queue)


async def open_no_more(engine: EngineContext, caller: Caller, academy: Code) -> None:
    """Open no more courses by themselves; those that are open go on. Raises NotRegularError."""
    async with audited(engine, caller, "open no more courses", academy):
        async with engine.connection() as conn:
            await intro_calendars.end(conn, academy)
        try:
            await schedules.end_intro_schedule(engine.client, academy)
        except RPCError as unknown:
            if unknown.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise NotRegularError(academy) from None
