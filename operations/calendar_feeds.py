"""The address under which a calendar program reads somebody's diary: random, and stopped alone."""

from __future__ import annotations

from datetime import datetime

from operations.signing_in import digest, new_secret
from records import links
from records.database import Connection


async def make(conn: Connection, person: str, at: datetime) -> str:
    """The token of a new address; an earlier one stops."""
    token = new_secret()
    await links.make_feed(conn, person, digest(token), at)
    return token


async def stop(conn: Connection, person: str) -> None:
    """No address leads to somebody's diary any more."""
    await links.end_feed(conn, person)


async def made_at(conn: Connection, person: str) -> datetime | None:
    """Since when there is an address; None for none."""
    return await links.feed_made_at(conn, person)


async def read_by(conn: Connection, token: str) -> str | None:
    """Whose diary is read under a token."""
    return await links.of_feed(conn, digest(token))
