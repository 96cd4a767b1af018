"""Postgres ends the gateway's sessions at any moment, or takes nothing more: it goes on, and is back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from temporalio.client import Client

from gateway.context import AppContext
from gateway.main import Serving, serving
from gateway.settings import GatewaySettings
from operations.keys import AT_MOST
from process.supervised import beside
from records import keys
from records.database import Pool, as_role, connect
from tests.faults.waiting import eventually
from tests.workflows.subjects import now, one_more, settings_for

ANOTHER = {"name": "Anna", "address": "anna@trust.example"}


@pytest.fixture
async def doors(temporal: Client, database_url: str) -> AsyncIterator[Serving]:
    """A gateway with connections of its own, listening."""
    told = settings_for(database_url, one_more("killed"))
    settings = GatewaySettings(
        database_url=told.database_url,
        gateway_database_url=SecretStr(as_role(database_url, "mca_gateway")),
        smtp_url=told.smtp_url,
        task_queue=told.task_queue,
        calls_per_minute=1_000_000,
        listen="127.0.0.1:0",
    )
    pool = await connect(as_role(database_url, "mca_gateway"))
    async with serving(AppContext(temporal, pool, settings)) as running:
        yield running
    await pool.close()


@pytest.fixture
async def client(doors: Serving, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may do everything."""
    async with pool.acquire() as conn:
        made = await keys.create(conn, one_more("caller"), ("admin:*",), now(), now() + AT_MOST)
    async with httpx.AsyncClient(base_url=doors.url, headers={"X-API-Key": made.secret}, timeout=30) as client:
        yield client


_KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mca_gateway' AND datname = $1"


async def test_sessions_that_are_killed_at_any_moment_end_nothing(
    doors: Serving, client: httpx.AsyncClient, pool: Pool, database_url: str
) -> None:
    """Every call is answered, if with a 503 that says when to ask again; the loops go on; then all is well."""
    database = await pool.fetchval("SELECT current_database()")
    statuses: list[int] = []

    async def ask() -> None:
        for _ in range(25):
            answered = await client.get("/v1/worklist", params={"academy": "sheffield"})
            statuses.append(answered.status_code)
            if answered.status_code != httpx.codes.OK:
                assert (answered.status_code, answered.headers["retry-after"]) == (503, "5"), answered.text

    async def kill() -> None:
        killer = await asyncpg.connect(database_url)
        try:
            while True:
                await killer.fetch(_KILL, database)
                await asyncio.sleep(0)
        finally:
            await killer.close()

    killing = asyncio.create_task(kill())
    await asyncio.gather(*(ask() for _ in range(4)))
    killing.cancel()
    with suppress(asyncio.CancelledError):
        await killing
    assert len(statuses) == 100
    assert not any(part.done() for part in doors.parts)

    async def well() -> bool:
        return (await client.get("/v1/worklist", params={"academy": "sheffield"})).status_code == httpx.codes.OK

    await eventually(well)


async def test_a_server_that_only_reads_is_said_and_left_once_it_writes_again(
    client: httpx.AsyncClient, pool: Pool, database_url: str
) -> None:
    """As after a failover: what is read is answered, what is written is a 503 with a sentence, and nothing restarts."""
    database = await pool.fetchval("SELECT current_database()")
    deaf = await asyncpg.connect(database_url)
    await deaf.execute(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    await deaf.fetch(_KILL, database)
    content = b'{"notificationType": "Bounce", "mail": {}, "bounce": {"bounceType": "Permanent"}}'

    async def wrote() -> httpx.Response:
        return await client.post("/v1/bounces", content=content, headers={"Content-Type": "application/json"})

    async def only_read() -> bool:
        return "/problems/read-only" in (await wrote()).text

    await eventually(only_read)
    refused = await wrote()
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert refused.headers["retry-after"] == "5"
    assert refused.json()["type"] == "/problems/read-only"
    assert "Nothing was changed" in refused.json()["detail"]
    await deaf.execute("SET default_transaction_read_only = off")
    await deaf.execute(f'ALTER DATABASE "{database}" RESET default_transaction_read_only')
    await deaf.close()

    async def well() -> bool:
        return (await wrote()).status_code == httpx.codes.OK

    await eventually(well)


async def test_work_beside_begins_again_whatever_it_raised() -> None:
    """Also what no list of exceptions holds; and ends when it is left."""
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)
        raise asyncpg.InternalClientError if len(begun) == 1 else ZeroDivisionError

    async def again() -> bool:
        return len(begun) > 2

    async with beside("test", work) as task:
        await eventually(again)
        assert not task.done()
    assert task.done()
