"""An engagement of which nothing is expected says so: on leave, or paused."""

from __future__ import annotations

from datetime import date

from lifecycle.engagement.rows import standing
from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.engagement_facts import CoachPart, PauseReason
from schemas.facts import LeaveAgreed
from schemas.words import Health, Matter, Outcome, Role
from tests.lifecycle.lives import Lived, agreed, local


def _away(lived: Lived, first: str, last: str, person: str = "per_coach", *, confirmed: bool = False) -> str:
    begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    return lived.tell(LeaveAgreed, person=person, first_day=begins, last_day=ends, confirmed=confirmed)


def _health(lived: Lived) -> Health:
    return lived.state.health


def _at_risk() -> Lived:
    """Two sessions in a row were not held; the coach has heard."""
    lived = agreed()
    lived.weekly("2026-11-30")
    for day in ("2026-12-01", "2026-12-08"):
        lived.go(f"{day} 10:30")
        lived.miss(day)
    lived.go("2026-12-09")
    assert _health(lived) == Health.AT_RISK
    return lived


def test_health_reads_on_leave_from_the_first_day_to_the_last() -> None:
    """It turns by itself, at midnight, and nobody is told."""
    lived = agreed()
    lived.weekly("2026-10-01")
    _away(lived, "2026-10-12", "2026-10-16")
    for day, health in (
        ("2026-10-11 23:59", Health.ON_TRACK),
        ("2026-10-12 00:00", Health.ON_LEAVE),
        ("2026-10-16 23:59", Health.ON_LEAVE),
        ("2026-10-17 00:00", Health.ON_TRACK),
    ):
        lived.go(day)
        assert _health(lived) == health
        assert standing(lived.state, lived.plan()).health == health
    assert lived.went(Matter.LEAVE) == ["2026-10-12 00:00", "2026-10-17 00:00"]
    assert not [notice for _, notice in lived.sent if notice.matter is Matter.LEAVE]


def test_a_team_with_somebody_there_is_not_on_leave() -> None:
    """Only while all who coach it are away; of two, the days that both are."""
    lived = agreed()
    lived.tell(facts.CoachAssigned, person="per_co", part=CoachPart.CO)
    lived.weekly("2026-10-01")
    _away(lived, "2026-10-12", "2026-10-23")
    _away(lived, "2026-10-19", "2026-10-30", person="per_co")
    for day, health in (
        ("2026-10-14", Health.ON_TRACK),
        ("2026-10-20", Health.ON_LEAVE),
        ("2026-10-27", Health.ON_TRACK),
    ):
        lived.weekly(day)
        assert _health(lived) == health


def test_leave_that_is_shortened_ends_so_at_once() -> None:
    """The rest of it was told wrongly."""
    lived = agreed()
    lived.weekly("2026-10-12 08:00")
    told = _away(lived, "2026-10-12", "2026-10-30")
    lived.go("2026-10-20")
    assert _health(lived) == Health.ON_LEAVE
    shorter = LeaveAgreed(
        event_id="shorter", occurred_at=local("2026-10-12 08:00"), person="per_coach",
        first_day=date(2026, 10, 12), last_day=date(2026, 10, 16),
    )  # fmt: skip
    lived.tell(Correction, corrects=told, replacement=shorter)
    assert _health(lived) == Health.ON_TRACK
    assert lived.ahead(Matter.LEAVE) == []


def test_health_reads_paused_while_a_pause_is_open() -> None:
    """Before the course starts too."""
    lived = agreed()
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
    assert _health(lived) == Health.PAUSED
    lived.go("2026-09-07")
    lived.tell(facts.PauseEnded)
    assert _health(lived) == Health.ON_TRACK


def test_a_team_at_risk_reads_paused_and_is_at_risk_again_without_a_fresh_alarm() -> None:
    """The same missed sessions are told of once."""
    lived = _at_risk()
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
    assert _health(lived) == Health.PAUSED
    lived.go("2027-01-06")
    lived.tell(facts.PauseEnded)
    assert _health(lived) == Health.AT_RISK
    lived.go("2027-01-11 07:00")
    assert len(lived.heard(Role.COACH, Matter.ESCALATION)) == 1


def test_a_team_at_risk_reads_on_leave_and_is_at_risk_again_without_a_fresh_alarm() -> None:
    """Its sessions are excused meanwhile; nobody above was told that it is over."""
    lived = _at_risk()
    _away(lived, "2026-12-10", "2026-12-23")
    lived.go("2026-12-18")
    assert _health(lived) == Health.ON_LEAVE
    assert [s.outcome for s in lived.state.sessions if s.day == date(2026, 12, 15)] == [Outcome.EXCUSED]
    lived.go("2026-12-27")
    assert _health(lived) == Health.AT_RISK
    assert len(lived.heard(Role.COACH, Matter.ESCALATION)) == 1
    assert lived.went(Matter.RELIEF) == []


def test_a_stalled_team_is_not_asked_about_each_week_because_its_coach_is_away() -> None:
    """Stalled by its sessions it stays, whatever health reads."""
    lived = agreed()
    for day in ("2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29"):
        lived.go(f"{day} 10:30")
        lived.miss(day)
    asked = len(lived.went(Matter.SESSION))
    _away(lived, "2026-09-30", "2026-10-06")
    lived.go("2026-10-02")
    assert (_health(lived), lived.state.by_sessions) == (Health.ON_LEAVE, Health.STALLED)
    lived.go("2026-10-08")
    assert len(lived.went(Matter.SESSION)) == asked
