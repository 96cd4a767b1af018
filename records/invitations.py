"""Invitations that were sent, and who is invited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lifecycle.diary import Entry, Happening
from lifecycle.invitations import Invited, Owed, said
from records.database import Connection
from schemas.programme import DEFAULT_ZONE, Language

Status = Literal["requested", "cancelled", "undeliverable"]


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is invited, or was. ``wanted``: they still want to be, and have a part in the subject."""

    person: str
    name: str
    address: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class Host:
    """Who invites, to which team's sessions, in which language, and where a course is held."""

    name: str | None
    address: str | None
    team: str | None
    venue: str
    language: Language


async def guests(conn: Connection, subject: str) -> list[Guest]:
    """Who has a part in a subject and wants invitations, and who was invited before.

    Left out: people who were erased, and addresses that came back, until they are corrected.
    """
    rows = await conn.fetch(
        """
        WITH parts AS (
            SELECT person, false AS always FROM engagement_people WHERE engagement = $1
            UNION SELECT person, false FROM enrolments
                  WHERE cohort = $1 AND state NOT IN ('deferred', 'withdrawn', 'not_completed')
            UNION SELECT person, true FROM bookings
                  WHERE course = $1 AND state NOT IN ('cancelled', 'waiting', 'offered', 'offer_lapsed')
        )
        SELECT person, name, address, coalesce(bool_or(always OR (parts.person IS NOT NULL AND invitations)), false)
               AS wanted
        FROM people LEFT JOIN parts USING (person)
        WHERE name IS NOT NULL
          AND (parts.person IS NOT NULL AND (invitations OR always)
               OR person IN (SELECT person FROM invitations WHERE subject = $1 AND status = 'requested'))
          AND NOT EXISTS (
              SELECT FROM invitations
              WHERE invitations.person = people.person AND status = 'undeliverable' AND sent_at >= people.changed_at
          )
        GROUP BY person, name, address ORDER BY person
        """,
        subject,
    )
    return [Guest(**row) for row in rows]


async def subjects(conn: Connection, academy: str, at: datetime) -> list[str]:
    """What of an academy, or of one cohort of it, somebody may be invited to, or was, that is still to come."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT subject FROM (
            SELECT engagement AS subject FROM engagement_people JOIN engagements USING (engagement)
            JOIN people USING (person) WHERE ended_at IS NULL AND invitations
            UNION ALL SELECT cohort FROM enrolments JOIN cohorts USING (cohort) JOIN people USING (person)
            WHERE invitations AND stage NOT IN ('closed', 'cancelled')
            UNION ALL SELECT course FROM bookings JOIN intro_courses USING (course)
            WHERE state = 'confirmed' AND day_2_starts_at > $2
            UNION ALL SELECT subject FROM invitations
            WHERE status = 'requested' AND coalesce(starts_at, day::timestamptz) > $2
        ) AS held
        WHERE subject = $1 OR starts_with(subject, $1 || '.') ORDER BY subject
        """,
        academy,
        at,
    )
    return [row["subject"] for row in rows]


@asynccontextmanager
async def held(conn: Connection, subject: str) -> AsyncIterator[None]:
    """Nobody else tells calendars of a subject meanwhile. Raises TimeoutError if somebody does for long.

    What is kept meanwhile is kept at the end, all of it or nothing.
    """
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"invitations/{subject}")
        yield


async def is_over(conn: Connection, subject: str, at: datetime) -> bool:
    """Whether something was recorded after ``at``, by the clock of the subject: a later look sees to it."""
    return bool(
        await conn.fetchval("SELECT EXISTS (SELECT FROM facts WHERE subject = $1 AND recorded_at > $2)", subject, at)
    )


async def host(conn: Connection, subject: str) -> Host:
    """The office of a subject, and its team."""
    (row,) = await conn.fetch(
        """
        SELECT office.name, office.address, microsystems.name AS team, coalesce(venue, '') AS venue,
               language_of($1) AS language
        FROM (SELECT) AS always
        LEFT JOIN engagements ON engagement = $1
        LEFT JOIN microsystems USING (microsystem)
        LEFT JOIN intro_course_texts ON course = $1
        LEFT JOIN lifecycles ON subject = $1
        LEFT JOIN people AS office ON office.person = lifecycles.office
        """,
        subject,
    )
    return Host(**{**row, "language": Language(row["language"] or Language.ENGLISH)})


async def known(conn: Connection, subject: str, person: str) -> dict[str, Invited]:
    """What somebody's calendar was told of a subject, by UID."""
    rows = await conn.fetch(
        "SELECT *, zone_of(subject) AS zone FROM invitations WHERE subject = $1 AND person = $2", subject, person
    )
    return {
        row["uid"]: Invited(
            Entry(
                row["uid"], Happening(row["what"]), subject, row["day"], row["starts_at"], row["ends_at"],
                row["sequence"], row["sent_at"], row["number"], zone=row["zone"] or DEFAULT_ZONE,
            ),
            row["sequence"],
            row["status"] == "requested",
            row["said"],
        )
        for row in rows
    }  # fmt: skip


async def keep(conn: Connection, person: str, told: Owed, status: Status, at: datetime) -> None:
    """What a calendar was told now."""
    entry = told.entry
    await conn.execute(
        """
        INSERT INTO invitations (person, uid, subject, sequence, said, day, starts_at, ends_at, what, number, status,
                                 sent_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT ON CONSTRAINT invitations_once DO UPDATE
        SET sequence = excluded.sequence, said = excluded.said, day = excluded.day, starts_at = excluded.starts_at,
            ends_at = excluded.ends_at, status = excluded.status, sent_at = excluded.sent_at
        """,
        person,
        entry.uid,
        entry.subject,
        told.sequence,
        said(entry),
        entry.day,
        entry.starts_at,
        entry.ends_at,
        entry.what,
        entry.number,
        status,
        at,
    )


async def wanted(conn: Connection, person: str) -> bool:
    """Whether somebody chose to be invited."""
    return bool(await conn.fetchval("SELECT invitations FROM people WHERE person = $1", person))


async def want(conn: Connection, person: str, *, wanted: bool) -> None:
    """Somebody wants invitations, or wants them no more."""
    await conn.execute("UPDATE people SET invitations = $2 WHERE person = $1", person, wanted)
