"""A workflow that cannot go on is reported, for as long as it cannot."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from operations import looking
from operations.reconciling import OVERDUE, reconcile
from process.settings import Settings
from records import incidents
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.incidents import IncidentKind
from tests.faults.waiting import eventually
from tests.workflows.subjects import Academy, Engagement
from worker.main import engine


@workflow.defn
class AnotherRelease:
    """All that a careless release knows."""

    @workflow.run
    async def run(self) -> None:
        """Nothing."""


async def test_an_overdue_workflow_whose_task_fails_is_an_incident(
    temporal: Client, settings: Settings, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What keeps failing, since when it is overdue; it is over as soon as a look finds it well again."""
    monkeypatch.setattr(looking, "_ANSWERS_WITHIN", timedelta(seconds=1))
    academy = Academy(temporal, pool, settings.task_queue, VirtualClocks(temporal))
    async with engine(temporal, settings):
        life = await academy.engagement()
        due = (await life.state()).next_due
        assert due is not None
    overdue = due.at + OVERDUE + timedelta(minutes=10)
    careless = {"workflows": [AnotherRelease], "workflow_runner": UnsandboxedWorkflowRunner()}
    async with Worker(temporal, task_queue=settings.task_queue, **careless):  # type: ignore[arg-type]
        await life.handle.signal("anything")
        await eventually(lambda: _fails(life))
        assert await _found(academy, overdue - timedelta(minutes=5)) == []
        (found,) = await _found(academy, overdue)
    assert found == {
        "due": due.at.isoformat(),
        "reason": "its workflow task fails",
        "attempts": found["attempts"],
    }
    async with engine(temporal, settings):
        await eventually(lambda: _well(life))
        assert await _found(academy, due.at) == []


async def _fails(life: Engagement) -> bool:
    return (await life.handle.describe()).raw_description.pending_workflow_task.attempt >= 3


async def _well(life: Engagement) -> bool:
    return not (await life.handle.describe()).raw_description.HasField("pending_workflow_task")


async def _found(academy: Academy, at: datetime) -> list[dict[str, str]]:
    await reconcile(academy.engine, at)
    async with academy.engine.connection() as conn:
        opened = [kept.finding for kept in await incidents.open_of(conn)]
    return [finding.facts for finding in opened if finding.kind is IncidentKind.STUCK]
