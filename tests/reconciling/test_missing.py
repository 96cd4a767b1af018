"""What was ended, deleted or reset in Temporal runs again after one look, and is an incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import ResetReapplyExcludeType
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    PauseWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import (
    ScheduleActionStartWorkflow,
    ScheduleHandle,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowExecutionStatus,
)
from temporalio.service import RPCError

from coaching_client import handles, schedules
from operations.context import EngineContext
from operations.intro_calendars import open_regularly
from operations.looking import known_by, status_of
from operations.reconciling import Agreed, reconcile
from records import incidents, reconciliations
from records.database import Pool
from schemas.engagement_facts import CoachLeft
from schemas.improvement_facts import MeasureDefined
from schemas.incidents import IncidentKind
from schemas.roster import Contact
from schemas.words import Stage
from tests.dev_server import dev_server
from tests.faults.waiting import eventually, nothing_due, pause
from tests.workflows.subjects import COACH, PROGRAMME, TESTER, Academy, Engagement, Subject, now, one_more
from tests.workflows.test_cohorts import scheduled
from worker.reconciling import made_again, renewed_when_late


async def looked(academy: Academy) -> Agreed:
    """One look, as the schedule's."""
    return await reconcile(academy.engine, now())


async def ended(academy: Academy, workflow: str, how: str) -> None:
    """End a workflow behind the engine's back, and wait until the server shows it."""
    handle = academy.client.get_workflow_handle(workflow)
    if how == "terminated":
        await handle.terminate()
    if how == "canceled":
        await handle.cancel()
    if how == "deleted":
        await academy.client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(
                namespace=academy.client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow)
            )
        )
    await eventually(lambda: _gone(academy, workflow))


async def _gone(academy: Academy, workflow: str) -> bool:
    query = f"WorkflowId = '{workflow}' AND ExecutionStatus = 'Running'"
    return not [found async for found in academy.client.list_workflows(query)]


async def runs(life: Subject) -> bool:
    """Whether it runs."""
    try:
        return (await life.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    except RPCError:
        return False


@pytest.mark.parametrize("how", ["terminated", "canceled", "deleted"])
async def test_an_engagement_that_was_ended_runs_again(academy: Academy, how: str) -> None:
    """With all it knew; somebody hears that it was ended, and how; the next look finds nothing."""
    life = await academy.engagement()
    await life.told(CoachLeft, now(), person=COACH)
    await nothing_due(life)
    ahead = (await life.state()).next_due
    await ended(academy, life.workflow_id, how)
    (found,) = [one for one in (await looked(academy)).findings if one.subject == life.name]
    assert (found.kind, found.facts, found.done) == (IncidentKind.NOT_RUNNING, {"status": how}, "restarted")
    await life.begun()
    assert (await life.state()).coach_vacant
    assert (await life.state()).next_due == ahead
    assert (await looked(academy)).findings == ()
    async with academy.engine.connection() as conn:
        assert [untold.finding for untold in await incidents.untold(conn)] == [found]
        assert await incidents.open_of(conn) == []
        assert await reconciliations.last(conn) is not None


async def test_a_cohort_and_the_weekly_mail_run_again(academy: Academy) -> None:
    """Every kind that keeps time, and what sends the weekly emails of an academy with anything open."""
    town = await academy.cohort(scheduled())
    await eventually(lambda: _recorded(town))
    await looked(academy)
    weekly = handles.weekly_mail_id("sheffield")
    for workflow in (town.workflow_id, weekly):
        await ended(academy, workflow, "terminated")
    found = {one.kind: one.subject for one in (await looked(academy)).findings}
    assert found == {IncidentKind.NOT_RUNNING: town.name, IncidentKind.WEEKLY_MAIL_MISSING: "sheffield"}
    assert await runs(town)
    assert (await academy.client.get_workflow_handle(weekly).describe()).status is WorkflowExecutionStatus.RUNNING


async def _recorded(subject: Subject) -> bool:
    return bool(await subject.recorded())


async def test_a_reset_workflow_takes_up_what_it_has_forgotten(academy: Academy) -> None:
    """The operator sets an engagement back, and excludes what it was told since: its ledger still knows."""
    life = await academy.engagement()
    await life.agreed()
    await reset_to_its_beginning(life)
    await eventually(lambda: _knows(life, 1))

    async def taken_up() -> bool:
        # The server lists a run that was reset a moment later than it answers for it.
        await looked(academy)
        return (await life.state()).stage is Stage.AGREED

    await eventually(taken_up)
    assert await life.agrees()


async def test_a_reset_workflow_finds_out_with_what_falls_due_next(academy: Academy) -> None:
    """What it has forgotten changes no date, so that no look from outside finds it."""
    life = await academy.engagement()
    told = await life.told(MeasureDefined, measure="m", better="lower")
    await reset_to_its_beginning(life)
    await eventually(lambda: _knows(life, 1))
    assert told.standing.next_due is not None
    await life.advance(told.standing.next_due.at + timedelta(hours=1))
    await eventually(lambda: _knows(life, 2))


async def reset_to_its_beginning(life: Engagement) -> None:
    """As an operator does who excludes what came since: to the moment when its opening was recorded."""
    described = await life.handle.describe()
    events = await life.events()
    tasks = [event.event_id for event in events if event.HasField("workflow_task_completed_event_attributes")]
    await life.academy.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=life.academy.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=life.workflow_id, run_id=described.run_id),
            reason="a test",
            request_id=str(uuid4()),
            workflow_task_finish_event_id=tasks[1],
            reset_reapply_exclude_types=[
                ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
                ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
            ],
        )
    )


async def _knows(life: Engagement, facts: int) -> bool:
    known = await known_by(life.academy.engine, life.workflow_id)
    return known is not None and len(known.facts) == facts


