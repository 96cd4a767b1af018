"""Notices: issued with what caused them, sent afterwards, settled once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self

import asyncpg

from records.database import Connection
from schemas.due import Notice
from schemas.programme import DEFAULT_ZONE, Language, Zone

Settled = Literal["sent", "failed", "withdrawn", "withheld"]


@dataclass(frozen=True, slots=True)
class Issued:
    """A notice that was issued: of which subject, when, what it says, and what became of it."""

    id: str
    subject: str
    issued_at: datetime
    notice: Notice
    status: str
    settled_at: datetime | None
    message_id: str | None
    because: str | None
    """Why it was not sent."""

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """A row of the table, which has more columns."""
        return cls(
            row["notice"], row["subject"], row["issued_at"], said(row), row["status"], row["settled_at"],
            row["message_id"], row["because"],
        )  # fmt: skip


def said(row: asyncpg.Record) -> Notice:
    """What a row of the table says."""
    return Notice.model_validate({field: row[field] for field in Notice.model_fields})


@dataclass(frozen=True, slots=True)
class Course:
    """The Introduction course a notice is about: its days, where it is, and the booking that is meant, if any."""

    days: tuple[tuple[datetime, datetime], tuple[datetime, datetime]]
    booked: tuple[int, ...] = (1, 2)
    venue: str = ""
    joining: str = ""
    delegate_name: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice that waits, with the names and addresses of this moment.

    The recipient's are None for somebody who was erased, and for a deputy whom nobody named; the team's for a cohort's
    notice, whose coach is the participant it concerns, if any; the office's and the cohort's when nothing is recorded
    of them yet.
    """

    id: str
    subject: str
    notice: Notice
    recipient_name: str | None
    recipient_address: str | None
    team_name: str | None
    coach_name: str | None
    office_name: str | None
    office_address: str | None
    cohort_label: str | None
    """The cohort's part of its id, e.g. `2026-autumn`."""
    course: Course | None = None
    zone: Zone = DEFAULT_ZONE
    """By whose clocks its days and times are said: those of its subject."""
    language: Language = Language.ENGLISH
    """In which its subject's programme has emails written."""
    links_epoch: int = 0
    """In which epoch the links of the notice's person work."""


ISSUE: Final = """
    INSERT INTO notices (notice, subject, person, role, act, matter, "window", step, turn, reason,
                         about, starts_at, answer_by, number, detail, gathered, issued_at,
                         because, status, settled_at)
    SELECT 'ntc_' || left(replace(gen_random_uuid()::text, '-', ''), 12),
           $1, given.person, given.role, given.act, given.matter, given."window", given.step, given.turn, given.reason,
           given.about, given.starts_at, given.answer_by, given.number, given.detail,
           coalesce(given.gathered, false), $2::timestamptz,
           given.because, CASE WHEN given.because IS NULL THEN 'waiting' ELSE 'withheld' END,
           CASE WHEN given.because IS NOT NULL THEN $2::timestamptz END
    FROM {told} jsonb_populate_recordset(NULL::notices, {notices}::jsonb) AS given
    ON CONFLICT ON CONSTRAINT notices_once DO NOTHING
    """
"""Issues notices of subject $1 at $2, alone or after a step `told`. None is issued twice.

One with a reason not to go is settled with it.
"""


async def issue(conn: Connection, subject: str, at: datetime, notices: Sequence[Notice]) -> list[str]:
    """Issue notices, each once, however often this is repeated; the ids of those that wait to be sent."""
    await conn.execute(ISSUE.format(told="", notices="$3"), subject, at, notices)
    return await waiting(conn, subject, [notice.item for notice in notices])


async def were_sent(conn: Connection, subject: str, items: Sequence[str], at: datetime, *, gathered: bool) -> None:
    """The notices of these items, by their keys, were sent before the records forgot them; ``gathered`` ones too."""
    await conn.execute(
        """
        UPDATE notices SET status = 'sent', settled_at = $3, message_id = 'restored'
        WHERE subject = $1 AND concat_ws('/', matter, "window", step) = ANY ($2) AND status = 'waiting'
          AND ($4 OR NOT gathered)
        """,
        subject,
        list(items),
        at,
        gathered,
    )


async def went_weekly(conn: Connection, academy: str, before: datetime) -> None:
    """What waited for the weekly mails of an academy went with those of a moment, which the records have forgotten."""
    await conn.execute(
        """
        UPDATE notices SET status = 'sent', settled_at = $2, message_id = 'restored'
        WHERE academy = $1 AND gathered AND status = 'waiting' AND issued_at < $2
        """,
        academy,
        before,
    )


async def issued_in(conn: Connection, scope: str, since: datetime | None = None) -> list[Issued]:
    """The notices of an academy, or of one cohort of it, that were issued after a time, or ever, in that order."""
    rows = await conn.fetch(
        """
        SELECT * FROM notices
        WHERE (subject = $1 OR starts_with(subject, $1 || '.')) AND ($2::timestamptz IS NULL OR issued_at > $2)
        ORDER BY issued_at, subject, matter, "window", step, role
        """,
        scope,
        since,
    )
    return [Issued.of(row) for row in rows]


async def issued_about(conn: Connection, subject: str, about: str) -> list[Issued]:
    """The notices of a subject with this id, of this due item's key, or of this matter, oldest first."""
    rows = await conn.fetch(
        """
        SELECT * FROM notices
        WHERE subject = $1 AND $2 IN (notice, matter, concat_ws('/', matter, "window", step))
        ORDER BY issued_at, notice
        """,
        subject,
        about,
    )
    return [Issued.of(row) for row in rows]


