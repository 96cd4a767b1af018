"""Connections through a pooler, as PgBouncer in transaction mode: two transactions may reach two sessions.

So nothing is left in a session. Every statement stands in a transaction, which begins with the academies that are
served; nothing is prepared under a name. Whether there is a pooler is found out: the server's process is then not the
one that it greeted us as.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

import asyncpg
from asyncpg.transaction import Transaction

T = TypeVar("T")

_ELSEWHERE: Final = "DO $$ BEGIN IF pg_backend_pid() <> {pid} THEN RAISE EXCEPTION 'pooled'; END IF; END $$"
"""By the simple protocol, which leaves nothing behind."""
_OF_TRANSACTIONS: Final = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


async def is_pooled(connection: asyncpg.Connection) -> bool:
    """Whether something stands between us and the server that may give us another session at any time."""
    try:
        await connection.execute(_ELSEWHERE.format(pid=connection.get_server_pid()))
    except asyncpg.RaiseError:
        return True
    return False


class ServingConnection(asyncpg.Connection):
    """A connection that knows for which academies it was last used."""

    serving: str | None = None

    async def serve(self, academies: str) -> None:
        """Show rows of these academies from now on. Asked of Postgres only where it is another choice than before."""
        if self.serving != academies:
            self.serving = None
            await self.execute("SELECT set_config('mca.academies', $1, false)", academies)
            self.serving = academies


class PooledConnection(ServingConnection):
    """A connection of which nothing outlasts a transaction. What is asked is asked as of the driver's own."""

    async def serve(self, academies: str) -> None:
        """Show rows of these academies in each transaction from now on."""
        self.serving = academies

    def transaction(self, **said: Any) -> Transaction:  # noqa: ANN401 - the driver's own options
        """A transaction that sees these academies."""
        return _Served(self, **({"isolation": None, "readonly": False, "deferrable": False} | said))

    async def execute(self, query: str, *args: Any, **said: Any) -> str:  # noqa: ANN401
        """Carry out."""
        if not args and query.lstrip().upper().startswith(_OF_TRANSACTIONS):
            return await super().execute(query, **said)
        return await self._within(super().execute, query, *args, **said)

    async def executemany(self, command: str, args: Any, **said: Any) -> None:  # noqa: ANN401
        """Carry out for each."""
        await self._within(super().executemany, command, args, **said)

    async def fetch(self, query: str, *args: Any, **said: Any) -> Any:  # noqa: ANN401
        """All rows."""
        return await self._within(super().fetch, query, *args, **said)

    async def fetchrow(self, query: str, *args: Any, **said: Any) -> Any:  # noqa: ANN401
        """The first row."""
        return await self._within(super().fetchrow, query, *args, **said)

    async def fetchval(self, query: str, *args: Any, **said: Any) -> Any:  # noqa: ANN401
        """A value of the first row."""
        return await self._within(super().fetchval, query, *args, **said)

    async def _within(self, ask: Callable[..., Awaitable[T]], *args: Any, **said: Any) -> T:  # noqa: ANN401
        if self.is_in_transaction():
            return await ask(*args, **said)
        async with self.transaction():
            return await ask(*args, **said)


class _Served(Transaction):
    """Begins with the academies that are served, and forgets them at its end."""

    def __init__(self, connection: PooledConnection, **said: Any) -> None:  # noqa: ANN401
        super().__init__(connection, **said)
        self._of = connection

    async def start(self) -> None:
        """Begin; a transaction within another sees what that one does."""
        outermost = not self._of.is_in_transaction()
        await super().start()
        if outermost and self._of.serving is not None:
            try:
                await self._of.execute("SELECT set_config('mca.academies', $1, true)", self._of.serving)
            except BaseException:
                with suppress(Exception):
                    await self.rollback()
                raise
