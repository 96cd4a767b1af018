"""The schema and how it comes about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import get_args

import asyncpg
import pytest

from devstack.postgres import Postgres
from records.database import Pool, migrate
from records.errors import DatabaseNewer
from records.projections import TABLES
from schemas import rows


@pytest.fixture
async def empty_database(postgres: Postgres) -> AsyncIterator[str]:
    """A database nobody has migrated."""
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("CREATE DATABASE nobody_was_here")
    yield postgres.url.replace("/mca?", "/nobody_was_here?")
    await connection.execute("DROP DATABASE nobody_was_here WITH (FORCE)")
    await connection.close()


async def _tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return {row["tablename"] for row in found}


async def test_migrating_makes_every_table(empty_database: str) -> None:
    """An empty database gets the whole schema."""
    await migrate(empty_database)
    assert {"facts", "notes", "people", "notices", "done_items", *TABLES} <= await _tables(empty_database)


async def test_ten_that_migrate_at_once_migrate_once(empty_database: str) -> None:
    """However many begin at the same moment, each revision is applied once and all of them succeed."""
    await asyncio.gather(*(migrate(empty_database) for _ in range(10)))
    assert "facts" in await _tables(empty_database)
