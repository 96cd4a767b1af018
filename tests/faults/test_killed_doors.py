"""Facts told through HTTP while workers and gateways are killed at random: every one is recorded once."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from benchmarks.sides import Engagements
from benchmarks.speed import begin, together
from operations.keys import AT_MOST
from process.listening import free_port
from records import keys, ledger
from records.database import Pool
from tests.workflows.subjects import now, one_more

ROOT = Path(__file__).parents[2]
FACTS = int(os.environ.get("MCA_TEST_FACTS", "100"))
"""How many are told. `MCA_TEST_FACTS=10000` is the long run."""
CALLERS = 50
OF_EACH = 40
"""Facts of one engagement: a session a week, of its past."""
FACTS_BETWEEN_KILLS = max(20, FACTS // 100)


@dataclass
class Part:
    """A process that is killed and started again."""

    command: tuple[str, ...]
    environment: dict[str, str]
    process: Process | None = None

    async def start(self) -> None:
        """Start it anew."""
        said = os.environ | self.environment | {"PYTHONPATH": str(ROOT)}
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *self.command, env=said, cwd=ROOT, stdout=DEVNULL, stderr=DEVNULL
        )

    async def kill(self) -> None:
        """As a power cut would."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@dataclass
class Told:
    """What the callers were answered, and how often they had to ask again."""

    answers: dict[str, object] = field(default_factory=dict)
    bodies: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    repeats: int = 0
    kills: int = 0


@pytest.mark.long
async def test_every_fact_told_through_doors_that_are_killed_is_recorded_once(
    temporal: Client, database_url: str, pool: Pool
) -> None:
    """Fifty callers repeat what was not answered; nothing is lost, doubled, or answered in two ways."""
    queue, told = one_more("doors"), Told()
    side = Engagements(temporal, pool, queue)
    async with pool.acquire() as connection:
        made = await keys.create(connection, "callers", ("tell:*:*", "as:*:*", "read:*:*"), now(), now() + AT_MOST)
    ports = [free_port(0), free_port(0)]
    async with _running(_parts(temporal, database_url, queue, ports)) as parts, _doors(ports, made.secret) as doors:
        subjects = [one_more("herd.doors.P") for _ in range(max(CALLERS, -(-FACTS // OF_EACH)))]
        await together(begin(side, subject) for subject in subjects)
        killing = asyncio.create_task(_kill_at_random(parts, told))
        await together(_caller(subjects[number::CALLERS], side, doors, told) for number in range(CALLERS))
        killing.cancel()
        with suppress(asyncio.CancelledError):
            await killing
        await together(part.start() for part in parts if part.process and part.process.returncode is not None)
        again = await _repeated(doors, told)

    assert told.kills >= 3
    assert len(told.answers) >= FACTS
    assert again == told.answers
    recorded = await _recorded(pool, subjects)
    assert set(told.answers) <= recorded
    assert len(recorded) == len(told.answers) + 4 * len(subjects)
    assert await pool.fetchval("SELECT count(*) FROM events WHERE type LIKE 'fact.%'") == len(recorded)


def _parts(temporal: Client, database_url: str, queue: str, ports: list[int]) -> list[Part]:
    said = {
        "MCA_DATABASE_URL": database_url,
        "MCA_SMTP_URL": "smtp://127.0.0.1:1",
        "MCA_TASK_QUEUE": queue,
        "MCA_CALLS_PER_MINUTE": "1000000",
        "MCA_TELL_SECONDS": "10",
        "TEMPORAL_ADDRESS": temporal.service_client.config.target_host,
    }
    workers = [Part(("tests.faults.worker", "worker"), said) for _ in range(2)]
    gateways = [Part(("mca.main", "gateway"), said | {"MCA_LISTEN": f"127.0.0.1:{port}"}) for port in ports]
    return workers + gateways


@asynccontextmanager
async def _running(parts: list[Part]) -> AsyncIterator[list[Part]]:
    await together(part.start() for part in parts)
    try:
        yield parts
    finally:
        await together(part.kill() for part in parts)


@asynccontextmanager
async def _doors(ports: list[int], key: str) -> AsyncIterator[Iterator[httpx.AsyncClient]]:
    limits = httpx.Limits(max_connections=CALLERS)
    clients = [
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"X-API-Key": key}, limits=limits, timeout=20)
        for port in ports
    ]
    try:
        yield cycle(clients)
    finally:
        for client in clients:
            await client.aclose()


async def _kill_at_random(parts: list[Part], told: Told) -> None:
    chosen = random.Random(7)  # noqa: S311 - which process dies next is no secret
    while True:
        answered = len(told.answers) + FACTS_BETWEEN_KILLS * chosen.uniform(0.5, 1.5)
        while len(told.answers) < answered:  # noqa: ASYNC110 - fifty callers answer, and none of them knows of this
            await asyncio.sleep(0.02)
        part = chosen.choice(parts)
        await part.kill()
        told.kills += 1
        await asyncio.sleep(chosen.uniform(0, 1))
        await part.start()


async def _caller(subjects: list[str], side: Engagements, doors: Iterator[httpx.AsyncClient], told: Told) -> None:
    for subject in subjects:
        for _ in range(min(OF_EACH, -(-FACTS // CALLERS))):
            body = side.next_fact(subject).model_dump(mode="json")
            told.bodies.append((subject, body))
            told.answers[str(body["event_id"])] = await _until_answered(subject, body, doors, told)


async def _until_answered(
    subject: str, body: dict[str, object], doors: Iterator[httpx.AsyncClient], told: Told
) -> object:
    while True:
        try:
            answered = await next(doors).post(f"/v1/engagements/{subject}/facts", json=body)
        except httpx.TransportError:
            answered = None
        if answered is not None and answered.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            assert answered.is_success, answered.text
            return answered.json()
        told.repeats += 1
        await asyncio.sleep(0.2)


async def _repeated(doors: Iterator[httpx.AsyncClient], told: Told) -> dict[str, object]:
    """Everything told once more: the first answers."""
    again: dict[str, object] = {}
    room = asyncio.Semaphore(CALLERS)

    async def one(subject: str, body: dict[str, object]) -> None:
        async with room:
            again[str(body["event_id"])] = await _until_answered(subject, body, doors, told)

    await together(one(subject, body) for subject, body in told.bodies)
    return again


async def _recorded(pool: Pool, subjects: list[str]) -> set[str]:
    """The event ids in the ledger, each subject's numbered without a gap."""
    found: set[str] = set()
    async with pool.acquire() as connection:
        for subject in subjects:
            facts = (await ledger.load(connection, subject)).facts
            assert await connection.fetchval("SELECT max(seq) FROM facts WHERE subject = $1", subject) == len(facts)
            found |= {fact.event_id.rpartition("~")[2] for fact in facts}
    return found
