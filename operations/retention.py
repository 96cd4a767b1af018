"""Retention: what is kept too long is shown first, and goes when somebody says so. Nothing goes silently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from operations import erasing
from operations.callers import Caller
from operations.context import EngineContext
from records import audit, retention
from records.database import Connection
from records.retention import Kept


async def over(conn: Connection, periods: Mapping[str, int], by: datetime) -> dict[str, list[Kept]]:
    """What is kept too long by a moment, by kind; kinds without any are there too."""
    return {kind: await retention.kept_until(conn, kind, months, by) for kind, months in periods.items()}


async def apply(engine: EngineContext, caller: Caller, periods: Mapping[str, int], at: datetime) -> dict[str, int]:
    """Let go of all that is kept too long by now: how many by kind. Each kind is noted in the audit.

    People are erased as if they had asked for it.
    """
    gone = {}
    for kind, months in periods.items():
        async with engine.connection() as conn, conn.transaction():
            found = await retention.kept_until(conn, kind, months, at)
            if found and kind != "people":
                await retention.let_go(conn, kind, [kept.id for kept in found])
                await audit.note(conn, at, caller.id, caller.door, f"retention of {kind}: {len(found)} gone")
        if kind == "people":
            for kept in found:
                await erasing.erase(engine, caller, kept.id, at)
        gone[kind] = len(found)
    return gone
