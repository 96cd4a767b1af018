"""What reports read from the database: views under names that stay, for a role that can read no name of anybody."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from records import projections
from records.database import Pool, as_role
from tests.records.telling import ENGAGEMENT, START, at, changes, engagement, held, record, told

DOORS = Path(__file__).parents[2] / "docs" / "doors.md"
PERSONAL = {"name", "address", "email", "words", "text", "organisation", "employee_number"}


async def test_the_reader_reads_every_view_and_nobodys_name(pool: Pool, database_url: str) -> None:
    """Each has rows to read by right, none has a column of what is personal, and the table of people is refused."""
    async with pool.acquire() as conn:
        await projections.write(conn, ENGAGEMENT, START, *changes(engagement()))
        await record(conn, told(held(1), 0))
    reader = await asyncpg.connect(as_role(database_url, "mca_reader"))
    try:
        views = await reader.fetch("SELECT table_name FROM information_schema.views WHERE table_schema = 'reporting'")
        assert len(views) == 10
        for (view,) in views:
            await reader.fetch(f'SELECT * FROM reporting."{view}"')  # noqa: S608 - a name of the catalogue
        columns = await reader.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'reporting'"
        )
        assert not PERSONAL & {row["column_name"] for row in columns}
        assert await reader.fetchval("SELECT team FROM reporting.teams") == ENGAGEMENT
        assert await reader.fetchval("SELECT occurred_at FROM reporting.events") == at(7)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetch("SELECT * FROM people")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.execute("DELETE FROM reporting.teams")
    finally:
        await reader.close()


async def test_the_document_names_every_view(pool: Pool) -> None:
    """So that nobody has to look into the database first."""
    section = DOORS.read_text().partition("## Reports from the database")[2].partition("\n## ")[0]
    for (view,) in await pool.fetch("SELECT table_name FROM information_schema.views WHERE table_schema = 'reporting'"):
        assert f"`{view}`" in section
