"""Starts that failed, of subjects of which nothing is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError
from temporalio.client import WorkflowExecution, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError

from operations.context import EngineContext
from records import open_subjects
from schemas.incidents import ENGINE, Finding, IncidentKind
from schemas.subjects import KINDS
from schemas.words import Code

_CODE: Final[TypeAdapter[str]] = TypeAdapter(Code)
_AT_MOST: Final = 200
_SHOWN_WITHIN: Final = timedelta(minutes=1)
"""A list of workflows may lag behind by so much."""


async def failed_openings(engine: EngineContext, running: Collection[str], since: datetime) -> list[Finding]:
    """Those since a time, but for what runs by now or has begun in another way."""
    types = ", ".join(f"'{kind.workflow}'" for kind in KINDS)
    query = (
        f"TaskQueue = '{engine.task_queue}' AND ExecutionStatus = 'Failed' AND WorkflowType IN ({types}) "
        f"AND CloseTime >= '{(since - _SHOWN_WITHIN).isoformat()}'"
    )
    failed = {found.id: found async for found in engine.client.list_workflows(query, limit=_AT_MOST)}
    named = {name: name.partition(":")[2] for name in failed.keys() - running}
    async with engine.connection() as conn:
        begun = await open_subjects.openings(conn, list(named.values()))
    return [
        await _finding(engine, failed[name], subject) for name, subject in sorted(named.items()) if subject not in begun
    ]


async def _finding(engine: EngineContext, failed: WorkflowExecution, subject: str) -> Finding:
    facts = {"reason": await _reason(engine, failed), "run": failed.run_id}
    try:
        _CODE.validate_python(subject)
    except ValidationError:
        # Whatever somebody wrote there, it may be a name.
        key = hashlib.sha256(subject.encode()).hexdigest()[:12]
        return Finding(kind=IncidentKind.OPENING_FAILED, subject=ENGINE, key=key, facts=facts)
    return Finding(kind=IncidentKind.OPENING_FAILED, subject=subject, facts=facts)


async def _reason(engine: EngineContext, failed: WorkflowExecution) -> str:
    """The code of the failure: its words may quote what was handed in."""
    try:
        await engine.client.get_workflow_handle(failed.id, run_id=failed.run_id).result(follow_runs=False)
    except WorkflowFailureError as error:
        cause = error.cause.cause if isinstance(error.cause, ActivityError) else error.cause
        return (cause.type if isinstance(cause, ApplicationError) else None) or type(cause).__name__
    return "unknown"
