"""The Introduction courses of a year, rehearsed: delegates book, cancel, come or do not, and answer questions.

The rehearsal starts the courses itself, on the days of the programme's calendar: a Temporal schedule keeps wall time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any, Final

from lifecycle.calendar import Calendar
from lifecycle.intro_course.series import series
from operations.intro_courses import CoursePlan, Wanted, course_id
from rehearsal.acts import Asked, Desk, occurred, stop_at
from rehearsal.behaviours import Dice
from rehearsal.script import Plot, Script
from rehearsal.world import World
from schemas import intro_course_facts as facts
from schemas.bookings import Attends, BookingLine
from schemas.facts import Fact, Teller
from schemas.intro_course_facts import BookedBefore
from schemas.subjects import INTRO_COURSE
from schemas.words import BookingId, BookingState, IntroCourseId, Matter, PersonId, Role

_BOOKED_BY: Final = timedelta(weeks=5)
_NIGHT: Final = time(3, 19)
_GIVES_FEEDBACK: Final = 0.6
_WISHES_TO_COACH: Final = 0.15
_TAKES_AN_OFFER: Final = 0.75
_ACTIVE: Final = (BookingState.CONFIRMED, BookingState.WAITING, BookingState.OFFERED)

Make = Callable[[datetime], Awaitable[Fact | None]]
TellCourse = Callable[[str, Fact], Awaitable[bool]]


@dataclass(slots=True)
class IntroCourse:
    """One rehearsed course. ``acts`` are moments at which somebody tells something that is decided only then."""

    name: IntroCourseId
    days: tuple[date, date]
    delegates: tuple[BookingLine, ...]
    dice: Dice
    lines: dict[PersonId, BookingLine] = field(default_factory=dict)
    acts: list[tuple[datetime, int, Make]] = field(default_factory=list)
    offered: set[BookingId] = field(default_factory=set)
    answered: set[tuple[str, ...]] = field(default_factory=set)
    waiting: int = 0
    numbers: int = 0

    def add(self, at: datetime, make: Make) -> None:
        """Put on the agenda what is told at a moment."""
        self.numbers += 1
        heappush(self.acts, (at, self.numbers, make))


@dataclass(slots=True)
class Introductions:
    """All courses of a year, the earliest first."""

    plot: Plot
    world: World
    tell: TellCourse
    courses: dict[IntroCourseId, IntroCourse] = field(default_factory=dict)

    @property
    def script(self) -> Script:
        """Whose programme, office and seed hold."""
        return self.plot.first

    @property
    def calendar(self) -> Calendar:
        """The days and hours of the office."""
        return self.script.days()

    async def begin(self) -> None:
        """Schedule the courses, and put on their agendas what is known beforehand."""
        rules = self.script.programme.intro_course
        first = self.plot.courses_after or self.script.course_start
        days = list(series(rules, self.calendar, first, first + timedelta(weeks=60)))
        for found, pair in zip(self.plot.bookings, days, strict=False):
            name = course_id(self.script.academy, pair[0])
            course = IntroCourse(name, pair, found, Dice(self.script.seed, name))
            self.courses[name] = course
            await self._schedule(course)
            for line in found:
                await self._expect(course, line)
            for day in (1, 2):
                self._take_attendance(course, day)

    async def _schedule(self, course: IntroCourse) -> None:
        plan = CoursePlan(
            academy=self.script.academy,
            course=course.name,
            day_1=course.days[0],
            day_2=course.days[1],
            programme=self.script.programme,
            office=self.script.office,
            venue="Seminar room of the academy",
            joining="Tea and coffee from 9am.",
            calendar=self.script.calendar,
        )
        await self.world.schedule(plan)

    async def _expect(self, course: IntroCourse, line: BookingLine) -> None:
        """Somebody will book, and perhaps cancel."""
        chance = course.dice.on(line.code)
        opens = self._begins(course) - timedelta(weeks=self.script.programme.intro_course.opens_weeks_before)
        latest = self._begins(course) - _BOOKED_BY
        at = self._office_hours(opens + chance.random() * (latest - opens), chance)
        wanted = Wanted(line.name, line.email, line.organisation, line.delegate, line.needs)
        fact = await self.world.requested(course.name, wanted, f"{course.name}:{line.code}")
        course.lines[fact.person] = line

        async def book(_at: datetime) -> Fact:
            return fact.model_copy(update={"occurred_at": _shortly_before(at, chance)})

        course.add(at, book)
        weeks_or_days = {Attends.CANCELLED_EARLY: timedelta(weeks=4), Attends.CANCELLED_LATE: timedelta(days=5)}
        if line.outcome in weeks_or_days:
            gives_up = self._office_hours(self._begins(course) - weeks_or_days[line.outcome], chance)
            course.add(gives_up, self._cancel(course, fact.booking, f"{line.code}:cancels"))

    def _cancel(self, course: IntroCourse, booking: BookingId, what: str) -> Make:
        async def make(at: datetime) -> Fact | None:
            if (await self._states(course)).get(booking) not in _ACTIVE:
                return None
            return self._says(course, facts.BookingCancelled, at, what, booking=booking)

        return make

    def _take_attendance(self, course: IntroCourse, day: int) -> None:
        """The office tells it in the afternoon; once in a while only the next morning, when it has been asked."""
        chance = course.dice.on("attendance", day)
        ends = self.calendar.at(course.days[day - 1], self.script.programme.intro_course.starts_at) + timedelta(
            minutes=self.script.programme.intro_course.minutes
        )
        at = stop_at(ends + timedelta(minutes=chance.randint(15, 45)), chance)
        if chance.random() < 0.3:
            at = self._office_hours(ends + timedelta(days=1), chance)

        async def make(at: datetime) -> Fact:
            here = [
                booking.booking
                for booking in await self.world.bookings(course.name)
                if booking.state is BookingState.CONFIRMED
                and day in booking.days
                and self._comes(course, booking.person, day)
            ]
            return self._says(
                course, facts.IntroAttendanceTaken, at, f"attendance-{day}", day=day, attended=tuple(here)
            )

        course.add(at, make)

    def _comes(self, course: IntroCourse, person: PersonId, day: int) -> bool:
        """Who makes up a day, comes; all others do as the sheet says."""
        line = course.lines.get(person)
        return line is None or line.outcome is Attends.ATTENDED or (line.outcome is Attends.DAY_1_ONLY and day == 1)

    async def live(self, barrier: datetime) -> None:
        """All courses to the barrier, the earlier ones first: a later one tells them of days that were made up.

        One that has nothing due, and has not taken place, stays where it stands.
        """
        still = await self.world.resting(barrier)
        for course in self.courses.values():
            if course.name in still and not (course.acts and course.acts[0][0] < barrier):
                continue
            for stop in self._stops(course, barrier):
                await self._reach(course, stop)
            await self._reach(course, barrier)

    def _stops(self, course: IntroCourse, barrier: datetime) -> list[datetime]:
        """The nights of the week, while somebody waits: offers stand for days only."""
        if not course.waiting:
            return []
        day = self.calendar.day(barrier)
        nights = [self.calendar.at(day - timedelta(days=before), _NIGHT) for before in range(6, 0, -1)]
        return [stop_at(night, course.dice.on("night", night)) for night in nights]

    async def _reach(self, course: IntroCourse, stop: datetime) -> None:
        while course.acts and course.acts[0][0] < stop:
            at, _, make = heappop(course.acts)
            if await self.world.advance(INTRO_COURSE, course.name, at) is None:
                course.acts.clear()  # It has ended: told anything, it would begin again on the clock of the wall.
                return
            fact = await make(at)
            if fact is not None:
                await self.tell(course.name, fact)
        await self.world.advance(INTRO_COURSE, course.name, stop)
        await self._look_at_offers(course, stop)

    async def _look_at_offers(self, course: IntroCourse, now: datetime) -> None:
        states = await self._states(course)
        course.waiting = sum(state in (BookingState.WAITING, BookingState.OFFERED) for state in states.values())
        for booking, state in states.items():
            if state is BookingState.OFFERED and booking not in course.offered:
                course.offered.add(booking)
                chance = course.dice.on("offer", booking)
                if chance.random() < _TAKES_AN_OFFER:
                    at = self._office_hours(now + timedelta(hours=6), chance)
                    course.add(at, self._accept(course, booking))

    def _accept(self, course: IntroCourse, booking: BookingId) -> Make:
        async def make(at: datetime) -> Fact | None:
            if (await self._states(course)).get(booking) is not BookingState.OFFERED:
                return None
            return self._says(course, facts.OfferAccepted, at, f"{booking}:takes", booking=booking)

        return make

    async def _states(self, course: IntroCourse) -> dict[BookingId, BookingState]:
        return {booking.booking: booking.state for booking in await self.world.bookings(course.name)}

    async def answer(self, asked: Asked, barrier: datetime) -> None:
        """What is answered to a question seen at the barrier."""
        course, react = self.courses[asked.subject], _ANSWERS.get(asked.matter)
        if react is not None and (asked.question not in course.answered or asked.step):
            course.answered.add(asked.question)
            await react(self, course, asked, barrier)

    def reply(self, course: IntroCourse, asked: Asked, barrier: datetime) -> datetime:
        """A moment some working days after the question."""
        desk = Desk(self.calendar, course.dice)
        return desk.reply(self.calendar.day(asked.issued_at), (1, 3), barrier, *asked.question, asked.step)

    def _says(self, course: IntroCourse, kind: type[Fact], at: datetime, what: str, **said: Any) -> Fact:  # noqa: ANN401 - as the kind has it
        chance = course.dice.on("fact", what)
        told_by = Teller(role=Role.OFFICE)
        return kind(event_id=f"{course.name}:{what}", occurred_at=_shortly_before(at, chance), told_by=told_by, **said)

    def _begins(self, course: IntroCourse) -> datetime:
        return self.calendar.at(course.days[0], self.script.programme.intro_course.starts_at)

    def _office_hours(self, about: datetime, chance: Random) -> datetime:
        return Desk(self.calendar, Dice(self.script.seed, "delegates")).on(self.calendar.day(about), chance)


def _shortly_before(at: datetime, chance: Random) -> datetime:
    return occurred(at - timedelta(minutes=1), chance)


async def _feedback(year: Introductions, course: IntroCourse, asked: Asked, barrier: datetime) -> None:
    """Most answer, some only when chased; some would like to become coaches."""
    booking = asked.detail or ""
    chance = course.dice.on("feedback", booking, asked.step)
    if chance.random() >= _GIVES_FEEDBACK:
        return
    marks = {what: chance.randint(3, 5) for what in ("useful", "confident", "recommends")}
    await year.world.keep_feedback(course.name, booking, barrier, marks, f"Words of a delegate, rehearsed {booking}")
    at = year.reply(course, asked, barrier)
    course.add(at, _saying(year, course, facts.FeedbackGiven, f"{booking}:feedback", booking=booking))
    if chance.random() < _WISHES_TO_COACH:
        later = at + timedelta(minutes=3)
        course.add(later, _saying(year, course, facts.CoachingWished, f"{booking}:wishes", booking=booking))


def _saying(year: Introductions, course: IntroCourse, kind: type[Fact], what: str, **said: Any) -> Make:  # noqa: ANN401
    async def make(at: datetime) -> Fact:
        return year._says(course, kind, at, what, **said)  # noqa: SLF001 - part of it, written beside it

    return make


async def _hand_on(year: Introductions, course: IntroCourse, asked: Asked, barrier: datetime) -> None:
    booking, cohort = asked.detail or "", year.plot.scripts[-1].cohort
    at = year.reply(course, asked, barrier)
    said = {"booking": booking, "cohort": cohort}
    course.add(at, _saying(year, course, facts.HandedOnToCohort, f"{booking}:handed-on", **said))


async def _make_up(year: Introductions, course: IntroCourse, asked: Asked, barrier: datetime) -> None:
    """The missing day is booked on the next course that has a place on it."""
    booking, day = asked.detail or "", asked.number or 2
    later = next((two for two in year.courses.values() if two.days[0] > year.calendar.day(barrier)), None)
    if later is None or asked.step:
        return
    person = next(listed.person for listed in await year.world.bookings(course.name) if listed.booking == booking)
    at = year.reply(course, asked, barrier)
    fact = facts.PlaceRequested(
        event_id=f"{booking}:makes-up",
        occurred_at=_shortly_before(at, course.dice.on("make up", booking)),
        told_by=Teller(role=Role.DELEGATE, person=person),
        booking=f"{later.name}.{booking.rpartition('.')[2]}-again",
        person=person,
        delegate=course.lines[person].delegate,
        days=(day,),
        rebooks=BookedBefore(course=course.name, booking=booking),
    )

    async def book(_at: datetime) -> Fact | None:
        return fact if await year.world.room(later.name, day) else None

    later.add(at, book)


_ANSWERS: Final[dict[Matter, Callable[[Introductions, IntroCourse, Asked, datetime], Awaitable[None]]]] = {
    Matter.FEEDBACK: _feedback,
    Matter.COACHING_WISH: _hand_on,
    Matter.MISSING_DAY: _make_up,
}
