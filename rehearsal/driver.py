"""A rehearsal from beginning to end, and its report: on real servers with virtual clocks, or by the rules alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic

from temporalio.client import Client

from records.database import Pool
from rehearsal import measure
from rehearsal.evidence import Sources, evidence
from rehearsal.pure import past
from rehearsal.pure.world import PureWorld
from rehearsal.register import OnPaper, Recorded
from rehearsal.report import Report
from rehearsal.script import Plot, begins, check_course_start
from rehearsal.served import ServedWorld
from rehearsal.stage import Progress, Refused, Stage

__all__ = ["Progress", "Refused", "Rehearsed", "rehearse", "rehearse_purely"]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A finished rehearsal."""

    report: Report
    refused: tuple[Refused, ...]


def _ignore(_progress: Progress) -> None:
    return None


async def rehearse(  # noqa: PLR0913  # everything a rehearsal needs, by name
    plot: Plot,
    *,
    client: Client,
    pool: Pool,
    task_queue: str,
    now: datetime,
    outbox: Path | None = None,
    logs: Sequence[Path] = (),
    metrics: str | None = None,
    progress: Callable[[Progress], None] = _ignore,
) -> Rehearsed:
    """Rehearse a plot against a server, worker and database that run already; ``now`` is the wall clock.

    ``outbox`` is the folder of the mail sink's messages, ``logs`` the worker's log files and ``metrics`` its Prometheus
    address (host:port): they are read at the end. Raises CourseStartTooEarlyError, and NoTimeSkippingError if the
    server has no virtual clocks. Cancelled, it stops at once; the workflows stay where they are.
    """
    check_course_start(plot, now)
    started = monotonic()
    stage = Stage(plot, ServedWorld(plot, client, pool, task_queue, now), progress)
    await stage.play()
    left = await evidence(plot, Sources(client, pool, outbox, tuple(logs), metrics))
    report = measure.report(plot, left, stage.teams)
    return _rehearsed(report, stage, started)


async def rehearse_purely(
    plot: Plot, *, into: Pool | None = None, progress: Callable[[Progress], None] = _ignore
) -> Rehearsed:
    """Rehearse a plot by the rules alone, on whatever days: nothing waits for a wall clock.

    What was lived is written ``into`` a database, if one is given: as a past, from which workflows can be started.
    """
    started = monotonic()
    world = PureWorld(plot, Recorded(into) if into else OnPaper(), begins(plot))
    stage = Stage(plot, world, progress)
    await stage.play()
    if into is not None:
        await past.write(into, plot.first.academy, world)
    report = measure.report(plot, world.evidence(), stage.teams)
    return _rehearsed(report, stage, started)


def _rehearsed(report: Report, stage: Stage, started: float) -> Rehearsed:
    report = report.model_copy(update={"wall_seconds": round(monotonic() - started, 1)})
    return Rehearsed(report, tuple(sorted(stage.refused, key=lambda r: (r.occurred_at, r.event_id))))
