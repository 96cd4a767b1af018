"""Starts by any Temporal client that no rule of ours has made: each must end at once, and let go of its id."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.service import RPCError

from schemas.incidents import IncidentKind
from schemas.subjects import KINDS, workflow_id
from tests.chaos.checks import KEEPS_TIME

if TYPE_CHECKING:
    from tests.chaos.trouble import Scene

_SECONDS: Final = 20
_OPENINGS: Final[tuple[Any, ...]] = (
    "a string",
    None,
    {},
    {"subject": "sheffield.nobody"},
    {"subject": "sheffield.nobody", "opening": {"kind": "engagement_proposed"}},
    {"subject": "sheffield.nobody", "opening": "nothing"},
)


async def malformed(scene: Scene) -> str | None:
    """Something that cannot be read, under an id that nobody has."""
    kind = scene.dice.choice([kind for kind in KINDS if kind.name in KEEPS_TIME])
    said = scene.dice.choice(_OPENINGS)
    subject = f"sheffield.malformed-{scene.dice.randrange(1 << 30)}"
    if isinstance(said, dict) and "subject" in said:
        said = said | {"subject": subject}
    ended = await _ended(scene, kind.workflow, workflow_id(kind, subject), [] if said is None else [said])
    if not ended:
        scene.findings.append(f"malformed: {kind.workflow} given {said!r} still runs")
    if not (isinstance(said, dict) and set(said) == {"subject"}):
        scene.expected.append((IncidentKind.OPENING_FAILED, subject))
    return f"{kind.workflow} given {said!r}"


async def second_copy(scene: Scene) -> str | None:
    """An engagement's input under another id."""
    chosen = await scene.somebody()
    if chosen is None:
        return None
    kind, subject = chosen
    other = f"sheffield.copy-{scene.dice.randrange(1 << 30)}"
    if not await _ended(scene, kind.workflow, workflow_id(kind, other), [{"subject": subject}]):
        scene.findings.append(f"malformed: a second copy of {subject} runs as {other}")
    scene.expected.append((IncidentKind.OPENING_FAILED, other))
    return f"{subject} as {other}"


async def _ended(scene: Scene, workflow: str, workflow_id: str, arguments: list[Any]) -> bool:
    """It ends within seconds."""
    client = scene.servers.client
    run = await client.start_workflow(workflow, args=arguments, id=workflow_id, task_queue="chaos")
    try:
        await asyncio.wait_for(run.result(), timedelta(seconds=_SECONDS).total_seconds())
    except (WorkflowFailureError, RPCError):
        pass
    except TimeoutError:
        return False
    return (await run.describe()).status is not WorkflowExecutionStatus.RUNNING
