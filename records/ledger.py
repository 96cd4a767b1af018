"""The append-only ledger: a fact is recorded once, with its first answer and what it changed, in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from records import projections
from records.database import Connection
from records.errors import DifferentContent, LedgerLost
from schemas.recording import AnyFact, AnyTold, Ledger, Recorded, RecordFact

_FACT: Final[TypeAdapter[AnyFact]] = TypeAdapter(AnyFact)
_ANSWER: Final[TypeAdapter[AnyTold]] = TypeAdapter(AnyTold)


_FACT_WITH_ITS_NOTE: Final = """
    WITH told AS (
        INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, told_by_person,
                           body, answer)
        SELECT $1, $4, $5, $6, $7, $8, $9, $10, $11, $12
        WHERE $4 = 1 + (SELECT coalesce(max(seq), 0) FROM facts WHERE subject = $1)
        ON CONFLICT DO NOTHING
        RETURNING event_id
    ), claimed AS (
        UPDATE notes SET claimed_at = $8 FROM told
        WHERE notes.event_id = told.event_id AND notes.subject = $1 AND notes.claimed_at IS NULL
    )
    """

_WHETHER_TOLD: Final = "SELECT EXISTS (SELECT FROM told) AND num_nulls($2::jsonb, $3::jsonb) = 0"


async def record(conn: Connection, told: RecordFact) -> Recorded:
    """Record a fact and claim its note. Repeating it changes nothing and gives the first answer.

    Nothing is recorded, and the answer says `behind`, when the ledger holds facts the caller does not know.
    Raises DifferentContent when the event id was told before with other content, LedgerLost when the ledger holds
    fewer facts than the caller knows.
    """
    if await _append(conn, told):
        return Recorded(answer=told.answer, ledger=told.known + 1)
    return await _recorded_before(conn, told)


async def _append(conn: Connection, told: RecordFact) -> bool:
    """Whether fact, note and projections were written: one statement, and so one transaction and one round trip.

    Of two writers that know the same facts, the second waits for the first and then finds its number taken.
    """
    fact, changed = told.fact, projections.writing(told.subject, told.recorded_at, told.changes)
    appended: bool = await conn.fetchval(
        f"{_FACT_WITH_ITS_NOTE} {changed.steps} {_WHETHER_TOLD}",
        told.subject,
        changed.rows,
        changed.gone,
        told.known + 1,
        fact.event_id,
        fact.kind,
        fact.occurred_at,
        told.recorded_at,
        fact.told_by.role,
        fact.told_by.person,
        fact,
        told.answer,
    )
    return appended


async def _recorded_before(conn: Connection, told: RecordFact) -> Recorded:
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
        if row["subject"] != told.subject or _FACT.validate_python(row["body"]) != told.fact:
            raise DifferentContent(told.fact.event_id)
        return Recorded(answer=_ANSWER.validate_python(row["answer"]), ledger=row["ledger"])
    if row["ledger"] < told.known:
        raise LedgerLost(told.subject, told.known, row["ledger"])
    return Recorded(answer=told.answer, ledger=row["ledger"], behind=True)


async def load(conn: Connection, subject: str, after: int = 0) -> Ledger:
    """The facts recorded after position `after`, in that order; all due items carried out; the notices that wait."""
    found = await conn.fetchval(
        """
        SELECT jsonb_build_object(
            'facts', coalesce(
                (SELECT jsonb_agg(body ORDER BY seq) FROM facts WHERE subject = $1 AND seq > $2), '[]'
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
        after,
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
