"""The engine behind PgBouncer in transaction mode: run by `make outside`, where pgbouncer is installed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from temporalio.client import Client

from devstack.postgres import Postgres
from process.connection import connect as connect_to_temporal
from records.admitting import Person, Roster, admit
from records.database import Pool, as_role, check_schema, connect, grant, migrate, serve_only
from rehearsal.clocks import VirtualClocks
from schemas.engagement_facts import CoachLeft
from tests.directories import own_directory
from tests.faults.waiting import eventually
from tests.outside.pgbouncer import PROGRAM, pgbouncer
from tests.workflows.subjects import COACH, Academy, now, one_more, settings_for, temporal_server
from worker.main import engine

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")


@pytest.fixture
async def through(own_postgres: Postgres) -> AsyncIterator[str]:
    """The address of an empty database behind a bouncer that has three connections to it."""
    with own_directory() as home:
        async with pgbouncer(own_postgres.url, home) as url:
            yield url


@pytest.fixture
async def pooled(through: str) -> AsyncIterator[Pool]:
    """A migrated database, seen through the bouncer."""
    await migrate(through)
    made = await connect(through)
    yield made
    await made.close()


async def test_it_is_migrated_through_the_bouncer_once_by_however_many(through: str, own_postgres: Postgres) -> None:
    """And again without harm; no lock and no name of a statement is left in a session of the server."""
    await asyncio.gather(*(migrate(through) for _ in range(3)))
    await migrate(through)
    await grant(through)
    straight = await asyncpg.connect(own_postgres.url)
    try:
        await check_schema(straight)
        assert await straight.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
    finally:
        await straight.close()


async def test_clients_that_share_sessions_see_their_academies_alone(pooled: Pool, through: str) -> None:
    """Twenty at a time over three sessions, each for one academy; afterwards no session serves any."""
    academies = ("sheffield", "leeds", "york")
    async with pooled.acquire() as conn:
        for academy in academies:
            await admit(conn, academy, now(), Roster((Person("Anna", f"anna@{academy}.example"),)))
    gateway = await connect(as_role(through, "mca_gateway"), at_most=20)

    async def seen(academy: str) -> None:
        serve_only([academy])
        for _ in range(10):
            rows = await gateway.fetch("SELECT DISTINCT academy FROM people")
            assert [row["academy"] for row in rows] == [academy]
            async with gateway.acquire() as conn, conn.transaction():
                assert await conn.fetchval("SELECT min(academy) FROM people") == academy
                async with conn.transaction():
                    assert await conn.fetchval("SELECT max(academy) FROM people") == academy

    try:
        await asyncio.gather(*(asyncio.create_task(seen(academies[number % 3])) for number in range(20)))
    finally:
        await gateway.close()
    bare = await asyncpg.connect(as_role(through, "mca_gateway"), statement_cache_size=0)
    try:
        for _ in range(6):
            async with bare.transaction():
                assert not await bare.fetchval("SELECT current_setting('mca.academies', true)")
    finally:
        await bare.close()


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """A client of a dev server with virtual clocks."""
    async with temporal_server() as address:
        yield await connect_to_temporal(address=address)


async def test_the_engine_records_and_writes_mail_through_it(pooled: Pool, through: str, temporal: Client) -> None:
    """Several lives at once, told of, recorded and projected, and found to agree."""
    settings = settings_for(through, one_more("pooled"))
    async with engine(temporal, settings):
        academy = Academy(temporal, pooled, settings.task_queue, VirtualClocks(temporal))
        lives = [await academy.engagement() for _ in range(3)]
        told = await asyncio.gather(*(life.tell_as_it_is(life.says(CoachLeft, now(), person=COACH)) for life in lives))
        assert all(one.standing.coach_vacant for one in told)
        for life in lives:
            assert len(await life.recorded()) == 2
            await eventually(life.agrees)
