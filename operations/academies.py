"""An academy is told something once, and all that is open in it hears: closed weeks, holiday table, programme."""

from __future__ import annotations

from datetime import date, datetime

from operations.callers import Caller
from operations.context import EngineContext
from operations.effects import Heard
from operations.sources import Source, taken_back, tell_source, told
from records.zones import zone_of
from schemas.academy_facts import AcademyOpened
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.facts import AcademyClosed, CalendarRevised, ProgrammeAdopted, Teller
from schemas.programme import Programme
from schemas.words import Code, Role


async def close_academy(  # noqa: PLR0913 - days, and how they are meant
    engine: EngineContext,
    caller: Caller,
    academy: Code,
    first: date,
    last: date,
    *,
    back: bool = False,
    confirmed: bool = False,
    note: str | None = None,
) -> Heard:
    """Say that an academy is closed, first and last day included, or take it ``back``; who heard of it by this.

    Closed weeks of an unusual length must be ``confirmed``; ``note`` says why. Repeating it tells only who is new. An
    academy that nobody opened is opened by it.
    """
    at = engine.clock()
    fact = AcademyClosed(
        event_id=f"{academy}:closed:{first:%Y%m%d}-{last:%Y%m%d}:{at:%Y%m%dT%H%M%S}",
        occurred_at=at,
        told_by=Teller(role=Role.OFFICE),
        first_day=first,
        last_day=last,
        confirmed=confirmed,
    )
    return await (taken_back if back else told)(engine, caller, await academy_source(engine, academy, at, note), fact)


async def revise_calendar(
    engine: EngineContext, caller: Caller, academy: Code, table: Code, note: str | None = None
) -> Heard:
    """Say that another bank-holiday table holds from now on; who heard of it. Raises FactRefusedError."""
    at = engine.clock()
    fact = CalendarRevised(
        event_id=f"{academy}:calendar:{table}:{at:%Y%m%dT%H%M%S}",
        occurred_at=at,
        told_by=Teller(role=Role.OFFICE),
        calendar=table,
    )
    return await tell_source(engine, caller, await academy_source(engine, academy, at, note), (fact,), (fact.event_id,))


async def adopt_programme(
    engine: EngineContext, caller: Caller, academy: Code, programme: Programme, note: str | None = None
) -> Heard:
    """Say that another version of a programme holds from now on, also for what begins later under an earlier one.

    Answers who heard; what follows another programme stays as it is. Raises FactRefusedError.
    """
    at = engine.clock()
    fact = ProgrammeAdopted(
        event_id=f"{academy}:adopted:{programme.label}:{at:%Y%m%dT%H%M%S}",
        occurred_at=at,
        told_by=Teller(role=Role.OFFICE),
        programme=programme,
    )
    return await tell_source(engine, caller, await academy_source(engine, academy, at, note), (fact,), (fact.event_id,))


async def academy_source(engine: EngineContext, academy: Code, at: datetime, note: str | None = None) -> Source:
    """An academy's own ledger, which begins with the first that is told to it: by the clock of its courses."""
    async with engine.connection() as conn:
        zone = await zone_of(conn, academy)
    opening = AcademyOpened(event_id=f"{academy}:opened", occurred_at=at, zone=zone, calendar=LATEST_HOLIDAY_TABLE)
    return Source(academy, opening, note)
