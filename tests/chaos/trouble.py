"""What is done to the academy, by kind. Each disturbance answers what it did, or None when nothing was there for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, ResetWorkflowExecutionRequest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from coaching_client import handles, schedules
from schemas.incidents import ENGINE, IncidentKind
from schemas.subjects import AnyKind
from tests.chaos.checks import KEEPS_TIME, Window, recorded
from tests.chaos.hostile import hostile
from tests.chaos.malformed import malformed, second_copy
from tests.chaos.servers import QUEUE, Servers

if TYPE_CHECKING:
    from schemas.due import AnyTold
    from tests.chaos.living import LivingStage, Told

VICTIM: Final = "sheffield"
_MOST_REPEATED: Final = 6


@dataclass
class Scene:
    """What a disturbance finds: everything at a standstill at ``present``. ``dice`` is its own chance."""

    servers: Servers
    stage: LivingStage
    present: datetime
    dice: Random
    dumps: list[tuple[Path, datetime]]
    restores: list[Window]
    expected: list[tuple[IncidentKind, str]] = field(default_factory=list)
    """Incidents that somebody must hear of, by what they are about."""

    findings: list[str] = field(default_factory=list)
    """What was seen at once not to hold."""

    async def open_subjects(self) -> list[tuple[AnyKind, str]]:
        """What keeps time, and has not ended."""
        async with self.servers.pool.acquire() as conn:
            known = await recorded(conn, self.present)
        mine = [one for one in known if one.name.partition(".")[0] == VICTIM]
        return [(one.kind, one.name) for one in mine if one.kind.name in KEEPS_TIME and one.open]

    async def somebody(self) -> tuple[AnyKind, str] | None:
        """A kind by chance, and one of it: else engagements would have all of it."""
        there = await self.open_subjects()
        kinds = sorted({kind.name for kind, _ in there})
        if not kinds:
            return None
        chosen = self.dice.choice(kinds)
        return self.dice.choice([one for one in there if one[0].name == chosen])

    def run_of(self, kind: AnyKind, subject: str) -> WorkflowHandle[object, object]:
        """The current run."""
        return handles.handle(self.servers.client, kind, subject)


Disturb = Callable[[Scene], Awaitable[str | None]]


async def _ended(scene: Scene, run: WorkflowHandle[Any, Any]) -> None:
    """Wait until it has ended, and until the list says so, which lags behind."""
    for _ in range(500):
        try:
            if (await run.describe()).status is None or (await run.describe()).close_time is not None:
                break
        except RPCError:
            break
        await asyncio.sleep(0.02)
    query = f"WorkflowId = '{run.id}' AND ExecutionStatus = 'Running'"
    while (await scene.servers.client.count_workflows(query)).count:  # noqa: ASYNC110 - only Temporal knows
        await asyncio.sleep(0.05)


async def terminated(scene: Scene) -> str | None:
    """`temporal workflow terminate`."""
    chosen = await scene.somebody()
    if chosen is None:
        return None
    run = scene.run_of(*chosen)
    await run.terminate(reason="chaos")
    await _ended(scene, run)
    scene.expected.append((IncidentKind.NOT_RUNNING, chosen[1]))
    return chosen[1]


async def cancelled(scene: Scene) -> str | None:
    """`temporal workflow cancel`."""
    chosen = await scene.somebody()
    if chosen is None:
        return None
    run = scene.run_of(*chosen)
    await run.cancel()
    await _ended(scene, run)
    scene.expected.append((IncidentKind.NOT_RUNNING, chosen[1]))
    return chosen[1]


async def deleted(scene: Scene) -> str | None:
    """`temporal workflow delete`."""
    chosen = await scene.somebody()
    if chosen is None:
        return None
    run = scene.run_of(*chosen)
    await scene.servers.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=scene.servers.client.namespace, workflow_execution=WorkflowExecution(workflow_id=run.id)
        )
    )
    await _ended(scene, run)
    scene.expected.append((IncidentKind.NOT_RUNNING, chosen[1]))
    return chosen[1]


async def weekly_mail_terminated(scene: Scene) -> str | None:
    """What keeps the academy's weekly mail is terminated."""
    run = scene.servers.client.get_workflow_handle(handles.weekly_mail_id(VICTIM))
    await run.terminate(reason="chaos")
    await _ended(scene, run)
    scene.expected.append((IncidentKind.WEEKLY_MAIL_MISSING, VICTIM))
    return VICTIM


async def reset(scene: Scene) -> str | None:
    """`temporal workflow reset`, to a task somewhere in its past."""
    chosen = await scene.somebody()
    if chosen is None:
        return None
    run = scene.run_of(*chosen)
    history = await run.fetch_history()
    tasks = [e.event_id for e in history.events if e.HasField("workflow_task_completed_event_attributes")]
    if not tasks:
        return None
    to = scene.dice.choice(tasks)
    await scene.servers.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=scene.servers.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=run.id),
            reason="chaos",
            request_id=str(uuid4()),
            workflow_task_finish_event_id=to,
        )
    )
    await scene.stage.world.clocks.advance(run.id, scene.present)
    return f"{chosen[1]} to event {to} of {len(history.events)}"


