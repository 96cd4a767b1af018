"""Introduction courses: schedule, list, show; book by JSON or by a sheet; feedback summed up."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from gateway.access.caller import holding
from gateway.api import paging
from gateway.api.answers import answered, scheduled, shown
from gateway.api.bodies import IdempotencyKey, Prefer, json_object, responds_async, strictly
from gateway.api.booked_sheets import BookingAnswered, BookingsAnswered, became, sheet_booked
from gateway.api.description import failing, handed_in, scheduling
from gateway.api.facts import CoursePath, Here
from gateway.api.paging import Asked, UpdatedSince
from gateway.api.places import BookingOffered, CourseOffered
from gateway.api.rosters import Label
from gateway.api.sheets import Asked as AskedOfSheet
from gateway.api.sheets import is_sheet, mended
from gateway.context import AppContext, now
from gateway.problems import Problem, invalid
from operations import reading
from operations.callers import Caller
from operations.intro_courses import (
    CourseDaysError,
    CoursePlan,
    Wanted,
    course_id,
    schedule_course,
)
from operations.intro_courses import book as take_place
from records import intro_courses
from records.intro_courses import ListedCourse
from records.lists import CohortsSought
from schemas.bookings import COLUMNS
from schemas.grants import Managing, Reading
from schemas.moments import Moment
from schemas.programme_file import UnknownProgrammeError, shipped_programme
from schemas.roster import Contact
from schemas.words import (
    BookingId,
    BookingState,
    Code,
    Delegate,
    EventId,
    Group,
    IntroCourseId,
    IntroStage,
    PersonId,
    Role,
)

router = APIRouter(prefix="/v1/intro-courses", tags=["Introduction courses"])

Reader = Annotated[Caller, holding(Reading.COURSES)]
"""Somebody who may read these somewhere; where, the operation asks."""
Booker = Annotated[Caller, holding(Group.BOOKINGS)]
"""Somebody who may book for others somewhere; where, the operation asks."""
Administrator = Annotated[Caller, holding(Managing.COURSES)]
"""Somebody who may see to these somewhere; where, the operation asks."""

_LOOK_AGAIN_AFTER_SECONDS: Final = 0.05
_LEAST_SHOWN: Final = shipped_programme().intro_course.feedback_shown_from
_PLAN: Final = {
    "academy": "sheffield",
    "day_1": "2027-09-08",
    "day_2": "2027-09-09",
    "venue": "Seminar room 3",
    "office_email": "office@example.org",
}
_WANTED: Final = {
    "name": "Delegate Aster",
    "email": "delegate.aster@example.org",
    "organisation": "Example Trust",
    "delegate": "external",
    "needs": "step-free access",
}
_SHEET: Final = f"{','.join(COLUMNS)}\nB01,{','.join(_WANTED.values())}\n"


class CourseScheduled(BaseModel):
    """The course, and whether it was not there before."""

    course: IntroCourseId
    fresh: bool


class CourseShown(BaseModel):
    """One course as it stands."""

    course: IntroCourseId
    academy: Code
    stage: IntroStage
    day_1_starts_at: Moment
    day_1_ends_at: Moment
    day_2_starts_at: Moment
    day_2_ends_at: Moment
    opens_at: Moment
    places: int
    confirmed: int
    waiting: int
    venue: str
    joining: str


class Courses(BaseModel):
    """A page of courses."""

    items: tuple[CourseShown, ...]
    next: str | None = Field(default=None, description="The cursor of the next page.")


class BookingShown(BaseModel):
    """One booking, by ids: names are on the office's own page."""

    booking: BookingId
    person: PersonId
    delegate: Delegate
    state: BookingState
    days: tuple[int, ...]
    place: int | None
    attended_1: bool | None
    attended_2: bool | None
    wishes_coaching: bool
    handed_on_to: str | None


class Bookings(BaseModel):
    """A page of the bookings of a course."""

    items: tuple[BookingShown, ...]
    next: str | None = Field(default=None, description="The cursor of the next page.")


class FeedbackShown(BaseModel):
    """What delegates said after day 2, summed up; only the number while few have answered."""

    answers: int
    useful: float | None = Field(default=None, description="The mean, from 1 to 5.")
    confident: float | None = None
    recommends: float | None = None
    comments: tuple[str, ...] = ()


class CoursesAsked(Asked):
    """Which courses are asked for."""

    academy: Label | None = Field(default=None, description="Only of this academy.")
    stage: IntroStage | None = Field(default=None, description="Only at this stage.")
    turn: Role | None = Field(default=None, description="Only those where it is this role's turn.")
    updated_since: UpdatedSince = None


_OFFERED: Final = TypeAdapter(CourseOffered)
_BOOKING: Final = TypeAdapter(BookingOffered)


_SCHEDULED: Final = scheduling(
    CourseScheduled, "/v1/intro-courses/sheffield.intro-2027-09", "venue and joining text are renewed"
)


@router.post(
    "",
    operation_id="schedule_intro_course",
    summary="Schedule an Introduction course",
    responses={
        **_SCHEDULED,
        **failing("conflict", "media-type"),
    },
    openapi_extra=handed_in("CourseOffered", _PLAN),
)
async def schedule(
    request: Request, response: Response, caller: Administrator, context: Here, prefer: Prefer = None
) -> Response:
    """Answered when it is recorded. The same again is harmless, and new words for venue and joining hold.

    Other days or places under the same id are a 409: tell the course `intro_course_moved` or `intro_places_changed`.
    """
    plan = _plan(strictly(_OFFERED, await json_object(request)))
    caller.require(Managing.COURSES, plan.course)
    later = responds_async(prefer)
    try:
        fresh = await schedule_course(context.engine, caller, plan, wait=not later)
    except CourseDaysError as wrong:
        raise invalid([{"loc": ("body", "day_1"), "msg": f"{wrong}"}]) from None
    said, place = CourseScheduled(course=plan.course, fresh=fresh), f"/v1/intro-courses/{plan.course}"
    return scheduled(response, said, place, fresh=fresh, later=later)


