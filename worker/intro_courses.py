"""Introduction courses and bookings from outside: people are admitted to the records, the course hears of ids alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from temporalio.client import Client

from coaching_client import handles
from lifecycle.intro_course.facts import begin, wrong_days
from records import intro_courses, ledger, pages, people
from records.database import Pool
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import IntroCourseTold
from schemas.facts import Teller
from schemas.intro_course_facts import BookedBefore, Days, IntroCourseScheduled, PlaceRequested
from schemas.programme import Programme
from schemas.roster import Contact
from schemas.words import BookingId, Code, Delegate, EventId, HolidayDivision, IntroCourseId, PersonId, Role

_OFFICE: Final = Teller(role=Role.OFFICE)


class CourseDiffersError(Exception):
    """A course of this id was scheduled before, on other days. Nothing was changed."""

    def __init__(self, course: IntroCourseId, was: tuple[date, date], wanted: tuple[date, date]) -> None:
        super().__init__(
            f"the course {course} was scheduled on {was[0]} and {was[1]}, not {wanted[0]} and {wanted[1]}; nothing was "
            "changed. To move a course, tell it intro_course_moved"
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

    Raises CourseDaysError for days on which no course can be, CourseDiffersError for other days than it has.
    """
    async with pool.acquire() as conn:
        recorded = (await ledger.load(conn, plan.course)).facts
        contact = people.Person(plan.office.name, plan.office.email)
        known = await people.admit(conn, plan.academy, at, people.Roster(people=(contact,)))
    opening = _opening(plan, known.people[plan.office.email], at)
    if not recorded and (wrong := wrong_days(begin(opening), opening)):
        raise CourseDaysError(wrong)
    if recorded and isinstance(first := recorded[0], IntroCourseScheduled):
        was, wanted = (first.day_1, first.day_2), (plan.day_1, plan.day_2)
        if was != wanted:
            raise CourseDiffersError(plan.course, was, wanted)
    if plan.venue or plan.joining or not recorded:
        async with pool.acquire() as conn:
            await intro_courses.describe(conn, plan.course, plan.venue, plan.joining, at)
    if not recorded:
        await handles.start_intro_course(client, plan.course, opening, task_queue=task_queue)
    return not recorded


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

    Somebody who is known keeps their name. The same event id is the same booking.
    """
    academy = course.partition(".")[0]
    booking = f"{course}.{hashlib.sha256(event_id.encode()).hexdigest()[:10]}"
    async with pool.acquire() as conn, conn.transaction():
        person = await pages.person_at(conn, academy, wanted.address)
        if person is None:
            new = people.Person(wanted.name, wanted.address, wanted.organisation or None)
            person = (await people.admit(conn, academy, at, people.Roster(people=(new,)))).people[wanted.address]
        if wanted.needs.strip():
            await intro_courses.keep_needs(conn, course, booking, person, wanted.needs, at)
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


async def forget_needs(pool: Pool, fact: PlaceRequested) -> None:
    """Forget the needs beside a request that was refused."""
    async with pool.acquire() as conn:
        await intro_courses.forget_needs(conn, fact.booking)
