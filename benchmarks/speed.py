"""Engagements started and facts told a second, against the bare workflow on the same worker, turn by turn.

Rounds alternate between the two, so that what else the machine does falls on both; a ratio is of two neighbours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from benchmarks.figures import Aim, Figure, spread
from benchmarks.sides import BareWorkflows, Engagements, Place, Side
from benchmarks.subjects import one_more

STARTS: Final = "starts"
FACTS: Final = "facts"

_CALLERS: Final = 40
_STARTS_A_ROUND: Final = 160
_FACTS_OF_EACH_A_ROUND: Final = 6
_GLANCE_SECONDS: Final = 0.01
_SETTLING_SECONDS: Final = 0.3
"""What a start or a fact leaves behind, a last workflow task, must not fall on the neighbour."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The rates of each side (a second), round by round."""

    ours: list[float]
    bare: list[float]

    def figures(self, part: str, what: str, aim: Aim) -> list[Figure]:
        """Both rates and their ratio."""
        ratios = [ours / bare for ours, bare in zip(self.ours, self.bare, strict=True)]
        return [
            spread(part, f"engagements, {what}", self.ours, "/s"),
            spread(part, f"bare workflows, {what}", self.bare, "/s"),
            spread(part, f"engagements to bare, {what}", ratios, "×", aim),
        ]


async def measure_starts(place: Place, rounds: int) -> list[Figure]:
    """Started: until the start is recorded; and, apart, only until the server has taken it."""
    figures: list[Figure] = []
    async with place.worker() as worker:
        ours = Engagements(place.client, place.pool, worker.task_queue)
        bare = BareWorkflows(place.client, place.pool, worker.task_queue)
        recorded = await in_turn(rounds, lambda: _started_and_recorded(ours), lambda: _started_and_recorded(bare))
        figures += recorded.figures(STARTS, "started and recorded", Aim("at least", 0.8))
        silent = BareWorkflows(place.client, place.pool, worker.task_queue, records_its_start=False)
        taken = await in_turn(rounds, lambda: _taken(ours), lambda: _taken(silent))
        figures += taken.figures(STARTS, "start taken by the server", Aim("at least", 0.8))
    return figures


async def measure_facts(place: Place, rounds: int) -> list[Figure]:
    """Told: until the teller has the answer. As many callers as subjects, each telling one fact after the other."""
    async with place.worker() as worker:
        ours = Engagements(place.client, place.pool, worker.task_queue)
        bare = BareWorkflows(place.client, place.pool, worker.task_queue)
        subjects = [one_more("bench.facts.P") for _ in range(_CALLERS)]
        for side in (ours, bare):
            await together(_begin(side, subject) for subject in subjects)
        turns = await in_turn(rounds, lambda: told(ours, subjects), lambda: told(bare, subjects))
    return turns.figures(FACTS, "told", Aim("at least", 0.9))


async def in_turn(rounds: int, ours: Callable[[], Awaitable[float]], bare: Callable[[], Awaitable[float]]) -> Turns:
    """The rates of two rounds in alternation. One round more than asked: the first warms up."""
    turns = Turns([], [])
    for _ in range(rounds + 1):
        for rates, measure in ((turns.ours, ours), (turns.bare, bare)):
            rates.append(await measure())
            await asyncio.sleep(_SETTLING_SECONDS)
    return Turns(turns.ours[1:], turns.bare[1:])


async def _started_and_recorded(side: Side) -> float:
    before, began = await side.recorded(), perf_counter()
    await _start(side)
    while await side.recorded() < before + _STARTS_A_ROUND:
        await asyncio.sleep(_GLANCE_SECONDS)
    return _STARTS_A_ROUND / (perf_counter() - began)


async def _taken(side: Side) -> float:
    began = perf_counter()
    await _start(side)
    rate = _STARTS_A_ROUND / (perf_counter() - began)
    await asyncio.sleep(1)
    return rate


async def _start(side: Side) -> None:
    room = asyncio.Semaphore(_CALLERS)

    async def one() -> None:
        async with room:
            await side.start(one_more("bench.starts.P"))

    await together(one() for _ in range(_STARTS_A_ROUND))


async def _begin(side: Side, subject: str) -> None:
    await side.start(subject)
    await side.prepare(subject)


async def told(side: Side, subjects: list[str]) -> float:
    """Facts a second, when as many callers as subjects each tell some facts one after the other."""

    async def caller(subject: str) -> None:
        for _ in range(_FACTS_OF_EACH_A_ROUND):
            await side.tell(subject)

    began = perf_counter()
    await together(caller(subject) for subject in subjects)
    return len(subjects) * _FACTS_OF_EACH_A_ROUND / (perf_counter() - began)


async def together(work: Iterable[Awaitable[None]]) -> None:
    """All at once."""
    await asyncio.gather(*work)
