"""What the engine itself tells: a freed place is offered, and a course that was missed in part hears of its day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

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
    first = None if state.ended or life.cancelled_at is not None else next(life.in_line(now), None)
    if first is None:
        return None
    days = life.rules.offer_stands_working_days
    until = life.calendar.after_working_days(life.calendar.sendable(now), days)
    booking = first.requested.booking
    return PlaceOffered(
        event_id=f"{booking}:offered:{now:%Y%m%dT%H%M%S}",
        occurred_at=now,
        told_by=_ENGINE,
        booking=booking,
        until=min(until, life.starts(first.days[0])),
    )


def orders(state: State, course: IntroCourseId, given: Collection[str]) -> list[Order]:
    """Every order that is to be given now: what became of bookings that make up a day missed on an earlier course.

    ``given`` are the keys of those that were. Each carries the time of the latest that was told here: what a correction
    makes of an attendance counts after what was told before, whenever the day was.
    """
    found = (
        (booking.requested.rebooks, booking, _became(state, booking), _told(booking, given))
        for booking in state.life.bookings.values()
    )
    return [
        Order(
            before.course,
            MissingDayRebooked(
                event_id=f"{booking.requested.booking}:{state.account.last[0]:%Y%m%dT%H%M%S}:{len(told):03}:{outcome}",
                occurred_at=state.account.last[0],
                told_by=_ENGINE,
                booking=before.booking,
                day=booking.days[0],
                course=course,
                outcome=outcome,
            ),
        )
        for before, booking, outcome, told in found
        if before is not None and outcome is not None and not (told and told[-1].endswith(f":{outcome}"))
    ]


def _told(booking: Booking, given: Collection[str]) -> list[str]:
    """The keys of what was told of a booking, in the order it was."""
    if booking.requested.rebooks is None:
        return []
    return sorted(key for key in given if key.startswith(f"order/{booking.requested.booking}:"))


def _became(state: State, booking: Booking) -> Rebooking | None:
    """What became of a day that is made up here; None for somebody who never had a place."""
    if booking.confirmed_at is None:
        return None
    if booking.cancelled_at is not None or not state.life.held(booking.days[0]):
        return "missed"
    outcomes: dict[BookingState, Rebooking] = {BookingState.ATTENDED: "attended", BookingState.NO_SHOW: "missed"}
    return outcomes.get(state.booking(booking), "booked")
