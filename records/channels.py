"""Channels beside mail: who chose which, and what became of each short message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from records.database import Connection

ChannelName: TypeAlias = Literal["text", "chat"]

LATELY = 3
"""So many messages in a row that failed are a channel that does not work."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """How somebody wants to be reached beside mail. ``address`` is personal, or a secret: never log it."""

    channel: ChannelName
    address: str = field(repr=False)
    chosen_at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """A short message that is noted and not tried yet: for which notices, by which channel, to where."""

    notices: tuple[str, ...]
    channel: ChannelName
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a short message. ``begun`` is one whose outcome nobody knows: it is not tried again."""

    channel: ChannelName
    begun_at: datetime
    status: Literal["begun", "sent", "failed"]
    failure: str | None


@dataclass(frozen=True, slots=True)
class Failing:
    """Somebody whose channel takes nothing any more, since when, and why not."""

    person: str
    channel: ChannelName
    since: datetime
    failure: str
    latest: str


async def choose(conn: Connection, person: str, channel: ChannelName, address: str, at: datetime) -> None:
    """Somebody is reached by this channel from now on, beside mail; another that was chosen before is forgotten."""
    await conn.execute(
        """
        INSERT INTO person_channels (person, channel, address, chosen_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (person) DO UPDATE
        SET channel = EXCLUDED.channel, address = EXCLUDED.address, chosen_at = EXCLUDED.chosen_at
        """,
        person,
        channel,
        address,
        at,
    )


async def forget(conn: Connection, person: str) -> bool:
    """Mail alone from now on. Answers whether there was another channel."""
    return await conn.fetchval("DELETE FROM person_channels WHERE person = $1 RETURNING true", person) or False


async def chosen(conn: Connection, person: str) -> Chosen | None:
    """The channel that somebody chose; None for mail alone."""
    row = await conn.fetchrow("SELECT channel, address, chosen_at FROM person_channels WHERE person = $1", person)
    return Chosen(**row) if row else None


async def begin(conn: Connection, notices: Sequence[str], on: Collection[ChannelName], at: datetime) -> Begun | None:
    """Note a short message beside the mail of these notices, which are one person's and settled.

    None where the person chose no channel that is on, or where one was noted for each of them before.
    """
    rows = await conn.fetch(
        """
        WITH wanted AS (
            SELECT notice, person_channels.person, channel, person_channels.address
            FROM notices JOIN people USING (person)
            JOIN person_channels ON person_channels.person = coalesce(merged_into, people.person)
            WHERE notice = ANY ($1::text[]) AND channel = ANY ($2::text[]) AND status IN ('sent', 'failed')
        ), noted AS (
            INSERT INTO channel_messages (notice, person, channel, begun_at)
            SELECT notice, person, channel, $3 FROM wanted
            ON CONFLICT (notice) DO NOTHING RETURNING notice
        )
        SELECT notice, channel, address FROM wanted JOIN noted USING (notice)
        """,
        notices,
        list(on),
        at,
    )
    if not rows:
        return None
    return Begun(tuple(row["notice"] for row in rows), rows[0]["channel"], rows[0]["address"])


async def settle(conn: Connection, notices: Sequence[str], at: datetime, failure: str | None) -> None:
    """What became of a short message: the service took it, or why not. The first word on it holds."""
    await conn.execute(
        """
        UPDATE channel_messages
        SET status = CASE WHEN $3::text IS NULL THEN 'sent' ELSE 'failed' END, settled_at = $2, failure = $3
        WHERE notice = ANY ($1::text[]) AND status = 'begun'
        """,
        notices,
        at,
        failure,
    )


async def latest(conn: Connection, person: str, at_most: int = 5) -> list[Tried]:
    """The latest short messages to somebody, the newest first."""
    rows = await conn.fetch(
        """
        SELECT channel, begun_at, status, failure FROM channel_messages
        WHERE person = $1 ORDER BY begun_at DESC, notice LIMIT $2
        """,
        person,
        at_most,
    )
    return [Tried(**row) for row in rows]


async def failing(conn: Connection, academy: str) -> list[Failing]:
    """Those whose latest few short messages by the channel they have chosen all failed."""
    rows = await conn.fetch(
        """
        SELECT person, person_channels.channel, since, failure, latest
        FROM person_channels JOIN people USING (person)
        CROSS JOIN LATERAL (
            SELECT count(*) AS times, bool_and(status = 'failed') AS all_failed, min(begun_at) AS since,
                   (array_agg(failure ORDER BY begun_at DESC, notice))[1] AS failure,
                   (array_agg(notice ORDER BY begun_at DESC, notice))[1] AS latest
            FROM (
                SELECT * FROM channel_messages AS tried
                WHERE tried.person = person_channels.person AND tried.channel = person_channels.channel
                  AND begun_at > chosen_at
                ORDER BY begun_at DESC, notice LIMIT $2
            ) AS lately
        ) AS found
        WHERE academy = $1 AND times = $2 AND all_failed ORDER BY person
        """,
        academy,
        LATELY,
    )
    return [Failing(**row) for row in rows]
