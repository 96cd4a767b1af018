"""Resident memory of an open engagement in the worker's cache, against that of an open bare workflow."""

from __future__ import annotations

import asyncio
from typing import Final

import psutil

from benchmarks.figures import Aim, Figure
from benchmarks.sides import BareWorkflows, Engagements, Place, Side
from benchmarks.speed import together
from benchmarks.subjects import one_more

PART: Final = "memory"
_AT_ONCE: Final = 40
_WARM: Final = 60
"""So many are opened before anything is measured: code, pools and connections are paid once, not by each."""


async def measure(place: Place, number: int) -> list[Figure]:
    """Each side in a worker process of its own."""
    kib: dict[str, float] = {}
    for name in ("engagement", "bare workflow"):
        async with place.worker() as worker:
            made = Engagements if name == "engagement" else BareWorkflows
            side = made(place.client, place.pool, worker.task_queue)
            process = psutil.Process(worker.pid)
            await _open(side, _WARM)
            before = process.memory_info().rss
            await _open(side, number)
            kib[name] = (process.memory_info().rss - before) / 1024 / number
    ratio = kib["engagement"] / kib["bare workflow"]
    return [
        *(Figure(PART, f"{name}, open and cached", each, "KiB") for name, each in kib.items()),
        Figure(PART, "engagement to bare", ratio, "times", aim=Aim("at most", 1.5)),
    ]


async def _open(side: Side, number: int) -> None:
    before = await side.recorded()
    for opened in range(0, number, _AT_ONCE):
        await together(side.start(one_more("bench.memory.P")) for _ in range(min(_AT_ONCE, number - opened)))
    while await side.recorded() < before + number:  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)
