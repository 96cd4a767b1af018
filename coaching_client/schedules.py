"""The schedule that opens an academy's Introduction courses: every working morning, by the clock on the wall."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from coaching_client.handles import TASK_QUEUE
from schemas.inputs import IntroCalendarInput

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
            static_summary=f"Introduction courses of {given.academy}: open what can be booked",
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
    wanted = intro_schedule(given, holidays, task_queue)
    handle = client.get_schedule_handle(intro_schedule_id(given.academy))
    try:
        await client.create_schedule(handle.id, wanted)
    except ScheduleAlreadyRunningError:

        async def renew(_: ScheduleUpdateInput) -> ScheduleUpdate:
            return ScheduleUpdate(schedule=wanted)

        await handle.update(renew)
    await handle.trigger(overlap=ScheduleOverlapPolicy.SKIP)
    return handle


async def end_intro_schedule(client: Client, academy: str) -> None:
    """Open no more courses. Raises RPCError (NOT_FOUND) where there is no schedule."""
    await client.get_schedule_handle(intro_schedule_id(academy)).delete()
