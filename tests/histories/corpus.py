"""The kept histories: small files, without what tells of the machine they were made on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHistory

from activities.signatures import Activity

_SUFFIX = ".json.gz"
FOLDER = Path(__file__).parent / "recorded"
_OF_THE_MACHINE = ("identity", "requestId", "taskId", "workerControlTaskQueue", "binaryChecksum")
"""What a replay does not read, and what differs from one making to the next."""


async def keep(client: Client, lives: Mapping[str, str], *, beside_others: bool = False) -> None:
    """Keep the histories of all runs of these workflows, given by name, and no others unless ``beside_others``.

    The first run's is ``name.1``, the next one's ``name.2`` and so on.
    """
    made: dict[str, bytes] = {}
    for name, workflow_id in lives.items():
        for number, run in enumerate(await runs(client, workflow_id), 1):
            history = await client.get_workflow_handle(workflow_id, run_id=run).fetch_history()
            told = json.dumps(_cleaned(json.loads(history.to_json())), separators=(",", ":"), sort_keys=True)
            # Without a time in its head, the same history is the same file.
            made[f"{name}.{number}{_SUFFIX}"] = gzip.compress(told.encode(), 9, mtime=0)
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob(f"*{_SUFFIX}"):
        if not beside_others or old.name.rpartition(f"{_SUFFIX}")[0].rpartition(".")[0] in lives:
            old.unlink()
    for name, content in made.items():
        (FOLDER / name).write_bytes(content)


async def runs(client: Client, workflow_id: str) -> list[str]:
    """The ids of a workflow's runs, the first one first: those that continued as new, and those that woke it again."""
    found = [
        (listed.start_time, listed.run_id) async for listed in client.list_workflows(f"WorkflowId = '{workflow_id}'")
    ]
    return [run for _, run in sorted(found)]


def kept() -> list[str]:
    """The names of the histories, with the number of the run."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in FOLDER.glob(f"*{_SUFFIX}"))


def text(name: str) -> str:
    """One history as JSON."""
    return gzip.decompress((FOLDER / f"{name}{_SUFFIX}").read_bytes()).decode()


@cache
def read(name: str) -> WorkflowHistory:
    """One history, as the server gave it, under the id of its workflow."""
    told = text(name)
    begun = json.loads(told)["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(begun["workflowId"], told)


@dataclass(frozen=True)
class Seen:
    """What a life's histories show, over all its runs: the facts recorded, the items carried out, the last result."""

    facts: list[dict[str, Any]]
    items: list[str]
    result: dict[str, Any]
    runs: int

    @property
    def kinds(self) -> list[str]:
        """The kinds of the facts, in the order they were told."""
        return [fact["kind"] for fact in self.facts]

    def said(self, kind: str, **what: Any) -> bool:
        """Whether such a fact was told."""
        return any(fact["kind"] == kind and what.items() <= fact.items() for fact in self.facts)


def seen(name: str) -> Seen:
    """What the histories of a life show."""
    facts: list[dict[str, Any]] = []
    items: list[str] = []
    result: dict[str, Any] = {}
    runs = [run for run in kept() if run.rpartition(".")[0] == name]
    for event in (event for run in runs for event in read(run).events):
        scheduled = event.activity_task_scheduled_event_attributes
        for payload in scheduled.input.payloads:
            asked = json.loads(payload.data)
            facts += [asked["fact"]] if scheduled.activity_type.name == Activity.RECORD else []
            items += asked.get("items", ())
        for payload in event.workflow_execution_completed_event_attributes.result.payloads:
            result = json.loads(payload.data)
    return Seen(facts, items, result, len(runs))


def _cleaned(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _cleaned(value) for key, value in part.items() if key not in _OF_THE_MACHINE}
    return [_cleaned(one) for one in part] if isinstance(part, list) else part
