"""Who somebody is in the programme: every part that the facts give them now, and where."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from records.database import Connection
from schemas.words import PersonId, Role, office_of


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody has in an academy; ``subject`` is where, the academy itself included."""

    role: Role
    academy: str
    subject: str


@dataclass(frozen=True, slots=True)
class InRole:
    """Who has a role somewhere."""

    role: Role
    person: PersonId


_HELD: Final = """
    WITH held (role, subject, person) AS (
        SELECT role, engagement, person FROM engagement_people
        UNION SELECT 'coach', cohort, person FROM enrolments WHERE state NOT IN ('deferred', 'withdrawn')
        UNION SELECT 'faculty', cohort, faculty FROM enrolments
            WHERE faculty IS NOT NULL AND state NOT IN ('deferred', 'withdrawn')
        UNION SELECT 'delegate', course, person FROM bookings
        UNION SELECT 'office', cohort, office FROM cohorts
        UNION SELECT 'office', course, office FROM intro_courses
        UNION SELECT CASE part WHEN 'member' THEN 'office' ELSE 'deputy' END, academy, person FROM academy_people
    )
    """
"""All roles, as ``held``: in teams, on courses, and in an office as its mailbox, a member or the deputy."""


async def roles_of(conn: Connection, person: PersonId) -> tuple[Held, ...]:
    """All roles of somebody."""
    rows = await conn.fetch(
        f"""
        {_HELD}
        SELECT role, split_part(subject, '.', 1) AS academy, subject FROM held
        WHERE person = $1 ORDER BY subject, role
        """,  # noqa: S608 - our own roles
        person,
    )
    return tuple(Held(Role(row["role"]), row["academy"], row["subject"]) for row in rows)


async def roles_in(conn: Connection, subject: str, after: str | None, at_most: int) -> list[InRole]:
    """Who has a role in a team, cohort or course, or in an academy's office, after ``person~role``, in that order.

    Whoever has cancelled keeps their pages of a course, but has no part in it.
    """
    person, _, role = (after or "").partition("~")
    rows = await conn.fetch(
        f"""
        {_HELD}
        SELECT role, person FROM held
        WHERE subject = $1 AND (person, role) > ($2, $3) AND (role <> 'delegate' OR EXISTS (
            SELECT FROM bookings WHERE course = $1 AND bookings.person = held.person AND state <> 'cancelled'))
        ORDER BY person, role LIMIT $4
        """,  # noqa: S608 - as above
        subject,
        person,
        role,
        at_most,
    )
    return [InRole(Role(row["role"]), row["person"]) for row in rows]


async def roles_of_all(conn: Connection, people: Collection[PersonId]) -> dict[PersonId, frozenset[Role]]:
    """What each of several people is, wherever; who is nothing is missing."""
    rows = await conn.fetch(
        f"""
        {_HELD}
        SELECT person, array_agg(DISTINCT role) AS roles FROM held WHERE person = ANY ($1::text[]) GROUP BY person
        """,  # noqa: S608 - as above
        list(people),
    )
    return {row["person"]: frozenset(map(Role, row["roles"])) for row in rows}


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