def _plan(offered: CourseOffered) -> CoursePlan:
    try:
        programme = shipped_programme(offered.programme)
    except UnknownProgrammeError as error:
        raise invalid([{"loc": ("body", "programme"), "msg": f"{error}"}]) from None
    code = offered.course
    return CoursePlan(
        academy=offered.academy,
        course=f"{offered.academy}.{code}" if code else course_id(offered.academy, offered.day_1),
        day_1=offered.day_1,
        day_2=offered.day_2,
        programme=programme,
        office=Contact(offered.office_name, offered.office_email) if offered.office_email else None,
        places=offered.places,
        venue=offered.venue,
        joining=offered.joining,
    )


@router.get(
    "",
    operation_id="list_intro_courses",
    summary="List Introduction courses",
    responses={200: {"headers": paging.LINK, "description": "A page of those the caller may read."}},
)
async def list_courses(
    request: Request, response: Response, caller: Reader, context: Here, asked: Annotated[CoursesAsked, Query()]
) -> Courses:
    """Each with its days, its places, and how many have one or wait."""
    async with context.connection() as conn:
        sought = CohortsSought(caller.within(Reading.COURSES), **asked.model_dump(exclude={"limit", "cursor"}))
        found = await intro_courses.courses(conn, sought, paging.after(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: line.course)
    return Courses(items=shown(CourseShown, items), next=following)


@router.get(
    "/{course}", operation_id="show_intro_course", summary="Show an Introduction course", responses=failing("unknown")
)
async def show(course: CoursePath, caller: Reader, context: Here) -> CourseShown:
    """The course as it stands."""
    caller.require(Reading.COURSES, course)
    return CourseShown.model_validate(await _known(context, course), from_attributes=True)


async def _known(context: AppContext, course: IntroCourseId) -> ListedCourse:
    async with context.connection() as conn:
        found = await intro_courses.course(conn, course)
    if found is None:
        raise Problem("unknown", f"There is no Introduction course {course}. Check the id.")
    return found


@router.get(
    "/{course}/bookings",
    operation_id="list_bookings",
    summary="List the bookings of a course",
    responses={200: {"headers": paging.LINK, "description": "A page of them."}, **failing("unknown")},
)
async def list_bookings(
    course: CoursePath,
    request: Request,
    response: Response,
    caller: Reader,
    context: Here,
    asked: Annotated[Asked, Query()],
) -> Bookings:
    """By ids, without names and without what anybody needs."""
    caller.require(Reading.COURSES, course)
    await _known(context, course)
    async with context.connection() as conn:
        found = await intro_courses.bookings(conn, course, paging.after(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: line.booking)
    return Bookings(items=shown(BookingShown, items), next=following)


@router.get(
    "/{course}/feedback",
    operation_id="show_feedback",
    summary="What delegates said, summed up",
    responses=failing("unknown"),
)
async def show_feedback(course: CoursePath, caller: Reader, context: Here) -> FeedbackShown:
    """Means and comments, from so many answers on that nobody is recognised; before that their number alone."""
    caller.require(Reading.COURSES, course)
    await _known(context, course)
    async with context.connection() as conn:
        least = await intro_courses.feedback_shown_from(conn, course) or _LEAST_SHOWN
        await reading.noted(conn, caller, "feedback", course, now())
        found = await intro_courses.feedback(conn, course, least)
        return FeedbackShown.model_validate(found, from_attributes=True)


@router.post(
    "/{course}/bookings",
    operation_id="book_places",
    summary="Book a place, or a sheet of them",
    responses={
        200: {
            "model": BookingsAnswered,
            "description": "What became of each line of a sheet.",
            "content": mended(COLUMNS),
        },
        201: {"model": BookingAnswered, "description": "It is booked, or on the waiting list."},
        **failing("unknown", "refused", "media-type"),
    },
    openapi_extra=handed_in("BookingOffered", _WANTED, ("One row a delegate.", _SHEET)),
)
async def book(  # noqa: PLR0917 - FastAPI passes them by name
    course: CoursePath,
    request: Request,
    response: Response,
    caller: Booker,
    context: Here,
    asked: AskedOfSheet,
    key: IdempotencyKey = None,
) -> Response:
    """The same `Idempotency-Key`, or the same code of a sheet, is the same booking. What is wrong with a line of a
    sheet hinders no other; who accepts `text/csv` or a workbook is given the lines to mend.
    """
    caller.require(Group.BOOKINGS, course)
    await _known(context, course)
    if is_sheet(request):
        said = await sheet_booked(request, caller, context, course, asked)
        return said if isinstance(said, Response) else answered(response, said)
    offered = strictly(_BOOKING, await json_object(request))
    wanted = Wanted(offered.name, offered.email, offered.organisation, offered.delegate, offered.needs, offered.person)
    named = key or f"{offered.email.casefold()}:{now():%Y%m%dT%H%M%S}"
    booked = await _booked(context, caller, course, wanted, f"{course}:{_opaque(f'{caller.id}/{named}')}")
    return answered(response, booked, 201, Location=f"/v1/intro-courses/{course}/bookings")


async def _booked(
    context: AppContext, caller: Caller, course: IntroCourseId, wanted: Wanted, event_id: EventId
) -> BookingAnswered:
    known = await take_place(context.engine, caller, course, wanted, event_id=event_id)
    return became(event_id, known)


def _opaque(written: str) -> str:
    """An address or a caller's own words must not stand in an event id."""
    return hashlib.sha256(written.encode()).hexdigest()[:20]
