"""What the engine itself tells: a freed place is offered, and a course that was missed in part hears of its day."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime

from lifecycle.intro_course.life import Booking
from lifecycle.intro_course.state import State
from schemas.facts import Teller
from schemas.intro_course_facts import MissingDayRebooked, PlaceOffered, Rebooking
from schemas.words import BookingState, IntroCourseId, Role

_ENGINE = Teller(role=Role.SERVICE)


@dataclass(frozen=True, slots=True)
class Order:
    """One fact for an earlier course. ``key`` names the order for ever."""

    course: IntroCourseId
    fact: MissingDayRebooked

    @property
    def key(self) -> str:
        """The fact's event id: telling it twice is harmless, giving the order once is enough."""
        return f"order/{self.fact.event_id}"


def next_offer(state: State) -> PlaceOffered | None:
    """The offer that is to be made now, if a place is free and somebody waits. It stands for some working days."""
    life, now = state.life, state.now
    one = None if state.ended else next(life.in_line(now), None)
    if one is None:
        return None
    days = life.rules.offer_stands_working_days
    until = life.calendar.after_working_days(life.calendar.sendable(now), days)
    booking = one.requested.booking
    return PlaceOffered(
        event_id=f"{booking}:offered:{now:%Y%m%dT%H%M%S}",
        occurred_at=now,
        told_by=_ENGINE,
        booking=booking,
        until=min(until, life.starts(one.days[0])),
    )


def orders(state: State, course: IntroCourseId, given: Container[str]) -> list[Order]:
    """Every order that was not ``given`` (by key): of bookings that make up a day missed on an earlier course."""
    found = (order for key, one in state.life.bookings.items() for order in _orders(state, course, key, one))
    return [order for order in found if order.key not in given]


def _orders(state: State, course: IntroCourseId, key: str, one: Booking) -> Iterator[Order]:
    before, became = one.requested.rebooks, _became(state, one)
    if before is None or became is None:
        return
    at, outcome = became
    yield Order(
        before.course,
        MissingDayRebooked(
            event_id=f"{key}:{outcome}:{at:%Y%m%dT%H%M%S}",
            occurred_at=at,
            told_by=_ENGINE,
            booking=before.booking,
            day=one.days[0],
            course=course,
            outcome=outcome,
        ),
    )


def _became(state: State, one: Booking) -> tuple[datetime, Rebooking] | None:
    """What became of a day that is made up here, and when; None for somebody who never had a place."""
    if one.confirmed_at is None:
        return None
    gone = one.cancelled_at or state.life.cancelled_at
    if gone is not None:
        return gone, "missed"
    match state.booking(one):
        case BookingState.ATTENDED if one.seen_at is not None:
            return one.seen_at, "attended"
        case BookingState.NO_SHOW if one.seen_at is not None:
            return one.seen_at, "missed"
        case _:
            return one.confirmed_at, "booked"
