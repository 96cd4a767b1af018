"""Everybody of an academy, with the parts they have: found by name, address or id, and counted by part."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from records.database import Connection
from records.team import Message, message_of
from schemas.words import Code, PersonId, Role

_PARTS: Final = """
    part (person, kind) AS (
        SELECT person, CASE WHEN role IN ('coach', 'co_coach', 'interim_coach') THEN 'coach'
                            WHEN role IN ('process_owner', 'measure_owner') THEN 'owner' ELSE role END
        FROM engagement_people AS theirs JOIN engagements USING (engagement)
        WHERE academy = ANY ($1::text[]) AND ended_at IS NULL AND role <> 'office'
          AND ($2::text IS NULL OR EXISTS (
                SELECT FROM engagement_people AS own
                WHERE own.engagement = theirs.engagement AND own.role = 'faculty' AND own.person = $2))
        UNION SELECT person, 'coach' FROM enrolments JOIN cohorts USING (cohort)
        WHERE academy = ANY ($1::text[]) AND $2::text IS NULL
          AND state NOT IN ('deferred', 'withdrawn', 'not_completed', 'alumnus')
        UNION SELECT person, 'delegate' FROM bookings JOIN intro_courses USING (course)
        WHERE academy = ANY ($1::text[]) AND $2::text IS NULL
          AND stage NOT IN ('closed', 'cancelled') AND state <> 'cancelled'
        UNION SELECT person, 'would_be' FROM bookings JOIN intro_courses USING (course)
        WHERE academy = ANY ($1::text[]) AND $2::text IS NULL AND wishes_coaching AND handed_on_to IS NULL
        UNION SELECT person, 'office' FROM academy_people WHERE academy = ANY ($1::text[]) AND $2::text IS NULL
    ),
    theirs AS (
        SELECT coalesce(merged_into, person) AS person, array_agg(DISTINCT kind) AS kinds
        FROM part JOIN people USING (person) GROUP BY 1
    ),
    found AS (
        SELECT people.person, name, address, organisation, coalesce(kinds, '{nobody}') AS kinds, last_day
        FROM people LEFT JOIN theirs USING (person) LEFT JOIN leavers USING (person)
        WHERE people.academy = ANY ($1::text[]) AND erased_at IS NULL AND merged_into IS NULL
          AND people.person <> people.academy || '.office' AND ($2::text IS NULL OR kinds IS NOT NULL)
          AND ($3::text IS NULL OR strpos(lower(name), lower($3)) > 0 OR strpos(lower(address), lower($3)) > 0
               OR people.person = $3
               OR EXISTS (SELECT FROM people AS was WHERE was.merged_into = people.person
                          AND (was.person = $3 OR lower(was.address) = lower($3)))
               OR EXISTS (SELECT FROM outside_ids AS theirs WHERE theirs.person = people.person AND value = $3))
    )
    """


@dataclass(frozen=True, slots=True)
class Sought:
    """Whose people: all of ``academies``, or those of the teams that ``faculty`` supervise; who of them, and how."""

    academies: tuple[Code, ...]
    faculty: PersonId | None = None
    said: str | None = field(default=None, repr=False)
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody of the list; ``kinds`` are what they are now, or ``nobody``."""

    person: PersonId
    name: str = field(repr=False)
    address: str = field(repr=False)
    organisation: str | None
    kinds: tuple[str, ...]
    last_day: date | None


async def counts(conn: Connection, sought: Sought) -> tuple[int, dict[str, int]]:
    """How many people are meant by what is said, and how many of each kind."""
    row = await conn.fetchrow(
        f"""
        WITH {_PARTS}
        SELECT (SELECT count(*) FROM found) AS people, coalesce((
            SELECT jsonb_object_agg(kind, number) FROM (
                SELECT kind, count(*) AS number FROM found, unnest(kinds) AS kind GROUP BY kind
            ) AS each), '{{}}') AS kinds
        """,  # noqa: S608 - our own words
        sought.academies,
        sought.faculty,
        sought.said,
    )
    assert row is not None  # noqa: S101 - counts have a row
    return row["people"], row["kinds"]


