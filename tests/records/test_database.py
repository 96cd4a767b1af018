"""The schema and how it comes about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from devstack.postgres import Postgres
from records.database import Pool, connect, connect_to_fitting, migrate
from records.errors import SchemaDamaged, SchemaMissing, SchemaNewer, SchemaOlder, SchemaOther
from schemas.rows import TABLES


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
    assert {
        "facts",
        "notes",
        "people",
        "notices",
        "done_items",
        *(table.name for table in TABLES.values()),
    } <= await _tables(empty_database)


async def test_ten_that_migrate_at_once_migrate_once(empty_database: str) -> None:
    """However many begin at the same moment, each revision is applied once and all of them succeed."""
    await asyncio.gather(*(migrate(empty_database) for _ in range(10)))
    assert "facts" in await _tables(empty_database)


async def test_migrating_again_changes_nothing(database_url: str, pool: Pool) -> None:
    """A database that is current is left alone, with what it holds."""
    await pool.execute("INSERT INTO microsystems VALUES ('ms_1', 'sheffield', 'A ward', '2026-01-01Z')")
    await migrate(database_url)
    assert await pool.fetchval("SELECT count(*) FROM microsystems") == 1


async def test_there_is_no_way_back(database_url: str, pool: Pool) -> None:
    """A program that is older than the database says so and touches nothing."""
    await pool.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaNewer):
        await migrate(database_url)


_UNFIT = {
    "DROP SCHEMA public CASCADE; CREATE SCHEMA public": (SchemaMissing, "make them with mca migrate"),
    "UPDATE alembic_version SET version_num = '0000'": (SchemaOlder, "back the database up, run mca migrate"),
    "UPDATE alembic_version SET version_num = '9999'": (SchemaNewer, "install the release that migrated it"),
    "UPDATE schema_made SET migrations = 'others'": (SchemaOther, "use that build"),
    "DROP VIEW schema_parts; DROP TABLE schema_made": (SchemaOther, "use that build"),
    "ALTER TABLE people DROP COLUMN name": (SchemaDamaged, "people.name text; undo"),
    "ALTER TABLE notes ALTER COLUMN text TYPE varchar(9)": (SchemaDamaged, "notes.text text; undo"),
    "ALTER TABLE facts DISABLE TRIGGER facts_append_only": (SchemaDamaged, "facts trigger facts_append_only; undo"),
    "ALTER TABLE facts DROP CONSTRAINT facts_told_once": (SchemaDamaged, "facts constraint facts_told_once, "),
    "DROP TABLE notes": (SchemaDamaged, " more; undo"),
}


@pytest.mark.parametrize("spoilt", _UNFIT)
async def test_no_program_works_over_a_schema_that_does_not_fit(database_url: str, pool: Pool, spoilt: str) -> None:
    """Missing, older, newer, of another build or changed by hand: refused in a sentence that says what to do."""
    await pool.execute(spoilt)
    unfit, remedy = _UNFIT[spoilt]
    with pytest.raises(unfit) as refused:
        await connect_to_fitting(database_url)
    assert remedy in str(refused.value)
    assert str(refused.value).endswith(", then run this again")


async def test_what_was_added_by_hand_is_no_concern_of_the_engine(database_url: str, pool: Pool) -> None:
    """A table, a column, an index of somebody's own: the engine works as before."""
    await pool.execute("CREATE TABLE own (x int); ALTER TABLE people ADD own text; CREATE INDEX own_i ON facts (kind)")
    await (await connect_to_fitting(database_url)).close()


async def test_every_column_of_a_row_is_a_column_of_its_table(pool: Pool) -> None:
    """What the rules derive and what the database holds have the same names."""
    for model, table in TABLES.items():
        statement = await pool.fetchval(
            """
            SELECT array_agg(attname::text) FROM pg_attribute
            WHERE attrelid = $1::regclass AND attnum > 0 AND attgenerated = ''
            """,
            table.name,
        )
        keys = {table.owner, "key"} if table.key else {table.owner}
        assert {*model._fields, *keys, "changed_at"} == set(statement)


async def test_a_pool_outlives_a_restart_of_the_server(own_postgres: Postgres) -> None:
    """Connections that the restart cut are replaced, without anybody opening a new pool."""
    pool = await connect(own_postgres.url)
    assert await pool.fetchval("SELECT 1") == 1
    await own_postgres.server.stop()
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await pool.fetchval("SELECT 1")
    await own_postgres.start()
    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()
