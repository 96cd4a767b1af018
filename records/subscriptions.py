"""Who is sent events, where, and with which secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from records.database import Connection

ENDED: Final = "the subscription was ended"
"""Why what still waited for a subscription that ended is set aside."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be sent where. No types means all; ``within`` is an academy or a cohort, None means everywhere."""

    subscription: str
    url: str
    types: Sequence[str] = ()
    within: str | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """A subscription as it is shown, without its secrets, with how many events wait or were set aside.

    ``failing_since``: since when its oldest event that could not be delivered waits. ``previous_until``: until then the
    secret before the present one signs too.
    """

    subscription: str
    url: str
    types: tuple[str, ...]
    within: str | None
    created_at: datetime
    created_by: str
    previous_until: datetime | None
    ended_at: datetime | None
    waiting: int
    set_aside: int
    failing_since: datetime | None


async def create(conn: Connection, wish: Wish, secret: str, at: datetime, by: str) -> bool:
    """Begin a subscription, or one that had ended anew. False, and nothing is changed, where it goes on already."""
    done = await conn.fetchval(
        """
        INSERT INTO subscriptions AS known (subscription, url, types, within, secret, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (subscription) DO UPDATE SET
            (url, types, within, secret, created_at, created_by, previous_secret, previous_until, ended_at)
            = (EXCLUDED.url, EXCLUDED.types, EXCLUDED.within, EXCLUDED.secret, EXCLUDED.created_at,
               EXCLUDED.created_by, NULL, NULL, NULL)
        WHERE known.ended_at IS NOT NULL
        RETURNING true
        """,
        wish.subscription,
        wish.url,
        list(wish.types),
        wish.within,
        secret,
        at,
        by,
    )
    return bool(done)


async def change(conn: Connection, wish: Wish, known: str | None) -> bool:
    """Send something else, or elsewhere. False where it has ended, or is not within ``known`` any more."""
    done = await conn.fetchval(
        """
        UPDATE subscriptions SET url = $2, types = $3, within = $4
        WHERE subscription = $1 AND ended_at IS NULL AND within IS NOT DISTINCT FROM $5
        RETURNING true
        """,
        wish.subscription,
        wish.url,
        list(wish.types),
        wish.within,
        known,
    )
    return bool(done)


async def rotate(conn: Connection, subscription: str, secret: str, previous_until: datetime) -> bool:
    """Sign with another secret, and with the one before too until then. False where there is none that goes on."""
    done = await conn.fetchval(
        """
        UPDATE subscriptions SET previous_secret = secret, previous_until = $3, secret = $2
        WHERE subscription = $1 AND ended_at IS NULL RETURNING true
        """,
        subscription,
        secret,
        previous_until,
    )
    return bool(done)


async def end(
    conn: Connection, subscription: str, at: datetime, *, failure: str = ENDED, url: str | None = None
) -> bool:
    """Send nothing any more; what still waits is set aside. False where there is none of this name, or not this URL."""
    done = await conn.fetchval(
        """
        WITH ended AS (
            UPDATE subscriptions SET ended_at = coalesce(ended_at, $2)
            WHERE subscription = $1 AND ($4::text IS NULL OR url = $4) RETURNING subscription
        ), left_over AS (
            UPDATE deliveries SET status = 'set_aside', settled_at = $2, failure = $3
            FROM ended WHERE deliveries.subscription = ended.subscription AND status = 'waiting'
        )
        SELECT EXISTS (SELECT FROM ended)
        """,
        subscription,
        at,
        failure,
        url,
    )
    return bool(done)


async def active(conn: Connection) -> list[str]:
    """Those that go on."""
    rows = await conn.fetch("SELECT subscription FROM subscriptions WHERE ended_at IS NULL ORDER BY subscription")
    return [row["subscription"] for row in rows]


async def find(conn: Connection, subscription: str) -> SubscriptionLine | None:
    """A subscription by its name."""
    row = await conn.fetchrow(f"{_SHOWN} WHERE subscription = $1", subscription)
    return None if row is None else _line(row)


async def listed(
    conn: Connection, within: Sequence[str] | None = None, after: str | None = None, at_most: int | None = None
) -> list[SubscriptionLine]:
    """All of them in the order of their names, or those ``within`` academies and cohorts; all, or a page of them."""
    rows = await conn.fetch(
        f"""
        {_SHOWN}
        WHERE ($1::text[] IS NULL OR EXISTS (
            SELECT FROM unnest($1::text[]) AS place WHERE within = place OR starts_with(within, place || '.')))
          AND ($2::text IS NULL OR subscription > $2)
        ORDER BY subscription LIMIT $3
        """,
        within,
        after,
        at_most,
    )
    return [_line(row) for row in rows]


_SHOWN: Final = """
    SELECT subscription, url, types, within, created_at, created_by, previous_until, ended_at,
           (SELECT count(*) FROM deliveries
            WHERE deliveries.subscription = subscriptions.subscription AND status = 'waiting') AS waiting,
           (SELECT count(*) FROM deliveries
            WHERE deliveries.subscription = subscriptions.subscription AND status = 'set_aside') AS set_aside,
           (SELECT min(failing_since) FROM deliveries
            WHERE deliveries.subscription = subscriptions.subscription AND status = 'waiting') AS failing_since
    FROM subscriptions
    """


def _line(row: asyncpg.Record) -> SubscriptionLine:
    return SubscriptionLine(**{**row, "types": tuple(row["types"])})
