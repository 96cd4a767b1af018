"""Retention: what is kept too long is shown first, and deleted when somebody says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from temporalio.exceptions import TemporalError

from coaching_client.handles import FactRefusedError
from operations import erasing
from operations.callers import Caller
from operations.context import EngineContext
from operations.erasing import Forgotten
from operations.telling import ENGINE
from records import audit, incidents, retention
from records.database import Connection
from records.retention import KINDS, Kept, Ran
from schemas.erasing import ErasedBecause
from schemas.incidents import Finding, IncidentKind
from schemas.words import Code, PersonId

_log: Final = structlog.stdlib.get_logger("operations.retention")


SCHEDULED: Final = tuple(kind for kind in KINDS if kind != "audit")
"""What an academy may have deleted by itself. The audit is beyond its office, and beyond every process of ours."""


async def over(
    conn: Connection, periods: Mapping[str, int], by: datetime, academy: Code | None = None
) -> dict[str, list[Kept]]:
    """What is kept too long by a moment, by kind; kinds without any are there too."""
    return {kind: await retention.kept_until(conn, kind, months, by, academy) for kind, months in periods.items()}


async def choose(conn: Connection, caller: Caller, academy: Code, months: Mapping[str, int], at: datetime) -> None:
    """An academy says for how long it keeps what. What it leaves out is kept."""
    async with conn.transaction():
        said = " ".join(f"{kind}={each}" for kind, each in sorted(months.items())) or "nothing"
        await audit.note(conn, at, caller.id, caller.door, f"set retention to {said}", academy)
        await retention.choose(
            conn, academy, {kind: months[kind] for kind in SCHEDULED if kind in months}, at, caller.id
        )


@dataclass(frozen=True, slots=True)
class Gone:
    """What went: records by kind, and everybody who was erased. ``failed`` are those whom it went wrong for."""

    counts: Mapping[str, int]
    erased: tuple[Forgotten, ...]
    failed: tuple[PersonId, ...]


async def apply(
    engine: EngineContext,
    caller: Caller,
    periods: Mapping[str, int],
    at: datetime,
    academy: Code | None = None,
    *,
    alive: Callable[[], None] = lambda: None,
) -> Gone:
    """Delete, blank or erase all that is kept too long by now, of one academy or all. Each kind is noted in the audit.

    People are erased as if they had asked for it; what fails for one of them changes nothing for the others. ``alive``
    is called between them, for whoever watches.
    """
    counts: dict[str, int] = {}
    erased: list[Forgotten] = []
    failed: list[PersonId] = []
    for kind, months in periods.items():
        async with engine.connection() as conn, conn.transaction():
            found = await retention.kept_until(conn, kind, months, at, academy)
            if found and kind != "people":
                await retention.let_go(conn, kind, [kept.id for kept in found])
                await audit.note(conn, at, caller.id, caller.door, f"retention of {kind}: {len(found)} gone", academy)
        if kind == "people":
            erased, failed = await _erased(engine, caller, [kept.id for kept in found], at, alive)
        counts[kind] = len(erased if kind == "people" else found)
        alive()
    return Gone(counts, tuple(erased), tuple(failed))


async def apply_everywhere(engine: EngineContext, at: datetime, *, alive: Callable[[], None]) -> dict[Code, Gone]:
    """What every academy set, and what came of it, which is kept. Repeating it deletes nothing more."""
    done: dict[Code, Gone] = {}
    async with engine.connection() as conn:
        wanted = {academy: await retention.periods(conn, academy) for academy in await retention.academies(conn)}
    for academy, periods in wanted.items():
        caller = Caller.of(ENGINE, ENGINE, academy)
        done[academy] = gone = await apply(engine, caller, periods, at, academy, alive=alive)
        async with engine.connection() as conn:
            for kind, count in gone.counts.items():
                failed = len(gone.failed) if kind == "people" else 0
                if count or failed:
                    await retention.note_run(conn, academy, Ran(kind, at, count, failed))
    await _report(engine, {academy: len(gone.failed) for academy, gone in done.items() if gone.failed}, at)
    return done


async def _report(engine: EngineContext, failed: Mapping[Code, int], at: datetime) -> None:
    """Whom it went wrong for is an incident of their academy, until a night on which it doesn't."""
    found = [
        Finding(
            kind=IncidentKind.KEPT_TOO_LONG,
            subject=academy,
            facts={"number": str(number), "latest": at.isoformat()},
        )
        for academy, number in failed.items()
    ]
    async with engine.connection() as conn, conn.transaction():
        await incidents.open_incidents(conn, found, at)
        await incidents.close_others(conn, [IncidentKind.KEPT_TOO_LONG], found, at)


async def _erased(
    engine: EngineContext, caller: Caller, people: list[PersonId], at: datetime, alive: Callable[[], None]
) -> tuple[list[Forgotten], list[PersonId]]:
    erased, failed = [], []
    for person in people:
        try:
            done = await erasing.erase(engine, caller, person, at, ErasedBecause.KEPT_LONG_ENOUGH)
        except (FactRefusedError, TemporalError, TimeoutError) as error:
            _log.warning("retention.failed", person=person, error=type(error).__name__)
            failed.append(person)
        else:
            erased += [done] if done else []
        alive()
    return erased, failed
