"""What the office owes and does not answer: its deputy hears, once a question, wherever it falls due."""

from __future__ import annotations

from datetime import datetime, timedelta

from lifecycle.engagement import open_still
from schemas import engagement_facts as facts
from schemas.engagement_facts import PauseReason
from schemas.words import Act, Matter, Role
from tests.lifecycle import cohorts, intro_courses
from tests.lifecycle.lives import Lived, agreed, handed_off

DEPUTY = "sheffield.deputy"


def heard(lived: Lived | cohorts.Lived | intro_courses.Lived) -> list[str]:
    """What the deputy heard: the window of each notice. Each goes at once, and none twice."""
    found = [notice for _, notice in lived.sent if notice.matter is Matter.OFFICE_OVERDUE]
    assert {(notice.person, notice.role, notice.act) for notice in found} <= {(DEPUTY, Role.DEPUTY, Act.ESCALATE)}
    assert not any(notice.gathered for notice in found)
    windows = [notice.window for notice in found]
    assert len(windows) == len(set(windows))
    return windows


def working_days(lived: Lived, since: datetime, until: datetime) -> int:
    """How many lie between two moments."""
    calendar = lived.life.calendar
    return calendar.working_days_between(calendar.day(since), calendar.day(until))


def without_faculty(until: str) -> Lived:
    """A team that meets every week, and whose office owes what faculty else would."""
    lived = agreed(people=facts.People(coach="per_coach", team_lead="per_lead", sponsor="per_sponsor"))
    lived.weekly(until)
    return lived


def missed(*days: str) -> Lived:
    """A team that missed its sessions of these days."""
    lived = agreed()
    for day in days:
        lived.go(f"{day} 10:30")
        lived.miss(day)
    return lived


def test_a_decision_of_the_office_is_overdue_ten_working_days_after_it_was_owed() -> None:
    """A stalled team: decided within eight weeks, though asked each month; it is the office's turn still."""
    lived = missed("2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29")
    lived.go("2027-06-01")
    asked = next(item for _, item in lived.carried if item.matter is Matter.STALL)
    at, told = next((at, notice) for at, notice in lived.sent if notice.window.startswith("stall."))
    assert asked.answer_by is not None
    assert working_days(lived, asked.answer_by, at) == 10
    assert told.turn is Role.OFFICE
    assert heard(lived).count(told.window) == 1


def test_what_was_put_to_the_office_is_overdue_ten_working_days_after_that() -> None:
    """An alarm climbs the ladder; the office is its last step, and the deputy stands above."""
    lived = missed("2026-09-08", "2026-09-15")
    lived.go("2026-11-30")
    office = next(at for at, item in lived.carried if item.matter is Matter.ESCALATION and item.to == (Role.OFFICE,))
    deputy = next(at for at, notice in lived.sent if notice.window.startswith("escalation."))
    assert working_days(lived, office, deputy) == 10


def test_an_answer_in_time_spares_the_deputy() -> None:
    """The office was asked for a coach, and found one within ten working days."""
    lived = agreed()
    lived.weekly("2026-10-20")
    lived.tell(facts.CoachLeft, person="per_coach")
    lived.go("2026-11-12")
    assert lived.heard(Role.OFFICE, Matter.VACANCY)
    lived.tell(facts.CoachAssigned, person="per_new")
    lived.go("2027-01-20")
    assert not any(window.startswith("vacancy.") for window in heard(lived))


def test_an_office_that_never_answers_is_passed_over_each_time() -> None:
    """Two years in which everybody else does their part: each matter is told by itself, within working days."""
    lived = without_faculty("2028-08-01")
    owed = {
        f"{item.matter}.{item.window}": max(at, item.answer_by or at)
        for at, item in reversed(lived.carried)
        if item.to == (Role.OFFICE,) and item.matter in (Matter.REVIEW, Matter.READINESS, Matter.TRANSITION)
    }
    told = {notice.window: at for at, notice in lived.sent if notice.matter is Matter.OFFICE_OVERDUE}
    assert owed.keys() <= set(heard(lived))
    assert {
        window: 10 <= working_days(lived, since, told[window]) <= 11 for window, since in owed.items()
    } == dict.fromkeys(owed, True)


def test_a_pause_puts_the_deputy_off() -> None:
    """Paused days do not count, as for any decision."""

    def told(paused_until: str | None = None) -> datetime:
        lived = without_faculty("2027-04-01")
        if paused_until:
            lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
            lived.go(paused_until)
            lived.tell(facts.PauseEnded)
        lived.weekly("2027-08-01")
        return next(at for at, notice in lived.sent if notice.window == "review.month-6")

    assert told("2027-05-27") - told() >= timedelta(weeks=7)


def test_the_deputys_notice_is_needed_for_as_long_as_the_office_owes() -> None:
    """After an outage of the mail server it goes late, or no more."""
    lived = agreed()
    lived.weekly("2026-10-20")
    lived.tell(facts.CoachLeft, person="per_coach")
    lived.go("2026-12-20")
    (key,) = [item.key for _, item in lived.carried if item.key.startswith("office_overdue/vacancy.")]
    assert [item.key for item in open_still(lived.state, lived.done, [key])] == [key]
    lived.tell(facts.CoachAssigned, person="per_new")
    assert open_still(lived.state, lived.done, [key]) == []


def test_aftercare_a_cohort_and_a_course_follow_the_same_rule() -> None:
    """Whatever falls due of the office: a check, a start without a team, who completed, the list of a day."""
    lived = handed_off()
    lived.go("2028-12-01")
    assert any(window.startswith("aftercare.") for window in heard(lived))
    cohort = cohorts.fresh()
    cohort.accept(cohorts.P1)
    cohort.go("2027-05-01")
    assert {f"conditional_start.{cohorts.P1}.grace", "completion.course"} <= set(heard(cohort))
    course = intro_courses.fresh("A", "B")
    course.go("2026-12-20")
    assert {"intro_attendance.day-1.20261014", "intro_attendance.day-2.20261015"} <= set(heard(course))
