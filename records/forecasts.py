"""What a forecast starts from: the open teams with their plans, and how others were handed off before."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from records.database import Connection


class Course(NamedTuple):
    """One team that was agreed: its plan, how many sessions it held a week of late, and when it ended."""

    agreed: date
    planned: date
    sessions: float | None
    handed_off: date | None
    ended: date | None


async def teams(conn: Connection, academy: str, today: date) -> list[Course]:
    """All teams of an academy that were ever agreed. ``sessions`` is None where none was expected of late."""
    rows = await conn.fetch(
        """
        WITH lately AS (
            SELECT engagement, least(1.0, count(*) FILTER (WHERE outcome = 'held') / 12.0)::float AS sessions
            FROM sessions WHERE week BETWEEN $2::date - 84 AND $2::date AND outcome <> 'expected' GROUP BY engagement
        )
        SELECT (agreed_at AT TIME ZONE zone)::date AS agreed, hand_off_planned AS planned, sessions,
               (handed_off_at AT TIME ZONE zone)::date AS handed_off, (ended_at AT TIME ZONE zone)::date AS ended
        FROM engagements LEFT JOIN lately USING (engagement)
        WHERE academy = $1 AND agreed_at IS NOT NULL AND hand_off_planned IS NOT NULL
        ORDER BY engagement
        """,
        academy,
        today,
    )
    return [Course(**row) for row in rows]
