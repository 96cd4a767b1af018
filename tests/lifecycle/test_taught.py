"""The days on which a cohort and a course are taught: when, for how many, and by which facts."""

from __future__ import annotations

from lifecycle.taught import taught
from schemas import cohort_facts, intro_course_facts
from schemas.corrections import Correction
from tests.lifecycle import cohorts, intro_courses
from tests.lifecycle.cohorts import P1, P2
from tests.lifecycle.intro_courses import A, B
from tests.lifecycle.lives import local


def test_a_learning_session_counts_whoever_was_expected_when_it_began() -> None:
    """Who left since counts at those before; who made one up was there, by a fact of its own."""
    lived = cohorts.fresh(P1, P2)
    lived.go("2026-09-08")
    held = lived.tell(cohort_facts.LearningSessionHeld, "2026-09-07 14:00", number=1, attended=(P2,))
    made_up = lived.tell(cohort_facts.LearningSessionMadeUp, number=1, enrolment=P1)
    lived.go("2026-09-20")
    lived.tell(cohort_facts.EnrolmentWithdrawn, enrolment=P2, reason="other")
    first, second, *_ = days = taught(lived.state)
    assert [day.number for day in days] == list(lived.life.numbers)
    assert (first.starts_at, first.ends_at) == (local("2026-09-07 09:30"), local("2026-09-07 13:00"))
    assert (first.held, first.expected, first.attended, set(first.facts)) == (True, 2, 2, {held, made_up})
    assert (second.held, second.cancelled, second.expected, second.attended, second.facts) == (False, False, 1, 0, ())


def test_the_learning_sessions_of_a_cancelled_cohort_are_cancelled() -> None:
    """All of them: a cohort is cancelled before it is taught."""
    lived = cohorts.fresh(P1)
    lived.tell(cohort_facts.CohortCancelled, reason="other")
    assert {(day.held, day.cancelled) for day in taught(lived.state)} == {(False, True)}


def test_a_corrected_attendance_goes_by_its_correction() -> None:
    """What was told at first says nothing any more; a tap at the door is a fact beside the list."""
    lived = intro_courses.fresh("A", "B")
    lived.held("AB", "A")
    wrong = taught(lived.state)[1].facts
    right = intro_course_facts.IntroAttendanceTaken(
        event_id="r", occurred_at=local("2026-10-15 16:00"), day=2, attended=(A, B)
    )
    mended = lived.after().tell(Correction, corrects=wrong[0], replacement=right)
    first, second = taught(lived.state)
    assert (first.day.isoformat(), first.expected, first.attended) == ("2026-10-14", 2, 2)
    assert (second.held, second.attended, second.facts) == (True, 2, (mended,))


def test_a_day_that_nobody_told_of_or_that_was_cancelled_is_not_held() -> None:
    """Whoever has given up a place is expected no more."""
    lived = intro_courses.fresh("A", "B")
    lived.cancel("B")
    lived.go("2026-10-14 12:00")
    lived.tell(intro_course_facts.DelegateSeen, booking=A, day=1)
    lived.after().tell(intro_course_facts.IntroCourseCancelled, reason="no_room")
    first, second = taught(lived.state)
    assert (first.held, first.cancelled, first.expected, first.attended) == (True, False, 1, 1)
    assert (second.held, second.cancelled, second.attended, second.facts) == (False, True, 0, ())
