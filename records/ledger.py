"""The append-only ledger: a fact is recorded once, with its first answer and what it changed, in one transaction.

Whoever writes says how often the subject was written before, so that no older projection ever replaces a newer one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from pydantic import TypeAdapter

from lifecycle.references import Reference
from records import due, notices
from records.database import Connection
from records.errors import DifferentContent, LedgerLost
from records.projections import STANDING, Writing
from schemas.corrections import AnyFact
from schemas.due import AnyTold, Due, Notice
from schemas.recording import Ledger, Recorded, RecordFact
from schemas.words import Named, Said

_FACT: Final[TypeAdapter[AnyFact]] = TypeAdapter(AnyFact)
_ANSWER: Final[TypeAdapter[AnyTold]] = TypeAdapter(AnyTold)


_NEXT: Final = """
    next AS (
        INSERT INTO subjects (subject, writes, as_of) SELECT $1, $5 + 1, $2 {only}
        ON CONFLICT ON CONSTRAINT subjects_once DO UPDATE
            SET writes = EXCLUDED.writes, as_of = greatest(subjects.as_of, EXCLUDED.as_of)
        WHERE subjects.writes = $5
        RETURNING subject
    )
    """
"""A step with one row, if subject $1 was written $5 times, else none. Of two writers the second waits for the first."""

_FACT_WITH_ITS_NOTE: Final = """
    told AS (
        INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, told_by_person,
                           body, answer)
        SELECT $1, $6, $7, $8, $9, $2, $10, $11, $12, $13
        FROM next
        WHERE $6 = 1 + (SELECT coalesce(max(seq), 0) FROM facts WHERE subject = $1)
        ON CONFLICT DO NOTHING
        RETURNING event_id
    ), claimed AS (
        UPDATE notes SET claimed_at = $2 FROM told
        WHERE notes.event_id = told.event_id AND notes.subject = $1 AND notes.claimed_at IS NULL
    )
    """

_DONE_WITH_NOTICES: Final = f"""
    WITH {_NEXT.format(only="")}, told AS (SELECT FROM next),
    noted AS ({due.NOTE.format(told="told,", items="$6")}),
    issued AS ({notices.ISSUE.format(told="told,", notices="$7")})
    """

_KNOWN: Final[dict[Named, str]] = {
    Named.PERSON: "FROM people WHERE person = id AND academy = split_part($1, '.', 1)",
    Named.MICROSYSTEM: "FROM microsystems WHERE microsystem = id AND academy = split_part($1, '.', 1)",
    Named.COHORT: "FROM cohorts WHERE cohort = id",
    Named.COHORT_TO_JOIN: "FROM cohorts WHERE cohort = id AND stage <> 'cancelled'",
    # One that its cohort has still to start is there all the same.
    Named.ENGAGEMENT: "FROM engagements WHERE engagement = id "
    "UNION ALL SELECT FROM enrolments WHERE enrolment IN (id, regexp_replace(id, '-[0-9]+$', ''))",
    Named.ENROLMENT: "FROM enrolments WHERE enrolment = id",
    # Whoever gives one begins it with its own id: no other's is one.
    Named.NEW_ENROLMENT: "WHERE false",
    Named.NEW_BOOKING: "WHERE false",
    Named.INTRO_COURSE: "FROM intro_courses WHERE course = id",
    Named.BOOKING: "FROM bookings WHERE booking = id",
    Named.ACADEMY: "WHERE true",
    Named.SUBJECT: "FROM facts WHERE subject = id",
}
"""Where it stands what an id in a fact of the subject $1 names. Most ids begin with their academy."""


def _unknown(names: Collection[Named]) -> str:
    """The step of those ids, of $14 by what they name, $15, that are nowhere."""
    known = " ".join(f"WHEN '{what}' THEN EXISTS (SELECT {where})" for what, where in _KNOWN.items() if what in names)
    return f"""
    unknown AS (
        SELECT what, id FROM unnest($14::text[], $15::text[]) AS named (id, what)
        WHERE NOT (CASE what {known} END
                   AND (what IN ('person', 'microsystem') OR split_part(id, '.', 1) = split_part($1, '.', 1)))
    )"""  # noqa: S608 - texts of this module


_WHETHER_TOLD: Final = "SELECT EXISTS (SELECT FROM told) AND num_nulls($3::jsonb, $4::jsonb) = 0"


async def append(
    conn: Connection, told: RecordFact, answer: AnyTold, named: Sequence[Reference], writes: int, changed: Writing
) -> bool | Reference:
    """Whether fact, note and projections were written: one statement, and so one transaction and one round trip.

    Nothing is, if the subject was not written so many times, or the event id was told before; nor if the fact names
    something that is not recorded: the answer is then what that is.
    """
    fact, first, only = told.fact, "", ""
    ids: tuple[Sequence[str], ...] = ()
    if named:
        first, only = f"{_unknown({each.what for each in named})},", "WHERE NOT EXISTS (SELECT FROM unknown)"
        ids = ([each.id for each in named], [each.what for each in named])
    asked = "SELECT what, id FROM unknown UNION ALL SELECT NULL, NULL" if named else "SELECT NULL AS what, NULL AS id"
    row = await conn.fetchrow(
        f"""
        WITH {first} {_NEXT.format(only=only)}, {_FACT_WITH_ITS_NOTE} {changed.steps}
        SELECT ({_WHETHER_TOLD}) AS appended, what, id FROM ({asked}) AS missing LIMIT 1
        """,  # noqa: S608 - put together from texts of this module
        told.subject,
        told.recorded_at,
        changed.rows,
        changed.gone,
        writes,
        told.known + 1,
        fact.event_id,
        fact.kind,
        fact.occurred_at,
        fact.told_by.role,
        fact.told_by.person,
        fact,
        answer,
        *ids,
    )
    assert row is not None  # noqa: S101 - it selects one row at least
    return Reference(Named(row["what"]), row["id"]) if row["what"] is not None else bool(row["appended"])


class Done(NamedTuple):
    """Items that were carried out, and what people are told of them."""

    items: Sequence[Due]
    notices: Sequence[Notice]


async def carry_out(conn: Connection, subject: str, at: datetime, done: Done, writes: int, changed: Writing) -> bool:
    """Whether items were noted as done, their notices issued and projections written: one statement.

    Nothing is, if the subject was not written so many times.
    """
    written: bool = await conn.fetchval(
        f"{_DONE_WITH_NOTICES} {changed.steps} {_WHETHER_TOLD}",
        subject,
        at,
        changed.rows,
        changed.gone,
        writes,
        done.items,
        done.notices,
    )
    return written


async def rewrite(
    conn: Connection, subject: str, at: datetime, writes: int, changed: Writing
) -> list[tuple[str, str]] | None:
    """Write projections alone; which rows differed, by table and key. None, if it was not written so many times."""
    rows = await conn.fetch(
        f"""
        WITH {_NEXT.format(only="")}, told AS (SELECT FROM next) {changed.steps}
        SELECT name, key FROM ({changed.touched}) AS touched
        UNION ALL SELECT NULL, NULL FROM told WHERE num_nulls($3::jsonb, $4::jsonb) = 0
        """,  # noqa: S608 - steps of `projections`
        subject,
        at,
        changed.rows,
        changed.gone,
        writes,
    )
    if not rows:
        return None
    return [(row["name"], row["key"]) for row in rows if row["name"] is not None]


async def recorded_before(conn: Connection, told: RecordFact) -> Recorded:
    """The first answer to a fact that was told before; else how many facts the ledger holds.

    Raises DifferentContent when the event id was told before with other content, LedgerLost when the ledger holds
    fewer facts than the caller knows.
    """
    (row,) = await conn.fetch(
        """
        SELECT (SELECT coalesce(max(seq), 0) FROM facts WHERE subject = $1) AS ledger,
               first.subject, first.body, first.answer
        FROM (SELECT) AS always LEFT JOIN facts AS first ON first.event_id = $2
        """,
        told.subject,
        told.fact.event_id,
    )
    if row["body"] is not None:
        if row["subject"] != told.subject or not told.fact.repeats(_FACT.validate_python(row["body"])):
            raise DifferentContent(told.fact.event_id)
        return Recorded(answer=_ANSWER.validate_python(row["answer"]), ledger=row["ledger"])
    if row["ledger"] < told.known:
        raise LedgerLost(told.subject, told.known, row["ledger"])
    return Recorded(ledger=row["ledger"])


async def holds(conn: Connection, subject: str, event_ids: Collection[str]) -> set[str]:
    """Which of these full ids name a fact of the subject."""
    rows = await conn.fetch(
        "SELECT event_id FROM facts WHERE subject = $1 AND event_id = ANY ($2::text[])", subject, list(event_ids)
    )
    return {row["event_id"] for row in rows}


async def began(conn: Connection, subject: str) -> datetime | None:
    """The moment of a subject's first fact, which no correction moves; None where nothing is recorded of it."""
    found: datetime | None = await conn.fetchval(
        "SELECT occurred_at FROM facts WHERE subject = $1 ORDER BY seq LIMIT 1", subject
    )
    return found


