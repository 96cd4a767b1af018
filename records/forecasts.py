"""What a forecast starts from: the open teams with their plans, and how others were handed off before."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from records.database import Connection


class Course(NamedTuple):
    """One team that was agreed: its plan, which part of the sessions expected of late it held, when it ended, and since
    when its coach is stepping back.
    """

    agreed: date
    planned: date
    held: float | None
    handed_off: date | None
    ended: date | None
    back: date | None = None


async def teams(conn: Connection, academy: str, today: date) -> list[Course]:
    """All teams of an academy that were ever agreed. ``held`` is None where no session was expected of late."""
    rows = await conn.fetch(
        """
        WITH lately AS (
            SELECT engagement, avg((outcome = 'held')::integer)::float AS held
            FROM sessions WHERE week BETWEEN $2::date - 84 AND $2::date AND outcome <> 'expected' AND counted
            GROUP BY engagement
        )
        SELECT (agreed_at AT TIME ZONE zone)::date AS agreed, hand_off_planned AS planned, held,
               (handed_off_at AT TIME ZONE zone)::date AS handed_off, (ended_at AT TIME ZONE zone)::date AS ended,
               CASE WHEN stage IN ('transition', 'readiness_review') THEN (
                   SELECT (max(occurred_at) AT TIME ZONE zone)::date FROM facts
                   WHERE subject = engagement AND kind = 'transition_started'
               ) END AS back
        FROM engagements LEFT JOIN lately USING (engagement)
        WHERE academy = $1 AND agreed_at IS NOT NULL AND hand_off_planned IS NOT NULL
        ORDER BY engagement
        """,
        academy,
        today,
    )
    return [Course(**row) for row in rows]
