"""A worker is killed in the middle of what it was told: the next one finishes it, once."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from temporalio.client import Client

from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.engagement_facts import CoachLeft
from schemas.improvement_facts import MeasureDefined
from tests.faults.waiting import eventually, held_before_commit, somebody_waits
from tests.workflows.subjects import COACH, Academy, now, one_more

Start = Callable[[], Awaitable[Process]]


@pytest.fixture
def queue() -> str:
    """The task queue of this test's workers."""
    return one_more("killed")


@pytest.fixture
async def start_worker(temporal: Client, database_url: str, queue: str) -> AsyncIterator[Start]:
    """Starts `mca worker` as a process; whatever still runs is killed afterwards."""
    root = Path(__file__).parents[2]
    said = {
        "MCA_DATABASE_URL": database_url,
        "MCA_SMTP_URL": "smtp://127.0.0.1:1",
        "MCA_TASK_QUEUE": queue,
        "TEMPORAL_ADDRESS": temporal.service_client.config.target_host,
        "PYTHONPATH": str(root),
    }
    started: list[Process] = []

    async def start() -> Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.worker", "worker"),
            env=os.environ | said,
            cwd=root,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_fact_in_the_hands_of_a_killed_worker_is_recorded_once(
    temporal: Client, pool: Pool, queue: str, start_worker: Start
) -> None:
    """Killed with the statement under way, which Postgres then commits for nobody: the teller gets the first answer.

    What is told while no worker runs waits for the next one.
    """
    academy = Academy(temporal, pool, queue, VirtualClocks(temporal))
    killed = await start_worker()
    one, other = await academy.engagement(), await academy.engagement()
    fact = one.says(CoachLeft, now(), person=COACH)
    async with held_before_commit(pool, fact.event_id):
        teller = asyncio.create_task(one.tell(fact))
        await eventually(lambda: somebody_waits(pool))
        killed.kill()
        await killed.wait()
    await eventually(lambda: _in_ledger(pool, fact.event_id))
    meanwhile = asyncio.create_task(other.told(MeasureDefined, now(), measure="m", better="lower"))
    assert not teller.done()

    await start_worker()

    told = await teller
    assert told.standing.coach_vacant
    assert await one.tell(fact) == told
    assert (await meanwhile).standing.next_due is not None
    assert await one.recorded() == [one.opening.event_id, fact.event_id]
    assert len(await other.recorded()) == 2
    await eventually(one.agrees)


async def _in_ledger(pool: Pool, event_id: str) -> bool:
    return bool(await pool.fetchval("SELECT count(*) FROM facts WHERE event_id = $1", event_id))