async def letters(conn: Connection, ids: Sequence[str]) -> list[Letter]:
    """Those of the notices that still wait, in the order given."""
    rows = await conn.fetch(
        """
        SELECT notices.*,
               recipient.name AS recipient_name,
               recipient.address AS recipient_address,
               microsystems.name AS team_name,
               coach.name AS coach_name,
               office.name AS office_name,
               office.address AS office_address,
               split_part(coalesce(engagements.cohort, cohorts.cohort), '.', 2) AS cohort_label,
               zone_of(notices.subject) AS zone,
               language_of(notices.subject) AS language,
               kept.links_epoch,
               day_1_starts_at, day_1_ends_at, day_2_starts_at, day_2_ends_at,
               bookings.days AS booked, venue, joining, delegates.name AS delegate_name
        FROM unnest($1::text[]) WITH ORDINALITY AS asked (notice, place)
        JOIN notices USING (notice)
        LEFT JOIN academy_people AS deputies
            ON notices.role = 'deputy' AND deputies.part = 'deputy'
           AND deputies.academy = split_part(notices.subject, '.', 1)
        LEFT JOIN people AS theirs ON theirs.person = notices.person
        LEFT JOIN people AS kept ON kept.person = coalesce(theirs.merged_into, theirs.person)
        LEFT JOIN people AS recipient ON recipient.person = coalesce(deputies.person, kept.person)
        LEFT JOIN engagements ON engagements.engagement = notices.subject
        LEFT JOIN microsystems USING (microsystem)
        LEFT JOIN cohorts ON cohorts.cohort = coalesce(engagements.cohort, notices.subject)
        LEFT JOIN engagement_people AS coaching
            ON coaching.engagement = engagements.engagement AND coaching.role = 'coach'
        LEFT JOIN enrolments AS concerned ON concerned.enrolment = notices.detail
        LEFT JOIN people AS coach ON coach.person = coalesce(coaching.person, concerned.person)
        LEFT JOIN intro_courses ON intro_courses.course = notices.subject
        LEFT JOIN intro_course_texts ON intro_course_texts.course = intro_courses.course
        LEFT JOIN bookings ON bookings.booking = notices.detail
        LEFT JOIN people AS delegates ON delegates.person = bookings.person
        LEFT JOIN lifecycles ON lifecycles.subject = notices.subject
        LEFT JOIN people AS office ON office.person = lifecycles.office
        WHERE notices.status = 'waiting'
        ORDER BY asked.place
        """,
        ids,
    )
    return [_letter(row) for row in rows]


def _letter(row: asyncpg.Record) -> Letter:
    return Letter(
        id=row["notice"],
        subject=row["subject"],
        notice=said(row),
        recipient_name=row["recipient_name"],
        recipient_address=row["recipient_address"],
        team_name=row["team_name"],
        coach_name=row["coach_name"],
        office_name=row["office_name"],
        office_address=row["office_address"],
        cohort_label=row["cohort_label"],
        course=_course(row) if row["day_1_starts_at"] else None,
        zone=row["zone"] or DEFAULT_ZONE,
        language=Language(row["language"] or Language.ENGLISH),
        links_epoch=row["links_epoch"] or 0,
    )


def _course(row: asyncpg.Record) -> Course:
    return Course(
        days=((row["day_1_starts_at"], row["day_1_ends_at"]), (row["day_2_starts_at"], row["day_2_ends_at"])),
        booked=tuple(row["booked"] or (1, 2)),
        venue=row["venue"] or "",
        joining=row["joining"] or "",
        delegate_name=row["delegate_name"],
    )


async def settle(
    conn: Connection,
    notice: str,
    status: Settled,
    at: datetime,
    *,
    message_id: str | None = None,
    failure: str | None = None,
    because: str | None = None,
) -> None:
    """What became of a notice. The first word on it holds.

    `sent` needs its message id, `failed` the failure, `withheld` a reason.
    """
    await conn.execute(
        """
        UPDATE notices SET status = $2, settled_at = $3, message_id = $4, failure = $5, because = $6
        WHERE notice = $1 AND status = 'waiting'
        """,
        notice,
        status,
        at,
        message_id,
        failure,
        because,
    )


async def of_the_same_items(conn: Connection, ids: Sequence[str]) -> list[str]:
    """The ids of these notices, and of others of their items, that wait to be sent by themselves, oldest first."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT alike.notice, alike.issued_at
        FROM notices AS given JOIN notices AS alike USING (subject, matter, "window", step)
        WHERE given.notice = ANY ($1) AND alike.status = 'waiting' AND NOT alike.gathered
        ORDER BY alike.issued_at, alike.notice
        """,
        list(ids),
    )
    return [row["notice"] for row in rows]


async def waiting(conn: Connection, subject: str, items: Sequence[str] | None = None) -> list[str]:
    """The ids of notices of a subject, or of some of its items, that wait to be sent by themselves, oldest first."""
    rows = await conn.fetch(
        """
        SELECT notice FROM notices
        WHERE subject = $1 AND status = 'waiting' AND NOT gathered
          AND ($2::text[] IS NULL OR concat_ws('/', matter, "window", step) = ANY ($2))
        ORDER BY issued_at, notice
        """,
        subject,
        items,
    )
    return [row["notice"] for row in rows]
