"""What somebody started on our task queue and no worker of ours has: it tries for ever, and nobody hears of it."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from temporalio.client import WorkflowExecution

from coaching_client import handles, schedules
from operations.context import EngineContext
from schemas.incidents import ENGINE, Finding, IncidentKind
from schemas.subjects import KINDS

KNOWN: Final = (
    *(kind.workflow for kind in KINDS),
    handles.WEEKLY_MAIL_WORKFLOW,
    handles.TAKE_OVER_WORKFLOW,
    schedules.RECONCILE_WORKFLOW,
    schedules.RETENTION_WORKFLOW,
    schedules.INTRO_CALENDAR_WORKFLOW,
)
"""The types that a worker has."""

WAITS: Final = timedelta(minutes=15)
"""A newer worker that has the type may be on its way: a deployment takes minutes."""

_AT_MOST: Final = 200
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,79}")


async def unknown_workflows(engine: EngineContext, at: datetime) -> list[Finding]:
    """One finding a type, of what still runs."""
    others = " AND ".join(f"WorkflowType != '{name}'" for name in KNOWN)
    query = (
        f"TaskQueue = '{engine.task_queue}' AND ExecutionStatus = 'Running' AND {others} "
        f"AND StartTime <= '{(at - WAITS).isoformat()}'"
    )
    found = defaultdict[str, list[WorkflowExecution]](list)
    async for workflow in engine.client.list_workflows(query, limit=_AT_MOST):
        found[_named(workflow.workflow_type)].append(workflow)
    return [_finding(name, runs) for name, runs in sorted(found.items())]


def _named(given: str) -> str:
    """Whatever somebody wrote as a type, it may be a name."""
    return given if _NAME.fullmatch(given) else hashlib.sha256(given.encode()).hexdigest()[:12]


def _finding(name: str, runs: list[WorkflowExecution]) -> Finding:
    first = min(runs, key=lambda run: (run.start_time, run.run_id))
    facts = {"type": name, "number": str(len(runs)), "run": first.run_id}
    return Finding(kind=IncidentKind.WORKFLOW_UNKNOWN, subject=ENGINE, key=name, facts=facts)
