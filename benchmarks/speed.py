"""Engagements started and facts told a second, against the bare workflow on the same worker, turn by turn.

Rounds alternate between the two, so that what else the machine does falls on both; a ratio is of two neighbours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import psutil

from benchmarks.figures import Aim, Figure, spread
from benchmarks.sides import BareWorkflows, Engagements, Place, Process, Side
from benchmarks.subjects import one_more

STARTS: Final = "starts"
FACTS: Final = "facts"

CALLERS: Final = 40
_STARTS_A_ROUND: Final = 80
_FACTS_OF_EACH_A_ROUND: Final = 4
_SECONDS_AT_MOST: Final = 40
_ROUNDS_AT_LEAST: Final = 2
"""On a busy machine fewer rounds are measured, so that the whole stays within its minutes."""
_GLANCE_SECONDS: Final = 0.01
_SETTLING_SECONDS: Final = 0.3
"""What a start or a fact leaves behind, a last workflow task, must not fall on the neighbour."""


@dataclass(frozen=True, slots=True)
class Round:
    """So many things were done in a round: a second, and for how many milliseconds of the worker's processor each."""

    rate: float
    processor: float


@dataclass(frozen=True, slots=True)
class Turns:
    """The rounds of each side, neighbours at the same place."""

    ours: list[Round]
    bare: list[Round]

    def figures(self, part: str, what: str, aim: Aim) -> list[Figure]:
        """Both rates and their ratio, and what each took of the worker's processor, which other load changes little."""
        ratios = [ours.rate / bare.rate for ours, bare in zip(self.ours, self.bare, strict=True)]
        return [
            spread(part, f"engagements, {what}", [one.rate for one in self.ours], "/s"),
            spread(part, f"bare workflows, {what}", [one.rate for one in self.bare], "/s"),
            spread(part, f"engagements to bare, {what}", ratios, "times", aim),
            spread(part, f"worker's processor, one engagement {what}", [one.processor for one in self.ours], "ms"),
            spread(part, f"worker's processor, one bare {what}", [one.processor for one in self.bare], "ms"),
        ]


async def measure_starts(place: Place, rounds: int) -> list[Figure]:
    """Started: until the start is recorded; and, apart, only until the server has taken it."""
    async with place.worker() as worker:
        ours = Engagements(place.client, place.pool, worker.task_queue)
        bare = BareWorkflows(place.client, place.pool, worker.task_queue)
        silent = BareWorkflows(place.client, place.pool, worker.task_queue, records_its_start=False)
        recorded = await in_turn(worker, rounds, lambda: _recorded(ours), lambda: _recorded(bare))
        taken = await in_turn(worker, rounds, lambda: _taken(ours), lambda: _taken(silent))
    return [
        *recorded.figures(STARTS, "started and recorded", Aim("at least", 1)),
        *taken.figures(STARTS, "start taken by the server", Aim("at least", 1))[:3],
    ]


async def measure_facts(place: Place, rounds: int) -> list[Figure]:
    """Told: until the teller has the answer. As many callers as subjects, each telling one fact after the other."""
    async with place.worker() as worker:
        ours = Engagements(place.client, place.pool, worker.task_queue)
        bare = BareWorkflows(place.client, place.pool, worker.task_queue)
        subjects = [one_more("bench.facts.P") for _ in range(CALLERS)]
        for side in (ours, bare):
            await together(begin(side, subject) for subject in subjects)
        turns = await in_turn(worker, rounds, lambda: told(ours, subjects), lambda: told(bare, subjects))
    return turns.figures(FACTS, "told", Aim("at least", 0.9))


Work = Callable[[], Awaitable[tuple[int, float]]]
"""Does something; how often, and in how many seconds."""


async def in_turn(worker: Process, rounds: int, ours: Work, bare: Work, other: Process | None = None) -> Turns:
    """Rounds of two in alternation, one more than asked: the first warms up. ``other`` is ``bare``'s own worker."""
    turns = Turns([], [])
    workers = (psutil.Process(worker.pid), psutil.Process((other or worker).pid))
    ends = perf_counter() + _SECONDS_AT_MOST
    while len(turns.ours) <= rounds and (perf_counter() < ends or len(turns.ours) <= _ROUNDS_AT_LEAST):
        for measured, work, process in zip((turns.ours, turns.bare), (ours, bare), workers, strict=True):
            before = _processor(process)
            number, seconds = await work()
            await asyncio.sleep(_SETTLING_SECONDS)
            measured.append(Round(number / seconds, (_processor(process) - before) * 1000 / number))
    return Turns(turns.ours[1:], turns.bare[1:])


def _processor(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


async def _recorded(side: Side) -> tuple[int, float]:
    before, began = await side.recorded(), perf_counter()
    await _start(side)
    while await side.recorded() < before + _STARTS_A_ROUND:  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(_GLANCE_SECONDS)
    return _STARTS_A_ROUND, perf_counter() - began


async def _taken(side: Side) -> tuple[int, float]:
    began = perf_counter()
    await _start(side)
    seconds = perf_counter() - began
    await asyncio.sleep(1)
    return _STARTS_A_ROUND, seconds


async def _start(side: Side) -> None:
    room = asyncio.Semaphore(CALLERS)

    async def one() -> None:
        async with room:
            await side.start(one_more("bench.starts.P"))

    await together(one() for _ in range(_STARTS_A_ROUND))


async def begin(side: Side, subject: str) -> None:
    """Start a subject and bring it to where facts can be told."""
    await side.start(subject)
    await side.prepare(subject)


async def told(side: Side, subjects: list[str]) -> tuple[int, float]:
    """As many callers as subjects each tell some facts, one after the other."""

    async def caller(subject: str) -> None:
        for _ in range(_FACTS_OF_EACH_A_ROUND):
            await side.tell(subject)

    began = perf_counter()
    await together(caller(subject) for subject in subjects)
    return len(subjects) * _FACTS_OF_EACH_A_ROUND, perf_counter() - began


async def together(work: Iterable[Awaitable[None]]) -> None:
    """All at once."""
    await asyncio.gather(*work)
