"""Somebody's diary: the sessions, course days and reviews that are theirs, from the facts and the rules alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Final, NamedTuple

from lifecycle import cohort, engagement, intro_course
from lifecycle.engagement.weekly import to_come
from lifecycle.gathering import Subject
from schemas.programme import DEFAULT_ZONE
from schemas.words import BookingState, Matter, Outcome, Role

BEHIND: Final = timedelta(weeks=8)
AHEAD: Final = timedelta(weeks=26)
"""So far a diary reaches: what lies farther ahead may be another day by then."""

_AT_SESSIONS: Final = (Role.COACH, Role.CO_COACH, Role.INTERIM_COACH, Role.TEAM_LEAD)
_AT_REVIEWS: Final = (Role.FACULTY, Role.COACH)
MOVES_DIARIES: Final = frozenset(
    {
        "weekly_slot_changed", "session_rescheduled", "session_cancelled_ahead", "pause_started", "pause_ended",
        "leave_agreed", "academy_closed", "calendar_revised", "transition_started", "programme_adopted",
        "coach_assigned", "coach_left", "coach_stopped", "role_changed", "person_left", "person_merged", "correction",
        "learning_session_moved", "intro_course_moved", "booking_cancelled", "offer_accepted",
        "place_requested", "intro_course_cancelled", "ended_early", "handed_off", "enrolment_withdrawn",
        "enrolment_deferred", "cohort_cancelled",
    }
)  # fmt: skip
"""Facts that may move what a diary holds."""


class Happening(StrEnum):
    """What kind of entry it is."""

    SESSION = "session"
    LEARNING_SESSION = "learning_session"
    REVIEW = "review"
    INTRO_DAY = "intro_day"


class Entry(NamedTuple):
    """One entry. ``uid`` names it for ever, ``sequence`` never falls and rises with whatever may have moved it.

    ``starts_at`` and ``ends_at`` are UTC; None for what is of a day. ``number`` is that of a learning session or
    course day, or a review's months. ``changed_at`` is when the last fact that may have moved it was told. ``place``
    stands beside the facts: whoever reads the diary adds it. ``zone`` is the subject's: by its clocks it is written.
    """

    uid: str
    what: Happening
    subject: str
    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    sequence: int
    changed_at: datetime
    number: int | None = None
    place: str = ""
    zone: str = DEFAULT_ZONE


def diary(name: str, subject: Subject, person: str) -> list[Entry]:
    """Somebody's entries in an engagement, cohort or course, earliest first. Nothing of a pause, or after an end."""
    state = subject.state
    if state.ended:
        return []
    of = _of_course
    if isinstance(state, engagement.State):
        of = _of_engagement  # type: ignore[assignment] # by the state
    elif isinstance(state, intro_course.State):
        of = _of_intro_course  # type: ignore[assignment] # as above
    zone = state.life.calendar.zone
    entries = (entry._replace(zone=zone) for entry in of(name, state, person))
    return sorted(entries, key=lambda entry: (entry.day, entry.uid))


def _of_engagement(name: str, state: engagement.State, person: str) -> Iterator[Entry]:
    life = state.life
    parts = {role for role in Role if life.person(role) == person}
    sequence, changed_at = _version(state)
    if parts & set(_AT_SESSIONS) and life.paused is None:
        past = (session for session in state.sessions if session.starts_at >= state.now - BEHIND)
        ahead = takewhile(lambda session: session.starts_at <= state.now + AHEAD, to_come(state))
        for session in (*past, *ahead):
            if session.outcome is not Outcome.EXCUSED:
                uid = f"session.{name}.{session.name}"
                times = (session.day, session.starts_at, session.ends_at)
                yield Entry(uid, Happening.SESSION, name, *times, sequence, changed_at)
    if parts & set(_AT_REVIEWS):
        for item in engagement.plan(state, {}):
            if item.matter is Matter.REVIEW and item.step == 0 and item.about is not None:
                months = int(item.window.removeprefix("month-"))
                uid = f"review.{name}.{months}"
                yield Entry(uid, Happening.REVIEW, name, item.about, None, None, sequence, changed_at, months)


def _of_course(name: str, state: cohort.State, person: str) -> Iterator[Entry]:
    life = state.life
    there = any(enrolment.accepted.person == person and not enrolment.gone for enrolment in life.enrolments.values())
    if not (there or person == life.opening.office):
        return
    sequence, changed_at = _version(state)
    for number in life.numbers:
        starts_at, ends_at = life.learning_session(number), life.learning_session_ends(number)
        if starts_at >= state.now - BEHIND:
            day = life.calendar.day(starts_at)
            uid = f"learning-session.{name}.{number}"
            times = (day, starts_at, ends_at)
            yield Entry(uid, Happening.LEARNING_SESSION, name, *times, sequence, changed_at, number)


def _of_intro_course(name: str, state: intro_course.State, person: str) -> Iterator[Entry]:
    life = state.life
    theirs = [booking for booking in life.bookings.values() if booking.requested.person == person]
    days = {day for booking in theirs if booking.standing(state.now) is BookingState.CONFIRMED for day in booking.days}
    if person == life.opening.office:
        days = {1, 2}
    sequence, changed_at = _version(state)
    for day in sorted(days):
        if life.held(day) and life.starts(day) >= state.now - BEHIND:
            uid = f"intro-day.{name}.{day}"
            times = (life.dates[day - 1], life.starts(day), life.ends(day))
            yield Entry(uid, Happening.INTRO_DAY, name, *times, sequence, changed_at, day)


def _version(state: engagement.State | cohort.State | intro_course.State) -> tuple[int, datetime]:
    told = [fact.occurred_at for fact in state.account.facts.values() if fact.kind in MOVES_DIARIES]
    return len(told), max(told, default=state.life.opening.occurred_at)
