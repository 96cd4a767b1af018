"""What the pages read: who the reader is, what was asked of whom, and the names to show. Names appear nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from lifecycle.dates import Clock, clock_of
from records.database import Connection
from records.notices import Issued
from schemas import words
from schemas.corrections import AnyFact
from schemas.programme import DEFAULT_ZONE, Language
from schemas.words import Role

_FACT: Final[TypeAdapter[AnyFact]] = TypeAdapter(AnyFact)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page. Name and address are None for somebody who was erased."""

    person: str
    academy: str
    name: str | None
    address: str | None
    zone: str
    links_epoch: int
    language: Language = Language.ENGLISH

    @property
    def clock(self) -> Clock:
        """The clock of their academy."""
        return clock_of(self.zone)


@dataclass(frozen=True, slots=True)
class Office:
    """Whom to ask."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Coached:
    """An engagement in which somebody has a part, and the parts."""

    engagement: str
    team: str | None
    ended: bool
    paused: bool
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A fact of an engagement or cohort, with the names beside it."""

    subject: str
    team: str | None
    recorded_at: datetime
    fact: AnyFact
    told_by: str | None
    zone: str


async def reader(conn: Connection, person: str) -> Reader | None:
    """Somebody by id, or by that of a record merged into theirs; None for nobody."""
    row = await conn.fetchrow(
        """
        SELECT kept.person, kept.academy, kept.name, kept.address, coalesce(zone_of(kept.academy), $2) AS zone,
               kept.links_epoch, language_of(kept.academy) AS language
        FROM people JOIN people AS kept ON kept.person = coalesce(people.merged_into, people.person)
        WHERE people.person = $1
        """,
        person,
        DEFAULT_ZONE,
    )
    return Reader(**{**row, "language": Language(row["language"] or Language.ENGLISH)}) if row else None


async def issued(conn: Connection, notice: str) -> Issued | None:
    """A notice by id; None for none."""
    row = await conn.fetchrow("SELECT * FROM notices WHERE notice = $1", notice)
    return Issued.of(row) if row else None


async def names(conn: Connection, people: Sequence[str]) -> dict[str, str]:
    """The names of people by id, without those who were erased."""
    rows = await conn.fetch(
        """
        SELECT people.person, kept.name
        FROM people JOIN people AS kept ON kept.person = coalesce(people.merged_into, people.person)
        WHERE people.person = ANY ($1::text[]) AND kept.name IS NOT NULL
        """,
        people,
    )
    return {row["person"]: row["name"] for row in rows}


async def team_name(conn: Connection, microsystem: str) -> str | None:
    """The name of a team."""
    found: str | None = await conn.fetchval("SELECT name FROM microsystems WHERE microsystem = $1", microsystem)
    return found


async def office(conn: Connection, person: str) -> Office | None:
    """Name and address of somebody who is an office; None when erased."""
    row = await conn.fetchrow("SELECT name, address FROM people WHERE person = $1 AND name IS NOT NULL", person)
    return Office(**row) if row else None


async def office_of(conn: Connection, academy: str) -> Office | None:
    """The office of an academy; None while nobody has named it."""
    return await office(conn, words.office_of(academy))


async def told_at(conn: Connection, subject: str) -> dict[str, datetime]:
    """When each fact of an engagement or cohort was recorded."""
    rows = await conn.fetch("SELECT event_id, recorded_at FROM facts WHERE subject = $1", subject)
    return {row["event_id"]: row["recorded_at"] for row in rows}


async def mailed_at(conn: Connection, person: str, subject: str) -> datetime | None:
    """When somebody was last sent a mail about an engagement, cohort or course; None for never."""
    found: datetime | None = await conn.fetchval(
        """
        SELECT max(coalesce(sent_at, settled_at)) FROM notices
        WHERE person = $1 AND subject = $2 AND message_id IS NOT NULL
        """,
        person,
        subject,
    )
    return found


async def asked_of(conn: Connection, person: str, since: datetime) -> list[Issued]:
    """The latest notice of each question that was put since a time to somebody, or to a part somebody has now.

    Who works in an office is asked what the office is.
    """
    rows = await conn.fetch(
        """
        WITH theirs AS (
            SELECT notice FROM notices WHERE person = $1 AND issued_at >= $2
            UNION
            SELECT notice FROM engagement_people AS part
            JOIN notices ON subject = engagement AND notices.role = part.role
            WHERE part.person = $1 AND issued_at >= $2
            UNION
            SELECT notice FROM notices
            WHERE role = 'office' AND issued_at >= $2 AND academy = ANY (
                ARRAY(SELECT academy FROM academy_people WHERE academy_people.person = $1 AND part = 'member')
            )
        )
        SELECT DISTINCT ON (subject, matter, "window") notices.* FROM notices JOIN theirs USING (notice)
        ORDER BY subject, matter, "window", (person = $1) DESC, step DESC
        """,
        person,
        since,
    )
    return [Issued.of(row) for row in rows]


