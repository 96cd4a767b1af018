"""A relay that ends: asked to, it finishes; killed, another sends what it left; without a database, it waits."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.context import AppContext
from gateway.webhooks.relay import LEASE, Relay, relay
from records import deliveries
from records.database import Pool
from records.deliveries import Status
from tests.faults.waiting import eventually
from tests.gateway.webhooks.conftest import Clock
from tests.gateway.webhooks.subscriber import COHORT, Subscriber, came, recorded, subscribed

ONE = f"{COHORT}.P01"
RELAY = """
import asyncio, os
from temporalio.client import Client
from gateway.context import AppContext
from gateway.settings import GatewaySettings
from gateway.webhooks.relay import relay
from records.database import connect

async def main():
    settings = GatewaySettings.from_environment(os.environ)
    client = await Client.connect("127.0.0.1:1", lazy=True)
    await relay(AppContext(client, await connect(settings.database_url.get_secret_value()), settings))

asyncio.run(main())
"""


async def statuses(pool: Pool) -> list[Status]:
    """The status of each event, the oldest first."""
    async with pool.acquire() as conn:
        return [line.status for line in await deliveries.listed(conn, "dashboard")][::-1]


@asynccontextmanager
async def another_process(own_context: AppContext) -> AsyncIterator[asyncio.subprocess.Process]:
    """A relay that can be killed."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        RELAY,
        cwd=Path(__file__).parents[3],
        env=os.environ
        | {
            "MCA_DATABASE_URL": own_context.settings.database_url.get_secret_value(),
            "MCA_SMTP_URL": "smtp://127.0.0.1:1",
            "MCA_WEBHOOK_NETWORKS": "127.0.0.1/32",
        },
    )
    try:
        yield program
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()


async def test_what_a_killed_relay_left_is_sent_by_another(
    own_context: AppContext, relay: Relay, pool: Pool, subscriber: Subscriber, clock: Clock
) -> None:
    """Killed in the middle of sending, it settled nothing: once its lease ends, the event is sent again, in order."""
    await subscribed(pool, "dashboard", subscriber.url)
    await recorded(pool, ONE, 1, 2)
    subscriber.held.clear()
    async with another_process(own_context) as killed:
        await eventually(lambda: came(subscriber, 1))
        killed.kill()
        await killed.wait()
    subscriber.held.set()
    await relay.look()
    await relay.idle()
    assert subscriber.ids == [f"{ONE}-1"]
    # Its clock was the real one, a little ahead of ours.
    clock.forward(seconds=2 * LEASE.total_seconds())
    await relay.look()
    await relay.idle()
    assert subscriber.ids == [f"{ONE}-1", f"{ONE}-1", f"{ONE}-2"]
    assert await statuses(pool) == ["delivered"] * 2


async def test_stopped_it_finishes_what_is_on_its_way(
    own_context: AppContext, pool: Pool, subscriber: Subscriber
) -> None:
    """A gateway that ends lets the subscriber answer, notes it, and begins nothing more."""
    await subscribed(pool, "dashboard", subscriber.url)
    await recorded(pool, ONE, 1, 2)
    subscriber.held.clear()
    loop = asyncio.create_task(relay(own_context))
    await eventually(lambda: came(subscriber, 1))
    loop.cancel()
    subscriber.held.set()
    await asyncio.wait([loop])
    assert loop.cancelled()
    assert subscriber.ids == [f"{ONE}-1"]
    assert await statuses(pool) == ["delivered", "waiting"]


async def test_a_database_that_is_away_is_waited_for(relay: Relay, pool: Pool) -> None:
    """Looking raises nothing."""
    await pool.close()
    await relay.look()
    await relay.idle()
