"""The life of one Introduction course as its facts tell it. Independent of what time it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from lifecycle.calendar import Calendar
from lifecycle.holding import NOTHING_SAID, Mailing
from lifecycle.leave import Leaves
from schemas.intro_course_facts import IntroCourseScheduled, PlaceRequested, Rebooking
from schemas.programme import IntroCourse, Programme
from schemas.words import BookingId, BookingState, CohortId, IntroCourseId, PersonId

DAYS: Final = (1, 2)
HOLDING: Final = frozenset({BookingState.CONFIRMED, BookingState.OFFERED})
"""Standings that hold a place."""
_HALF: Final = {True, False}
ACTIVE: Final = HOLDING | {BookingState.WAITING}


@dataclass(frozen=True, slots=True)
class Rebooked:
    """Where a missing day is to be made up, and what became of it."""

    course: IntroCourseId
    outcome: Rebooking
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking. ``seen`` says for each day whether they were there; a day that is not in it was not told yet."""

    requested: PlaceRequested
    confirmed_at: datetime | None = None
    offered_at: datetime | None = None
    offered_until: datetime | None = None
    cancelled_at: datetime | None = None
    seen: dict[int, bool] = field(default_factory=dict)
    rebooked: dict[int, Rebooked] = field(default_factory=dict)
    seen_at: datetime | None = None
    feedback_at: datetime | None = None
    wished_at: datetime | None = None
    handed_on_to: CohortId | None = None

    @property
    def days(self) -> tuple[int, ...]:
        """The days it is for."""
        return self.requested.days

    def standing(self, at: datetime) -> BookingState:
        """Whether it had a place at a moment: an offer that nobody took is over by itself."""
        if self.cancelled_at is not None:
            return BookingState.CANCELLED
        if self.confirmed_at is not None:
            return BookingState.CONFIRMED
        if self.offered_until is not None:
            return BookingState.OFFERED if at < self.offered_until else BookingState.OFFER_LAPSED
        return BookingState.WAITING

    def present(self, day: int) -> bool | None:
        """Whether the delegate attended a day, here or on a later course; None while it is not told."""
        made_up = day in self.rebooked and self.rebooked[day].outcome == "attended"
        return True if made_up else self.seen.get(day)


