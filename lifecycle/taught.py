"""The days on which a cohort or an Introduction course is taught: for how many, and which facts say who was there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from lifecycle import cohort, intro_course
from lifecycle.account import holding
from lifecycle.cohort.life import Enrolment
from lifecycle.intro_course.life import DAYS
from schemas.cohort_facts import LearningSessionHeld, LearningSessionMadeUp
from schemas.intro_course_facts import DelegateSeen, IntroAttendanceTaken


class TaughtDay(NamedTuple):
    """One learning session of a cohort, or one day of a course. ``facts`` hold, and say who was there."""

    number: int
    day: date
    starts_at: datetime
    ends_at: datetime
    held: bool
    cancelled: bool
    expected: int
    attended: int
    facts: tuple[str, ...]


def taught(state: object) -> tuple[TaughtDay, ...]:
    """Every one, past and to come, in order; none of a subject that teaches nothing."""
    match state:
        case cohort.State():
            return tuple(_of_a_cohort(state))
        case intro_course.State():
            return tuple(_of_a_course(state))
        case _:
            return ()


def _of_a_cohort(state: cohort.State) -> Iterator[TaughtDay]:
    """Who has left since was expected while they were there; who made one up has attended it."""
    life = state.life
    for number in life.numbers:
        starts_at = life.learning_session(number)
        there = [number in place.attended for place in life.enrolments.values() if _expected(place, number, starts_at)]
        yield TaughtDay(
            number=number,
            day=life.calendar.day(starts_at),
            starts_at=starts_at,
            ends_at=life.learning_session_ends(number),
            held=number in life.held,
            cancelled=life.cancelled_at is not None,
            expected=len(there),
            attended=sum(there),
            facts=tuple(
                event_id
                for event_id, fact in holding(state.account)
                if isinstance(fact, LearningSessionHeld | LearningSessionMadeUp)
                and fact.number == number
                and event_id not in state.account.void
            ),
        )


def _expected(place: Enrolment, number: int, starts_at: datetime) -> bool:
    gone = [at for at in (place.gone_at, place.left_at) if at is not None]
    return number in place.attended or not gone or min(gone) > starts_at


def _of_a_course(state: intro_course.State) -> Iterator[TaughtDay]:
    """A day that somebody made up on a later course is attended there."""
    life = state.life
    for number in DAYS:
        facts = tuple(
            event_id
            for event_id, fact in holding(state.account)
            if isinstance(fact, IntroAttendanceTaken | DelegateSeen)
            and fact.day == number
            and event_id not in state.account.void
        )
        there = [booking.seen.get(number) is True for _, booking in life.with_place(state.now, number)]
        yield TaughtDay(
            number=number,
            day=life.dates[number - 1],
            starts_at=life.starts(number),
            ends_at=life.ends(number),
            held=life.held(number) and bool(facts),
            cancelled=not life.held(number),
            expected=len(there),
            attended=sum(there),
            facts=facts,
        )
