"""The connection to Postgres, and its schema."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy
from pydantic_core import from_json, to_json

from records.errors import DatabaseNewer

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


async def answers(connection: Connection) -> None:
    """Raises unless the server answers."""
    await connection.execute("SELECT 1")


async def migrate(url: str) -> None:
    """Bring the database to the newest revision. Harmless when repeated, and for many processes at once.

    Raises DatabaseNewer when a newer version of the program has been there: there is no way back.
    """
    connection = await asyncpg.connect(url, timeout=SECONDS_TO_CONNECT)
    try:
        if await _is_current(connection):
            return
        await connection.execute("SELECT pg_advisory_lock($1)", _ONE_MIGRATES_AT_A_TIME)
        if not await _is_current(connection):
            # Takes a third of a second to import, and is needed once a release.
            await import_module("records.migrations.upgrade").upgrade(url)
    finally:
        await connection.close()


async def _is_current(connection: Connection) -> bool:
    newest = max(file.stem for file in _REVISIONS.glob("*.sql")).partition("_")[0]
    try:
        found: str = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return False
    if found > newest:
        raise DatabaseNewer(found, newest)
    return found == newest
