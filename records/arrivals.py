"""What other services handed in: kept until it is recorded, or set aside with its reason. Nothing is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import asyncpg
from pydantic import TypeAdapter, ValidationError

from records.database import Connection
from schemas.corrections import AnyFact

Status = Literal["waiting", "recorded", "set_aside"]

_FACT: Final[TypeAdapter[AnyFact]] = TypeAdapter(AnyFact)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came. Without a fact that can be told it is kept as set aside, and `code` and `reason` say why.

    ``arrived_at`` also orders, by microseconds, what came together: a subject's arrivals are told in this order.
    """

    event_id: str
    source: str
    source_id: str
    type: str
    subject: str | None
    fact: AnyFact | None
    received: dict[str, Any]
    caller: str
    grants: tuple[str, ...]
    arrived_at: datetime
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an arrival. ``same``: what is kept under its id is what came."""

    event_id: str
    status: Status
    code: str | None
    reason: str | None
    same: bool


@dataclass(frozen=True, slots=True)
class ArrivalLine:
    """An arrival as it is shown."""

    event_id: str
    source: str
    source_id: str
    type: str
    subject: str | None
    status: Status
    attempts: int
    arrived_at: datetime
    next_at: datetime
    settled_at: datetime | None
    caller: str
    code: str | None
    reason: str | None
    received: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claimed:
    """An arrival that is ours to tell until the lease runs out. No fact: this release cannot read it."""

    event_id: str
    subject: str
    fact: AnyFact | None
    caller: str
    grants: tuple[str, ...]
    attempts: int
    arrived_at: datetime


async def keep(conn: Connection, arrival: Arrival) -> Kept:
    """Keep what came. The same again changes nothing; other content under its id neither, and is not `same`.

    The same is what tells the same fact to the same subject, or came word for word before it was mended.
    """
    about = {} if arrival.subject is None else {"subject": arrival.subject}
    received = arrival.received | about
    await conn.execute(
        """
        INSERT INTO arrivals (event_id, source, source_id, type, subject, fact, received, caller, arrived_at, next_at,
                              status, settled_at, code, reason, grants)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz, date_trunc('second', $9),
                CASE WHEN $10::text IS NULL THEN 'waiting' ELSE 'set_aside' END,
                CASE WHEN $10::text IS NOT NULL THEN $9::timestamptz END, $10, $11, $12)
        ON CONFLICT DO NOTHING
        """,
        arrival.event_id,
        arrival.source,
        arrival.source_id,
        arrival.type,
        arrival.subject,
        arrival.fact,
        received,
        arrival.caller,
        arrival.arrived_at,
        arrival.code,
        arrival.reason,
        list(arrival.grants),
    )
    row = await conn.fetchrow(
        """
        SELECT event_id, status, code, reason,
               received = $4::jsonb OR coalesce(fact = $5::jsonb AND subject = $6, false) AS same
        FROM arrivals WHERE event_id = $1 OR (caller = $7 AND source = $2 AND source_id = $3)
        ORDER BY source = $2 AND source_id = $3 DESC LIMIT 1
        """,
        arrival.event_id,
        arrival.source,
        arrival.source_id,
        received,
        arrival.fact,
        arrival.subject,
        arrival.caller,
    )
    assert row is not None  # noqa: S101 - it was there before, or is now
    return Kept(**row)


async def find(conn: Connection, event_id: str) -> ArrivalLine | None:
    """An arrival by its event id."""
    row = await conn.fetchrow(f"SELECT {_SHOWN} FROM arrivals WHERE event_id = $1", event_id)  # noqa: S608 - columns
    return None if row is None else ArrivalLine(**row)


async def listed(
    conn: Connection, status: Status | None = None, within: Sequence[str] | None = None, at_most: int = 200
) -> list[ArrivalLine]:
    """The newest arrivals of a status, of all, or ``within`` academies and cohorts."""
    rows = await conn.fetch(
        f"""
        SELECT {_SHOWN} FROM arrivals
        WHERE ($1::text IS NULL OR status = $1)
          AND ($2::text[] IS NULL OR EXISTS (
                SELECT FROM unnest($2::text[]) AS place WHERE subject = place OR starts_with(subject, place || '.')))
        ORDER BY arrived_at DESC, event_id LIMIT $3
        """,  # noqa: S608 - columns
        status,
        within,
        at_most,
    )
    return [ArrivalLine(**row) for row in rows]


async def stir(conn: Connection, at: datetime) -> int:
    """Make those due whose subject has had another fact since they were tried, or has appeared; how many."""
    done = await conn.execute(
        """
        UPDATE arrivals SET next_at = $1
        WHERE status = 'waiting' AND code IS NOT NULL AND next_at > $1
          AND EXISTS (SELECT FROM facts WHERE facts.subject = arrivals.subject AND seq = seen + 1)
        """,
        at,
    )
    return int(done.rpartition(" ")[2])


async def claim(
    conn: Connection, at: datetime, until: datetime, at_most: int, busy: Sequence[str] = ()
) -> list[Claimed]:
    """Those that are due, in the order they came; ours until the lease ends. Not of a ``busy`` subject."""
    rows = await conn.fetch(
        """
        WITH due AS (
            SELECT event_id, (SELECT coalesce(max(seq), 0) FROM facts WHERE facts.subject = arrivals.subject) AS seq
            FROM arrivals WHERE status = 'waiting' AND next_at <= $1 AND subject <> ALL ($4::text[])
            ORDER BY next_at, arrived_at LIMIT $3
            FOR UPDATE OF arrivals SKIP LOCKED
        )
        UPDATE arrivals SET attempts = attempts + 1, next_at = $2, seen = due.seq, code = NULL
        FROM due WHERE arrivals.event_id = due.event_id
        RETURNING arrivals.event_id, subject, fact, caller, grants, attempts, arrived_at
        """,
        at,
        until,
        at_most,
        list(busy),
    )
    return sorted((_claimed(row) for row in rows), key=lambda claimed: claimed.arrived_at)


async def release(conn: Connection, event_ids: Sequence[str], at: datetime) -> None:
    """Let go of those that were claimed and not told: they are due for anybody."""
    await conn.execute(
        """
        UPDATE arrivals SET next_at = $2
        WHERE event_id = ANY ($1::text[]) AND status = 'waiting' AND code IS NULL AND attempts > 0
        """,
        list(event_ids),
        at,
    )


async def recorded(conn: Connection, event_id: str, at: datetime) -> None:
    """The ledger holds it."""
    await conn.execute(
        "UPDATE arrivals SET status = 'recorded', settled_at = $2, code = NULL, reason = NULL WHERE event_id = $1",
        event_id,
        at,
    )


async def wait(conn: Connection, event_id: str, next_at: datetime, code: str, reason: str) -> None:
    """It is tried again then, or once its subject has another fact."""
    await conn.execute(
        "UPDATE arrivals SET next_at = $2, code = $3, reason = $4 WHERE event_id = $1 AND status = 'waiting'",
        event_id,
        next_at,
        code,
        reason,
    )


async def set_aside(conn: Connection, event_id: str, at: datetime, code: str, reason: str) -> None:
    """It never can be told as it is."""
    await conn.execute(
        """
        UPDATE arrivals SET status = 'set_aside', settled_at = $2, code = $3, reason = $4
        WHERE event_id = $1 AND status = 'waiting'
        """,
        event_id,
        at,
        code,
        reason,
    )


async def replay(
    conn: Connection,
    event_id: str,
    at: datetime,
    subject: str | None = None,
    fact: AnyFact | None = None,
    grants: Sequence[str] | None = None,
) -> bool:
    """Try what was set aside or waits again, mended where a subject or fact is given. What came stays as it came.

    With other ``grants`` it is told by these, and not by what its caller might do when it arrived.

    False: there is nothing to try, or somebody tells it at this moment.
    """
    done = await conn.fetchval(
        """
        UPDATE arrivals SET status = 'waiting', settled_at = NULL, attempts = 0, next_at = $2, code = NULL,
                            subject = coalesce($3, subject), fact = coalesce($4, fact),
                            grants = coalesce($5::text[], grants)
        WHERE event_id = $1 AND status <> 'recorded'
          AND NOT (status = 'waiting' AND code IS NULL AND attempts > 0 AND next_at > $2)
          AND num_nulls(coalesce($3, subject), coalesce($4::jsonb, fact)) = 0
        RETURNING true
        """,
        event_id,
        at,
        subject,
        fact,
        grants,
    )
    return bool(done)


_SHOWN: Final = (
    "event_id, source, source_id, type, subject, status, attempts, arrived_at, next_at, settled_at, caller, code, "
    "reason, received"
)


def _claimed(row: asyncpg.Record) -> Claimed:
    try:
        fact = _FACT.validate_python(row["fact"])
    except ValidationError:
        fact = None
    return Claimed(**{**row, "fact": fact, "grants": tuple(row["grants"])})
