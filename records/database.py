"""The connection to Postgres, and its schema."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy
from pydantic_core import from_json, to_json

from records.errors import SchemaDamaged, SchemaMissing, SchemaNewer, SchemaOlder, SchemaOther

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Acquired: TypeAlias = "PoolAcquireContext[asyncpg.Record]"
"""A connection of the pool, once it is entered."""

SECONDS_TO_CONNECT = 5.0
SECONDS_TO_ANSWER = 20.0
"""No statement of ours takes a second; one that takes this long waits for a lock or for a server that is gone."""
SECONDS_TO_ACQUIRE = 10.0
"""How long to wait for a free connection. Shorter than any activity's time-out, so that the activity says why."""

_ONE_MIGRATES_AT_A_TIME = 7205759403792793
"""An advisory lock, by a number that nothing else in the database uses."""

_GONE: Final = """
SELECT migrations, ARRAY(SELECT unnest(parts) EXCEPT SELECT part FROM schema_parts ORDER BY 1) AS gone FROM schema_made
"""

_REVISIONS = Path(__file__).parent / "migrations" / "versions"


async def connect(url: str, *, at_most: int = 10) -> Pool:
    """A pool of up to `at_most` connections, opened as they are needed: it outlives a restart of the server."""
    return await asyncpg.create_pool(
        url,
        init_size=0,
        min_size=0,
        max_size=at_most,
        timeout=SECONDS_TO_CONNECT,
        command_timeout=SECONDS_TO_ANSWER,
        init=_read_and_write_json,
        reset=_as_it_is,
        server_settings={"application_name": "mca", "timezone": "UTC"},
    )


async def _read_and_write_json(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: to_json(value).decode(), decoder=from_json
    )


async def _as_it_is(_connection: Connection) -> None:
    """Nothing here changes a connection's session, so that nothing need be undone between two uses."""


async def connect_to_fitting(url: str, *, at_most: int = 10) -> Pool:
    """As :func:`connect`, to a database whose schema this program works with. Raises SchemaUnfit."""
    pool = await connect(url, at_most=at_most)
    try:
        async with pool.acquire() as connection:
            await check_schema(connection)
    except BaseException:
        pool.terminate()
        raise
    return pool


async def check_schema(connection: Connection) -> None:
    """Raises SchemaUnfit unless the schema is what this program's migrations make. Two quick statements.

    What somebody added by hand is no concern of ours.
    """
    newest = _newest()
    try:
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        found = None
    if found is None:
        raise SchemaMissing
    if found < newest:
        raise SchemaOlder(found, newest)
    if found > newest:
        raise SchemaNewer(found, newest)
    try:
        made = await connection.fetchrow(_GONE)
    except asyncpg.UndefinedTableError:
        made = None
    if made is None or made["migrations"] != migrations():
        raise SchemaOther(found)
    if made["gone"]:
        raise SchemaDamaged(made["gone"])


@cache
def migrations() -> str:
    """What tells this program's migrations from those of another build that bear the same numbers."""
    read = sha256()
    for file in sorted(_REVISIONS.glob("*.sql")):
        read.update(f"{file.name}\n".encode() + file.read_bytes())
    return read.hexdigest()


async def migrate(url: str) -> None:
    """Bring the database to the newest revision. Harmless when repeated, and for many processes at once.

    Raises SchemaUnfit when a newer version or another build of the program has been there: there is no way back.
    """
    connection = await asyncpg.connect(url, timeout=SECONDS_TO_CONNECT)
    try:
        if await _fits(connection):
            return
        await connection.execute("SELECT pg_advisory_lock($1)", _ONE_MIGRATES_AT_A_TIME)
        if not await _fits(connection):
            # Takes a third of a second to import, and is needed once a release.
            await import_module("records.migrations.upgrade").upgrade(url)
    finally:
        await connection.close()


async def _fits(connection: Connection) -> bool:
    """Whether nothing need be migrated. Raises SchemaUnfit for what no migration mends."""
    try:
        await check_schema(connection)
    except (SchemaMissing, SchemaOlder):
        return False
    return True


@cache
def _newest() -> str:
    return max(file.stem for file in _REVISIONS.glob("*.sql")).partition("_")[0]
