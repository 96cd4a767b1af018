"""The whole engine on a real Temporal server, on which workflows are taken away; the comparison is called directly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client

from coaching_client import schedules
from process.connection import connect
from process.settings import Settings
from records import reconciliations
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from tests.faults.waiting import eventually
from tests.workflows.subjects import Academy, one_more, settings_for, temporal_server
from worker import main
from worker.main import Engine, engine


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """A client of a dev server with virtual clocks, which knows our search attributes."""
    async with temporal_server() as address:
        yield await connect(address=address)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """This test's database and task queue."""
    return settings_for(database_url, one_more("reconciled"))


@pytest.fixture
async def running(
    temporal: Client, settings: Settings, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Engine]:
    """The engine, running. At its end nothing it still tries is waited for."""
    monkeypatch.setattr(main, "GRACE", timedelta(seconds=1))
    # What a test takes away is looked for by the test: the schedule's own look, the first apart, is a year off.
    monkeypatch.setattr(schedules, "RECONCILED_EVERY", timedelta(days=365))
    async with engine(temporal, settings) as running:
        await eventually(lambda: _looked_once(pool))
        yield running


async def _looked_once(pool: Pool) -> bool:
    async with pool.acquire() as conn:
        return await reconciliations.last(conn) is not None


@pytest.fixture
def academy(temporal: Client, settings: Settings, pool: Pool, running: Engine) -> Academy:  # noqa: ARG001
    """Where this test's engagements and cohorts live."""
    return Academy(temporal, pool, settings.task_queue, VirtualClocks(temporal, timeout_seconds=60))
