"""Everything is forgotten: for a demonstration that begins again."""

from __future__ import annotations

from typing import Final

from records.database import Connection

_OF_THE_SCHEMA: Final = ("alembic_version", "schema_made")


async def empty(conn: Connection) -> None:
    """Forget all that is recorded, at once. Only the owner of the tables may: no process of an installation is that."""
    tables = await conn.fetch(
        """
        SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> ALL ($1)
        """,
        list(_OF_THE_SCHEMA),
    )
    await conn.execute(f"TRUNCATE {', '.join(row['name'] for row in tables)} RESTART IDENTITY CASCADE")


async def holds_anything(conn: Connection) -> bool:
    """Whether anything was ever recorded."""
    held: bool = await conn.fetchval("SELECT EXISTS (SELECT FROM facts)")
    return held
