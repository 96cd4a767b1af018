"""Temporal or Postgres away: 503 with Retry-After, and the repeat is recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from temporalio.client import Client

from devstack.postgres import Postgres
from devstack.settings import External, Ports
from devstack.stack import Part, Stack
from gateway.app import build_app
from gateway.context import AppContext
from gateway.problems import MEDIA_TYPE
from gateway.settings import GatewaySettings
from process import connection
from records import reconciliations
from records.database import Pool, connect, migrate
from rehearsal.clocks import VirtualClocks
from tests.directories import own_directory
from tests.gateway.conftest import Callers, Town
from tests.workflows.subjects import COACH, now, one_more
from worker.main import engine

_READS = ("/v1/engagements/{}", "/v1/engagements/{}/timeline", "/v1/engagements/{}/why")


def _left() -> dict[str, Any]:
    return {"kind": "coach_left", "event_id": one_more("left"), "occurred_at": now().isoformat(), "person": COACH}


@asynccontextmanager
async def _gateway(client: Client, pool: Pool, settings: GatewaySettings) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as open_clients:
        yield await Callers(build_app(AppContext(client, pool, settings)), pool, open_clients).with_grants("admin:*")


def _is_away(answered: httpx.Response) -> None:
    assert (answered.status_code, answered.headers["content-type"]) == (503, MEDIA_TYPE), answered.text
    assert answered.headers["Retry-After"] == "5"
    assert "unknown whether" in answered.json()["detail"]


async def _back(call: Callable[[], Coroutine[Any, Any, httpx.Response]]) -> httpx.Response:
    async with asyncio.timeout(60):
        while (answered := await call()).status_code == 503:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.2)
    return answered


async def test_with_temporal_away_the_outcome_is_unknown_and_the_repeat_harmless(
    settings: GatewaySettings, pool: Pool
) -> None:
    """Lists, which need Postgres only, go on; a repeat after the outage is recorded once."""
    database = settings.database_url.get_secret_value()
    elsewhere = External(database_url=database, smtp_url="smtp://127.0.0.1:1")
    hasty = settings.model_copy(update={"tell_seconds": 3})
    with own_directory() as directory:
        async with Stack(directory, Ports(temporal=0, ui=0, smtp=0), external=elsewhere, throwaway=True) as stack:
            client = await connection.connect(address=stack.temporal_address)
            async with engine(client, settings), _gateway(client, pool, hasty) as http:
                life = await Town(client, pool, settings.task_queue, VirtualClocks(client)).started()
                fact, path = _left(), f"/v1/engagements/{life.name}/facts"
                async with stack.outage(Part.TEMPORAL):
                    _is_away(await http.post(path, json=fact))
                    _is_away(await http.get(_READS[0].format(life.name)))
                    _is_away(await http.get("/health/ready"))
                    assert (await http.get("/health/live")).status_code == 200
                    assert len((await http.get("/v1/engagements")).json()["items"]) == 1
                    body = {"facts": [{"subject": life.name, "fact": fact}]}
                    (item,) = (await http.post("/v1/facts", json=body)).json()["items"]
                    assert (item["status"], item["problem"]["type"]) == (503, "/problems/away")
                told = await _back(lambda: http.post(path, json=fact))
                assert told.status_code == 200, told.text
                assert (await http.post(path, json=fact)).content == told.content
                assert len(await life.recorded()) == 2
                async with pool.acquire() as conn:
                    await reconciliations.note(conn, now(), 0)
                assert (await _back(lambda: http.get("/health/ready"))).status_code == 200


async def test_with_postgres_away_nobody_is_known_and_nothing_is_done(
    temporal: Client, own_postgres: Postgres, settings: GatewaySettings
) -> None:
    """Every call is answered 503, not hung up on; a repeat after the outage is recorded once."""
    await migrate(own_postgres.url)
    pool = await connect(own_postgres.url)
    elsewhere = {f"{process}database_url": own_postgres.url for process in ("", "worker_", "gateway_")}
    ours = type(settings)(**{**settings.model_dump(), **elsewhere, "tell_seconds": 3})
    try:
        async with engine(temporal, ours), _gateway(temporal, pool, ours) as http:
            life = await Town(temporal, pool, ours.task_queue, VirtualClocks(temporal)).started()
            fact, path = _left(), f"/v1/engagements/{life.name}/facts"
            await own_postgres.server.stop()
            for path_of in ("/v1/engagements", "/v1/cohorts", *_READS, "/v1/audit?subject={}", "/health/ready"):
                _is_away(await http.get(path_of.format(life.name)))
            _is_away(await http.post(path, json=fact))
            await own_postgres.start()
            told = await _back(lambda: http.post(path, json=fact))
            assert told.status_code == 200, told.text
            assert len(await life.recorded()) == 2
    finally:
        pool.terminate()
