"""A new version or table changes the learning sessions to come; those that began, and a course that is over, stay."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from lifecycle.account import account
from lifecycle.cohort import REDUCER
from schemas import cohort_facts as facts
from schemas.cohort_facts import Coaching
from schemas.facts import CalendarRevised, ProgrammeAdopted
from schemas.programme import Completion, Course, IntroCourse, Programme, QuietHours
from schemas.words import CohortStage, IntroStage, Matter
from tests.lifecycle import intro_courses
from tests.lifecycle.cohorts import COACHES_WELL, P1, Lived, fresh
from tests.lifecycle.lives import PROGRAMME, local, read


def version(**changed: Any) -> Programme:
    """Another version of the programme."""
    return PROGRAMME.model_copy(update={"version": 2, **changed})


def begin(lived: Lived) -> list[str]:
    """When the learning sessions begin."""
    return [read(lived.life.learning_session(number)) for number in lived.life.numbers]


FEWER = Completion(learning_sessions_attended=3)
FIRST_THREE = ["2026-09-07 09:30", "2026-10-07 09:30", "2026-11-09 09:30"]


def test_learning_sessions_at_another_hour_are_those_to_come() -> None:
    """Those that began keep their hour and length, and nobody is asked about them again."""
    lived = fresh(P1)
    lived.attend([1, 2], P1)
    lived.go("2026-11-20")
    assert begin(lived)[:3] == FIRST_THREE
    asked = lived.went(Matter.ATTENDANCE)
    lived.tell(
        ProgrammeAdopted, programme=version(course=Course(learning_session_at=time(14), learning_session_minutes=60))
    )
    assert begin(lived)[:4] == [*FIRST_THREE, "2026-12-07 14:00"]
    assert lived.life.learning_session_ends(3) == local("2026-11-09 13:00")
    lived.carry_out()
    assert lived.went(Matter.ATTENDANCE) == asked


def test_a_shorter_course_keeps_the_learning_sessions_that_began() -> None:
    """Four instead of six, adopted after the fifth: five, all of which can be told of."""
    lived = fresh(P1)
    lived.go("2027-01-20")
    lived.tell(ProgrammeAdopted, programme=version(course=Course(learning_sessions=4), completion=FEWER))
    assert list(lived.life.numbers) == [1, 2, 3, 4, 5]
    lived.tell(facts.LearningSessionHeld, number=5, attended=(P1,))


@pytest.mark.parametrize(("before", "after", "fourth"), [(2, 1, "2027-02-08 09:30"), (1, 2, "2027-01-07 09:30")])
def test_learning_sessions_in_another_rhythm_lie_ahead(before: int, after: int, fourth: str) -> None:
    """They count on from the last that began."""
    lived = fresh(
        P1,
        programme=PROGRAMME.model_copy(
            update={"course": Course(length_months=12, learning_session_every_months=before)}
        ),
    )
    lived.go("2027-01-20" if before == 2 else "2026-11-20")
    began = begin(lived)[:3]
    lived.tell(
        ProgrammeAdopted, programme=version(course=Course(length_months=12, learning_session_every_months=after))
    )
    assert begin(lived)[:4] == [*began, fourth]


def test_a_first_learning_session_that_would_have_begun_by_now_is_a_month_later() -> None:
    """Adopted on the morning of the first day: at an hour that is past already."""
    lived = fresh(P1)
    lived.go("2026-09-07 09:00")
    lived.tell(ProgrammeAdopted, programme=version(course=Course(learning_session_at=time(8))))
    assert begin(lived)[:2] == ["2026-10-07 08:00", "2026-11-09 08:00"]


def test_a_course_that_is_over_stays_over_and_is_completed_by_what_held_then() -> None:
    """More learning sessions do not reopen it; a higher share of sessions held is for those still taught."""
    lived = fresh(P1)
    lived.attend(range(1, 7), P1)
    lived.go("2027-03-10")
    lived.records[P1] = Coaching(enrolment=P1, **(COACHES_WELL | {"sessions_held": 16}))
    lived.look()
    ended = lived.life.teaching_ends_at
    course = Course(learning_sessions=9, length_months=9)
    lived.go("2027-03-11")
    lived.tell(ProgrammeAdopted, programme=version(course=course, completion=Completion(sessions_held_percent=100)))
    assert (lived.life.teaching_ends_at, lived.state.stage) == (ended, CohortStage.TEACHING_COMPLETE)
    assert list(lived.life.numbers) == [1, 2, 3, 4, 5, 6]
    lived.go("2027-03-12")
    lived.tell(facts.EnrolmentCompleted, enrolment=P1, completed=True)


def test_a_share_adopted_while_the_course_runs_is_asked_for() -> None:
    """The course is completed by what holds when its teaching ends."""
    lived = fresh(P1)
    lived.go("2026-11-20")
    lived.tell(ProgrammeAdopted, programme=version(completion=Completion(sessions_held_percent=100)))
    lived.attend(range(1, 7), P1)
    lived.go("2027-03-10")
    lived.records[P1] = Coaching(enrolment=P1, **(COACHES_WELL | {"sessions_held": 16}))
    lived.look()
    lived.go("2027-03-11")
    assert "100% of team sessions" in lived.refused(facts.EnrolmentCompleted, enrolment=P1, completed=True).reason


def test_a_course_made_shorter_ends_no_sooner_than_that_was_adopted() -> None:
    """Three months instead of six, adopted in the fifth: it ends then, not two months ago."""
    lived = fresh(P1)
    lived.go("2027-01-20")
    lived.tell(
        ProgrammeAdopted, programme=version(course=Course(length_months=3, learning_sessions=3), completion=FEWER)
    )
    assert read(lived.life.teaching_ends_at) == "2027-01-20 12:00"


def test_a_course_began_when_it_did_by_the_hours_of_then() -> None:
    """Mail may go from another hour on: the course does not begin anew; in whatever order it is told."""
    lived = fresh(P1)
    lived.go("2026-11-20")
    lived.tell(ProgrammeAdopted, programme=version(quiet_hours=QuietHours(opens=time(10), closes=time(16))))
    lived.tell(CalendarRevised, "2026-10-10", calendar="uk-2025-12")
    assert read(lived.life.starts_at) == "2026-09-07 08:00"
    assert account(REDUCER, reversed(lived.known.facts.values())).life == lived.life


def test_a_learning_session_that_began_untold_can_still_be_moved() -> None:
    """It did not take place then: it is to come."""
    lived = fresh(P1)
    lived.go("2026-09-10")
    lived.tell(ProgrammeAdopted, programme=version())
    lived.go("2026-09-11")
    moved: dict[str, Any] = {"to_day": local("2026-09-21").date(), "to_time": time(13)}
    lived.tell(facts.LearningSessionMoved, number=1, **moved)
    assert begin(lived)[0] == "2026-09-21 13:00"


def test_a_day_of_an_introduction_course_that_began_keeps_its_hour() -> None:
    """Another hour holds for day 2, which is still to come."""
    lived = intro_courses.fresh()
    lived.go("2026-10-14 18:00")
    lived.tell(ProgrammeAdopted, programme=version(intro_course=IntroCourse(starts_at=time(11), minutes=120)))
    life = lived.life
    assert [read(life.starts(day)) for day in (1, 2)] == ["2026-10-14 09:30", "2026-10-15 11:00"]
    assert read(life.ends(2)) == "2026-10-15 13:00"


def test_an_introduction_course_that_has_opened_stays_open() -> None:
    """It opens later under the new version; who could book then can book on."""
    lived = intro_courses.fresh()
    lived.go("2026-08-10")
    opened = lived.life.opens_at
    lived.tell(ProgrammeAdopted, programme=version(intro_course=IntroCourse(opens_weeks_before=4)))
    assert (lived.life.opens_at, lived.state.stage) == (opened, IntroStage.OPEN)
