"""Who somebody is in the programme: every part that the facts give them now, and where."""

from __future__ import annotations

from dataclasses import dataclass

from records.database import Connection
from schemas.words import PersonId, Role, office_of


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody has in an academy; ``subject`` is where, the academy itself included."""

    role: Role
    academy: str
    subject: str


async def roles_of(conn: Connection, person: PersonId) -> tuple[Held, ...]:
    """All roles of somebody: in teams, on courses, and in an office as its mailbox, a member or the deputy."""
    rows = await conn.fetch(
        """
        WITH held (role, subject) AS (
            SELECT role, engagement FROM engagement_people WHERE person = $1
            UNION SELECT 'coach', cohort FROM enrolments WHERE person = $1 AND state NOT IN ('deferred', 'withdrawn')
            UNION SELECT 'faculty', cohort FROM enrolments WHERE faculty = $1 AND state NOT IN ('deferred', 'withdrawn')
            UNION SELECT 'delegate', course FROM bookings WHERE person = $1
            UNION SELECT 'office', cohort FROM cohorts WHERE office = $1
            UNION SELECT 'office', course FROM intro_courses WHERE office = $1
            UNION SELECT CASE part WHEN 'member' THEN 'office' ELSE 'deputy' END, academy
            FROM academy_people WHERE person = $1
        )
        SELECT role, split_part(subject, '.', 1) AS academy, subject FROM held ORDER BY subject, role
        """,
        person,
    )
    return tuple(Held(Role(row["role"]), row["academy"], row["subject"]) for row in rows)


async def academies_of(conn: Connection, person: PersonId) -> frozenset[str]:
    """Where somebody is anything: at the academy that knows them, and wherever else they have a role."""
    own = await conn.fetchval("SELECT academy FROM people WHERE person = $1", person)
    return frozenset(part.academy for part in await roles_of(conn, person)) | ({own} if own else set())


async def offices_of(conn: Connection, person: PersonId) -> tuple[PersonId, ...]:
    """The offices for which somebody acts: their own mailbox's, and those they are a member of."""
    rows = await conn.fetch(
        "SELECT academy FROM academy_people WHERE person = $1 AND part = 'member' ORDER BY academy", person
    )
    return (person, *(office_of(row["academy"]) for row in rows))


async def members_of(conn: Connection, subject: str) -> frozenset[PersonId]:
    """Who acts as the office of a subject's academy, by name: its members, and its deputy."""
    rows = await conn.fetch("SELECT person FROM academy_people WHERE academy = split_part($1, '.', 1)", subject)
    return frozenset(row["person"] for row in rows)
