"""Everything that was published, in one order: whoever read up to a place never finds something new before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records.database import Connection


@dataclass(frozen=True, slots=True)
class Published:
    """An event with its place. ``type`` is as it is recorded, without our prefix."""

    sequence: int
    id: str
    type: str
    subject: str
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sought:
    """Which events are read: within academies, cohorts, engagements …, None for all, and of which types, () for all."""

    within: Sequence[str] | None = None
    subject: str | None = None
    types: Sequence[str] = ()


async def ordered(conn: Connection) -> int:
    """Give every event that is committed its place; answers the last one given."""
    last: int = await conn.fetchval("SELECT order_events()")
    return last


async def read(conn: Connection, sought: Sought, after: int, at_most: int) -> list[Published]:
    """The events behind a place, in their order. What has no place yet is not among them: see :func:`ordered`."""
    rows = await conn.fetch(
        """
        SELECT sequence, id, type, subject, occurred_at, recorded_at, data FROM events
        WHERE sequence > $1
          AND ($2::text[] IS NULL OR EXISTS (
                SELECT FROM unnest($2::text[]) AS place WHERE subject = place OR starts_with(subject, place || '.')))
          AND ($3::text IS NULL OR subject = $3 OR starts_with(subject, $3 || '.'))
          AND ($4::text[] = '{}' OR type = ANY ($4))
        ORDER BY sequence LIMIT $5
        """,
        after,
        sought.within,
        sought.subject,
        list(sought.types),
        at_most,
    )
    return [Published(**row) for row in rows]