def _same(scene: Scene, told: Told, again: AnyTold) -> bool:
    """Whether it is the first answer. Of what a restored database has lost, a workflow knows the fact alone."""
    if any(window.holds(told.answer.recorded_at) for window in scene.restores):
        return bool(again.event_id == told.answer.event_id)
    return bool(again == told.answer)


async def told_again(scene: Scene) -> str | None:
    """What was told before is told again: the first answer. With other content it is refused."""
    before = scene.stage.world.answered
    if not before:
        return None
    chosen = [scene.dice.choice(before) for _ in range(_MOST_REPEATED)]
    for told in chosen:
        again = await handles.tell(
            scene.servers.client, told.kind, told.subject, told.fact, scoped=True, task_queue=QUEUE
        )
        if not _same(scene, told, again):
            scene.findings.append(f"{told.fact.event_id} was answered {told.answer}, and then {again}")
    return f"{len(chosen)} facts"


async def told_otherwise(scene: Scene) -> str | None:
    """An event id is used again for something else: refused, or taken for the repeat that it is."""
    before = scene.stage.world.answered
    if not before:
        return None
    told = scene.dice.choice(before)
    other = told.fact.model_copy(update={"occurred_at": told.fact.occurred_at.replace(second=59)})
    try:
        again = await handles.tell(scene.servers.client, told.kind, told.subject, other, scoped=True, task_queue=QUEUE)
    except handles.FactRefusedError:
        return str(told.fact.event_id)
    if not _same(scene, told, again):
        scene.findings.append(f"{told.fact.event_id} was recorded with other content: {again}")
    return f"{told.fact.event_id}, a repeat"


async def restored(scene: Scene) -> str | None:
    """Postgres is restored to an older dump than Temporal's state, the worker running on or not."""
    if not scene.dumps:
        return None
    dump, taken = scene.dice.choice(scene.dumps)
    stops = scene.dice.random() < 0.5
    if stops:
        await scene.servers.kill_worker()
    await scene.servers.restore(dump)
    if stops:
        await scene.servers.start_worker()
    scene.restores.append(Window(taken, scene.present))
    scene.expected.append((IncidentKind.RECORDS_LOST, ENGINE))
    return f"to {taken:%Y-%m-%d}, the worker {'stopped' if stops else 'running on'}"


async def temporal_emptied(scene: Scene) -> str | None:
    """All of Temporal's state is gone, the records are there."""
    there = await scene.open_subjects()
    await scene.servers.empty_temporal()
    # It makes the search attributes and the Nexus endpoint when it starts, as a new installation's does.
    await scene.servers.kill_worker()
    await scene.servers.start_worker()
    scene.expected += [(IncidentKind.NOT_RUNNING, subject) for _, subject in there]
    return f"{len(there)} subjects"


async def schedule_deleted(scene: Scene) -> str | None:
    """The schedule that compares records and workflows is deleted."""
    name = schedules.reconcile_schedule_id(QUEUE)
    await scene.servers.client.get_schedule_handle(name).delete()
    scene.expected.append((IncidentKind.SCHEDULE_MISSING, ENGINE))
    return name


STANDSTILL: Final[Mapping[str, Disturb]] = {
    "terminated": terminated,
    "cancelled": cancelled,
    "deleted": deleted,
    "weekly mail terminated": weekly_mail_terminated,
    "reset": reset,
    "told again": told_again,
    "told otherwise": told_otherwise,
    "hostile tenant": hostile,
    "malformed start": malformed,
    "second copy": second_copy,
    "database restored": restored,
    "temporal emptied": temporal_emptied,
    "schedule deleted": schedule_deleted,
}
"""Between two weeks, while everything stands still."""


async def worker_killed(servers: Servers, after: float) -> None:
    """The worker dies while clocks are driven; another one starts."""
    await asyncio.sleep(after)
    await servers.kill_worker()
    await servers.start_worker()


async def temporal_killed(servers: Servers, after: float) -> None:
    """Temporal dies while clocks are driven, and comes back."""
    await asyncio.sleep(after)
    await servers.kill_temporal()
    await servers.start_temporal()


async def postgres_killed(servers: Servers, after: float) -> None:
    """Postgres dies while clocks are driven, and comes back."""
    await asyncio.sleep(after)
    await servers.kill_postgres()
    await servers.start_postgres()


BESIDE: Final[Mapping[str, Callable[[Servers, float], Awaitable[None]]]] = {
    "worker killed": worker_killed,
    "temporal killed": temporal_killed,
    "postgres killed": postgres_killed,
}
"""While facts are told and things fall due."""
