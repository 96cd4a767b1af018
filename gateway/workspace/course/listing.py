"""The academy's Introduction courses: those to come, those that are over, and scheduling another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Field, Given, Question
from gateway.pages.introduction import listed_days
from gateway.pages.places import Crumb
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import show
from gateway.workspace.operating import asked, done
from gateway.workspace.team.frame import numbered
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from operations.in_force import programme_in_force
from operations.intro_courses import CourseDaysError, CoursePlan, course_id, schedule_course
from operations.open_forms import HELD_FOR
from operations.sheets import Cell
from records import course_lists, intro_calendars, intro_courses
from records.course_lists import KeptCourse
from records.intro_courses import ListedCourse
from schemas.programme import IntroCourse, Programme
from schemas.sentences import joined, listed, say, say_of
from schemas.words import IntroStage

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_A_PAGE: Final = 50
_SOON: Final = timedelta(weeks=4)
"""So long before a course that is less than half full its office is asked to look at it."""
STAGES: Final = {
    IntroStage.SCHEDULED: ("Not open yet", "grey"),
    IntroStage.OPEN: ("Open for booking", "blue"),
    IntroStage.FULL: ("Full", "purple"),
    IntroStage.JOINING: ("Joining instructions sent", "blue"),
    IntroStage.DAY_1: ("Day 1 has begun", "green"),
    IntroStage.DAY_2: ("Day 2 has begun", "green"),
    IntroStage.CLOSED: ("Finished", "grey"),
    IntroStage.CANCELLED: ("Cancelled", "red"),
}
"""What each stage is called, and the colour of its tag."""


def stage_of(stage: IntroStage, ends: datetime, present: datetime) -> tuple[str, str]:
    """What a course's stage is called: once day 2 has ended, that it's over, though some answers may be to come."""
    over = stage is IntroStage.DAY_2 and ends <= present
    return ("Over: some answers are still to come", "grey") if over else STAGES[stage]


@dataclass(frozen=True, slots=True)
class Line:
    """One course of the list, with what needs doing, each with where it is done."""

    days: str
    url: str
    venue: str
    stage: tuple[str, str]
    places: str
    tasks: tuple[tuple[str, str], ...]
    book: str


def courses_url(visit: Visit, *parts: str) -> str:
    """Where a page of the courses is."""
    return "/".join((f"{visit.root}/introduction-courses", *parts))


def way_up(visit: Visit) -> Crumb:
    """The list above the page of a course."""
    return Crumb("Introduction courses", courses_url(visit))


async def programme_of(visit: Visit) -> Programme:
    """The version of the programme by which something begins now."""
    async with visit.context.connection() as conn:
        return await programme_in_force(conn, visit.academy)


@pages.api_route("/introduction-courses", methods=["GET", "HEAD"])
async def all_courses(visit: Visiting) -> Response:
    """The courses to come, the next first; and apart from them those that are over."""
    visit.must_run()
    asked_for = visit.request.query_params
    past, number, kind = asked_for.get("show") == "past", numbered(asked_for.get("page", "")), wanted(visit)
    async with visit.context.connection() as conn:
        ahead, over = await course_lists.counts(conn, visit.academy, visit.present)
        found = await course_lists.courses(
            conn, visit.academy, visit.present, visit.present - HELD_FOR, past=past,
            skipped=(number - 1) * _A_PAGE if kind is None else 0, at_most=_A_PAGE + 1 if kind is None else None,
        )  # fmt: skip
        regular = await intro_calendars.of_academy(conn, visit.academy)
    if kind is not None:
        return download(kind, "Introduction courses", _COLUMNS, (_row(visit, kept) for kept in found))
    there = "?show=past&" if past else "?"
    return show(
        "intro_courses.html",
        visit,
        title="Introduction courses",
        lines=[_line(visit, kept) for kept in found[:_A_PAGE]],
        past=past,
        ahead=ahead,
        over=over,
        regular=in_words(regular.programme.intro_course) if regular else "",
        downloads=offered(visit),
        before=f"{there}page={number - 1}" if number > 1 else "",
        after=f"{there}page={number + 1}" if len(found) > _A_PAGE else "",
    )


_COLUMNS: Final = ("Day 1", "Day 2", "Venue", "Stage", "Places", "Taken", "Waiting", "Didn't come")


def _row(visit: Visit, kept: KeptCourse) -> tuple[Cell, ...]:
    course = kept.course
    days = (course.clock.today(at) for at in (course.day_1_starts_at, course.day_2_starts_at))
    taken = max(course.taken_1, course.taken_2)
    stage, _ = stage_of(course.stage, course.day_2_ends_at, visit.present)
    return (*days, course.venue, stage, course.places, taken, course.waiting, kept.no_shows)


def _line(visit: Visit, kept: KeptCourse) -> Line:
    course, here = kept.course, courses_url(visit, kept.course.course)
    return Line(
        days=listed_days(course),
        url=here,
        venue=course.venue,
        stage=stage_of(course.stage, course.day_2_ends_at, visit.present),
        places=places_in_words(kept, visit.present),
        book=f"{here}/book" if _bookable(visit, course) else "",
        tasks=tuple((words, f"{here}{at}") for words, at in to_do(visit, kept)),
    )


def _bookable(visit: Visit, course: ListedCourse) -> bool:
    return course.day_1_starts_at > visit.present and course.stage is not IntroStage.CANCELLED


def places_in_words(kept: KeptCourse, present: datetime) -> str:
    """How many have a place, wait for one or never got one, or did not come."""
    course = kept.course
    said = say("{taken} of {places} places taken", taken=max(course.taken_1, course.taken_2), places=course.places)
    if course.waiting:
        waiting = (
            say("{number} didn't get a place", number=course.waiting)
            if course.day_1_starts_at <= present
            else say("{number} on the waiting list", number=course.waiting)
        )
        said = joined(", ", (said, waiting))
    if kept.no_shows:
        said = joined(", ", (said, say("{number} didn't come", number=kept.no_shows)))
    return said


def _untold(kept: KeptCourse, now: datetime) -> Iterator[tuple[str, str]]:
    course = kept.course
    for day, ends, untold in ((1, course.day_1_ends_at, kept.untold_1), (2, course.day_2_ends_at, kept.untold_2)):
        if ends <= now and untold:
            said = say_of(
                untold,
                "Record who was there on day {day}: {number} person",
                "Record who was there on day {day}: {number} people",
                day=day,
            )
            yield said, f"/day-{day}"


def to_do(visit: Visit, kept: KeptCourse) -> Iterator[tuple[str, str]]:
    """What the office has to do for a course, and on which of its pages."""
    course, now = kept.course, visit.present
    if course.stage is IntroStage.CANCELLED:
        return
    yield from _untold(kept, now)
    if kept.held_back:
        held_back = say_of(
            kept.held_back, "Look at {number} booking we held back", "Look at {number} bookings we held back"
        )
        yield held_back, "/held"
    if kept.wishes:
        wishes = say_of(
            kept.wishes,
            "Put {number} person who would like to coach on a cohort's list",
            "Put {number} people who would like to coach on a cohort's list",
        )
        yield wishes, "#coaching"
    taken = max(course.taken_1, course.taken_2)
    if now < course.day_1_starts_at <= now + _SOON and taken * 2 < course.places:
        yield (
            say(
                "Only {taken} of {places} places are taken: decide whether it goes ahead",
                taken=taken,
                places=course.places,
            ),
            "/change",
        )
    if course.day_1_starts_at > now and not course.venue and course.opens_at <= now:
        yield "Add the venue", "/venue"


_WHEN: Final = (
    "the first {weekday} of {months}",
    "the second {weekday} of {months}",
    "the third {weekday} of {months}",
    "the fourth {weekday} of {months}",
)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def in_words(rules: IntroCourse) -> str:
    """On which days courses begin that open by themselves."""
    months = [_MONTHS[month - 1] for month in sorted(rules.months)]
    day = say(
        _WHEN[rules.week_of_month - 1],
        weekday=rules.first_day_on.capitalize(),
        months=listed(months),
    )
    apart = "the next day" if rules.days_apart == 1 else say("{number} days later", number=rules.days_apart)
    return say(
        "A course begins on {day}; day 2 is {apart}. Each has {places} places.",
        day=day,
        apart=apart,
        places=rules.places,
    )


def _new(rules: IntroCourse) -> Question:
    fields = (
        Field(name="first", kind="date", label="Day 1", hint="For example, 10 3 2027", missing="Enter day 1"),
        Field(name="second", kind="date", label="Day 2", hint="For example, 11 3 2027", missing="Enter day 2"),
        Field(
            name="places", kind="number", label="How many places?", least=1, most=500, value=str(rules.places),
            missing="Enter how many places there are",
        ),
        Field(
            name="venue", kind="note", label="Where does it take place? (optional)", optional=True, seen=True,
            hint="You can add this later.",
        ),
        Field(
            name="joining", kind="note", label="What should delegates know before they come? (optional)",
            optional=True, seen=True,
            hint="For example, parking, or what to bring. It goes out with the joining instructions.",
        ),
    )  # fmt: skip
    return Question(
        title="Schedule an Introduction course",
        lead=(
            say(
                "People can book from {weeks} weeks before day 1, or now if that date has passed.",
                weeks=rules.opens_weeks_before,
            ),
            say(
                "We'll send joining instructions {days} days before day 1.",
                days=rules.joining_days_before,
            ),
            say(
                "We'll send a reminder {days} days before.",
                days=rules.reminder_days_before,
            ),
            "After each day we'll ask you who was there.",
            "You can move or cancel the course later. We'll tell everyone who has booked.",
        ),
        topic="intro-course/new",
        mark=(),
        answers=(Answer(name="new", fields=fields, buttons=button("Schedule the course"), note=False),),
    )


@pages.api_route("/introduction-courses/new", methods=["GET", "HEAD"])
async def new_course(visit: Visiting) -> Response:
    """What will happen, and the form."""
    visit.must_run()
    return asked(visit, _new((await programme_of(visit)).intro_course), way_up(visit))


@pages.post("/introduction-courses/new")
async def schedule_new_course(visit: Visiting) -> Response:
    """Schedule it, and go on to its page."""
    visit.must_run()
    programme = await programme_of(visit)
    scheduled: list[str] = []

    async def schedule(_: Answer, given: Given) -> None:
        if given["first"] <= visit.today:
            raise CourseDaysError(_IN_FUTURE)
        plan = await _plan(visit, programme, given)
        await schedule_course(visit.context.engine, visit.caller, plan)
        scheduled.append(plan.course)

    found = await done(visit, _new(programme.intro_course), schedule, way_up(visit))
    if scheduled:
        found.headers["location"] = f"{courses_url(visit, scheduled[0])}?told=1"
    return found


_IN_FUTURE: Final = "Day 1 must be in the future"


async def _plan(visit: Visit, programme: Programme, given: Given) -> CoursePlan:
    """A second course that begins in the same month is called by its day too."""
    first = given["first"]
    plan = CoursePlan(
        academy=visit.academy, course=course_id(visit.academy, first), day_1=first, day_2=given["second"],
        programme=programme, places=given["places"], venue=given["venue"] or "", joining=given["joining"] or "",
    )  # fmt: skip
    async with visit.context.connection() as conn:
        taken = await intro_courses.course(conn, plan.course)
    if taken is not None and taken.clock.today(taken.day_1_starts_at) != first:
        return replace(plan, course=f"{plan.course}-{first:%d}")
    return plan
