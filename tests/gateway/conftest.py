"""The gateway in front of the whole engine: real servers, a queue and a database of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from temporalio.client import Client

from benchmarks.made_up import known
from coaching_client import handles
from gateway.app import build_app
from gateway.context import AppContext
from gateway.main import serving
from gateway.settings import GatewaySettings
from operations import security
from operations.keys import AT_MOST
from process.connection import connect
from records import keys
from records.database import Pool, as_role
from records.database import connect as connect_to_records
from rehearsal.clocks import VirtualClocks
from schemas import subjects
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.cohort_facts import CohortScheduled, EnrolmentAccepted
from tests.workflows.subjects import (
    COHORT,
    PROGRAMME,
    Academy,
    Cohort,
    Engagement,
    now,
    one_more,
    opening_of,
    settings_for,
    temporal_server,
)
from worker import main
from worker.main import Engine, engine


@pytest.fixture(autouse=True)
def unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    """No security event was heard before this test."""
    monkeypatch.setattr(security, "_STREAM", security.Stream(lambda *_: None))


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """A client of a dev server with virtual clocks, which knows our search attributes."""
    async with temporal_server() as address:
        yield await connect(address=address)


@pytest.fixture
def settings(database_url: str) -> GatewaySettings:
    """This test's database and task queue."""
    told = settings_for(database_url, one_more("gateway"))
    return GatewaySettings(
        database_url=told.database_url,
        worker_database_url=SecretStr(as_role(database_url, "mca_worker")),
        gateway_database_url=SecretStr(as_role(database_url, "mca_gateway")),
        smtp_url=told.smtp_url,
        task_queue=told.task_queue,
        calls_per_minute=1_000_000,
        tell_seconds=20,
    )


@pytest.fixture
async def walled(settings: GatewaySettings) -> AsyncIterator[Pool]:
    """The gateway's own connections, with its rights and no others."""
    made = await connect_to_records(as_role(settings.database_url.get_secret_value(), "mca_gateway"))
    yield made
    await made.close()


@pytest.fixture
def context(temporal: Client, walled: Pool, settings: GatewaySettings) -> AppContext:
    """What the gateway of this test is connected to; no worker need run."""
    return AppContext(temporal, walled, settings)


@pytest.fixture
def app(context: AppContext) -> FastAPI:
    """The gateway's application."""
    return build_app(context)


@pytest.fixture
async def running(
    temporal: Client, settings: GatewaySettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Engine]:
    """The engine behind the gateway, running. At its end nothing it still tries is waited for."""
    monkeypatch.setattr(main, "GRACE", timedelta(milliseconds=50))
    async with engine(temporal, settings) as running:
        yield running


@pytest.fixture
async def url(context: AppContext) -> AsyncIterator[str]:
    """Where the gateway of this test answers."""
    here = context.settings.model_copy(update={"listen": "127.0.0.1:0"})
    async with serving(replace(context, settings=here)) as running:
        yield running.url


class Callers:
    """Clients of the gateway, each with a key of its own."""

    def __init__(self, app: FastAPI, pool: Pool, open_clients: AsyncExitStack) -> None:
        self._app = app
        self._pool = pool
        self._open = open_clients

    async def key(self, *grants: str) -> str:
        """A new key that holds these grants."""
        async with self._pool.acquire() as connection:
            return (await keys.create(connection, one_more("caller"), grants, now(), now() + AT_MOST)).secret

    async def with_grants(self, *grants: str) -> httpx.AsyncClient:
        """A client with a new key, e.g. of ``read:sheffield``."""
        return await self._client({"X-API-Key": await self.key(*grants)})

    async def anonymous(self) -> httpx.AsyncClient:
        """A client that does not say who it is."""
        return await self._client({})

    async def _client(self, headers: dict[str, str]) -> httpx.AsyncClient:
        made = httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app), base_url="http://gateway", headers=headers, timeout=60
        )
        return await self._open.enter_async_context(made)


@pytest.fixture
async def callers(app: FastAPI, pool: Pool) -> AsyncIterator[Callers]:
    """Makes clients, and closes them."""
    async with AsyncExitStack() as open_clients:
        yield Callers(app, pool, open_clients)


@pytest.fixture
async def http(callers: Callers) -> httpx.AsyncClient:
    """A client that may do everything."""
    return await callers.with_grants("admin:*")


class Town(Academy):
    """An academy whose engagements and cohorts are started as programs outside start them."""

    async def started(
        self,
        engagement: str | None = None,
        *,
        at: datetime | None = None,
        course_start: date | None = None,
        **said: Any,
    ) -> Engagement:
        """An engagement that has begun, of the usual cohort unless its id says otherwise."""
        name = engagement or one_more(f"{COHORT}.P")
        found = Engagement(self, name, opening_of(name, at or now(), course_start, **said))
        await known(self.pool, name, found.opening)
        await handles.start(
            self.client, subjects.ENGAGEMENT, name, found.opening, scoped=True, task_queue=self.task_queue
        )
        await found.begun()
        return found

    async def cohort_started(self, *enrolments: EnrolmentAccepted, cohort: str | None = None) -> Cohort:
        """A cohort that has begun, whose course starts in ten weeks."""
        name = cohort or one_more("sheffield.c")
        opening = CohortScheduled(
            event_id=f"{name}:scheduled",
            occurred_at=now(),
            academy=name.partition(".")[0],
            programme=PROGRAMME,
            course_start=(now() + timedelta(weeks=10)).date(),
            calendar=LATEST_HOLIDAY_TABLE,
        )
        found = Cohort(self, name)
        await known(self.pool, name, opening, *enrolments)
        await handles.start(
            self.client, subjects.COHORT, name, opening, enrolments, scoped=True, task_queue=self.task_queue
        )
        await found.begun()
        return found


@pytest.fixture
def town(temporal: Client, settings: GatewaySettings, pool: Pool, running: Engine) -> Town:  # noqa: ARG001
    """Where this test's engagements and cohorts live."""
    return Town(temporal, pool, settings.task_queue, VirtualClocks(temporal, timeout_seconds=60))
