"""Invitations that were sent, and who is invited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lifecycle.diary import Entry, Happening
from lifecycle.invitations import Invited, Owed, said
from records.database import Connection

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
    """Who invites, and to which team's sessions."""

    name: str | None
    address: str | None
    team: str | None


async def guests(conn: Connection, subject: str) -> list[Guest]:
    """Who has a part in a subject and wants invitations, and whoever was invited before; nobody who was erased."""
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
        GROUP BY person, name, address ORDER BY person
        """,
        subject,
    )
    return [Guest(**row) for row in rows]


async def host(conn: Connection, subject: str) -> Host:
    """The office of a subject, and its team."""
    (row,) = await conn.fetch(
        """
        SELECT office.name, office.address, microsystems.name AS team
        FROM (SELECT) AS always
        LEFT JOIN engagements ON engagement = $1
        LEFT JOIN microsystems USING (microsystem)
        LEFT JOIN engagement_people AS asking ON asking.engagement = $1 AND asking.role = 'office'
        LEFT JOIN cohorts ON cohorts.cohort = $1
        LEFT JOIN intro_courses ON course = $1
        LEFT JOIN people AS office ON office.person = coalesce(asking.person, cohorts.office, intro_courses.office)
        """,
        subject,
    )
    return Host(row["name"], row["address"], row["team"])


async def known(conn: Connection, subject: str, person: str) -> dict[str, Invited]:
    """What somebody's calendar was told of a subject, by UID."""
    rows = await conn.fetch("SELECT * FROM invitations WHERE subject = $1 AND person = $2", subject, person)
    return {
        row["uid"]: Invited(
            Entry(
                row["uid"], Happening(row["what"]), subject, row["day"], row["starts_at"], row["ends_at"],
                row["sequence"], row["sent_at"], row["number"],
            ),
            row["sequence"],
            row["status"] == "requested",
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
