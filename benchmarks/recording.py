"""How records are written: by ordinary activities, as the engine does, against local ones.

Compared in what a week leaves in the history, in how long a teller waits, and in what an outage of Postgres costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Final

from temporalio.client import WorkflowQueryFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from benchmarks.figures import Figure, Remark, Result, spread
from benchmarks.ground import Ground, Recording
from benchmarks.histories import Measured, measured
from benchmarks.sides import Engagements, Process
from benchmarks.speed import CALLERS, begin, in_turn, together, told
from benchmarks.subjects import one_more
from benchmarks.week import Week
from coaching_client import handles
from devstack.stack import Part
from schemas.subjects import ENGAGEMENT

PART: Final = "recording"
OUTAGE_SECONDS: Final = 30
_ALONE: Final = 30
"""So many facts are told one after the other, to see how long a teller waits when nothing else is told."""
_QUERY_SECONDS: Final = 3


@dataclass(frozen=True, slots=True)
class _Way:
    name: Recording
    worker: Process
    side: Engagements


async def measure(ground: Ground, rounds: int) -> list[Result]:
    """Both ways on the same servers, turn by turn; the outage hits both at once."""
    async with _way(ground, "ordinary") as ordinary, _way(ground, "local") as local:
        both = (ordinary, local)
        results: list[Result] = []
        for way in both:
            results += await _weeks(ground, way)
        for way in both:
            results += await _alone(way)
        results += await _crowd(both, rounds)
        results += await _outage(ground, both)
    return results


@asynccontextmanager
async def _way(ground: Ground, name: Recording) -> AsyncIterator[_Way]:
    async with ground.worker(name) as worker:
        yield _Way(name, worker, Engagements(ground.client, ground.pool, worker.task_queue))


async def _weeks(ground: Ground, way: _Way) -> list[Result]:
    week = await live_week(ground, way.worker.task_queue)
    return [
        Figure(PART, f"{way.name}: events of a week", week.events),
        Figure(PART, f"{way.name}: bytes of a week", week.bytes),
        Figure(PART, f"{way.name}: Cloud actions of a week", week.actions),
    ]


async def live_week(ground: Ground, task_queue: str) -> Measured:
    """An asked-and-answered week of its own engagement. Raises ValueError if no mail was sent in it."""
    week = Week(ground.client, ground.pool, task_queue, one_more("bench.week.P"))
    day, before = await week.begin(), await week.mails()
    found = await week.answered(day)
    if await week.mails() == before:
        raise ValueError("nobody was asked by mail")
    return found


async def _alone(way: _Way) -> list[Result]:
    subject = one_more("bench.alone.P")
    await begin(way.side, subject)
    waits = []
    for _ in range(_ALONE):
        began = perf_counter()
        await way.side.tell(subject)
        waits.append((perf_counter() - began) * 1000)
    return [Figure(PART, f"{way.name}: a teller alone waits", median(waits), "ms")]


async def _crowd(both: tuple[_Way, _Way], rounds: int) -> list[Result]:
    subjects = {way.name: [one_more("bench.crowd.P") for _ in range(CALLERS)] for way in both}
    for way in both:
        await together(begin(way.side, subject) for subject in subjects[way.name])
    ordinary, local = both
    turns = await in_turn(
        ordinary.worker,
        rounds,
        lambda: told(ordinary.side, subjects["ordinary"]),
        lambda: told(local.side, subjects["local"]),
        local.worker,
    )
    ratios = [one.rate / other.rate for one, other in zip(turns.bare, turns.ours, strict=True)]
    return [
        spread(PART, f"ordinary: facts of {CALLERS} callers", [one.rate for one in turns.ours], "/s"),
        spread(PART, f"local: facts of {CALLERS} callers", [one.rate for one in turns.bare], "/s"),
        spread(PART, "local to ordinary", ratios, "times"),
    ]


async def _outage(ground: Ground, both: tuple[_Way, _Way]) -> list[Result]:
    subjects = [one_more("bench.outage.P") for _ in both]
    for way, subject in zip(both, subjects, strict=True):
        await begin(way.side, subject)
    before = [await _history(ground, subject) for subject in subjects]
    tellers = []
    async with ground.stack.outage(Part.POSTGRES):
        tellers = [asyncio.create_task(_wait(way, subject)) for way, subject in zip(both, subjects, strict=True)]
        await asyncio.sleep(OUTAGE_SECONDS / 2)
        answered = [await _answers(ground, subject) for subject in subjects]
        await asyncio.sleep(OUTAGE_SECONDS / 2)
    waits = await asyncio.gather(*tellers)
    results: list[Result] = []
    for way, subject, then, wait, seen in zip(both, subjects, before, waits, answered, strict=True):
        spent = await _history(ground, subject) - then
        results.append(Figure(PART, f"{way.name}: events of one fact told in an outage", spent.events))
        results.append(Figure(PART, f"{way.name}: Cloud actions of it", spent.actions))
        results.append(wait if isinstance(wait, Remark) else Figure(PART, f"{way.name}: its teller waits", wait, "s"))
        results.append(
            Remark(
                PART, f"{way.name}: in the outage a query is {'' if seen else 'not '}answered within {_QUERY_SECONDS} s"
            )
        )
    return results


async def _wait(way: _Way, subject: str) -> float | Remark:
    began = perf_counter()
    try:
        await way.side.tell(subject)
    except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as failed:
        return Remark(
            PART, f"{way.name}: the teller got an error after {perf_counter() - began:.0f} s: {type(failed).__name__}"
        )
    return perf_counter() - began


async def _answers(ground: Ground, subject: str) -> bool:
    try:
        async with asyncio.timeout(_QUERY_SECONDS):
            await handles.handle(ground.client, ENGAGEMENT, subject).query("state")
    except (TimeoutError, RPCError, WorkflowQueryFailedError):
        return False
    return True


async def _history(ground: Ground, subject: str) -> Measured:
    return measured((await handles.handle(ground.client, ENGAGEMENT, subject).fetch_history()).events)
