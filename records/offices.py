"""The office of an academy: one mailbox among its people, under an id that never changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from records.database import Connection
from records.errors import AddressTaken
from records.worklist import BOUNCES_WITHIN
from schemas.programme import Language
from schemas.words import Code, PersonId, office_of


@dataclass(frozen=True, slots=True)
class Mailbox:
    """How an office is addressed, where its mail goes, in which language, and in which epoch its links work."""

    name: str
    address: str
    links_epoch: int = field(default=0, compare=False)
    language: Language = field(default=Language.ENGLISH, compare=False)


async def mailbox(conn: Connection, academy: Code) -> Mailbox | None:
    """The office's mailbox; None while nobody has named it, and after it was erased."""
    row = await conn.fetchrow(
        """
        SELECT name, address, links_epoch, language_of($2) AS language FROM people
        WHERE person = $1 AND name IS NOT NULL
        """,
        office_of(academy),
        academy,
    )
    return Mailbox(**{**row, "language": Language(row["language"] or Language.ENGLISH)}) if row else None


@dataclass(frozen=True, slots=True)
class OfficePerson:
    """Somebody who works in an office, or is its deputy. Without a name they were erased."""

    part: Literal["member", "deputy"]
    person: PersonId
    name: str | None
    address: str | None


async def staff(conn: Connection, academy: Code) -> list[OfficePerson]:
    """The deputy, and who works in the office."""
    rows = await conn.fetch(
        """
        SELECT part, person, name, address FROM academy_people LEFT JOIN people USING (academy, person)
        WHERE academy = $1 ORDER BY part, lower(name), person
        """,
        academy,
    )
    return [OfficePerson(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Failing:
    """An office whose mail fails for good, since when, and why."""

    academy: Code
    since: datetime
    failure: str


async def failing(conn: Connection, at: datetime) -> list[Failing]:
    """The offices whose last mail could not be delivered, as on the worklist; also a weekly mail without a line."""
    rows = await conn.fetch(
        """
        WITH mails AS (
            SELECT person, status, failure, sent_at, settled_at FROM notices
            WHERE person IN (SELECT academy || '.office' FROM people)
              AND settled_at > $1::timestamptz - interval '400 days'
            UNION ALL SELECT person, status, failure, sent_at, settled_at FROM digests WHERE settled_at IS NOT NULL
        )
        SELECT office.academy, min(failed.settled_at) AS since,
               (array_agg(failed.failure ORDER BY failed.settled_at DESC))[1] AS failure
        FROM people AS office JOIN mails AS failed USING (person)
        WHERE office.person = office.academy || '.office' AND office.address IS NOT NULL AND failed.status = 'failed'
          AND NOT starts_with(failed.failure, 'refused')
          AND coalesce(failed.sent_at, failed.settled_at) > office.changed_at
          AND NOT EXISTS (
              SELECT FROM mails AS later
              WHERE later.person = failed.person AND later.status = 'sent'
                AND later.settled_at > coalesce(failed.sent_at, failed.settled_at)
                AND (failed.sent_at IS NULL OR later.settled_at < $2)
          )
        GROUP BY office.academy ORDER BY office.academy
        """,
        at,
        at - BOUNCES_WITHIN,
    )
    return [Failing(**row) for row in rows]


async def unheard(conn: Connection, at: datetime) -> list[Code]:
    """The academies whose office left something undone that nobody heard of: there was no deputy, and is none yet."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT split_part(person, '.', 1) AS academy FROM notices
        WHERE status = 'failed' AND failure = 'no_deputy' AND settled_at > $1::timestamptz - interval '400 days'
          AND NOT EXISTS (
              SELECT FROM academy_people WHERE academy = split_part(notices.person, '.', 1) AND part = 'deputy'
          )
        ORDER BY academy
        """,
        at,
    )
    return [row["academy"] for row in rows]


async def with_members(conn: Connection) -> list[Code]:
    """The academies whose office has members by name."""
    rows = await conn.fetch("SELECT DISTINCT academy FROM academy_people WHERE part = 'member' ORDER BY academy")
    return [row["academy"] for row in rows]


async def keep(conn: Connection, academy: Code, mailbox: Mailbox, at: datetime, *, anew: bool) -> None:
    """Keep the office's mailbox: one that is named already is changed only ``anew``.

    Raises AddressTaken when the address belongs to a person of the academy.
    """
    taken = await conn.fetchval(
        """
        SELECT EXISTS (SELECT FROM people WHERE academy = $2 AND lower(address) = lower($3) AND person <> $1)
           AND NOT EXISTS (SELECT FROM people WHERE person = $1 AND lower(address) = lower($3))
        """,
        office_of(academy),
        academy,
        mailbox.address,
    )
    if taken:
        raise AddressTaken(office_of(academy))
    await conn.execute(
        """
        INSERT INTO people AS known (person, academy, name, address, admitted_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT (person) DO UPDATE
        SET name = EXCLUDED.name, address = EXCLUDED.address, changed_at = EXCLUDED.changed_at, erased_at = NULL
        WHERE known.erased_at IS NOT NULL
           OR ($6 AND (known.name, known.address) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.address))
        """,
        office_of(academy),
        academy,
        mailbox.name,
        mailbox.address,
        at,
        anew,
    )
