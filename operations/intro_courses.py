"""Introduction courses and bookings from outside: people are admitted to the records, the course hears of ids alone."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from lifecycle.account import DIFFERENT
from lifecycle.intro_course.facts import begin, wrong_days
from operations.audited import RefusedError, audited
from operations.callers import Caller
from operations.context import EngineContext
from operations.in_force import holiday_table_of
from operations.offices import settle_office
from operations.telling import tell
from operations.who_is_meant import person_meant
from records import access_needs, intro_courses, ledger, people
from records.database import Connection, Pool
from records.intro_courses import ListedBooking
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import Refusal
from schemas.facts import Teller
from schemas.intro_course_facts import BookedBefore, Days, IntroCourseScheduled, PlaceRequested
from schemas.programme import Programme
from schemas.roster import Contact
from schemas.subjects import INTRO_COURSE
from schemas.words import BookingId, Code, Delegate, EventId, HolidayDivision, IntroCourseId, PersonId, Role

OFFICE: Final = Teller(role=Role.OFFICE)
OTHERS: Final = Refusal(
    when="never",
    code="different_content",
    reason="Somebody else was booked with this code or key before. Choose another for them. Nothing was changed.",
)


class CourseDiffersError(RefusedError):
    """A course of this id was scheduled before, on other days or with other places. Nothing was changed."""

    code = "conflict"

    def __init__(self, course: IntroCourseId, was: str, wanted: str, instead: str) -> None:
        super().__init__(
            f"the course {course} was scheduled {was}, not {wanted}; nothing was changed. Tell it {instead} instead"
        )


class CourseDaysError(RefusedError):
    """A course cannot be on these days. The message says why."""

    code = "invalid"


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """What is known of a course before it begins. ``course`` is the whole id, as in ``sheffield.intro-2027-03``."""

    academy: Code
    course: IntroCourseId
    day_1: date
    day_2: date
    programme: Programme
    office: Contact | None = None
    places: int | None = None
    venue: str = ""
    joining: str = ""
    division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES
    calendar: Code | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place that somebody wants. ``needs`` is what they need to take part; it goes no further than the database.

    ``person`` says which person is meant, where the address is known by another name.
    """

    name: str
    address: str
    organisation: str
    delegate: Delegate
    needs: str = ""
    person: str = ""
    days: Days = (1, 2)
    rebooks: BookedBefore | None = None


def course_id(academy: Code, day_1: date) -> IntroCourseId:
    """The id of an academy's course that begins in a month."""
    return f"{academy}.intro-{day_1:%Y-%m}"


async def schedule_course(engine: EngineContext, caller: Caller, plan: CoursePlan, *, wait: bool = True) -> bool:
    """Schedule a course; whether it was not there before. Repeating it renews its venue and joining text only.

    With ``wait`` it is recorded when this returns. Raises CourseDaysError for days on which no course can be,
    CourseDiffersError for other days or places than it was scheduled with.
    """
    at = engine.clock()
    async with audited(engine, caller, "schedule", plan.course):
        async with engine.connection() as conn:
            recorded = (await ledger.load(conn, plan.course)).facts
            await settle_office(conn, plan.academy, plan.office, at)
            plan = replace(plan, calendar=plan.calendar or await holiday_table_of(conn, plan.academy))
        opening = opening_of(plan, at)
        if not recorded and (wrong := wrong_days(begin(opening), opening)):
            raise CourseDaysError(wrong)
        if recorded:
            check_same(plan, recorded[0])
        if plan.venue or plan.joining or not recorded:
            async with engine.connection() as conn:
                await intro_courses.describe(conn, plan.course, plan.venue, plan.joining, at)
        if not recorded:
            await handles.start(
                engine.client, INTRO_COURSE, plan.course, opening, scoped=True, task_queue=engine.task_queue
            )
            if wait:
                async with asyncio.timeout(engine.tell_within.total_seconds()):
                    await _settled(engine, plan, opening)
        return not recorded


