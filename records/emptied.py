"""Everything is forgotten: for a demonstration that begins again."""

from __future__ import annotations

from typing import Final

from records.database import Connection

_OF_THE_SCHEMA: Final = ("alembic_version", "schema_made")


async def empty(conn: Connection) -> None:
    """Forget all that is recorded, at once, the ledger too, which its triggers keep from everybody but a superuser.

    No process of an installation is one, and no owner of its tables need be.
    """
    tables = await conn.fetch(
        """
        SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> ALL ($1)
        """,
        list(_OF_THE_SCHEMA),
    )
    async with conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute(f"TRUNCATE {', '.join(row['name'] for row in tables)} RESTART IDENTITY CASCADE")


async def holds_anything(conn: Connection) -> bool:
    """Whether anything was ever recorded."""
    held: bool = await conn.fetchval("SELECT EXISTS (SELECT FROM facts)")
    return held
