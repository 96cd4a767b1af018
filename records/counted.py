"""How often something was asked for lately, by whichever gateway: of whom and what, only digests are kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from records.database import Connection


@dataclass(frozen=True, slots=True)
class AtMost:
    """So many of what a digest stands for, since a time."""

    whose: str
    most: int
    since: datetime


async def count(conn: Connection, limits: Collection[AtMost], at: datetime, kept_since: datetime) -> bool:
    """Count once more for each; False, and nothing is counted, where it is one too many for any.

    Of two gateways that count for the same, the second waits for the first.
    """
    async with conn.transaction():
        await _alone(conn, limits)
        await conn.execute("DELETE FROM counted WHERE counted_at < $1", kept_since)
        if not all([await _room(conn, limit) for limit in limits]):
            return False
        for limit in limits:
            await conn.execute("INSERT INTO counted (whose, counted_at) VALUES ($1, $2)", limit.whose, at)
        return True


async def room(conn: Connection, limit: AtMost) -> bool:
    """Whether one more would be counted."""
    async with conn.transaction():
        await _alone(conn, [limit])
        return await _room(conn, limit)


async def _alone(conn: Connection, limits: Collection[AtMost]) -> None:
    # Everybody in the same order, so that no two wait for each other.
    for whose in sorted(limit.whose for limit in limits):
        await conn.execute("SELECT pg_advisory_xact_lock(3, hashtext($1))", whose)


async def _room(conn: Connection, limit: AtMost) -> bool:
    found: bool = await conn.fetchval(
        "SELECT count(*) < $2 FROM counted WHERE whose = $1 AND counted_at > $3", limit.whose, limit.most, limit.since
    )
    return found