async def _settled(engine: EngineContext, plan: CoursePlan, opening: IntroCourseScheduled) -> None:
    """Return once the course is recorded, as this call wants it and no other."""
    try:
        await handles.tell(engine.client, INTRO_COURSE, plan.course, opening, scoped=True, task_queue=engine.task_queue)
    except FactRefusedError:
        # Another call was a moment before ours, perhaps with the same days.
        async with engine.connection() as conn:
            check_same(plan, (await ledger.load(conn, plan.course)).facts[0])


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


def opening_of(plan: CoursePlan, at: datetime) -> IntroCourseScheduled:
    """The first fact of a course that is scheduled at a moment."""
    return IntroCourseScheduled(
        event_id=f"{plan.course}:scheduled",
        occurred_at=at,
        told_by=OFFICE,
        academy=plan.academy,
        programme=plan.programme,
        day_1=plan.day_1,
        day_2=plan.day_2,
        places=plan.places or plan.programme.intro_course.places,
        zone=plan.programme.zone,
        division=plan.division,
        calendar=plan.calendar or LATEST_HOLIDAY_TABLE,
    )


async def requested(
    pool: Pool, course: IntroCourseId, wanted: Wanted, *, event_id: EventId, at: datetime, told_by: Teller = OFFICE
) -> PlaceRequested:
    """The fact that somebody wants a place: they are known by an id from now on, and their needs are kept.

    Somebody who is known has an organisation if they had none. The same event id is the same booking. Raises
    WhoIsMeantError.
    """
    academy = course.partition(".")[0]
    booking = _booking(course, event_id)
    async with pool.acquire() as conn, conn.transaction():
        person = await person_meant(conn, academy, at, Contact(wanted.name, wanted.address, wanted.person))
        if wanted.organisation:
            await people.complete(conn, person, wanted.organisation)
        if wanted.needs.strip():
            await access_needs.keep_asked(conn, course, booking, person, wanted.needs, at)
    return wanted_by(person, course, wanted, event_id=event_id, at=at, told_by=told_by)


def wanted_by(
    person: PersonId, course: IntroCourseId, wanted: Wanted, *, event_id: EventId, at: datetime, told_by: Teller
) -> PlaceRequested:
    """The fact that somebody who is known wants a place."""
    return PlaceRequested(
        event_id=event_id,
        occurred_at=at,
        told_by=Teller(role=Role.DELEGATE, person=person) if told_by.role is Role.DELEGATE else told_by,
        booking=_booking(course, event_id),
        person=person,
        delegate=wanted.delegate,
        days=wanted.days,
        rebooks=wanted.rebooks,
    )


def booked_as(course: IntroCourseId, code: str) -> BookingId:
    """The id of the booking that a sheet calls by a code."""
    return _booking(course, f"{course}:sheet:{code}")


def _booking(course: IntroCourseId, event_id: EventId) -> BookingId:
    return f"{course}.{hashlib.sha256(event_id.encode()).hexdigest()[:10]}"


async def book(
    engine: EngineContext,
    caller: Caller,
    course: IntroCourseId,
    wanted: Wanted,
    *,
    event_id: EventId,
    told_by: Teller = OFFICE,
) -> ListedBooking | None:
    """Book a place, however often it is asked for: the booking as it is recorded; None once it was corrected away.

    Raises FactRefusedError: nobody was booked, and nothing of what they need is kept.
    """
    fact = await requested(engine.pool, course, wanted, event_id=event_id, at=engine.clock(), told_by=told_by)
    return await booked(engine, caller, course, fact)


async def booked(
    engine: EngineContext, caller: Caller, course: IntroCourseId, fact: PlaceRequested
) -> ListedBooking | None:
    """What became of a request that is told: as :func:`book`."""
    try:
        await tell(engine, caller, course, fact, made_here=True)
    except FactRefusedError as refused:
        async with engine.connection() as conn:
            await forget_needs(conn, fact)
        if refused.refusal.code == DIFFERENT.code:
            raise FactRefusedError(OTHERS) from None
        raise
    async with engine.connection() as conn:
        return await intro_courses.booking(conn, fact.booking)


async def forget_needs(conn: Connection, fact: PlaceRequested) -> None:
    """Forget the needs beside a request that was refused."""
    await access_needs.forget(conn, fact.booking, fact.person, fact.event_id)
