"""Looking at one workflow: what it knows, whether its records know the same, and what hinders it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError, RPCStatusCode

from operations.context import EngineContext
from schemas.inputs import Carried
from schemas.recording import Ledger

KNOWN: Final = "known"
LOOKED_AT: Final = "looked_at"
CATCH_UP: Final = "catch_up"

_ANSWERS_WITHIN: Final = timedelta(seconds=10)
_WITHOUT_ANSWER: Final = frozenset(
    {RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION}
    | {RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT}
)
_TRIED_OFTEN: Final = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Apart:
    """What differs: ``lost`` is known to the workflow alone, ``missed`` to the records alone."""

    lost: frozenset[str]
    missed: frozenset[str]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.lost or self.missed)


def differs(known: Carried, held: Ledger) -> Apart:
    """What a workflow and its records do not both know: event ids of facts, and keys of items carried out."""
    theirs = {fact.event_id for fact in held.facts} | held.done.keys()
    done = {key for key in known.done if key.rpartition("/")[2].isdigit()}
    ours = {fact.event_id for fact in known.facts} | done
    return Apart(frozenset(ours - theirs), frozenset(theirs - ours))


async def status_of(engine: EngineContext, workflow: str) -> str:
    """In which state a workflow is, in small letters; ``deleted`` where there is none."""
    asked = DescribeWorkflowExecutionRequest(
        namespace=engine.client.namespace, execution=WorkflowExecution(workflow_id=workflow)
    )
    try:
        # Not by the client's own description: it fails for a paused workflow, a state that it does not know.
        described = await engine.client.workflow_service.describe_workflow_execution(asked)
    except RPCError as failed:
        if failed.status is RPCStatusCode.NOT_FOUND:
            return "deleted"
        raise
    status = described.workflow_execution_info.status
    return WorkflowExecutionStatus.Name(status).removeprefix("WORKFLOW_EXECUTION_STATUS_").lower()


async def known_by(engine: EngineContext, workflow: str) -> Carried | None:
    """All that a workflow knows, closed ones too; None where it does not answer."""
    return await _asked(engine, workflow, KNOWN, Carried)


async def looked_at(engine: EngineContext, workflow: str) -> datetime | None:
    """When the workflow of an academy's weekly mails sent them last; None where it does not answer, too."""
    return await _asked(engine, workflow, LOOKED_AT, datetime)


async def _asked(engine: EngineContext, workflow: str, query: str, answer: type[T]) -> T | None:
    handle = engine.client.get_workflow_handle(workflow)
    try:
        found: T | None = await handle.query(query, result_type=answer, rpc_timeout=_ANSWERS_WITHIN)
    except WorkflowQueryFailedError:
        return None
    except RPCError as failed:
        if failed.status in _WITHOUT_ANSWER:
            return None
        raise
    return found


async def caught_up(engine: EngineContext, workflow: str) -> int | None:
    """Have a workflow and its records agree; how many facts it took up, or None where it does not answer."""
    handle = engine.client.get_workflow_handle(workflow)
    try:
        took: int = await handle.execute_update(CATCH_UP, result_type=int, rpc_timeout=_ANSWERS_WITHIN)
    except (WorkflowUpdateFailedError, TimeoutError):
        return None
    except RPCError as failed:
        if failed.status in _WITHOUT_ANSWER:
            return None
        raise
    except TemporalError:
        return None
    return took


async def hindrance(engine: EngineContext, workflow: str) -> tuple[str, int]:
    """What keeps failing in a workflow, as a code, and how often it was tried."""
    described = (await engine.client.get_workflow_handle(workflow).describe()).raw_description
    task = described.pending_workflow_task
    if task.attempt >= _TRIED_OFTEN:
        return "its workflow task fails", task.attempt
    worst = max(described.pending_activities, key=lambda activity: activity.attempt, default=None)
    if worst is not None and worst.attempt >= _TRIED_OFTEN:
        return f"the activity {worst.activity_type.name} fails", worst.attempt
    return "nothing moves", 0
