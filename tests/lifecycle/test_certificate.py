"""Who has earned a certificate, by the facts alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from lifecycle import cohort, engagement, intro_course
from lifecycle.certificate import Award, Earned, earned
from lifecycle.intro_course.life import DAYS
from schemas import cohort_facts, intro_course_facts
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.corrections import Correction
from schemas.facts import Fact
from schemas.intro_course_facts import IntroCourseScheduled
from schemas.programme_file import shipped_programme
from schemas.words import Delegate
from tests.gateway.pages.lives import OTHER, Course, Life
from tests.workflows.subjects import now

SCHEDULED = datetime(2026, 6, 1, 9, tzinfo=UTC)
AFTER = datetime(2026, 9, 10, 18, tzinfo=UTC)
BOOKING = "sheffield.intro-2026-09.B01"


def completed() -> Course:
    """A cohort whose second participant has completed the course."""
    life = Course(30).taught()
    return life.tell(cohort_facts.EnrolmentCompleted, now(), enrolment=life.key(2), completed=True)


def test_who_completed_the_course_has_earned_it_and_nobody_else() -> None:
    """With the days of the course; the others, and what is no enrolment, have earned nothing."""
    life = completed()
    state = cohort.fold(life.told, now())  # type: ignore[arg-type] # its own facts
    last = state.life.calendar.day(state.life.teaching_ends_at)
    assert earned(state, life.key(2)) == Earned(Award.COACHING_COURSE, OTHER, "sheffield", life.start, last)
    assert [earned(state, one) for one in (life.key(1), life.key(3), life.key(9), "")] == [None] * 4


@pytest.mark.parametrize("replaced", [True, False])
def test_a_correction_takes_it_back_at_once(replaced: bool) -> None:
    """Whether it is withdrawn, or told the other way round."""
    life = completed()
    other = life.told[-1].model_copy(update={"event_id": "other", "completed": False}) if replaced else None
    life.tell(Correction, now(), corrects=life.told[-1].event_id, replacement=other)
    state = cohort.fold(life.told, now())  # type: ignore[arg-type] # as above
    assert not state.account.void
    assert earned(state, life.key(2)) is None


def test_an_engagement_earns_nobody_a_certificate() -> None:
    """A course does."""
    life = Life().agreed()
    assert earned(engagement.fold(life.told, now()), life.name) is None  # type: ignore[arg-type] # as above


def booked(*facts: Fact, days: tuple[int, ...] = DAYS) -> intro_course.State:
    """A course of two days in September, after both, with one booking."""
    opening = IntroCourseScheduled(
        event_id="scheduled", occurred_at=SCHEDULED, academy="sheffield", programme=shipped_programme(),
        day_1=date(2026, 9, 9), day_2=date(2026, 9, 10), places=20, calendar=LATEST_HOLIDAY_TABLE,
    )  # fmt: skip
    place = intro_course_facts.PlaceRequested(
        event_id="place", occurred_at=SCHEDULED + timedelta(days=1), booking=BOOKING, person="per_1",
        delegate=Delegate.EXTERNAL, days=days,
    )  # fmt: skip
    state = intro_course.fold([opening, place, *facts], AFTER + timedelta(weeks=10))  # type: ignore[list-item] # facts of the union
    assert not state.account.void
    return state


def seen(day: int, *, attended: bool = True) -> Fact:
    """The delegate was there on a day, or was not."""
    return intro_course_facts.DelegateSeen(
        event_id=f"seen-{day}", occurred_at=AFTER, booking=BOOKING, day=day, attended=attended
    )


def test_both_days_earn_a_certificate() -> None:
    """One alone does not, nor a day that nobody told of."""
    given = Earned(Award.INTRO_COURSE, "per_1", "sheffield", date(2026, 9, 9), date(2026, 9, 10))
    assert earned(booked(seen(1), seen(2)), BOOKING) == given
    assert earned(booked(seen(1), seen(2, attended=False)), BOOKING) is None
    assert earned(booked(seen(1)), BOOKING) is None
    assert earned(booked(seen(1), days=(1,)), BOOKING) is None
    assert earned(booked(), "sheffield.intro-2026-09.B09") is None


def test_a_day_made_up_on_a_later_course_counts_and_is_said() -> None:
    """Once it was attended there, not when it was booked."""
    rebooked = intro_course_facts.MissingDayRebooked(
        event_id="rebooked", occurred_at=AFTER, booking=BOOKING, day=2, course="sheffield.intro-2026-11"
    )
    later = {"event_id": "came", "outcome": "attended", "occurred_at": AFTER + timedelta(weeks=9)}
    came = rebooked.model_copy(update=later)
    missed = (seen(1), seen(2, attended=False), rebooked)
    assert earned(booked(*missed), BOOKING) is None
    found = earned(booked(*missed, came), BOOKING)
    assert found is not None
    assert found.made_up
