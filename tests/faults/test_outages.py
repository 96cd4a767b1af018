"""A server goes away while a fact is told, and comes back: the fact waits, and is recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from devstack.postgres import Postgres
from devstack.settings import External, Ports
from devstack.stack import Part, Stack
from process import connection
from records.database import Pool, connect, migrate
from rehearsal.clocks import VirtualClocks
from schemas.engagement_facts import CoachLeft
from schemas.improvement_facts import MeasureDefined
from tests.directories import own_directory
from tests.faults.waiting import attempts, eventually, held_before_commit, somebody_waits
from tests.workflows.subjects import COACH, Academy, Subject, now, one_more, settings_for
from worker.main import engine


@pytest.fixture
async def own_pool(own_postgres: Postgres) -> AsyncIterator[Pool]:
    """A migrated database on a server that this test may stop."""
    await migrate(own_postgres.url)
    made = await connect(own_postgres.url)
    yield made
    await made.close()


async def test_without_the_database_a_fact_waits_in_sight_and_costs_nothing(
    temporal: Client, own_postgres: Postgres, own_pool: Pool
) -> None:
    """It is accepted; the UI shows the activity and its attempts; no event is spent on waiting; it is recorded once."""
    settings = settings_for(own_postgres.url, one_more("outage"))
    async with engine(temporal, settings):
        academy = Academy(temporal, own_pool, settings.task_queue, VirtualClocks(temporal))
        life = await academy.engagement()
        await own_postgres.server.stop()
        teller = asyncio.create_task(life.tell_as_it_is(life.says(CoachLeft, now(), person=COACH)))
        await eventually(lambda: _tried(life, 1))
        waiting_since = await life.counted()
        await eventually(lambda: _tried(life, 3))
        assert await life.counted() == waiting_since
        assert not teller.done()
        await own_postgres.start()
        told = await teller
        assert told.standing.coach_vacant
        assert len(await life.recorded()) == 2
        await eventually(life.agrees)


async def _tried(life: Subject, times: int) -> bool:
    return await attempts(life) >= times


async def test_a_restart_of_temporal_loses_nothing(database_url: str, pool: Pool) -> None:
    """A fact is being recorded when the server goes down, and is recorded before it is back: one row, one answer."""
    elsewhere = External(database_url=database_url, smtp_url="smtp://127.0.0.1:1")
    settings = settings_for(database_url, one_more("restart"))
    with own_directory() as directory:
        async with Stack(directory, Ports(temporal=0, ui=0, smtp=0), external=elsewhere, throwaway=True) as stack:
            client = await connection.connect(address=stack.temporal_address)
            async with engine(client, settings):
                academy = Academy(client, pool, settings.task_queue, VirtualClocks(client))
                life = await academy.engagement()
                fact = life.says(CoachLeft, now(), person=COACH)
                async with held_before_commit(pool, fact.event_id):
                    teller = asyncio.create_task(life.tell(fact))
                    await eventually(lambda: somebody_waits(pool))
                    async with stack.outage(Part.TEMPORAL):
                        pass
                told = await teller
                assert told.standing.coach_vacant
                await life.told(MeasureDefined, now(), measure="m", better="lower")
                assert len(await life.recorded()) == 3
                assert await life.tell(fact) == told
