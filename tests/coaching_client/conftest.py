"""A real Temporal server and the engine on it, reached as programs outside reach them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from coaching_client.client import CoachingClient
from process.connection import connect
from tests.workflows.subjects import one_more, settings_for, temporal_server
from worker.main import Engine, engine


@pytest.fixture(scope="session")
async def address() -> AsyncIterator[str]:
    """Where a dev server answers that lives for the run."""
    async with temporal_server() as address:
        yield address


@pytest.fixture
async def temporal(address: str) -> Client:
    """A bare client of it."""
    return await connect(address=address)


@pytest.fixture
def queue() -> str:
    """This test's task queue."""
    return one_more("outside")


@pytest.fixture
async def running(temporal: Client, database_url: str, queue: str) -> AsyncIterator[Engine]:
    """The engine, running."""
    async with engine(temporal, settings_for(database_url, queue)) as running:
        yield running


@pytest.fixture
async def coaching(address: str, queue: str, running: Engine) -> CoachingClient:  # noqa: ARG001
    """A client of the running engine."""
    return await CoachingClient.connect(address=address, task_queue=queue)


@pytest.fixture
def now() -> datetime:
    """The present, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
