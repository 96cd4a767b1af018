"""The connection to Postgres, and its schema."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeAlias, cast
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy
from pydantic_core import from_json, to_json

from records.address import SECONDS_TO_CONNECT, Address, read_address
from records.errors import AddressUnreadable, SchemaDamaged, SchemaMissing, SchemaNewer, SchemaOlder, SchemaOther
from records.pooled import PooledConnection, ServingConnection, is_pooled

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Acquired: TypeAlias = "PoolAcquireContext[asyncpg.Record]"
"""A connection of the pool, once it is entered."""

SECONDS_TO_ANSWER = 20.0
"""No statement of ours takes a second; one that takes this long waits for a lock or for a server that is gone."""
SECONDS_TO_ACQUIRE = 10.0
"""How long to wait for a free connection. Shorter than any activity's time-out, so that the activity says why."""

_ONE_MIGRATES_AT_A_TIME = 7205759403792793
_ONE_GRANTS_AT_A_TIME = _ONE_MIGRATES_AT_A_TIME + 1
"""Advisory locks, by numbers that nothing else in the database uses."""

_GONE: Final = """
SELECT migrations, ARRAY(SELECT unnest(parts) EXCEPT SELECT part FROM schema_parts ORDER BY 1) AS gone FROM schema_made
"""

_SECONDS_BEFORE_ANOTHER_LOOK = 0.2

_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISIONS = _MIGRATIONS / "versions"

EVERYWHERE: Final = "*"
_served: ContextVar[str] = ContextVar("served academies", default=EVERYWHERE)


def serve_only(academies: Iterable[str]) -> None:
    """What is asked of the records from here on, in this task, is about these academies alone."""
    _served.set(",".join(sorted(set(academies))))


def serve_all() -> None:
    """What is asked of the records from here on, in this task, may be about any academy: who asks is not known yet."""
    _served.set(EVERYWHERE)


async def _serve(connection: Connection) -> None:
    await connection.serve(_served.get())  # type: ignore[union-attr] # ours, by connection_class


def as_role(url: str, role: str) -> str:
    """The same database for another of its roles, where the server asks nobody for a password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}"))


async def connect(url: str, *, at_most: int = 10) -> Pool:
    """A pool of up to `at_most` connections, opened as they are needed: it outlives a restart of the server.

    Each is used for the academies that are served where it is taken (:func:`serve_only`), else for all.
    """
    pool: Pool = await asyncpg.create_pool(
        init_size=0,
        min_size=0,
        max_size=at_most,
        connect=cast("Any", _Way(read_address(url))),
        connection_class=ServingConnection,
        init=_read_and_write_json,
        setup=_serve,
        reset=_as_it_is,
    )
    return pool


class _Way:
    """The way to one database: found out with the first connection, and gone by all."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._pooled: bool | None = None

    async def __call__(self, *_: object, **__: object) -> ServingConnection:
        """A connection, as the pool asks for one."""
        if self._pooled is None:
            # Until it is known, nothing is prepared under a name that somebody else may meet.
            first = await self._opened(ServingConnection, statement_cache_size=0)
            try:
                self._pooled = await is_pooled(first)
            finally:
                await first.close(timeout=SECONDS_TO_CONNECT)
        if self._pooled:
            return await self._opened(PooledConnection, statement_cache_size=0)
        return await self._opened(ServingConnection)

    async def _opened(self, connection_class: type[ServingConnection], **said: int) -> ServingConnection:
        connection: ServingConnection = await _reached(
            self._address,
            command_timeout=SECONDS_TO_ANSWER,
            connection_class=connection_class,
            server_settings={"application_name": "mca", "timezone": "UTC"},
            **said,
        )
        return connection


async def _alone(url: str) -> Connection:
    """A connection for one errand of the owner, which leaves nothing prepared behind."""
    connection: Connection = await _reached(read_address(url), statement_cache_size=0)
    return connection


async def _reached(address: Address, **said: Any) -> Any:  # noqa: ANN401 - the driver's own
    """Raises AddressUnreadable where the driver would quote what it cannot read."""
    try:
        return await asyncpg.connect(address.dsn, **address.options, **said)
    except ValueError:
        raise AddressUnreadable from None


async def _read_and_write_json(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: to_json(value).decode(), decoder=from_json
    )


async def _as_it_is(connection: Connection) -> None:
    """Whoever takes a connection says anew what it serves, so that nothing need be undone between two uses.

    One to a server that only reads is not kept: after a failover the next one may lead to the one that writes.
    """
    said = connection.get_settings()
    if "on" in {getattr(said, "in_hot_standby", None), getattr(said, "default_transaction_read_only", None)}:
        await connection.close()


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
    asking, guarding = await _alone(url), await _alone(url)
    try:
        while not await _fits(asking):
            if not await _migrated(url, asking, guarding):
                # Whoever waited for the lock itself would hold a session of the pooler's for it.
                await asyncio.sleep(_SECONDS_BEFORE_ANOTHER_LOOK)
    finally:
        await asking.close()
        await guarding.close()


async def _migrated(url: str, asking: Connection, guarding: Connection) -> bool:
    """Migrate, unless somebody does. The lock is a transaction's: a pooler would keep a session's for somebody else."""
    async with guarding.transaction():
        if not await guarding.fetchval("SELECT pg_try_advisory_xact_lock($1)", _ONE_MIGRATES_AT_A_TIME):
            return False
        if not await _fits(asking):
            # Takes a third of a second to import, and is needed once a release.
            await import_module("records.migrations.upgrade").upgrade(url)
            await _grant_if_allowed(asking)
    return True


async def grant(url: str) -> None:
    """Give each process its rights in the database. Harmless when repeated; it takes who may make roles."""
    connection = await _alone(url)
    try:
        await _grant(connection)
    finally:
        await connection.close()


async def _grant(connection: Connection) -> None:
    async with connection.transaction():
        # Roles belong to the whole server, and its databases may be granted at once.
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _ONE_GRANTS_AT_A_TIME)
        await connection.execute((_MIGRATIONS / "rights.sql").read_text(encoding="utf-8"))


async def _grant_if_allowed(connection: Connection) -> None:
    """An owner who may not make roles migrates all the same; `mca db grant` says who can."""
    with suppress(asyncpg.InsufficientPrivilegeError):
        await _grant(connection)


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
