"""What tests of every folder share: one Postgres a run, a database of its own for each test."""

from __future__ import annotations

import atexit
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from devstack.postgres import Postgres
from records.database import Pool, connect, migrate
from rehearsal.clocks import leave
from tests.browser import chrome, one_chromium
from tests.directories import own_directory
from tests.drawing import MANY  # noqa: F401 - it chooses what every other module draws

__all__ = ["chrome", "one_chromium"]

_TEMPLATE = "template_migrated"
_numbers = itertools.count(1)


def _at(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@asynccontextmanager
async def _server() -> AsyncIterator[Postgres]:
    with own_directory() as directory:
        # A database that lives for one test need not survive a power cut.
        server = Postgres(directory / "postgres", directory / "postgres.log", throwaway=True)
        try:
            await server.start()
            yield server
        finally:
            await server.server.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The rehearsals first: they take longest, and their reports are shared by tests of one worker."""
    items.sort(key=lambda item: item.path.name != "test_driver.py")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    """End without the interpreter's own ending, in which Temporal's client can crash after everything went well."""
    atexit.register(leave, int(exitstatus))


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[Postgres]:
    """A real Postgres server for the whole run, which tests share."""
    async with _server() as server:
        yield server


@pytest.fixture
async def own_postgres() -> AsyncIterator[Postgres]:
    """A server of this test's own, with an empty database, which it may stop and start."""
    async with _server() as server:
        yield server


@pytest.fixture(scope="session")
async def migrated(postgres: Postgres) -> str:
    """The name of a migrated database, empty and never connected to, from which each test's is copied."""
    await _execute(postgres.url, f"CREATE DATABASE {_TEMPLATE}")
    await migrate(_at(postgres.url, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture
async def database_url(postgres: Postgres, migrated: str) -> AsyncIterator[str]:
    """The URL of a migrated, empty database that only this test uses."""
    name = f"test_{next(_numbers)}"
    await _execute(postgres.url, f"CREATE DATABASE {name} TEMPLATE {migrated} STRATEGY file_copy")
    yield _at(postgres.url, name)
    await _execute(postgres.url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on this test's own database."""
    made = await connect(database_url)
    yield made
    await made.close()
