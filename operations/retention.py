"""Retention: what is kept too long is shown first, and deleted when somebody says so."""

from __future__ import annotations

from collections.abc import Mapping
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
from records import audit, retention
from records.database import Connection
from records.retention import Kept
from schemas.erasing import ErasedBecause
from schemas.words import PersonId

_log: Final = structlog.stdlib.get_logger("operations.retention")


async def over(conn: Connection, periods: Mapping[str, int], by: datetime) -> dict[str, list[Kept]]:
    """What is kept too long by a moment, by kind; kinds without any are there too."""
    return {kind: await retention.kept_until(conn, kind, months, by) for kind, months in periods.items()}


@dataclass(frozen=True, slots=True)
class Gone:
    """What went: records by kind, and everybody who was erased. ``failed`` are those whom it went wrong for."""

    counts: Mapping[str, int]
    erased: tuple[Forgotten, ...]
    failed: tuple[PersonId, ...]


async def apply(engine: EngineContext, caller: Caller, periods: Mapping[str, int], at: datetime) -> Gone:
    """Delete, blank or erase all that is kept too long by now. Each kind is noted in the audit.

    People are erased as if they had asked for it; what fails for one of them changes nothing for the others.
    """
    counts: dict[str, int] = {}
    erased: list[Forgotten] = []
    failed: list[PersonId] = []
    for kind, months in periods.items():
        async with engine.connection() as conn, conn.transaction():
            found = await retention.kept_until(conn, kind, months, at)
            if found and kind != "people":
                await retention.let_go(conn, kind, [kept.id for kept in found])
                await audit.note(conn, at, caller.id, caller.door, f"retention of {kind}: {len(found)} gone")
        if kind == "people":
            erased, failed = await _erased(engine, caller, [kept.id for kept in found], at)
        counts[kind] = len(erased if kind == "people" else found)
    return Gone(counts, tuple(erased), tuple(failed))


async def _erased(
    engine: EngineContext, caller: Caller, people: list[PersonId], at: datetime
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
    return erased, failed
