"""Schedules: that which opens an academy's Introduction courses, that which compares records and workflows, and that
which deletes what is kept no longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleHandle,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowExecutionStatus,
)
from temporalio.service import RPCError, RPCStatusCode

from coaching_client import details
from coaching_client.handles import TASK_QUEUE
from schemas.inputs import IntroCalendarInput

RECONCILE_WORKFLOW: Final = "ReconcileWorkflow"
RECONCILED_EVERY: Final = timedelta(minutes=5)
_AT_MOST: Final = timedelta(hours=1)
"""A run that cannot end would keep all others from beginning."""

RETENTION_WORKFLOW: Final = "RetentionWorkflow"
DELETES_AT: Final = 2
"""The hour, UTC, at which what is kept no longer is deleted."""

INTRO_CALENDAR_WORKFLOW: Final = "IntroCalendarWorkflow"
LOOKS_AT: Final = 8
"""The hour, local time, at which courses are opened."""

_CATCH_UP: Final = timedelta(hours=1)
"""A look that was missed is not made up for later than this: the next morning sees the same calendar."""


def intro_schedule_id(academy: str) -> str:
    """The id of an academy's schedule."""
    return f"intro-courses:{academy}"


def intro_schedule(given: IntroCalendarInput, holidays: Iterable[date], task_queue: str = TASK_QUEUE) -> Schedule:
    """Monday to Friday at eight, in the programme's zone, but on none of the bank holidays."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            INTRO_CALENDAR_WORKFLOW,
            given,
            id=f"intro-calendar:{given.academy}",
            task_queue=task_queue,
            execution_timeout=_AT_MOST,
            static_summary=f"Introduction courses of {given.academy}: open what can be booked",
            static_details=details.of_helper(
                "Every working morning it opens the Introduction courses that can be booked."
            ),
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    day_of_week=[ScheduleRange(1, 5)], hour=[ScheduleRange(LOOKS_AT)], comment="every working morning"
                )
            ],
            skip=[_on(day) for day in sorted(holidays)],
            time_zone_name=given.programme.zone,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
    )


def _on(day: date) -> ScheduleCalendarSpec:
    return ScheduleCalendarSpec(
        year=[ScheduleRange(day.year)],
        month=[ScheduleRange(day.month)],
        day_of_month=[ScheduleRange(day.day)],
        hour=[ScheduleRange(LOOKS_AT)],
        comment="bank holiday",
    )


async def keep_intro_schedule(
    client: Client, given: IntroCalendarInput, holidays: Iterable[date], *, task_queue: str = TASK_QUEUE
) -> ScheduleHandle:
    """Create the schedule, or bring it up to date; it looks once at once. Repeating it changes nothing."""
    handle = client.get_schedule_handle(intro_schedule_id(given.academy))
    await _keep(client, handle, intro_schedule(given, holidays, task_queue))
    return handle


async def _keep(client: Client, handle: ScheduleHandle, wanted: Schedule, *, at_once: bool = True) -> None:
    """``at_once`` it runs once, also where somebody paused it; else it stays paused."""
    try:
        await client.create_schedule(handle.id, wanted)
    except ScheduleAlreadyRunningError:

        async def renew(found: ScheduleUpdateInput) -> ScheduleUpdate:
            return ScheduleUpdate(
                schedule=wanted if at_once else replace(wanted, state=found.description.schedule.state)
            )

        await handle.update(renew)
    if at_once:
        await handle.trigger(overlap=ScheduleOverlapPolicy.SKIP)


async def end_intro_schedule(client: Client, academy: str) -> None:
    """Open no more courses. Raises RPCError (NOT_FOUND) where there is no schedule."""
    await client.get_schedule_handle(intro_schedule_id(academy)).delete()


def reconcile_schedule_id(task_queue: str = TASK_QUEUE) -> str:
    """The id of the schedule that compares records and workflows; an engine on a queue of its own has its own."""
    return "reconcile" if task_queue == TASK_QUEUE else f"reconcile:{task_queue}"


async def keep_reconciling(client: Client, *, task_queue: str = TASK_QUEUE) -> None:
    """Create the schedule that compares records and workflows, or bring it up to date; it looks once at once."""
    name = reconcile_schedule_id(task_queue)
    wanted = Schedule(
        action=ScheduleActionStartWorkflow(
            RECONCILE_WORKFLOW,
            id=name,
            task_queue=task_queue,
            execution_timeout=_AT_MOST,
            static_summary="Compare the records with the running workflows, and mend what differs",
            static_details=details.of_helper(
                "Every five minutes it compares records and workflows, and mends what differs."
            ),
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=RECONCILED_EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=RECONCILED_EVERY),
    )
    await _keep(client, client.get_schedule_handle(name), wanted)


def retention_schedule_id(task_queue: str = TASK_QUEUE) -> str:
    """The id of the schedule that deletes what is kept no longer; an engine on a queue of its own has its own."""
    return "retention" if task_queue == TASK_QUEUE else f"retention:{task_queue}"


async def keep_retention(client: Client, *, task_queue: str = TASK_QUEUE) -> None:
    """Create the schedule that deletes what academies keep no longer, or bring it up to date. Nothing goes at once.

    Where somebody paused it, to hold all deletion, it stays so.
    """
    name = retention_schedule_id(task_queue)
    wanted = Schedule(
        action=ScheduleActionStartWorkflow(
            RETENTION_WORKFLOW,
            id=name,
            task_queue=task_queue,
            execution_timeout=_AT_MOST,
            static_summary="Delete, blank or erase what academies keep no longer",
            static_details=details.of_helper(
                "Every night it deletes what is older than its academy said. An academy that said nothing keeps all."
            ),
        ),
        spec=ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(DELETES_AT)], comment="every night")]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
    )
    await _keep(client, client.get_schedule_handle(name), wanted, at_once=False)


async def ended_badly(client: Client, schedule: str) -> str | None:
    """How the last run of a schedule ended, where it did not do its work: ``failed`` or ``timed_out``."""
    started = (await client.get_schedule_handle(schedule).describe()).info.recent_actions
    if not started or not isinstance(action := started[-1].action, ScheduleActionExecutionStartWorkflow):
        return None
    try:
        last = await client.get_workflow_handle(action.workflow_id, run_id=action.first_execution_run_id).describe()
    except RPCError as failed:
        if failed.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    status = last.status
    badly = status in {WorkflowExecutionStatus.FAILED, WorkflowExecutionStatus.TIMED_OUT}
    return status.name.lower() if status is not None and badly else None


async def hindrance(client: Client, schedule: str) -> str | None:
    """Why a schedule starts nothing: it is ``deleted`` or ``paused``; None where it is neither."""
    try:
        described = await client.get_schedule_handle(schedule).describe()
    except RPCError as failed:
        if failed.status is RPCStatusCode.NOT_FOUND:
            return "deleted"
        raise
    return "paused" if described.schedule.state.paused else None