async def kinds(conn: Connection, subject: str, event_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What those of these full ids that name a fact of the subject say happened: of a correction all it is about."""
    rows = await conn.fetch(
        """
        WITH RECURSIVE about (event_id, said) AS (
            SELECT event_id, body FROM facts WHERE subject = $1 AND event_id = ANY ($2::text[])
            UNION
            SELECT about.event_id, facts.body
            FROM about JOIN facts ON facts.subject = $1 AND facts.event_id = about.said ->> 'corrects'
        )
        SELECT event_id, array_agg(said ->> 'kind') || array_remove(array_agg(said #>> '{replacement,kind}'), NULL)
            AS kinds
        FROM about GROUP BY event_id
        """,
        subject,
        list(event_ids),
    )
    return {row["event_id"]: tuple(row["kinds"]) for row in rows}


class Written(Said):
    """What the ledger holds of a subject, and which rows of its projections stand, by table and key.

    ``writes`` counts how often its records were written, ``as_of`` is the clock of the last time.
    """

    facts: tuple[AnyFact, ...]
    done: dict[str, datetime]
    rows: tuple[tuple[str, str], ...]
    writes: int
    as_of: datetime | None


async def read(conn: Connection, subject: str) -> Written:
    """All of it at one moment."""
    found = await conn.fetchval(
        f"""
        SELECT jsonb_build_object(
            'facts', coalesce((SELECT jsonb_agg(body ORDER BY seq) FROM facts WHERE subject = $1), '[]'),
            'done', coalesce((SELECT jsonb_object_agg(key, done_at) FROM done_items WHERE subject = $1), '{{}}'),
            'rows', coalesce((SELECT jsonb_agg(ARRAY[name, key]) FROM ({STANDING}) AS standing), '[]'),
            'writes', coalesce((SELECT writes FROM subjects WHERE subject = $1), 0),
            'as_of', (SELECT as_of FROM subjects WHERE subject = $1)
        )
        """,  # noqa: S608 - the names of tables
        subject,
    )
    return Written.model_validate(found)


async def load(conn: Connection, subject: str) -> Ledger:
    """The facts in the order they were recorded; the due items carried out; the notices that wait."""
    found = await conn.fetchval(
        """
        SELECT jsonb_build_object(
            'facts', coalesce(
                (SELECT jsonb_agg(body ORDER BY seq) FROM facts WHERE subject = $1), '[]'
            ),
            'done', coalesce((SELECT jsonb_object_agg(key, done_at) FROM done_items WHERE subject = $1), '{}'),
            'waiting', coalesce(
                (
                    SELECT jsonb_object_agg(notice, concat_ws('/', matter, "window", step))
                    FROM notices WHERE subject = $1 AND status = 'waiting' AND NOT gathered
                ),
                '{}'
            )
        )
        """,
        subject,
    )
    return Ledger.model_validate(found)


async def as_known(conn: Connection, subjects: Collection[str], at: datetime | None = None) -> dict[str, Ledger]:
    """What was recorded and carried out of each subject, by a moment of the workflows' clocks or at all.

    What waits is left out.
    """
    rows = await conn.fetch(
        """
        SELECT asked.subject,
               jsonb_build_object(
                   'facts', coalesce(
                       (
                           SELECT jsonb_agg(body ORDER BY seq) FROM facts
                           WHERE facts.subject = asked.subject AND ($2::timestamptz IS NULL OR recorded_at <= $2)
                       ),
                       '[]'
                   ),
                   'done', coalesce(
                       (
                           SELECT jsonb_object_agg(key, done_at) FROM done_items
                           WHERE done_items.subject = asked.subject AND ($2::timestamptz IS NULL OR done_at <= $2)
                       ),
                       '{}'
                   )
               ) AS known
        FROM unnest($1::text[]) AS asked (subject)
        """,
        list(subjects),
        at,
    )
    return {row["subject"]: Ledger.model_validate(row["known"]) for row in rows}
