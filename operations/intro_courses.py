"""Introduction courses and bookings from outside: people are admitted to the records, the course hears of ids alone."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from temporalio.client import Client

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from lifecycle.intro_course.facts import begin, wrong_days
from lifecycle.intro_course.places import OTHERS_FIRST
from records import intro_courses, ledger, pages, people
from records.database import Pool
from records.intro_courses import ListedBooking
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import IntroCourseTold, Refusal
from schemas.facts import Teller
from schemas.intro_course_facts import BookedBefore, Days, IntroCourseScheduled, PlaceRequested
from schemas.programme import Programme
from schemas.roster import Contact
from schemas.subjects import INTRO_COURSE
from schemas.words import BookingId, Code, Delegate, EventId, HolidayDivision, IntroCourseId, PersonId, Role

_TRIES: Final = 4
_LOOKS: Final = 30
_BETWEEN_LOOKS: Final = 0.1
_OFFICE: Final = Teller(role=Role.OFFICE)
_OTHERS: Final = Refusal(
    when="never",
    code="different_content",
    reason="Somebody else was booked with this code or key before. Choose another for them. Nothing was changed.",
)


class CourseDiffersError(Exception):
    """A course of this id was scheduled before, on other days or with other places. Nothing was changed."""

    def __init__(self, course: IntroCourseId, was: str, wanted: str, instead: str) -> None:
        super().__init__(
            f"the course {course} was scheduled {was}, not {wanted}; nothing was changed. Tell it {instead} instead"
        )


class CourseDaysError(ValueError):
    """A course cannot be on these days. The message says why."""


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """What is known of a course before it begins. ``course`` is the whole id, as in ``sheffield.intro-2027-03``."""

    academy: Code
    course: IntroCourseId
    day_1: date
    day_2: date
    programme: Programme
    office: Contact
    places: int | None = None
    venue: str = ""
    joining: str = ""
    division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES
    calendar: Code = LATEST_HOLIDAY_TABLE


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place that somebody wants. ``needs`` is what they need to take part; it goes no further than the database."""

    name: str
    address: str
    organisation: str
    delegate: Delegate
    needs: str = ""
    days: Days = (1, 2)
    rebooks: BookedBefore | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking as the course answered it."""

    booking: BookingId
    told: IntroCourseTold


def course_id(academy: Code, day_1: date) -> IntroCourseId:
    """The id of an academy's course that begins in a month."""
    return f"{academy}.intro-{day_1:%Y-%m}"


async def schedule_course(
    client: Client, pool: Pool, plan: CoursePlan, *, at: datetime, task_queue: str = handles.TASK_QUEUE
) -> bool:
    """Schedule a course; whether it was not there before. Repeating it renews its venue and joining text only.

    Raises CourseDaysError for days on which no course can be, CourseDiffersError for other days or places than it was
    scheduled with.
    """
    async with pool.acquire() as conn:
        recorded = (await ledger.load(conn, plan.course)).facts
        contact = people.Person(plan.office.name, plan.office.email)
        known = await people.admit(conn, plan.academy, at, people.Roster(people=(contact,)))
    opening = _opening(plan, known.people[plan.office.email], at)
    if not recorded and (wrong := wrong_days(begin(opening), opening)):
        raise CourseDaysError(wrong)
    if recorded:
        check_same(plan, recorded[0])
    if plan.venue or plan.joining or not recorded:
        async with pool.acquire() as conn:
            await intro_courses.describe(conn, plan.course, plan.venue, plan.joining, at)
    if not recorded:
        await handles.start(client, INTRO_COURSE, plan.course, opening, task_queue=task_queue)
    return not recorded


def check_same(plan: CoursePlan, scheduled: object) -> None:
    """Raises CourseDiffersError when the course was scheduled on other days, or with other places than are wanted."""
    if not isinstance(scheduled, IntroCourseScheduled):
        return
    if (scheduled.day_1, scheduled.day_2) != (plan.day_1, plan.day_2):
        was, wanted = f"on {scheduled.day_1} and {scheduled.day_2}", f"on {plan.day_1} and {plan.day_2}"
        raise CourseDiffersError(plan.course, was, wanted, "intro_course_moved")
    if plan.places is not None and scheduled.places != plan.places:
        was, wanted = f"with {scheduled.places} places", f"with {plan.places}"
        raise CourseDiffersError(plan.course, was, wanted, "intro_places_changed")


