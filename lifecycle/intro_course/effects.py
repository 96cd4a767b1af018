"""What an Introduction course means for earlier ones: each hears what became of a day that is made up here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lifecycle.effects import ENGINE, Effect, named
from lifecycle.intro_course.life import Booking
from lifecycle.intro_course.state import State
from schemas.facts import Cause
from schemas.intro_course_facts import MissingDayRebooked, Rebooking
from schemas.subjects import INTRO_COURSE
from schemas.words import BookingState, IntroCourseId

_OUTCOMES: Final[dict[BookingState, Rebooking]] = {
    BookingState.ATTENDED: "attended",
    BookingState.NO_SHOW: "missed",
}


def effects(course: IntroCourseId, state: State) -> list[Effect]:
    """Every fact that earlier courses should hold because of this one, in the order in which they must arrive."""
    return [found for booking in state.life.bookings.values() for found in _made_up(course, state, booking)]


def _made_up(course: IntroCourseId, state: State, booking: Booking) -> Iterator[Effect]:
    """That the day was booked, and what became of it: that counts from when it is told, whenever the day was."""
    before = booking.requested.rebooks
    if before is None or booking.confirmed_at is None:
        return
    booked = MissingDayRebooked(
        event_id=f"{named(before.course, course, booking.requested.booking)}:0",
        occurred_at=booking.confirmed_at,
        told_by=ENGINE,
        caused_by=Cause(subject=course, event_id=booking.requested.event_id),
        booking=before.booking,
        day=booking.days[0],
        course=course,
        outcome="booked",
    )
    yield Effect(before.course, INTRO_COURSE.name, booked)
    became = _became(state, booking)
    if became is not None:
        said = {"event_id": f"{booked.event_id[:-1]}1", "outcome": became}
        yield Effect(before.course, INTRO_COURSE.name, booked.model_copy(update=said), whenever=True)


def _became(state: State, booking: Booking) -> Rebooking | None:
    """What became of a day that is made up here; None while that is open."""
    if booking.cancelled_at is not None or not state.life.held(booking.days[0]):
        return "missed"
    return _OUTCOMES.get(state.booking(booking))
