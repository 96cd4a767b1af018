"""Seconds to bring a workflow back into memory from its history, as a worker does after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter, process_time
from typing import Final

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from benchmarks.figures import Figure, spread
from process.connection import DATA_CONVERTER
from worker.main import RUNNER, WORKFLOWS

PART: Final = "replay"


async def measure(runs: Sequence[WorkflowHistory], rounds: int) -> list[Figure]:
    """All runs of the life: by the clock, and in seconds of this process, which other load changes little."""
    taken = [await _seconds(runs) for _ in range(rounds)]
    return [
        spread(PART, "two years", [clock for clock, _ in taken], "s"),
        spread(PART, "two years, processor", [processor for _, processor in taken], "s"),
    ]


async def _seconds(runs: Sequence[WorkflowHistory]) -> tuple[float, float]:
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=RUNNER, data_converter=DATA_CONVERTER)
    began, busy = perf_counter(), process_time()
    for run in runs:
        await replayer.replay_workflow(run)
    return perf_counter() - began, process_time() - busy
