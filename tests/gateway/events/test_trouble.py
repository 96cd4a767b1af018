"""Gateways and workers that are killed, and servers that go away, between keeping and telling: nothing is lost."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
from temporalio.client import Client

from devstack.settings import External, Ports
from devstack.stack import Part, Stack
from gateway.app import build_app
from gateway.context import AppContext
from gateway.settings import GatewaySettings
from operations.keys import AT_MOST
from process.connection import connect
from records import keys
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from tests.directories import own_directory
from tests.faults.waiting import eventually, held_before_commit, somebody_waits
from tests.gateway.conftest import Town
from tests.gateway.events.sending import all_recorded, event, kept, status, taking, until
from tests.workflows.subjects import now
from worker.main import engine

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def process(settings: GatewaySettings, temporal: Client, *command: str) -> AsyncIterator[Process]:
    """A part of the engine that is killed, in the middle or at the end."""
    said = {
        "MCA_DATABASE_URL": settings.database_url.get_secret_value(),
        "MCA_SMTP_URL": "smtp://127.0.0.1:1",
        "MCA_TASK_QUEUE": settings.task_queue,
        "MCA_TELL_SECONDS": "1",
        "TEMPORAL_ADDRESS": temporal.service_client.config.target_host,
        "PYTHONPATH": str(ROOT),
    }
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, env=os.environ | said, cwd=ROOT, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def test_what_a_killed_gateway_was_telling_is_recorded_once(
    http: httpx.AsyncClient, context: AppContext, town: Town, temporal: Client, pool: Pool
) -> None:
    """One fact under way and two not begun: another gateway finds the first recorded, and tells the others."""
    team = await town.started()
    ids = await kept(http, *(event(team.name, ago=0) for _ in range(3)))
    async with process(context.settings, temporal, "tests.gateway.events.taker") as gateway:
        async with held_before_commit(pool, ids[0]):
            await eventually(lambda: somebody_waits(pool))
            gateway.kill()
            await gateway.wait()
        assert [await status(http, one) for one in ids] == [("waiting", None)] * 3
        async with taking(context):
            await all_recorded(pool)

    assert (await team.recorded())[1:] == ids


async def test_what_a_killed_worker_was_recording_is_recorded_once(
    http: httpx.AsyncClient, context: AppContext, temporal: Client, pool: Pool
) -> None:
    """The gateway waits for the next worker, and goes on."""
    town = Town(temporal, pool, context.settings.task_queue, VirtualClocks(temporal, timeout_seconds=60))
    async with process(context.settings, temporal, "tests.faults.worker", "worker") as worker:
        team = await town.started()
        ids = await kept(http, *(event(team.name, ago=0) for _ in range(6)))
        async with held_before_commit(pool, ids[2]), taking(context):
            await eventually(lambda: somebody_waits(pool))
            worker.kill()
            await worker.wait()
    async with process(context.settings, temporal, "tests.faults.worker", "worker"), taking(context):
        await all_recorded(pool)
        assert (await team.recorded())[1:] == ids


async def test_temporal_away_is_waited_for(context: AppContext, pool: Pool) -> None:
    """Events are kept meanwhile, and told when it is back."""
    elsewhere = External(database_url=context.settings.database_url.get_secret_value(), smtp_url="smtp://127.0.0.1:1")
    with own_directory() as directory:
        async with Stack(directory, Ports(temporal=0, ui=0, smtp=0), external=elsewhere, throwaway=True) as stack:
            client = await connect(address=stack.temporal_address)
            here = replace(context, client=client, settings=context.settings.model_copy(update={"tell_seconds": 2}))
            async with engine(client, here.settings), _http(here, pool) as http, taking(here):
                team = await Town(client, pool, here.settings.task_queue, VirtualClocks(client)).started()
                async with stack.outage(Part.TEMPORAL):
                    ids = await kept(http, event(team.name, ago=0), event(team.name, ago=0))
                    await until(http, ids[0], "waiting", "away")
                    await until(http, ids[1], "waiting", "away")
                await all_recorded(pool)
                assert (await team.recorded())[1:] == ids


@asynccontextmanager
async def _http(context: AppContext, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    async with pool.acquire() as conn:
        made = await keys.create(conn, "diary", ("admin:*",), now(), now() + AT_MOST)
    transport = httpx.ASGITransport(build_app(context))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gateway", headers={"X-API-Key": made.secret}
    ) as http:
        yield http
