"""Weeks in which an academy is closed, as all of it was told."""

from __future__ import annotations

from datetime import date

from records.database import Connection
from schemas.words import Code


async def to_come(conn: Connection, academy: Code, today: date) -> list[tuple[date, date]]:
    """Closed weeks that are not over, first and last day; none that was taken back anywhere."""
    rows = await conn.fetch(
        """
        SELECT told.first_day, told.last_day
        FROM (
            SELECT facts.*, (body->>'first_day')::date AS first_day, (body->>'last_day')::date AS last_day
            FROM facts WHERE kind IN ('academy_closed', 'cohort_academy_closed', 'intro_academy_closed')
        ) AS told
        LEFT JOIN facts AS later ON later.subject = told.subject AND later.body->>'corrects' = told.event_id
        WHERE told.academy = $1 AND told.last_day >= $2
          AND told.event_id = concat_ws(':', told.subject, 'closed', told.first_day, told.last_day)
        GROUP BY told.first_day, told.last_day HAVING count(later.event_id) = 0
        ORDER BY told.first_day, told.last_day
        """,
        academy,
        today,
    )
    return [(row["first_day"], row["last_day"]) for row in rows]
