"""The activity that compares records and workflows, and whoever sees to it that its schedule is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import structlog
from temporalio import activity
from temporalio.service import RPCError, RPCStatusCode

from activities.signatures import Activity, Reconcile, Reconciled
from coaching_client import schedules
from operations.context import EngineContext
from operations.readiness import STALE
from operations.reconciling import reconcile, schedule_missing
from operations.watching import Watch
from process.supervised import beside
from records import incidents, reconciliations
from schemas.incidents import ENGINE

_LOOKS_EVERY: Final = 60.0

_log = structlog.stdlib.get_logger("worker.reconciling")


class ReconcileActivities:
    """Each call is one comparison. Repeating it is safe."""

    def __init__(self, engine: EngineContext, watch: Watch) -> None:
        self._engine = engine
        self._watch = watch

    @activity.defn(name=Activity.RECONCILE)
    async def reconcile(self, asked: Reconcile) -> Reconciled:
        """Compare, mend, and keep what was found; account for the day, and tell those above."""
        # A schedule keeps the wall's time; a demonstration's records are ahead of it.
        at = max(asked.at, self._engine.clock())
        async with self._watch.over(at, activity.heartbeat):
            agreed = await reconcile(self._engine, at, asked.last, alive=activity.heartbeat)
        return Reconciled(subjects=agreed.subjects, findings=len(agreed.findings))


@asynccontextmanager
async def reconciling(engine: EngineContext) -> AsyncIterator[None]:
    """The schedules are made anew; that of the comparison is looked for every minute while the context lasts."""
    async with beside("schedules", partial(_see_to_it, engine)):
        yield


async def _see_to_it(engine: EngineContext) -> None:
    made = False
    while True:
        try:
            if not made:
                # The comparison begins at once, and looks for the other.
                await schedules.keep_retention(engine.client, task_queue=engine.task_queue)
                await schedules.keep_reconciling(engine.client, task_queue=engine.task_queue)
                made = True
            elif await made_again(engine):
                _log.warning("schedule.made_again", task_queue=engine.task_queue)
            elif await renewed_when_late(engine):
                _log.warning("schedule.renewed", task_queue=engine.task_queue, reason="no comparison for 15 minutes")
        except RPCError as failed:
            if failed.status is RPCStatusCode.UNIMPLEMENTED:
                _log.warning("schedule.not_possible", reason="this server knows no schedules")
                return
            _log.warning("schedule.later", reason=failed.status.name)
        await asyncio.sleep(_LOOKS_EVERY)


async def made_again(engine: EngineContext) -> bool:
    """Whether the schedule was deleted or paused, and was made again; that is an incident."""
    name = schedules.reconcile_schedule_id(engine.task_queue)
    if (status := await schedules.hindrance(engine.client, name)) is None:
        return False
    await schedules.keep_reconciling(engine.client, task_queue=engine.task_queue)
    async with engine.connection() as conn:
        await incidents.open_incidents(conn, [schedule_missing(ENGINE, name, status)], engine.clock())
    return True


async def renewed_when_late(engine: EngineContext) -> bool:
    """Whether no comparison was made for too long: the schedule is made anew, whatever somebody made of it."""
    async with engine.connection() as conn:
        last = await reconciliations.last(conn)
    if last is not None and engine.clock() - last <= STALE:
        return False
    await schedules.keep_reconciling(engine.client, task_queue=engine.task_queue)
    return True
