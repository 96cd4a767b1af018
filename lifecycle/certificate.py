"""Who has earned a certificate: looked up in the facts whenever it is asked, so that a correction holds at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lifecycle import cohort, engagement, intro_course
from lifecycle.intro_course.life import DAYS
from schemas.words import BookingState, Code, PersonId


class Award(StrEnum):
    """What a certificate is for."""

    COACHING_COURSE = "coaching_course"
    """Completing the coaching course: the office has confirmed it."""

    INTRO_COURSE = "intro_course"
    """Both days of the Introduction to Quality Improvement."""


@dataclass(frozen=True, slots=True)
class Earned:
    """A certificate that somebody has earned. ``made_up``: one of two days was attended on a later course."""

    award: Award
    person: PersonId
    academy: Code
    first_day: date
    last_day: date
    made_up: bool = False


def earned(state: engagement.State | cohort.State | intro_course.State, about: str) -> Earned | None:
    """What the enrolment or booking ``about`` has earned, as the facts stand; None for nothing."""
    match state:
        case cohort.State():
            return _of_cohort(state, about)
        case intro_course.State():
            return _of_intro_course(state, about)
        case _:
            return None


def _of_cohort(state: cohort.State, about: str) -> Earned | None:
    life = state.life
    enrolment = life.enrolments.get(about)
    if enrolment is None or enrolment.gone or not enrolment.completed:
        return None
    last_day = life.calendar.day(life.teaching_ends_at)
    return Earned(
        Award.COACHING_COURSE, enrolment.accepted.person, life.opening.academy, life.opening.course_start, last_day
    )


def _of_intro_course(state: intro_course.State, about: str) -> Earned | None:
    life = state.life
    booking = life.bookings.get(about)
    if booking is None or booking.days != DAYS or state.booking(booking) is not BookingState.ATTENDED:
        return None
    made_up = not all(booking.seen.get(day) for day in DAYS)
    return Earned(Award.INTRO_COURSE, booking.requested.person, life.opening.academy, *life.dates, made_up=made_up)
