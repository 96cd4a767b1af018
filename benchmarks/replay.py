"""Seconds to bring a workflow back into memory from its history, as a worker does after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Final

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from benchmarks.figures import Figure, spread
from worker.connection import DATA_CONVERTER
from worker.main import RUNNER, WORKFLOWS

PART: Final = "replay"


async def measure(runs: Sequence[WorkflowHistory], rounds: int) -> list[Figure]:
    """All runs of the life; and the last one alone, which is all that a worker needs."""
    return [
        spread(PART, "two years, all runs", [await _seconds(runs) for _ in range(rounds)], "s"),
        spread(PART, "their last run", [await _seconds(runs[-1:]) for _ in range(rounds)], "s"),
    ]


async def _seconds(runs: Sequence[WorkflowHistory]) -> float:
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=RUNNER, data_converter=DATA_CONVERTER)
    began = perf_counter()
    for run in runs:
        await replayer.replay_workflow(run)
    return perf_counter() - began
