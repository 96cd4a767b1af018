"""The schedule that opens Introduction courses: every working morning by the wall, and each course once."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import ScheduleActionExecutionStartWorkflow, ScheduleHandle

from activities.peers import PeerActivities
from activities.signatures import StartIntroCourses
from coaching_client import schedules
from lifecycle.calendar import calendar
from lifecycle.intro_course.series import course_days, openings, series, to_open
from records import intro_calendars
from rehearsal.demonstration import living
from rehearsal.demonstration.late_starts import LateStarts
from schemas.calendars import LATEST_HOLIDAY_TABLE, holiday_table
from schemas.inputs import IntroCalendarInput
from schemas.programme import IntroCourse
from schemas.subjects import INTRO_COURSE, workflow_id
from schemas.words import HolidayDivision, Weekday
from tests.workflows.subjects import PROGRAMME, Academy, now, one_more

DAYS = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, "Europe/London", PROGRAMME.quiet_hours)
HOLIDAYS = holiday_table(LATEST_HOLIDAY_TABLE).divisions[HolidayDivision.ENGLAND_AND_WALES]
LONDON = ZoneInfo("Europe/London")


def test_courses_are_on_the_programmes_days() -> None:
    """The second Wednesday of every other month and the Thursday after; both days move where one is a holiday."""
    assert course_days(PROGRAMME.intro_course, DAYS, 2027, 3) == (date(2027, 3, 10), date(2027, 3, 11))
    fridays = IntroCourse(first_day_on=Weekday.THURSDAY, week_of_month=4)
    assert course_days(fridays, DAYS, 2027, 3) == (date(2027, 4, 1), date(2027, 4, 2))
    assert course_days(fridays, DAYS, 2027, 12) == (date(2027, 12, 23), date(2027, 12, 24))
    found = list(series(PROGRAMME.intro_course, DAYS, date(2027, 1, 1), date(2027, 12, 31)))
    assert [first.month for first, _ in found] == [1, 3, 5, 7, 9, 11]


def test_what_is_open_lies_within_the_weeks_of_booking() -> None:
    """Twelve weeks before day 1 a course can be booked, and no longer once it has begun."""
    first = date(2027, 3, 10)
    opens = first - timedelta(weeks=12)
    days = (first, date(2027, 3, 11))
    assert days not in to_open(PROGRAMME.intro_course, DAYS, opens - timedelta(days=1))
    assert days in to_open(PROGRAMME.intro_course, DAYS, opens)
    assert days not in to_open(PROGRAMME.intro_course, DAYS, first)


async def test_the_schedule_keeps_wall_time_and_bank_holidays(academy: Academy) -> None:
    """Eight in the morning in London before and after the clocks change, Monday to Friday, on no bank holiday."""
    given = IntroCalendarInput(academy=one_more("academy"), programme=PROGRAMME)
    handle = await schedules.keep_intro_schedule(academy.client, given, HOLIDAYS, task_queue=academy.task_queue)
    spec = (await handle.describe()).schedule.spec
    matching = await academy.client.workflow_service.list_schedule_matching_times(
        _asked(academy.client.namespace, handle.id)
    )
    times = [at.ToDatetime(tzinfo=UTC) for at in matching.start_time]
    locals_ = [at.astimezone(LONDON) for at in times]
    assert spec.time_zone_name == "Europe/London"
    assert {at.hour for at in locals_} == {8}
    assert {at.hour for at in times} == {7, 8}
    assert [at.date() for at in locals_] == [
        day
        for day in (date(2027, 3, 20) + timedelta(days=number) for number in range(31))
        if day.weekday() < 5 and day not in (date(2027, 3, 26), date(2027, 3, 29))
    ]
    policy = (await handle.describe()).schedule.policy
    assert policy.catchup_window == timedelta(hours=1)
    await schedules.end_intro_schedule(academy.client, given.academy)


def _asked(namespace: str, schedule: str) -> ListScheduleMatchingTimesRequest:
    start, end = Timestamp(), Timestamp()
    start.FromDatetime(datetime(2027, 3, 20, tzinfo=UTC))
    end.FromDatetime(datetime(2027, 4, 20, tzinfo=UTC))
    return ListScheduleMatchingTimesRequest(namespace=namespace, schedule_id=schedule, start_time=start, end_time=end)


async def test_a_look_starts_each_course_once(academy: Academy) -> None:
    """Renewing the schedule looks again, and starts nothing twice."""
    given = IntroCalendarInput(academy=one_more("academy"), programme=PROGRAMME)
    wanted = {
        f"{given.academy}.intro-{first:%Y-%m}" for first, _ in to_open(PROGRAMME.intro_course, DAYS, now().date())
    }
    assert wanted
    for looks in (1, 2):
        handle = await schedules.keep_intro_schedule(academy.client, given, HOLIDAYS, task_queue=academy.task_queue)
        assert set(await _seen(academy, handle, looks)) == wanted
    async with asyncio.timeout(30):
        while {row["course"] for row in await _courses(academy, given.academy)} != wanted:  # noqa: ASYNC110 - as it comes
            await asyncio.sleep(0.1)
    assert all(row["facts"] == 1 for row in await _courses(academy, given.academy))
    await schedules.end_intro_schedule(academy.client, given.academy)


async def test_a_look_that_finds_nothing_asks_nothing_of_the_world(academy: Academy) -> None:
    """Where no course can be booked yet: no activity, and no course."""
    later = (now().month + 5) % 12 + 1
    rules = PROGRAMME.intro_course.model_copy(update={"months": (later,), "opens_weeks_before": 1})
    given = IntroCalendarInput(
        academy=one_more("academy"), programme=PROGRAMME.model_copy(update={"intro_course": rules})
    )
    handle = await schedules.keep_intro_schedule(academy.client, given, HOLIDAYS, task_queue=academy.task_queue)
    assert await _seen(academy, handle, 1) == ()
    action = (await handle.describe()).info.recent_actions[0].action
    assert isinstance(action, ScheduleActionExecutionStartWorkflow)
    history = await academy.client.get_workflow_handle(action.workflow_id).fetch_history()
    assert not [one for one in history.events if one.HasField("activity_task_scheduled_event_attributes")]
    assert await _courses(academy, given.academy) == []
    await schedules.end_intro_schedule(academy.client, given.academy)


async def test_a_demonstration_opens_courses_by_its_own_clock(academy: Academy) -> None:
    """Ten weeks ahead those that can be booked then; none that the wall's schedule finds, and that has begun there."""
    given = IntroCalendarInput(academy=one_more("academy"), programme=PROGRAMME)
    async with academy.pool.acquire() as conn:
        await intro_calendars.keep(conn, given, now())
    present = DAYS.at(DAYS.add_working_days(now().date(), 50), time(10)).astimezone(UTC)
    client = LateStarts.over(academy.client, lambda: present)
    begun = given.model_copy(update={"academy": one_more("academy")})
    stale = StartIntroCourses(openings=openings(begun, DAYS, now()))
    await PeerActivities(client, academy.task_queue, lambda: present).start_intro_courses(stale)
    await living.open_courses(client, academy.pool, academy.task_queue, present)
    wanted = {
        f"{given.academy}.intro-{first:%Y-%m}" for first, _ in to_open(PROGRAMME.intro_course, DAYS, present.date())
    }
    async with asyncio.timeout(30):
        while not {row["course"] for row in await _courses(academy, given.academy)} >= wanted:  # noqa: ASYNC110 - as it comes
            await asyncio.sleep(0.1)
    assert await _courses(academy, begun.academy) == []
    for course in wanted:
        assert await academy.clocks.now(workflow_id(INTRO_COURSE, course)) >= present - timedelta(seconds=1)


async def _seen(academy: Academy, handle: ScheduleHandle, looks: int) -> tuple[str, ...]:
    """What the latest of so many looks found open; it has ended."""
    async with asyncio.timeout(30):
        while len(actions := (await handle.describe()).info.recent_actions) < looks:  # noqa: ASYNC110 - as it comes
            await asyncio.sleep(0.1)
        action = actions[-1].action
        assert isinstance(action, ScheduleActionExecutionStartWorkflow)
        return tuple(await academy.client.get_workflow_handle(action.workflow_id).result())


async def _courses(academy: Academy, name: str) -> list[dict[str, object]]:
    rows = await academy.pool.fetch(
        "SELECT course, (SELECT count(*) FROM facts WHERE subject = course) AS facts FROM intro_courses"
        " WHERE academy = $1",
        name,
    )
    return [dict(row) for row in rows]
