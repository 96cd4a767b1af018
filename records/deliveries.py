"""Events on their way to subscribers: those of one subject strictly in order, one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from records.database import Connection

Status = Literal["waiting", "delivered", "set_aside"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours until the lease runs out, with what is sent, where, and with which secrets."""

    subscription: str
    event: int
    subject: str
    attempts: int
    failing_since: datetime | None
    id: str
    type: str
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]
    url: str
    secret: str
    previous_secret: str | None
    previous_until: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery as it is shown. ``failure`` is what went wrong last."""

    number: int
    id: str
    type: str
    subject: str
    recorded_at: datetime
    status: Status
    attempts: int
    next_at: datetime | None
    settled_at: datetime | None
    failure: str | None


async def claim(conn: Connection, subscription: str, at: datetime, until: datetime, after: str = "") -> Claimed | None:
    """The next event to send, of the first subject behind ``after`` that has one due; ours until the lease ends.

    Only the earliest waiting event of a subject is handed out, so its events go one after another, whichever gateway
    sends them.
    """
    row = await conn.fetchrow(
        """
        WITH RECURSIVE first AS (
            (
                SELECT subject, event, next_at FROM deliveries
                WHERE subscription = $1 AND status = 'waiting' AND subject > $4 ORDER BY subject, event LIMIT 1
            )
            UNION ALL
            SELECT following.* FROM first CROSS JOIN LATERAL (
                SELECT subject, event, next_at FROM deliveries
                WHERE subscription = $1 AND status = 'waiting' AND subject > first.subject
                ORDER BY subject, event LIMIT 1
            ) AS following
        ), due AS (
            SELECT event FROM deliveries
            -- A few, for another gateway may be claiming the first of them.
            WHERE subscription = $1 AND event = ANY (ARRAY (SELECT event FROM first WHERE next_at <= $2 LIMIT 16))
              AND status = 'waiting' AND next_at <= $2
            LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        UPDATE deliveries SET attempts = attempts + 1, next_at = $3
        FROM due, events, subscriptions
        WHERE deliveries.subscription = $1 AND deliveries.event = due.event AND events.number = due.event
          AND subscriptions.subscription = $1 AND ended_at IS NULL
        RETURNING deliveries.subscription, deliveries.event, deliveries.subject, attempts, failing_since,
                  id, type, occurred_at, recorded_at, data, url, secret, previous_secret, previous_until
        """,
        subscription,
        at,
        until,
        after,
    )
    return None if row is None else Claimed(**row)


async def delivered(conn: Connection, claimed: Claimed, at: datetime, lease: timedelta) -> None:
    """The subscriber has it, and so what waits behind it has not failed. No change where it was claimed anew.

    Where it had failed before, the subscriber is back: what waits for a pause longer than a lease goes at once.
    """
    await conn.execute(
        """
        WITH settled AS (
            UPDATE deliveries SET status = 'delivered', settled_at = $4, failing_since = NULL, failure = NULL
            WHERE subscription = $1 AND event = $2 AND status = 'waiting' AND attempts = $3
            RETURNING subject
        ), back AS (
            UPDATE deliveries SET next_at = '-infinity'
            FROM settled
            -- What ends within a lease may be on its way at this moment.
            WHERE deliveries.subscription = $1 AND status = 'waiting' AND next_at > $6
              AND deliveries.subject <> settled.subject AND $5
        )
        UPDATE deliveries SET failing_since = NULL
        FROM settled
        WHERE deliveries.subscription = $1 AND deliveries.subject = settled.subject AND status = 'waiting'
          AND event <> $2 AND $5
        """,
        claimed.subscription,
        claimed.event,
        claimed.attempts,
        at,
        claimed.failing_since is not None,
        at + lease,
    )


async def failed(conn: Connection, claimed: Claimed, at: datetime, next_at: datetime, failure: str) -> None:
    """It is tried again then. The days until it is given up count for the events behind it too."""
    await conn.execute(
        """
        WITH behind AS (
            UPDATE deliveries SET failing_since = $5
            WHERE subscription = $1 AND subject = $4 AND event <> $2 AND status = 'waiting' AND failing_since IS NULL
        )
        UPDATE deliveries SET failing_since = coalesce(failing_since, $5), next_at = $6, failure = $7
        WHERE subscription = $1 AND event = $2 AND status = 'waiting' AND attempts = $3
        """,
        claimed.subscription,
        claimed.event,
        claimed.attempts,
        claimed.subject,
        at,
        next_at,
        failure,
    )


async def set_aside(conn: Connection, claimed: Claimed, at: datetime, failure: str) -> None:
    """It is given up, until somebody replays it; later events of its subject go on."""
    await conn.execute(
        """
        UPDATE deliveries SET status = 'set_aside', settled_at = $4, failure = $5
        WHERE subscription = $1 AND event = $2 AND status = 'waiting' AND attempts = $3
        """,
        claimed.subscription,
        claimed.event,
        claimed.attempts,
        at,
        failure,
    )


async def find(conn: Connection, subscription: str, number: int) -> DeliveryLine | None:
    """One delivery."""
    found = await listed(conn, subscription, before=number + 1, at_most=1)
    return found[0] if found and found[0].number == number else None


async def listed(
    conn: Connection, subscription: str, status: Status | None = None, before: int | None = None, at_most: int = 50
) -> list[DeliveryLine]:
    """The newest deliveries of a subscription, of one status or all, the newest first."""
    rows = await conn.fetch(
        """
        SELECT number, id, type, events.subject, recorded_at, status, attempts,
               CASE WHEN status = 'waiting' THEN nullif(next_at, '-infinity') END AS next_at, settled_at, failure
        FROM deliveries JOIN events ON number = event
        WHERE subscription = $1 AND ($2::text IS NULL OR status = $2) AND ($3::bigint IS NULL OR event < $3)
        ORDER BY event DESC LIMIT $4
        """,
        subscription,
        status,
        before,
        at_most,
    )
    return [DeliveryLine(**row) for row in rows]
