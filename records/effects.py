"""Who hears of what an academy or a person is told, and what was told because of it."""

from __future__ import annotations

from lifecycle.effects import Held, Peer
from records.database import Connection
from schemas.subjects import kept_in, kind_of
from schemas.words import Code, PersonId, Role


async def of_academy(conn: Connection, academy: Code) -> list[Peer]:
    """All of an academy that has not ended."""
    rows = await conn.fetch(
        """
        SELECT alive.subject, alive.kept, opening.occurred_at AS began_at
        FROM (
            SELECT engagement AS subject, 'engagements' AS kept FROM engagements
            WHERE academy = $1 AND ended_at IS NULL
            UNION ALL SELECT cohort, 'cohorts' FROM cohorts WHERE academy = $1 AND stage <> 'cancelled'
            UNION ALL SELECT course, 'intro_courses' FROM intro_courses WHERE academy = $1 AND next_due IS NOT NULL
        ) AS alive
        JOIN facts AS opening ON opening.subject = alive.subject AND opening.seq = 1
        ORDER BY alive.subject
        """,
        academy,
    )
    return [Peer(row["subject"], kept_in(row["kept"]).name, row["began_at"]) for row in rows]


async def of_person(conn: Connection, person: PersonId) -> list[Peer]:
    """All that has not ended and in which somebody has a part."""
    rows = await conn.fetch(
        """
        SELECT part.subject, part.kept, part.role, opening.occurred_at AS began_at
        FROM (
            SELECT DISTINCT cohort AS subject, 'cohorts' AS kept, 'coach' AS role
            FROM enrolments JOIN cohorts USING (cohort)
            WHERE person = $1 AND stage <> 'cancelled' AND state NOT IN ('deferred', 'withdrawn', 'not_completed')
            UNION ALL
            SELECT engagement, 'engagements', min(role)
            FROM engagement_people JOIN engagements USING (engagement)
            WHERE person = $1 AND ended_at IS NULL GROUP BY engagement
            UNION ALL
            SELECT DISTINCT course, 'intro_courses', 'delegate'
            FROM bookings JOIN intro_courses USING (course)
            WHERE person = $1 AND next_due IS NOT NULL AND state <> 'cancelled'
        ) AS part
        JOIN facts AS opening ON opening.subject = part.subject AND opening.seq = 1
        ORDER BY part.kept, part.subject
        """,
        person,
    )
    return [Peer(row["subject"], kept_in(row["kept"]).name, row["began_at"], Role(row["role"])) for row in rows]


async def held(conn: Connection, source: Code) -> list[Held]:
    """What others were told because of a subject's facts, withdrawals left out."""
    rows = await conn.fetch(
        """
        SELECT told.subject, opening.kind AS opening, told.event_id, told.cause, told.occurred_at,
               NOT EXISTS (SELECT FROM facts AS later
                           WHERE later.subject = told.subject AND later.body->>'corrects' = told.event_id) AS stands
        FROM facts AS told JOIN facts AS opening ON opening.subject = told.subject AND opening.seq = 1
        WHERE told.caused_by = $1 AND told.kind <> 'correction'
        ORDER BY told.subject, told.seq
        """,
        source,
    )
    return [
        Held(
            row["subject"],
            kind_of(row["opening"]).name,
            row["event_id"],
            row["cause"],
            row["occurred_at"],
            stands=row["stands"],
        )
        for row in rows
    ]


async def sources(conn: Connection, academy: Code) -> list[str]:
    """The academy and its people, as far as something was told to them."""
    rows = await conn.fetch(
        """
        SELECT subject FROM facts
        WHERE academy = $1 AND kind IN ('academy_opened', 'person_known') AND seq = 1 ORDER BY kind, subject
        """,
        academy,
    )
    return [row["subject"] for row in rows]
