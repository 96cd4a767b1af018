"""Where somebody has a part that is still open, and the leave of theirs that was told there."""

from __future__ import annotations

from datetime import date

from pydantic.dataclasses import dataclass

from records.database import Connection
from schemas.words import EnrolmentId, EventId, PersonId, Role


@dataclass(frozen=True, slots=True)
class Part:
    """Something that has not ended and in which somebody has a role; of a cohort and its teams, by which enrolment."""

    subject: str
    kept: str
    role: Role
    enrolment: EnrolmentId | None


@dataclass(frozen=True, slots=True)
class ToldLeave:
    """A leave that stands in the records of a subject."""

    subject: str
    opening: str
    event_id: EventId
    first_day: date
    last_day: date


async def parts(conn: Connection, person: PersonId) -> list[Part]:
    """All that is open and is somebody's, cohorts first."""
    rows = await conn.fetch(
        """
        SELECT cohort AS subject, 'cohorts' AS kept, 'coach' AS role, enrolment
        FROM enrolments JOIN cohorts USING (cohort)
        WHERE person = $1 AND stage <> 'cancelled' AND state NOT IN ('deferred', 'withdrawn', 'not_completed')
        UNION ALL
        SELECT engagement, 'engagements', min(role), max(enrolment)
        FROM engagement_people JOIN engagements USING (engagement)
        WHERE person = $1 AND ended_at IS NULL GROUP BY engagement
        UNION ALL
        SELECT DISTINCT course, 'intro_courses', 'delegate', NULL
        FROM bookings JOIN intro_courses USING (course)
        WHERE person = $1 AND next_due IS NOT NULL AND state <> 'cancelled'
        ORDER BY kept, subject
        """,
        person,
    )
    return [Part(**row) for row in rows]


async def told(conn: Connection, person: PersonId, first: date, last: date) -> set[str]:
    """Where somebody's leave of these days was ever told, though it may have been taken back."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT subject FROM facts
        WHERE kind IN ('leave_agreed', 'participant_on_leave', 'delegate_on_leave')
          AND (body->>'person' = $1
               OR body->>'enrolment' IN (SELECT enrolment FROM enrolments WHERE person = $1))
          AND (body->>'first_day')::date = $2 AND (body->>'last_day')::date = $3
        """,
        person,
        first,
        last,
    )
    return {row["subject"] for row in rows}


async def to_come(conn: Connection, academy: str, today: date) -> list[tuple[PersonId, date, date]]:
    """Who of an academy has told of leave that is not over, and stands somewhere: first and last day."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT coalesce(told.body->>'person', enrolments.person) AS person,
               (told.body->>'first_day')::date AS first_day, (told.body->>'last_day')::date AS last_day
        FROM facts AS told LEFT JOIN enrolments ON enrolments.enrolment = told.body->>'enrolment'
        WHERE told.kind IN ('leave_agreed', 'participant_on_leave', 'delegate_on_leave')
          AND told.academy = $1 AND (told.body->>'last_day')::date >= $2
          AND NOT EXISTS (SELECT FROM facts AS later
                          WHERE later.subject = told.subject AND later.body->>'corrects' = told.event_id)
        ORDER BY person, first_day, last_day
        """,
        academy,
        today,
    )
    return [(row["person"], row["first_day"], row["last_day"]) for row in rows]


async def standing(conn: Connection, person: PersonId) -> list[ToldLeave]:
    """Somebody's leave as it was told, here and there; nothing that a correction took back."""
    rows = await conn.fetch(
        """
        SELECT told.subject, opening.kind AS opening, told.event_id,
               (told.body->>'first_day')::date AS first_day, (told.body->>'last_day')::date AS last_day
        FROM facts AS told JOIN facts AS opening ON opening.subject = told.subject AND opening.seq = 1
        WHERE told.kind IN ('leave_agreed', 'participant_on_leave', 'delegate_on_leave')
          AND (told.body->>'person' = $1
               OR told.body->>'enrolment' IN (SELECT enrolment FROM enrolments WHERE person = $1))
          AND NOT EXISTS (SELECT FROM facts AS later
                          WHERE later.subject = told.subject AND later.body->>'corrects' = told.event_id)
        ORDER BY first_day, last_day, told.subject
        """,
        person,
    )
    return [ToldLeave(**row) for row in rows]
