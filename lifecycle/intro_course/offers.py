"""What the engine itself tells a course: a freed place is offered to whoever is first in line."""

from __future__ import annotations

from lifecycle.effects import ENGINE
from lifecycle.intro_course.state import State
from schemas.intro_course_facts import PlaceOffered


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
        told_by=ENGINE,
        booking=booking,
        until=min(until, life.starts(first.days[0])),
    )
