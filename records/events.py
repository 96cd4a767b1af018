"""What is published. Triggers publish facts and changes in their own transactions; here are tests and replays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from records.database import Connection

TEST: Final = "test"
"""The type of an event that says nothing, and goes to one subscriber only."""


async def send_test(conn: Connection, subscription: str, number: UUID, at: datetime) -> int | None:
    """Publish a test for one subscription; the number of its delivery, or None where the subscription is not on.

    Neither its id nor its subject can be those of a fact.
    """
    event: int | None = await conn.fetchval(
        """
        WITH published AS (
            INSERT INTO events (id, type, subject, occurred_at, recorded_at, data)
            SELECT 'test/' || $2::uuid, 'test', 'subscription/' || subscription, $3::timestamptz, $3,
                   jsonb_build_object('subscription', subscription)
            FROM subscriptions WHERE subscription = $1 AND ended_at IS NULL
            RETURNING number, subject
        )
        INSERT INTO deliveries (subscription, event, subject) SELECT $1, number, subject FROM published
        RETURNING event
        """,
        subscription,
        number,
        at,
    )
    return event


async def replay(
    conn: Connection, subscription: str, since: datetime, until: datetime, types: Sequence[str] | None = None
) -> int:
    """Send a subscription its events from ``since`` until before ``until`` again; answers how many.

    Also those that were delivered, set aside, or published before the subscription was made.
    """
    rows = await conn.fetch(
        """
        INSERT INTO deliveries AS known (subscription, event, subject)
        SELECT subscription, number, subject FROM subscriptions JOIN events
            ON recorded_at >= $2 AND recorded_at < $3 AND type <> 'test'
            AND (types = '{}' OR type = ANY (types)) AND ($4::text[] IS NULL OR type = ANY ($4))
            AND (within IS NULL OR subject = within OR starts_with(subject, within || '.'))
        WHERE subscription = $1 AND ended_at IS NULL
        ORDER BY number
        ON CONFLICT (subscription, event) DO UPDATE SET
            (status, attempts, next_at, failing_since, settled_at, failure)
            = ('waiting', 0, '-infinity', NULL, NULL, NULL)
        WHERE known.status <> 'waiting' OR known.failure IS NOT NULL
        RETURNING event
        """,
        subscription,
        since,
        until,
        types,
    )
    return len(rows)
