"""Who asked for what, through which door: noted before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg
from pydantic import TypeAdapter

from records.database import Connection
from schemas.corrections import AnyFact
from schemas.due import AnyTold

_FACT: Final[TypeAdapter[AnyFact]] = TypeAdapter(AnyFact)
_ANSWER: Final[TypeAdapter[AnyTold]] = TypeAdapter(AnyTold)


@dataclass(frozen=True, slots=True)
class FirstTold:
    """What the ledger holds of an event id: the fact, of which subject, and its first answer."""

    subject: str
    fact: AnyFact
    answer: AnyTold


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry of the audit. ``opening``: the kind of its subject's first fact, if any. ``first``: this event's."""

    number: int
    opening: str | None
    first: FirstTold | None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry; ``refused`` is the code of the refusal, ``recorded`` whether the ledger holds the fact."""

    number: int
    at: datetime
    caller: str
    door: str
    action: str
    subject: str | None
    event_id: str | None
    refused: str | None
    recorded: bool


async def note(  # noqa: PLR0917 - an entry has as many fields
    conn: Connection,
    at: datetime,
    caller: str,
    door: str,
    action: str,
    subject: str | None = None,
    event_id: str | None = None,
) -> Noted:
    """Note what is about to be done, and answer what the ledger knows of it: one round trip."""
    row = await conn.fetchrow(
        """
        WITH noted AS (
            INSERT INTO audit (at, caller, door, action, subject, event_id) VALUES ($1, $2, $3, $4, $5, $6)
            RETURNING number
        )
        SELECT noted.number, opening.kind AS opening, first.subject, first.body, first.answer
        FROM noted
        LEFT JOIN facts AS opening ON opening.subject = $5 AND opening.seq = 1
        LEFT JOIN facts AS first ON first.event_id = $6
        """,
        at,
        caller,
        door,
        action,
        subject,
        event_id,
    )
    assert row is not None  # noqa: S101 - an INSERT that returns has a row
    return Noted(row["number"], row["opening"], _first(row))


async def refused(conn: Connection, number: int, code: str) -> None:
    """Note that it was refused."""
    await conn.execute("UPDATE audit SET refused = $2 WHERE number = $1", number, code)


async def read(conn: Connection, subject: str, at_most: int = 200, before: int | None = None) -> list[AuditLine]:
    """The newest entries of a subject, the newest first; those before a number."""
    rows = await conn.fetch(
        """
        SELECT number, at, caller, door, action, audit.subject, audit.event_id, refused,
               EXISTS (SELECT FROM facts WHERE facts.event_id = audit.event_id) AS recorded
        FROM audit WHERE subject = $1 AND ($3::bigint IS NULL OR number < $3) ORDER BY number DESC LIMIT $2
        """,
        subject,
        at_most,
        before,
    )
    return [AuditLine(**row) for row in rows]


def _first(row: asyncpg.Record) -> FirstTold | None:
    if row["body"] is None:
        return None
    return FirstTold(row["subject"], _FACT.validate_python(row["body"]), _ANSWER.validate_python(row["answer"]))