@dataclass(frozen=True, slots=True)
class Life:
    """What the facts say of the course and its delegates. ``bookings`` stand in the order in which they came.

    ``begun`` are the days that had begun when another version was adopted, with start and end; ``opened_at`` is when
    the course had opened by then.
    """

    opening: IntroCourseScheduled
    programme: Programme
    calendar: Calendar
    places: int
    dates: tuple[date, date]
    bookings: dict[BookingId, Booking] = field(default_factory=dict)
    moved_at: tuple[datetime, ...] = ()
    moved_from: tuple[date, ...] = ()
    cancelled_at: datetime | None = None
    leaves: Leaves = ()
    left: frozenset[PersonId] = frozenset()
    begun: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)
    opened_at: datetime | None = None
    mailing: Mailing = NOTHING_SAID

    @property
    def rules(self) -> IntroCourse:
        """The programme's parameters of the course."""
        return self.programme.intro_course

    def starts(self, day: int) -> datetime:
        """When a day starts."""
        if day in self.begun:
            return self.begun[day][0]
        return self.calendar.at(self.dates[day - 1], self.rules.starts_at)

    def ends(self, day: int) -> datetime:
        """When a day ends."""
        if day in self.begun:
            return self.begun[day][1]
        return self.starts(day) + timedelta(minutes=self.rules.minutes)

    @property
    def opens_at(self) -> datetime:
        """From when on the course is offered to everybody: weeks before day 1, or since it was scheduled."""
        if self.opened_at is not None:
            return self.opened_at
        return max(self.opening.occurred_at, self.calendar.add_weeks(self.starts(1), -self.rules.opens_weeks_before))

    @property
    def joining_at(self) -> datetime:
        """When joining instructions go."""
        return self.before(1, self.rules.joining_days_before)

    @property
    def closes_at(self) -> datetime:
        """When the course closes, once all is told: weeks after day 2, or after a day was missed again or told late."""
        weeks = self.rules.closes_after_weeks
        by_rule = self.calendar.add_weeks(self.ends(2), weeks)
        made_up = (later for booking in self.bookings.values() for later in booking.rebooked.values())
        again = (later.told_at for later in made_up if later.outcome == "missed")
        part = (
            booking.seen_at
            for booking in self.bookings.values()
            if {self.present(booking, day) for day in booking.days} == _HALF
        )
        late = [*again, *(at for at in part if at is not None and at >= by_rule)]
        return self.calendar.add_weeks(max(late), weeks) if late else by_rule

    def held(self, day: int) -> bool:
        """Whether a day takes place: a course that is cancelled once day 1 has begun is cancelled for day 2 alone."""
        return self.cancelled_at is None or self.starts(day) <= self.cancelled_at

    def present(self, booking: Booking, day: int) -> bool | None:
        """Whether a delegate attended a day, here or later; nobody did on a day that was cancelled."""
        return booking.present(day) if self.held(day) else bool(booking.present(day))

    def before(self, day: int, days: int) -> datetime:
        """So many days before a day, rather earlier than outside the hours for notices."""
        return self.calendar.sendable_before(self.calendar.add_days(self.starts(day), -days))

    def taken_places(self, day: int, at: datetime) -> int:
        """How many places of a day were held at a moment, those on offer among them."""
        return sum(day in booking.days and booking.standing(at) in HOLDING for booking in self.bookings.values())

    def free(self, days: tuple[int, ...], at: datetime) -> int:
        """How many places were free on all of these days; less than none where the course has fewer than it had."""
        return min(self.places - self.taken_places(day, at) for day in days)

    def in_line(self, at: datetime) -> Iterator[Booking]:
        """Who waits for days that have a free place, the longest first."""
        waiting = (booking for booking in self.bookings.values() if booking.standing(at) is BookingState.WAITING)
        return (booking for booking in waiting if self.free(booking.days, at) > 0 and at < self.starts(booking.days[0]))

    def has_room(self, days: tuple[int, ...], at: datetime) -> bool:
        """Whether somebody new has a place on these days: one is free that nobody waits for."""
        free = self.free(days, at)
        return free > 0 and free > sum(not set(days).isdisjoint(booking.days) for booking in self.in_line(at))

    def with_place(self, at: datetime, day: int | None = None) -> Iterator[tuple[BookingId, Booking]]:
        """The confirmed bookings, of a day or at all."""
        for key, booking in self.bookings.items():
            if booking.standing(at) is BookingState.CONFIRMED and (day is None or day in booking.days):
                yield key, booking

    def with_booking(self, booking: BookingId, **changes: object) -> Life:
        """The life with one booking changed."""
        changed = replace(self.bookings[booking], **changes)  # type: ignore[arg-type]
        return replace(self, bookings={**self.bookings, booking: changed})

    def all_told(self, at: datetime) -> bool:
        """Whether the attendance of both days is known of everybody who had a place."""
        return not any(self.untold(at, day) for day in DAYS)

    def untold(self, at: datetime, day: int) -> bool:
        """Whether it is not known of everybody who had a place if they were there on a day, by list or one by one."""
        return any(self.present(booking, day) is None for _, booking in self.with_place(at, day))

    def rebooked_still(self) -> bool:
        """Whether somebody makes up a day on a later course that is still to come."""
        return any(
            later.outcome == "booked" for booking in self.bookings.values() for later in booking.rebooked.values()
        )

    def settled(self, at: datetime) -> bool:
        """Whether nothing is waited for any more: its time is over, and all of it is told."""
        return at >= self.closes_at and self.all_told(at) and not (self.wishes_open() or self.rebooked_still())

    def wishes_open(self) -> bool:
        """Whether somebody who wants to become a coach was not handed on yet."""
        return any(booking.wished_at is not None and booking.handed_on_to is None for booking in self.bookings.values())
