"""A workflow that no worker of ours has is heard of: it would try for ever, and nobody would know."""

from __future__ import annotations

from datetime import timedelta

from operations.reconciling import reconcile
from operations.unknown_workflows import KNOWN, WAITS
from records import incidents
from schemas.incidents import IncidentKind
from tests.faults.waiting import eventually
from tests.workflows.subjects import Academy, now, one_more
from worker.main import WORKFLOWS


def test_every_workflow_of_the_worker_is_known() -> None:
    """One that is added is no incident."""
    assert sorted(KNOWN) == sorted(workflow.__name__ for workflow in WORKFLOWS)


async def test_a_type_that_no_worker_has_is_an_incident_until_it_is_ended(academy: Academy) -> None:
    """One a type, whatever it was started as; what is only just started may be for a newer worker."""
    types = ("EngagmentWorkflow", "EngagmentWorkflow", "Anna Alder")
    started = [
        await academy.client.start_workflow(type_, id=one_more("x"), task_queue=academy.task_queue) for type_ in types
    ]
    await eventually(lambda: _found(academy, [1, 2]))
    assert not await _open(academy, after=timedelta(0))
    assert "Anna" not in str(await _open(academy))
    for run in started:
        await run.terminate()
    await eventually(lambda: _found(academy, []))


async def _found(academy: Academy, numbers: list[int]) -> bool:
    return sorted(int(found["number"]) for found in await _open(academy)) == numbers


async def _open(academy: Academy, after: timedelta = WAITS + timedelta(minutes=1)) -> list[dict[str, str]]:
    await reconcile(academy.engine, now() + after)
    async with academy.engine.connection() as conn:
        findings = [kept.finding for kept in await incidents.open_of(conn)]
    return [{"key": one.key, **one.facts} for one in findings if one.kind is IncidentKind.WORKFLOW_UNKNOWN]
