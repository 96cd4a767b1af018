"""What makes links of people work or not: their epoch, browsers known to be theirs, an address's undoing, calendars."""

from __future__ import annotations

from datetime import datetime

from records.database import Connection


async def outdate(conn: Connection, person: str) -> None:
    """From now on no link that somebody has works, and no browser is known to be theirs.

    Another address does the same, by a trigger.
    """
    await conn.execute("UPDATE people SET links_epoch = links_epoch + 1 WHERE person = $1", person)
    await conn.execute("DELETE FROM known_browsers WHERE person = $1", person)


async def know(conn: Connection, was: bytes, cookie: bytes, person: str, at: datetime, before: datetime) -> None:
    """A browser is somebody's, in this epoch of their links. Its cookie is a new one; those of ``before`` go."""
    await conn.execute(
        "DELETE FROM known_browsers WHERE since < $1 OR (cookie = $2 AND person = $3)", before, was, person
    )
    await conn.execute("UPDATE known_browsers SET cookie = $2 WHERE cookie = $1", was, cookie)
    await conn.execute(
        "INSERT INTO known_browsers (cookie, person, epoch, since) SELECT $1, person, links_epoch, $3 FROM people "
        "WHERE person = $2 AND erased_at IS NULL",
        cookie,
        person,
        at,
    )


async def known(conn: Connection, cookie: bytes, person: str, since: datetime) -> bool:
    """Whether a browser is somebody's, since a time at the longest, and in this epoch."""
    found: bool = await conn.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM known_browsers JOIN people USING (person)
            WHERE cookie = $1 AND person = $2 AND since > $3 AND epoch = links_epoch AND erased_at IS NULL
        )
        """,
        cookie,
        person,
        since,
    )
    return found


async def address_changed(conn: Connection, change: str, person: str, at: datetime, before: datetime) -> None:
    """Note that somebody took another address, so that it can be undone. What is older than ``before`` goes."""
    await conn.execute("DELETE FROM address_changes WHERE changed_at < $1", before)
    await conn.execute(
        "INSERT INTO address_changes (change, person, changed_at) VALUES ($1, $2, $3)", change, person, at
    )


async def undoable_since(conn: Connection, change: str, person: str) -> datetime | None:
    """When an address was changed that can still be undone; None where it was, or never was."""
    found: datetime | None = await conn.fetchval(
        """
        SELECT address_changes.changed_at FROM address_changes JOIN people USING (person)
        WHERE change = $1 AND person = $2 AND undone_at IS NULL AND erased_at IS NULL
        """,
        change,
        person,
    )
    return found


async def undo_since(conn: Connection, person: str, since: datetime, at: datetime) -> None:
    """What somebody else may have done in their name since their address was changed is void.

    No later change can be undone by the address it replaced, and no calendar or account that came meanwhile is theirs.
    """
    await conn.execute(
        "UPDATE address_changes SET undone_at = $3 WHERE person = $1 AND changed_at >= $2 AND undone_at IS NULL",
        person,
        since,
        at,
    )
    await conn.execute("DELETE FROM calendar_feeds WHERE person = $1 AND made_at >= $2", person, since)
    await conn.execute("DELETE FROM identities WHERE person = $1 AND matched_at >= $2", person, since)


async def make_feed(conn: Connection, person: str, token: bytes, at: datetime) -> None:
    """Somebody's calendar is read under a new address; an earlier one stops."""
    await conn.execute(
        """
        INSERT INTO calendar_feeds (person, token, made_at) VALUES ($1, $2, $3)
        ON CONFLICT (person) DO UPDATE SET token = EXCLUDED.token, made_at = EXCLUDED.made_at
        """,
        person,
        token,
        at,
    )


async def end_feed(conn: Connection, person: str) -> None:
    """Nobody reads somebody's calendar any more."""
    await conn.execute("DELETE FROM calendar_feeds WHERE person = $1", person)


async def feed_made_at(conn: Connection, person: str) -> datetime | None:
    """Since when somebody's calendar is read; None where it is not."""
    found: datetime | None = await conn.fetchval("SELECT made_at FROM calendar_feeds WHERE person = $1", person)
    return found


async def of_feed(conn: Connection, token: bytes) -> str | None:
    """Whose calendar is read under a token; None for nobody's."""
    found: str | None = await conn.fetchval("SELECT person FROM calendar_feeds WHERE token = $1", token)
    return found