async def coached(conn: Connection, person: str) -> list[Coached]:
    """The engagements in which somebody has a part, those still running first."""
    rows = await conn.fetch(
        """
        SELECT engagement, microsystems.name AS team, ended_at IS NOT NULL AS ended, paused,
               array_agg(role ORDER BY role) AS roles
        FROM engagement_people JOIN engagements USING (engagement) LEFT JOIN microsystems USING (microsystem)
        WHERE person = $1 GROUP BY engagement, microsystems.name, ended_at, paused
        ORDER BY ended, engagement
        """,
        person,
    )
    return [
        Coached(row["engagement"], row["team"], row["ended"], row["paused"], tuple(Role(role) for role in row["roles"]))
        for row in rows
    ]


async def notes_of(conn: Connection, subject: str, kinds: Sequence[str]) -> dict[str, str]:
    """The notes beside a subject's facts of these kinds, by event id."""
    rows = await conn.fetch(
        """
        SELECT event_id, text FROM notes JOIN facts USING (subject, event_id)
        WHERE subject = $1 AND kind = ANY($2)
        """,
        subject,
        list(kinds),
    )
    return {row["event_id"]: row["text"] for row in rows}


async def enrolments(conn: Connection, person: str) -> list[tuple[str, str, str]]:
    """Cohort, enrolment and state of somebody's places, the newest first."""
    rows = await conn.fetch(
        """
        SELECT cohort, enrolment, state FROM enrolments JOIN cohorts USING (cohort)
        WHERE person = $1 ORDER BY course_start DESC, enrolment
        """,
        person,
    )
    return [(row["cohort"], row["enrolment"], row["state"]) for row in rows]


async def subjects(conn: Connection, person: str) -> list[str]:
    """The engagements, cohorts and courses somebody has a part in, and which have not ended."""
    rows = await conn.fetch(
        """
        SELECT engagement AS subject FROM engagement_people JOIN engagements USING (engagement)
        WHERE person = $1 AND ended_at IS NULL
        UNION SELECT cohort FROM enrolments WHERE person = $1 AND state NOT IN ('deferred', 'withdrawn')
        UNION SELECT cohort FROM cohorts WHERE office = $1 AND stage NOT IN ('closed', 'cancelled')
        UNION SELECT course FROM intro_courses WHERE office = $1 AND next_due IS NOT NULL
        UNION SELECT course FROM bookings JOIN intro_courses USING (course)
        WHERE person = $1 AND state NOT IN ('cancelled', 'offer_lapsed') AND next_due IS NOT NULL
        ORDER BY subject
        """,
        person,
    )
    return [row["subject"] for row in rows]


async def team_names(conn: Connection, engagements: Sequence[str]) -> dict[str, str]:
    """The names of the teams of engagements."""
    rows = await conn.fetch(
        """
        SELECT engagement, microsystems.name FROM engagements JOIN microsystems USING (microsystem)
        WHERE engagement = ANY ($1::text[])
        """,
        engagements,
    )
    return {row["engagement"]: row["name"] for row in rows}


async def told_lately(conn: Connection, person: str, at_most: int) -> list[ToldLine]:
    """What was told last by somebody, or of their engagements, but for those they only sponsor; the newest first."""
    rows = await conn.fetch(
        """
        WITH lately AS (
            SELECT of_team.* FROM (
                SELECT DISTINCT engagement FROM engagement_people WHERE person = $1 AND role <> 'sponsor'
            ) AS theirs
            CROSS JOIN LATERAL (
                SELECT subject, seq, recorded_at, kind, body, told_by_person FROM facts
                WHERE subject = theirs.engagement AND kind <> 'coaching_seen' ORDER BY seq DESC LIMIT $2
            ) AS of_team
            UNION ALL (
                SELECT subject, seq, recorded_at, kind, body, told_by_person FROM facts
                WHERE told_by_person = $1 AND kind <> 'coaching_seen' ORDER BY recorded_at DESC LIMIT $2)
        )
        SELECT lately.subject, microsystems.name AS team, recorded_at, body, teller.name AS told_by,
               coalesce(zone_of(lately.subject), $3) AS zone
        FROM (SELECT DISTINCT ON (subject, seq) * FROM lately) AS lately
        LEFT JOIN engagements ON engagements.engagement = lately.subject
        LEFT JOIN microsystems USING (microsystem)
        LEFT JOIN people AS teller ON teller.person = lately.told_by_person
        ORDER BY recorded_at DESC, lately.subject, seq DESC LIMIT $2
        """,
        person,
        at_most,
        DEFAULT_ZONE,
    )
    return [
        ToldLine(
            row["subject"],
            row["team"],
            row["recorded_at"],
            _FACT.validate_python(row["body"]),
            row["told_by"],
            row["zone"],
        )
        for row in rows
    ]