def _opening(plan: CoursePlan, office: PersonId, at: datetime) -> IntroCourseScheduled:
    return IntroCourseScheduled(
        event_id=f"{plan.course}:scheduled",
        occurred_at=at,
        told_by=_OFFICE,
        academy=plan.academy,
        programme=plan.programme,
        day_1=plan.day_1,
        day_2=plan.day_2,
        places=plan.places or plan.programme.intro_course.places,
        office=office,
        zone=plan.programme.zone,
        division=plan.division,
        calendar=plan.calendar,
    )


async def requested(
    pool: Pool, course: IntroCourseId, wanted: Wanted, *, event_id: EventId, at: datetime, told_by: Teller = _OFFICE
) -> PlaceRequested:
    """The fact that somebody wants a place: they are known by an id from now on, and their needs are kept.

    Somebody who is known keeps their name, and has an organisation if they had none. The same event id is the same
    booking.
    """
    academy = course.partition(".")[0]
    booking = f"{course}.{hashlib.sha256(event_id.encode()).hexdigest()[:10]}"
    async with pool.acquire() as conn, conn.transaction():
        person = await pages.person_at(conn, academy, wanted.address)
        if person is None:
            new = people.Person(wanted.name, wanted.address, wanted.organisation or None)
            person = (await people.admit(conn, academy, at, people.Roster(people=(new,)))).people[wanted.address]
        elif wanted.organisation:
            await people.complete(conn, person, wanted.organisation)
        if wanted.needs.strip():
            await intro_courses.keep_asked_needs(conn, course, booking, person, wanted.needs, at)
    return PlaceRequested(
        event_id=event_id,
        occurred_at=at,
        told_by=told_by,
        booking=booking,
        person=person,
        delegate=wanted.delegate,
        days=wanted.days,
        rebooks=wanted.rebooks,
    )


async def told_in_turn(
    tell: Callable[[PlaceRequested], Awaitable[object]], fact: PlaceRequested, clock: Callable[[], datetime]
) -> None:
    """Tell a request; in a later second again, should somebody have booked at the very same moment.

    Raises FactRefusedError.
    """
    for last in (*(False,) * _TRIES, True):
        try:
            await tell(fact)
        except handles.FactRefusedError as refused:
            if last or refused.refusal.code != OTHERS_FIRST.code:
                raise
            await asyncio.sleep(1)
            fact = fact.model_copy(update={"occurred_at": clock()})
        else:
            return


async def forget_needs(pool: Pool, fact: PlaceRequested) -> None:
    """Forget the needs beside a request that was refused."""
    async with pool.acquire() as conn:
        await intro_courses.forget_needs(conn, fact.booking, fact.person, fact.event_id)


async def book(
    pool: Pool,
    course: IntroCourseId,
    wanted: Wanted,
    tell: Callable[[PlaceRequested], Awaitable[object]],
    *,
    event_id: EventId,
    clock: Callable[[], datetime],
    told_by: Teller = _OFFICE,
) -> ListedBooking | None:
    """Book a place, however often it is asked for: the booking as it is recorded, None while it is not. ``tell`` tells.

    Raises FactRefusedError: nobody was booked, and nothing of what they need is kept.
    """
    at = await in_turn(pool, course, event_id, clock)
    fact = await requested(pool, course, wanted, event_id=event_id, at=at, told_by=told_by)
    return await booked(pool, fact, tell, clock)


async def booked(
    pool: Pool, fact: PlaceRequested, tell: Callable[[PlaceRequested], Awaitable[object]], clock: Callable[[], datetime]
) -> ListedBooking | None:
    """What became of a request, told unless it was: as :func:`book`."""
    if (known := await _known(pool, fact)) is not None:
        return known
    try:
        await told_in_turn(tell, fact, clock)
    except FactRefusedError:
        await forget_needs(pool, fact)
        # The same may have been told a moment before ours.
        if (known := await _known(pool, fact)) is None:
            raise
        return known
    return await _known(pool, fact)


async def _known(pool: Pool, fact: PlaceRequested) -> ListedBooking | None:
    """The booking, if it is recorded. Raises FactRefusedError where it is somebody else's."""
    async with pool.acquire() as conn:
        known = await intro_courses.booking(conn, fact.booking)
    if known is not None and known.person != fact.person:
        raise FactRefusedError(_OTHERS)
    return known


async def in_turn(pool: Pool, course: IntroCourseId, event_id: EventId, clock: Callable[[], datetime]) -> datetime:
    """A moment that comes after all who asked before: requests of one second stand in the line by event id."""
    at = clock()
    for _ in range(_LOOKS):
        async with pool.acquire() as conn:
            if not await intro_courses.asked_later(conn, course, at, event_id):
                break
        await asyncio.sleep(_BETWEEN_LOOKS)
        at = clock()
    return at
