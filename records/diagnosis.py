"""What an examination asks of the database itself: its clock, its backups, and what its records are counted by."""

from __future__ import annotations

from datetime import datetime

from records.database import Connection


async def clock(conn: Connection) -> datetime:
    """The server's clock, now."""
    at: datetime = await conn.fetchval("SELECT clock_timestamp()")
    return at


async def server_version(conn: Connection) -> str:
    """The version of Postgres."""
    version: str = await conn.fetchval("SELECT current_setting('server_version')")
    return version


async def note_backup(conn: Connection, at: datetime) -> None:
    """The database was backed up; only the latest is kept."""
    await conn.execute(
        """
        WITH older AS (DELETE FROM backups WHERE finished_at < $1)
        INSERT INTO backups (finished_at) VALUES ($1) ON CONFLICT DO NOTHING
        """,
        at,
    )


async def last_backup(conn: Connection) -> datetime | None:
    """When the database was last backed up, as noted, or when its log was last archived; None if nothing says so."""
    at: datetime | None = await conn.fetchval(
        """
        SELECT greatest((SELECT max(finished_at) FROM backups), (SELECT last_archived_time FROM pg_stat_archiver))
        """
    )
    return at


async def calendars_in_use(conn: Connection) -> dict[str, list[str]]:
    """Which bank-holiday tables open engagements count by, and in which academies."""
    rows = await conn.fetch(
        """
        SELECT calendar, array_agg(DISTINCT academy ORDER BY academy) AS academies
        FROM engagements WHERE ended_at IS NULL GROUP BY calendar ORDER BY calendar
        """
    )
    return {row["calendar"]: row["academies"] for row in rows}


async def sample(conn: Connection, at: datetime, at_most: int | None) -> list[str]:
    """Subjects whose records may be compared, others each day; with ``None`` all that were ever written."""
    rows = await conn.fetch(
        "SELECT subject FROM subjects ORDER BY md5(subject || $1), subject LIMIT $2", f"{at.date()}", at_most
    )
    return [row["subject"] for row in rows]


async def counted(conn: Connection) -> dict[str, int]:
    """About how many rows each table has, as the server's own statistics say."""
    rows = await conn.fetch(
        """
        SELECT relname, greatest(reltuples, 0)::bigint AS rows FROM pg_class
        WHERE relkind = 'r' AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'facts'::regclass)
        ORDER BY relname
        """
    )
    return {row["relname"]: row["rows"] for row in rows}
