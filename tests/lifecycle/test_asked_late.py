"""A decision that a late fact opens is owed from when it could first be asked, for every kind of subject."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas import cohort_facts
from schemas import engagement_facts as facts
from schemas.due import DueItem
from schemas.words import Act, Matter, Role
from tests.lifecycle import cohorts
from tests.lifecycle.lives import Lived, agreed, fresh, handed_off, read, ready


def proposed_long_ago() -> Lived:
    """The proposal reaches the engine ten weeks late."""
    lived = fresh()
    lived.away("2026-10-20 10:00")
    return lived


def coach_left_long_ago() -> Lived:
    """The coach left in October, told in December."""
    lived = agreed()
    lived.weekly("2026-12-01 10:00")
    lived.tell(facts.CoachLeft, "2026-10-01", person="per_coach")
    return lived


def sponsor_left_long_ago() -> Lived:
    """So did the sponsor."""
    lived = agreed()
    lived.weekly("2026-12-01 10:00")
    lived.tell(facts.RoleChanged, "2026-10-01", role=Role.SPONSOR)
    return lived


def assessed_long_ago() -> Lived:
    """Found ready in October, told in December."""
    lived = agreed()
    lived.weekly("2026-12-01 10:00")
    lived.tell(facts.ReadinessAssessed, "2026-10-01")
    return lived


def signed_off_long_ago() -> Lived:
    """All signed, and nobody was asked to hand off."""
    lived = agreed()
    lived.weekly("2026-12-01 10:00")
    ready(lived)
    lived.away("2027-01-11 10:00")
    return lived


def relapsed_long_ago() -> Lived:
    """It holds no longer since September; told in November."""
    lived = handed_off()
    lived.go("2028-11-07 10:00")
    lived.tell(facts.Relapsed, "2028-09-01")
    return lived


def stalled_long_ago() -> Lived:
    """Four honest misses, told three months late."""
    lived = agreed()
    lived.away("2026-12-17 10:00")
    for day in ("2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29"):
        lived.miss(day)
    return lived


def review_missed() -> Lived:
    """The engine was away over the six-month review."""
    lived = agreed()
    lived.weekly("2027-03-01")
    lived.away("2027-06-01 10:00")
    return lived


def handed_off_long_ago() -> Lived:
    """A hand-off told five months late: its first check is late already."""
    lived = agreed()
    lived.weekly("2028-03-14")
    ready(lived)
    lived.away("2028-08-14 10:00")
    lived.tell(facts.HandedOff, "2028-03-15")
    return lived


LATE = {
    Matter.AGREEMENT: proposed_long_ago,
    Matter.VACANCY: coach_left_long_ago,
    Matter.ROLE_VACANCY: sponsor_left_long_ago,
    Matter.SIGN_OFF: assessed_long_ago,
    Matter.HAND_OFF: signed_off_long_ago,
    Matter.RELAPSE: relapsed_long_ago,
    Matter.STALL: stalled_long_ago,
    Matter.REVIEW: review_missed,
    Matter.AFTERCARE: handed_off_long_ago,
}


@pytest.mark.parametrize("matter", LATE)
def test_a_decision_opened_late_is_owed_from_when_it_is_asked(matter: Matter) -> None:
    """It has its whole time, its reminders keep their distance, and the office hears after all of it."""
    lived = LATE[matter]()
    lived.carry_out()
    first = [item for at, item in lived.carried if item.matter is matter and at == lived.now][-1]
    assert first.step == 0
    assert first.answer_by is not None
    assert first.answer_by - lived.now >= timedelta(weeks=2) - timedelta(hours=2)
    on_time = [item for item in lived.ahead(matter) if item.window == first.window and item.act is not Act.ASK]
    assert all(item.at > lived.now + timedelta(days=6) for item in on_time), [read(item.at) for item in on_time]
    answer_by = {item.answer_by for item in lived.ahead(matter) if item.window == first.window}
    assert answer_by <= {first.answer_by}


def test_a_pause_before_the_late_ask_does_not_lengthen_it() -> None:
    """The weeks count from the ask, and the pause lies before it."""
    lived = agreed()
    lived.weekly("2026-10-05 12:00")
    lived.tell(facts.PauseStarted, reason=facts.PauseReason.STAFFING)
    lived.go("2026-11-30 12:00")
    lived.tell(facts.PauseEnded)
    lived.go("2026-12-10 12:00")
    lived.tell(facts.RoleChanged, "2026-10-01", role=Role.SPONSOR)
    lived.carry_out()
    asked = next(item for _, item in lived.carried if item.matter is Matter.ROLE_VACANCY)
    assert asked.answer_by is not None
    assert read(asked.answer_by) == "2026-12-24 12:00"


def test_a_cohort_scheduled_late_has_its_time_to_confirm_and_to_complete() -> None:
    """Asked weeks after their time, by an outage: the office has its weeks, and never later than the start."""
    lived = cohorts.fresh(cohorts.P1)
    lived.go("2026-06-22")
    lived.now = lived.life.starts_at - timedelta(days=10)
    lived.carry_out()
    asked = _last(lived, Matter.COHORT_CONFIRMATION)
    assert asked.answer_by == lived.life.starts_at
    lived.tell(cohort_facts.CohortConfirmed)
    lived.now = lived.life.calendar.sendable(lived.life.teaching_ends_at + timedelta(weeks=9))
    lived.carry_out()
    asked = _last(lived, Matter.COMPLETION)
    assert asked.answer_by is not None
    assert asked.answer_by == lived.life.calendar.add_weeks(lived.now, 4)


def _last(lived: cohorts.Lived, matter: Matter) -> DueItem:
    return [item for _, item in lived.carried if item.matter is matter][-1]
