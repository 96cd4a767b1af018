"""A past that was lived elsewhere: facts with their answers, items carried out and notices, written at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from records.database import Connection
from records.notices import Issued
from schemas.corrections import AnyFact
from schemas.due import AnyTold, Due
from schemas.words import Code, EventId, PersonId


class Recorded(NamedTuple):
    """A fact as it was recorded, when, and what its teller was answered."""

    body: AnyFact
    recorded_at: datetime
    answer: AnyTold


@dataclass(frozen=True, slots=True)
class Past:
    """All that a subject lived, in its order, save notices; ``words`` stand beside facts, by event id."""

    subject: Code
    facts: Sequence[Recorded]
    done: Sequence[tuple[Due, datetime]]
    words: Sequence[tuple[EventId, str]] = ()


class WeeklyMail(NamedTuple):
    """One weekly mail that was sent."""

    person: PersonId
    week: date
    made_at: datetime
    message_id: str
    lines: int
    withheld: int


async def write(conn: Connection, past: Past) -> None:
    """Write what a subject lived that nobody has recorded yet. Its projections are for the caller to bring up to date.

    What the facts name is not looked up: whoever lived it knows it.
    """
    await conn.execute(
        """
        INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, told_by_person,
                           body, answer)
        SELECT $1, seq, body ->> 'event_id', body ->> 'kind', (body ->> 'occurred_at')::timestamptz,
               (told ->> 'recorded_at')::timestamptz, body -> 'told_by' ->> 'role', body -> 'told_by' ->> 'person',
               body, told -> 'answer'
        FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS past (told, seq),
             LATERAL (SELECT told -> 'body' AS body)
        """,
        past.subject,
        [fact._asdict() for fact in past.facts],
    )
    await conn.execute(
        """
        INSERT INTO done_items (subject, key, act, matter, turn, rule, parameter, since, due_at, about, answer_by,
                                facts, done_at)
        SELECT $1, key, act, matter, turn, rule, parameter, since, at, about, answer_by, facts, done_at
        FROM jsonb_to_recordset($2::jsonb) AS item (
            key text, act text, matter text, turn text, rule text, parameter text, since timestamptz, at timestamptz,
            about date, answer_by timestamptz, facts text[], done_at timestamptz
        )
        """,
        past.subject,
        [item.model_dump() | {"done_at": at} for item, at in past.done],
    )
    await conn.execute(
        """
        INSERT INTO notes (event_id, subject, text, kept_at, claimed_at)
        SELECT event_id, $1, text, recorded_at, recorded_at
        FROM unnest($2::text[], $3::text[]) AS said (event_id, text) JOIN facts USING (event_id)
        """,
        past.subject,
        [event_id for event_id, _ in past.words],
        [text for _, text in past.words],
    )


async def write_mail(conn: Connection, academy: Code, notices: Sequence[Issued], weekly: Sequence[WeeklyMail]) -> None:
    """Write what people were told, and their weekly mails: one that somebody had in that week has these lines too."""
    await conn.execute(
        """
        INSERT INTO notices (notice, subject, person, role, act, matter, "window", step, turn, reason, about, starts_at,
                             answer_by, number, detail, gathered, issued_at, status, settled_at, message_id, failure,
                             because)
        SELECT notice, subject, person, role, act, matter, "window", step, turn, reason, about, starts_at,
               answer_by, number, detail, gathered, issued_at, status, settled_at, message_id, failure, because
        FROM jsonb_populate_recordset(NULL::notices, $1::jsonb)
        """,
        [_row(issued) for issued in notices],
    )
    await conn.execute(
        """
        INSERT INTO digests (person, week, academy, made_at, status, settled_at, message_id, lines, withheld)
        SELECT person, week, $1, made_at, 'sent', made_at, message_id, lines, withheld
        FROM jsonb_populate_recordset(NULL::digests, $2::jsonb)
        ON CONFLICT ON CONSTRAINT digests_once_a_week DO UPDATE
        SET lines = digests.lines + EXCLUDED.lines, withheld = digests.withheld + EXCLUDED.withheld
        """,
        academy,
        [mail._asdict() for mail in weekly],
    )


def _row(issued: Issued) -> dict[str, object]:
    return issued.notice.model_dump() | {
        "notice": issued.id,
        "subject": issued.subject,
        "issued_at": issued.issued_at,
        "status": issued.status,
        "settled_at": issued.settled_at,
        "message_id": issued.message_id,
        "failure": "no_deputy" if issued.status == "failed" else None,
        "because": issued.because,
    }
