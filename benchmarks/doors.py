"""Facts told through HTTP, against facts told through a Temporal client: turn by turn, by 1, 10 and 50 callers."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from time import perf_counter
from typing import Final

import httpx

from benchmarks.figures import Aim, Figure, spread
from benchmarks.ground import Ground
from benchmarks.sides import Engagements
from benchmarks.speed import begin, together
from benchmarks.subjects import one_more, wall
from operations.keys import AT_MOST
from process.listening import free_port
from records import keys
from records.database import as_role
from schemas.corrections import EngagementFact

PART: Final = "doors"
CALLERS: Final = {1: 10, 10: 6, 50: 4}
"""So many callers, each telling so many facts a round, one after the other."""
_COMES_UP_WITHIN_SECONDS: Final = 30


class ThroughHttp(Engagements):
    """Engagements started as ever, and told by calls of the gateway."""

    def __init__(self, place: Ground, task_queue: str, door: httpx.AsyncClient) -> None:
        super().__init__(place.client, place.pool, task_queue)
        self._door = door

    async def say(self, subject: str, fact: EngagementFact) -> None:
        """Returns when it is recorded."""
        told = await self._door.post(f"/v1/engagements/{subject}/facts", json=fact.model_dump(mode="json"))
        told.raise_for_status()


@dataclass(slots=True)
class Heard:
    """What the callers of one side saw: facts a second in each round, and how long each fact took, in ms."""

    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def percentile(self, number: int) -> float:
        """So many of a hundred waits were no longer."""
        return quantiles(self.waits, n=100, method="inclusive")[number - 1]


async def measure(place: Ground, rounds: int) -> list[Figure]:
    """Both ways into the same worker, in alternation; the first round of each warms up."""
    figures: list[Figure] = []
    async with place.worker() as worker, gateway(place, worker.task_queue) as door:
        direct = Engagements(place.client, place.pool, worker.task_queue)
        through = ThroughHttp(place, worker.task_queue, door)
        for callers, facts in CALLERS.items():
            heard = {through: Heard(), direct: Heard()}
            for number in range(rounds + 1):
                for way, measured in heard.items():
                    subjects = [one_more("bench.doors.P") for _ in range(callers)]
                    await together(begin(way, subject) for subject in subjects)
                    await _round(way, subjects, facts, Heard() if number == 0 else measured)
            figures += _figures(callers, heard[through], heard[direct])
    return figures


async def _round(way: Engagements, subjects: Iterable[str], facts: int, heard: Heard) -> None:
    waits: list[float] = []

    async def caller(subject: str) -> None:
        for _ in range(facts):
            began = perf_counter()
            await way.tell(subject)
            waits.append((perf_counter() - began) * 1000)

    began = perf_counter()
    await together(caller(subject) for subject in subjects)
    heard.rates.append(len(waits) / (perf_counter() - began))
    heard.waits += waits


def _figures(callers: int, through: Heard, direct: Heard) -> list[Figure]:
    ratios = [ours / theirs for ours, theirs in zip(through.rates, direct.rates, strict=True)]
    by = f"{callers} callers" if callers > 1 else "1 caller"
    return [
        spread(PART, f"through HTTP, {by}", through.rates, "/s"),
        spread(PART, f"through a Temporal client, {by}", direct.rates, "/s"),
        spread(PART, f"HTTP to client, {by}", ratios, "times", Aim("at least", 0.8)),
        *(
            Figure(PART, f"{name}, {by}, p{number}", heard.percentile(number), "ms")
            for name, heard in (("HTTP", through), ("client", direct))
            for number in (50, 99)
        ),
        Figure(
            PART,
            f"HTTP's p99 to the client's, {by}",
            through.percentile(99) / direct.percentile(99),
            "times",
            aim=Aim("at most", 3),
        ),
    ]


@asynccontextmanager
async def gateway(place: Ground, task_queue: str) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway process, with pages and in its own role, and a client with a key for it."""
    async with place.pool.acquire() as connection:
        made = await keys.create(connection, "benchmarks", ("tell:bench:*", "as:bench:*"), wall(), wall() + AT_MOST)
    listen = f"127.0.0.1:{free_port(0)}"
    said = place.environment(task_queue) | {
        "MCA_GATEWAY_DATABASE_URL": as_role(place.stack.database_url, "mca_gateway"),
        "MCA_LISTEN": listen,
        "MCA_CALLS_PER_MINUTE": "1000000",
        "MCA_PUBLIC_URL": f"http://{listen}",
        "MCA_LINK_KEYS": "benchmark" * 4,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mca.main", "gateway"), env=os.environ | said, stderr=asyncio.subprocess.DEVNULL
    )
    limits = httpx.Limits(max_connections=max(CALLERS), max_keepalive_connections=max(CALLERS))
    headers = {"X-API-Key": made.secret}
    try:
        async with httpx.AsyncClient(base_url=f"http://{listen}", headers=headers, limits=limits, timeout=60) as door:
            await _answers(door)
            yield door
    finally:
        process.terminate()
        await process.wait()


async def _answers(door: httpx.AsyncClient) -> None:
    async with asyncio.timeout(_COMES_UP_WITHIN_SECONDS):
        while True:
            try:
                (await door.get("/health/live")).raise_for_status()
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