@pytest.mark.parametrize("how", ["deleted", "paused"])
async def test_a_schedule_that_was_deleted_or_paused_runs_again(academy: Academy, how: str) -> None:
    """That of Introduction courses from what the records keep of it; the comparison's own by the worker."""
    engine = academy.engine
    await eventually(lambda: _noted(academy))
    town = one_more("town")
    await open_regularly(engine, TESTER, town, Contact("Office", "office@example.org"), PROGRAMME)
    name = schedules.intro_schedule_id(town)
    await _stopped(academy, name, how)
    await looked(academy)
    async with engine.connection() as conn:
        (found,) = [kept.finding for kept in await incidents.latest(conn, 10)]
    assert (found.kind, found.subject, found.key) == (IncidentKind.SCHEDULE_MISSING, town, name)
    assert found.facts == {"status": how}
    assert await schedules.hindrance(engine.client, name) is None
    own = schedules.reconcile_schedule_id(engine.task_queue)
    await eventually(lambda: _hindered(academy, own, None))
    await _stopped(academy, own, how)
    assert await made_again(engine)
    assert not await made_again(engine)


async def test_a_schedule_that_somebody_changed_is_renewed_when_nothing_is_compared(academy: Academy) -> None:
    """It is neither gone nor paused, and starts nothing: readiness fails, and the worker makes it anew."""
    engine = academy.engine
    own = engine.client.get_schedule_handle(schedules.reconcile_schedule_id(engine.task_queue))
    await eventually(lambda: _noted(academy))

    async def used_up(given: ScheduleUpdateInput) -> ScheduleUpdate:
        changed = given.description.schedule
        changed.state.limited_actions, changed.state.remaining_actions = True, 0
        return ScheduleUpdate(schedule=changed)

    await own.update(used_up)
    assert not await renewed_when_late(engine)
    assert await renewed_when_late(replace(engine, clock=lambda: now() + timedelta(minutes=16)))
    assert not (await own.describe()).schedule.state.limited_actions


async def test_a_morning_on_which_no_course_could_be_opened_is_an_incident_until_one_can(academy: Academy) -> None:
    """Each morning's run ends within the hour, so the next one can try."""
    engine = academy.engine
    await eventually(lambda: _noted(academy))
    town = one_more("town")
    regular = (engine, TESTER, town, Contact("Office", "office@example.org"), PROGRAMME)
    await open_regularly(*regular)
    name = schedules.intro_schedule_id(town)
    own = engine.client.get_schedule_handle(name)
    await eventually(lambda: _at_rest(own))

    async def broken(given: ScheduleUpdateInput) -> ScheduleUpdate:
        changed = given.description.schedule
        assert isinstance(changed.action, ScheduleActionStartWorkflow)
        changed.action.args = ["nothing that it can read"]
        return ScheduleUpdate(schedule=changed)

    async def ended(how: str | None) -> bool:
        return await _at_rest(own) and await schedules.ended_badly(engine.client, name) == how

    await own.update(broken)
    for mend, how, kinds in (
        (own.trigger, "failed", [IncidentKind.COURSES_NOT_OPENED]),
        (partial(open_regularly, *regular), None, []),
    ):
        await mend()
        await eventually(partial(ended, how))
        await looked(academy)
        async with engine.connection() as conn:
            assert [kept.finding.kind for kept in await incidents.open_of(conn)] == kinds


async def _stopped(academy: Academy, schedule: str, how: str) -> None:
    """Stop a schedule behind the engine's back, and wait until the server says so."""
    handle = academy.client.get_schedule_handle(schedule)
    await (handle.delete() if how == "deleted" else pause(handle))
    await eventually(lambda: _hindered(academy, schedule, how))


async def _hindered(academy: Academy, schedule: str, how: str | None) -> bool:
    return await schedules.hindrance(academy.client, schedule) == how


async def test_the_schedule_compares_by_itself(academy: Academy) -> None:
    """The worker makes it when it starts; each run is noted in the records, and remembered by Temporal.

    Records that have forgotten a run are older than Temporal, and somebody hears of it.
    """
    await eventually(lambda: _noted(academy))
    own = academy.client.get_schedule_handle(schedules.reconcile_schedule_id(academy.task_queue))
    await eventually(lambda: _at_rest(own))
    await academy.pool.execute("DELETE FROM reconciliations")
    await own.trigger()
    await eventually(lambda: _noted(academy))
    async with academy.engine.connection() as conn:
        assert [kept.finding.kind for kept in await incidents.open_of(conn)] == [IncidentKind.RECORDS_LOST]


async def _at_rest(schedule: ScheduleHandle) -> bool:
    info = (await schedule.describe()).info
    return bool(info.recent_actions) and not info.running_actions


async def _noted(academy: Academy) -> bool:
    async with academy.engine.connection() as conn:
        return await reconciliations.last(conn) is not None


async def test_a_paused_workflow_is_seen_as_such(pool: Pool) -> None:
    """By servers that can pause one; the client's own description fails for it."""
    config = ["--dynamic-config-value", "frontend.WorkflowPauseEnabled=true"]
    async with await dev_server(dev_server_extra_args=config) as server:
        client, engine = server.client, EngineContext(server.client, pool)
        await client.start_workflow("Any", id="engagement:x", task_queue="nobody")
        assert await status_of(engine, "engagement:x") == "running"
        await client.workflow_service.pause_workflow_execution(
            PauseWorkflowExecutionRequest(
                namespace=client.namespace, workflow_id="engagement:x", reason="a test", request_id=str(uuid4())
            )
        )
        assert await status_of(engine, "engagement:x") == "paused"
        assert await status_of(engine, "engagement:y") == "deleted"