async def people(conn: Connection, sought: Sought, skipped: int = 0, at_most: int | None = None) -> list[Listed]:
    """Who is meant, by name."""
    rows = await conn.fetch(
        f"""
        WITH {_PARTS}
        SELECT * FROM found WHERE $4::text IS NULL OR $4 = ANY (kinds)
        ORDER BY lower(name), person OFFSET $5 LIMIT $6
        """,  # noqa: S608 - our own words
        sought.academies,
        sought.faculty,
        sought.said,
        sought.kind,
        skipped,
        at_most,
    )
    return [Listed(**dict(row) | {"kinds": tuple(row["kinds"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class Place:
    """A part that somebody has or had: in which team, cohort, course or office, since when, until when."""

    kind: str
    subject: Code
    role: Role
    name: str | None
    since: datetime | None
    until: datetime | None


async def places(conn: Connection, person: PersonId) -> list[Place]:
    """Every part that somebody has, and those they had; the latest first."""
    rows = await conn.fetch(
        """
        WITH theirs AS (SELECT person FROM people WHERE person = $1 OR merged_into = $1),
        place (kind, subject, role, name, since, until) AS (
            SELECT 'team', engagement, CASE part WHEN 'main' THEN 'coach' WHEN 'co' THEN 'co_coach'
                   ELSE 'interim_coach' END, microsystems.name, since, coalesce(until, ended_at)
            FROM coach_assignments JOIN theirs USING (person)
            JOIN engagements USING (engagement) LEFT JOIN microsystems USING (microsystem)
            UNION
            SELECT 'team', engagement, role, microsystems.name, coalesce((
                       SELECT max(occurred_at) FROM facts WHERE subject = engagement
                       AND kind IN ('role_changed', 'owner_named') AND body ->> 'person' = $1
                       AND body ->> 'role' = role), opening.occurred_at), ended_at
            FROM engagement_people JOIN theirs USING (person)
            JOIN engagements USING (engagement) LEFT JOIN microsystems USING (microsystem)
            JOIN facts AS opening ON opening.subject = engagement AND opening.seq = 1
            WHERE role NOT IN ('office', 'coach', 'co_coach', 'interim_coach')
            UNION
            SELECT 'cohort', cohort, 'coach', NULL, course_start::timestamptz,
                   CASE WHEN state IN ('deferred', 'withdrawn', 'not_completed') OR stage IN ('closed', 'cancelled')
                        THEN enrolments.changed_at END
            FROM enrolments JOIN theirs USING (person) JOIN cohorts USING (cohort)
            UNION
            SELECT 'course', course, 'delegate', NULL, day_1_starts_at,
                   CASE WHEN state = 'cancelled' THEN bookings.changed_at
                        WHEN stage IN ('closed', 'cancelled') THEN day_2_ends_at END
            FROM bookings JOIN theirs USING (person) JOIN intro_courses USING (course)
            UNION
            SELECT 'academy', academy, CASE part WHEN 'member' THEN 'office' ELSE 'deputy' END, NULL, NULL, NULL
            FROM academy_people JOIN theirs USING (person)
        )
        SELECT * FROM place ORDER BY until DESC NULLS FIRST, since DESC NULLS FIRST, subject, role
        """,
        person,
    )
    return [Place(**dict(row) | {"role": Role(row["role"])}) for row in rows]


async def supervised(conn: Connection, person: PersonId, faculty: PersonId) -> frozenset[Code]:
    """The teams in which somebody has a part, and which ``faculty`` supervise."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT theirs.engagement FROM engagement_people AS theirs
        JOIN engagement_people AS own USING (engagement)
        WHERE theirs.person = $1 AND theirs.role <> 'office' AND own.role = 'faculty' AND own.person = $2
        """,
        person,
        faculty,
    )
    return frozenset(row["engagement"] for row in rows)


@dataclass(frozen=True, slots=True)
class About:
    """What else is known of somebody."""

    organisation: str | None
    discipline: str | None
    weekly_mail: bool
    invitations: bool
    last_day: date | None
    browsers: int
    mailbox: int
    """How many others have the same address."""

    merged: tuple[PersonId, ...]
    """The records that this one stands for."""

    came_back: datetime | None
    """When an email to them failed last, if none went through since."""


async def about(conn: Connection, person: PersonId, browsers_since: datetime) -> About:
    """What else is known of somebody who has not been erased, and how many browsers are known to be theirs."""
    row = await conn.fetchrow(
        """
        SELECT organisation, discipline, weekly_mail, invitations, last_day,
               (SELECT count(*) FROM known_browsers AS known WHERE known.person = $1 AND epoch = links_epoch
                AND since > $2) AS browsers,
               (SELECT count(*) FROM people AS others WHERE others.academy = people.academy
                AND lower(others.address) = lower(people.address) AND others.person <> $1 AND merged_into IS NULL)
                   AS mailbox,
               (SELECT coalesce(array_agg(was.person ORDER BY was.person), '{}') FROM people AS was
                WHERE was.merged_into = $1) AS merged,
               (SELECT CASE WHEN status = 'failed' THEN settled_at END FROM notices
                WHERE notices.person = $1 AND status IN ('sent', 'failed')
                ORDER BY settled_at DESC LIMIT 1) AS came_back
        FROM people LEFT JOIN leavers USING (person) WHERE people.person = $1
        """,
        person,
        browsers_since,
    )
    assert row is not None  # noqa: S101 - whoever asks has found them
    return About(**dict(row) | {"merged": tuple(row["merged"])})


async def message_counts(conn: Connection, person: PersonId) -> dict[str, int]:
    """How many messages to somebody there are of each status."""
    rows = await conn.fetch("SELECT status, count(*) AS messages FROM notices WHERE person = $1 GROUP BY 1", person)
    return {row["status"]: row["messages"] for row in rows}


async def messages(
    conn: Connection, person: PersonId, status: str | None, skipped: int, at_most: int | None
) -> list[Message]:
    """The messages to somebody, the latest first; all of them without ``at_most``."""
    rows = await conn.fetch(
        """
        SELECT notice, role, microsystems.name, matter, act, reason, issued_at, status, settled_at, sent_at, gathered,
               because, failure
        FROM notices LEFT JOIN engagements ON engagement = subject LEFT JOIN microsystems USING (microsystem)
        WHERE person = $1 AND ($2::text IS NULL OR status = $2)
        ORDER BY issued_at DESC, notice OFFSET $3 LIMIT $4
        """,
        person,
        status,
        skipped,
        at_most,
    )
    return [message_of(row) for row in rows]
