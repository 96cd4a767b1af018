"""At risk and stalled: who hears, when, how an alarm is put right, and what a stall asks for."""

from __future__ import annotations

from datetime import date, time

import pytest

from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.engagement_facts import CoachPart, Slot
from schemas.facts import AcademyClosed, LeaveAgreed
from schemas.words import Act, Health, Matter, Role, Weekday
from tests.lifecycle.lives import Lived, agreed, local, read


def _missing(lived: Lived, *days: str) -> None:
    """Honest answers at 10:30 on these days: not held."""
    for day in days:
        lived.go(f"{day} 10:30")
        lived.miss(day)


def test_two_misses_in_a_row_put_a_team_at_risk_and_four_stall_it() -> None:
    """Health follows from consecutive misses, and from nothing else."""
    lived = agreed()
    seen = []
    for day in ("2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29"):
        _missing(lived, day)
        seen.append(lived.state.health)
    assert seen == [Health.ON_TRACK, Health.AT_RISK, Health.AT_RISK, Health.STALLED]


def test_a_session_held_between_misses_starts_the_count_anew() -> None:
    """Consecutive means one after the other."""
    lived = agreed()
    _missing(lived, "2026-09-08")
    lived.go("2026-09-15 10:30")
    lived.meet("2026-09-15")
    _missing(lived, "2026-09-22")
    assert lived.state.health is Health.ON_TRACK


def test_excused_sessions_neither_count_as_misses_nor_end_a_run() -> None:
    """A bank holiday between two misses changes nothing."""
    lived = agreed(slot=Slot(day=Weekday.MONDAY, at=time(9)))
    lived.weekly("2026-12-20")
    _missing(lived, "2026-12-21")
    lived.go("2027-01-04 10:30")
    lived.miss("2027-01-04")
    assert [s.day for s in lived.state.run.misses] == [date(2026, 12, 21), date(2027, 1, 4)]
    assert lived.state.health is Health.AT_RISK


def test_the_ladder_climbs_in_working_days() -> None:
    """Coach at once, faculty after five working days, office after ten; nobody else."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-10-10")
    assert lived.heard(Role.COACH, Matter.ESCALATION) == ["2026-09-15 10:30"]
    assert lived.heard(Role.FACULTY, Matter.ESCALATION) == ["2026-09-22 10:30"]
    assert lived.heard(Role.OFFICE, Matter.ESCALATION) == ["2026-09-29 10:30"]
    assert lived.heard(Role.SPONSOR, Matter.ESCALATION) == []


def test_a_co_coach_hears_with_the_coach() -> None:
    """The first rung is both."""
    lived = agreed()
    lived.tell(facts.CoachAssigned, person="per_co", part=CoachPart.CO)
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-16")
    assert lived.heard(Role.CO_COACH, Matter.ESCALATION) == lived.heard(Role.COACH, Matter.ESCALATION)


def test_bank_holidays_and_closed_weeks_stretch_the_ladder() -> None:
    """At risk on Tuesday 22 December: five working days later is 31 December in an ordinary year, later when closed."""
    lived = agreed()
    lived.weekly("2026-12-14")
    lived.tell(AcademyClosed, first_day=date(2026, 12, 28), last_day=date(2027, 1, 3))
    _missing(lived, "2026-12-15", "2026-12-22")
    lived.go("2027-01-31")
    assert lived.heard(Role.FACULTY, Matter.ESCALATION) == ["2027-01-06 10:30"]


def test_the_ladder_keeps_its_distance_when_facts_came_late() -> None:
    """Misses told two weeks late: the coach hears at once, faculty five working days after that, not the same day."""
    lived = agreed()
    lived.go("2026-09-17 09:00")
    lived.miss("2026-09-08", "2026-09-08 10:00")
    lived.miss("2026-09-15", "2026-09-15 10:00")
    lived.go("2026-10-20")
    assert lived.heard(Role.COACH, Matter.ESCALATION) == ["2026-09-17 09:00"]
    assert lived.heard(Role.FACULTY, Matter.ESCALATION) == ["2026-09-24 09:00"]
    assert lived.heard(Role.OFFICE, Matter.ESCALATION) == ["2026-10-01 09:00"]


def test_the_ladder_keeps_its_distance_over_christmas_when_the_engine_was_away() -> None:
    """Told on Wednesday 23 December: faculty hears after five working days, whatever the holidays in between."""
    lived = agreed()
    lived.weekly("2026-11-30")
    _missing(lived, "2026-12-01")
    lived.go("2026-12-08 10:00")
    lived.away("2026-12-23 09:00")
    lived.miss("2026-12-08", "2026-12-08 10:30")
    lived.go("2027-01-20")
    assert lived.heard(Role.COACH, Matter.ESCALATION) == ["2026-12-23 09:00"]
    assert lived.heard(Role.FACULTY, Matter.ESCALATION) == ["2027-01-04 09:00"]


def test_the_sponsor_hears_only_when_faculty_releases_it() -> None:
    """And not before the office did."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-23")
    lived.tell(facts.SponsorReleased)
    lived.go("2026-10-10")
    assert lived.heard(Role.SPONSOR, Matter.ESCALATION) == ["2026-09-29 10:30"]


def test_a_release_of_an_earlier_alarm_releases_no_later_one() -> None:
    """Each alarm needs its own."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.tell(facts.SponsorReleased)
    lived.weekly("2026-10-26")
    _missing(lived, "2026-10-27", "2026-11-03")
    lived.go("2026-12-01")
    assert lived.heard(Role.SPONSOR, Matter.ESCALATION) == []


def test_an_alarm_that_no_longer_holds_is_put_right_once_with_those_above_the_coach() -> None:
    """Faculty heard the alarm, so faculty hears that it is over; the office did not hear, and hears nothing."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-23 12:00")
    lived.met_after_all("2026-09-15")
    lived.go("2026-11-30")
    assert lived.heard(Role.FACULTY, Matter.RELIEF) == ["2026-09-23 12:00"]
    assert lived.heard(Role.OFFICE, Matter.RELIEF) == []


def test_relief_goes_to_who_stood_in_when_the_alarm_was_heard() -> None:
    """Faculty was away, so the office heard; faculty is back by now, and heard nothing."""
    lived = agreed()
    lived.tell(LeaveAgreed, person="per_faculty", first_day=date(2026, 9, 21), last_day=date(2026, 9, 25))
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-28 12:00")
    assert lived.heard(Role.OFFICE, Matter.ESCALATION) == ["2026-09-22 10:30"]
    lived.met_after_all("2026-09-15")
    lived.go("2026-09-30")
    assert lived.heard(Role.OFFICE, Matter.RELIEF) == ["2026-09-28 12:00"]
    assert lived.heard(Role.FACULTY, Matter.RELIEF) == []


def test_an_alarm_only_the_coach_heard_needs_no_relief() -> None:
    """The coach knows best."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-16")
    lived.met_after_all("2026-09-15")
    lived.go("2026-10-30")
    assert lived.went(Matter.RELIEF) == []


def test_a_late_answer_that_leaves_the_team_at_risk_gives_no_relief_and_no_second_alarm() -> None:
    """The first of three misses was held after all: it is the same alarm still."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15", "2026-09-22")
    lived.go("2026-09-23")
    lived.met_after_all("2026-09-08")
    lived.go("2026-09-28")
    assert lived.went(Matter.RELIEF) == []
    assert lived.heard(Role.COACH, Matter.ESCALATION) == ["2026-09-15 10:30"]


def test_two_alarms_that_turn_out_to_be_one_give_no_relief() -> None:
    """A correction joins two runs of misses: neither alarm is over."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-22 10:30")
    held = lived.meet("2026-09-22")
    lived.go("2026-09-22 17:00")
    _missing(lived, "2026-09-29", "2026-10-06", "2026-10-13")
    before = lived.went(Matter.RELIEF)
    lived.tell(Correction, corrects=held)
    lived.go("2026-10-15")
    assert lived.went(Matter.RELIEF) == before


def test_who_stood_in_for_a_coach_on_leave_hears_that_it_is_over() -> None:
    """The alarm went to faculty at once, for want of a coach; it ends before it would have come to them."""
    lived = agreed()
    _missing(lived, "2026-09-08")
    lived.tell(LeaveAgreed, person="per_coach", first_day=date(2026, 9, 16), last_day=date(2026, 9, 18))
    lived.go("2026-09-16 10:30")
    lived.miss("2026-09-15")
    lived.go("2026-09-16 12:00")
    assert lived.heard(Role.FACULTY, Matter.ESCALATION) == ["2026-09-16 10:30"]
    lived.go("2026-09-17 11:00")
    lived.met_after_all("2026-09-15")
    lived.go("2026-09-25")
    assert lived.heard(Role.FACULTY, Matter.RELIEF) == ["2026-09-17 11:00"]
    assert lived.heard(Role.COACH, Matter.RELIEF) == []


def test_a_second_run_of_misses_that_begins_with_an_old_one_is_a_new_alarm() -> None:
    """The coach hears again when, after a recovery by correction, the run goes on."""
    lived = agreed()
    _missing(lived, "2026-09-08")
    lived.go("2026-09-15 10:30")
    missed = lived.miss("2026-09-15")
    lived.go("2026-09-15 17:00")
    lived.tell(LeaveAgreed, person="per_coach", first_day=date(2026, 9, 14), last_day=date(2026, 9, 18))
    assert lived.state.by_sessions is Health.ON_TRACK, missed
    _missing(lived, "2026-09-22")
    lived.go("2026-09-23")
    assert lived.heard(Role.COACH, Matter.ESCALATION) == ["2026-09-15 10:30", "2026-09-22 10:30"]


def test_a_silent_stop_reaches_somebody_above_the_coach_within_twenty_working_days() -> None:
    """Nobody answers anything from the first missed session on."""
    lived = agreed()
    lived.weekly("2027-02-01")
    lived.go("2027-04-30")
    calendar = lived.life.calendar
    heard = local(lived.heard(Role.FACULTY, Matter.ESCALATION)[0])
    assert calendar.working_days_between(date(2027, 2, 2), calendar.day(heard)) <= 20


def test_a_stalled_team_is_asked_about_no_session_and_the_office_is_asked_monthly() -> None:
    """Four misses in a row: weekly asks and monthly scores stop; the office decides."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29")
    asked = len(lived.went(Matter.SESSION, Act.ASK))
    lived.go("2026-12-31")
    assert len(lived.went(Matter.SESSION, Act.ASK)) == asked
    assert lived.heard(Role.OFFICE, Matter.STALL) == [
        "2026-09-29 10:30",
        "2026-10-27 10:00",
        "2026-11-24 10:00",
        "2026-12-22 10:00",
    ]
    assert lived.ahead(Matter.STALL)[0].turn is Role.OFFICE


def test_a_stalled_team_that_meets_again_has_recovered() -> None:
    """Weekly asks begin again, and the office hears no more but that it is over."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29")
    lived.go("2026-10-20 10:30")
    lived.meet("2026-10-20")
    lived.go("2026-10-27 12:00")
    assert lived.state.health is Health.ON_TRACK
    assert lived.heard(Role.OFFICE, Matter.RELIEF) == ["2026-10-20 10:30"]
    assert lived.went(Matter.SESSION, Act.ASK)[-1] == "2026-10-27 11:00"
    assert lived.ahead(Matter.STALL) == []


@pytest.mark.parametrize("late_by_days", [0, 6])
def test_steady_teams_never_alarm(late_by_days: int) -> None:
    """Nine weeks of ten, told at once or six working days late: no alarm."""
    lived = agreed()
    for week in range(20):
        day = date.fromordinal(date(2026, 9, 8).toordinal() + 7 * week)
        told = lived.life.calendar.add_working_days(day, late_by_days)
        lived.go(f"{told} 15:00")
        (lived.miss if week % 10 == 9 else lived.meet)(day.isoformat(), f"{day} 10:30")
    assert lived.went(Matter.ESCALATION) == []
    assert read(lived.now) > "2027-01"


def test_an_alarm_that_was_over_and_is_not_is_told_once_to_those_who_heard_that_it_was() -> None:
    """The report that cleared it is withdrawn: faculty hears why; the coach, who heard no relief, hears nothing."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-23 12:00")
    met = lived.meet("2026-09-18", "2026-09-18")
    lived.go("2026-09-24 12:00")
    lived.tell(Correction, corrects=met)
    lived.go("2026-09-28 12:00")
    assert lived.heard(Role.FACULTY, Matter.RELIEF) == ["2026-09-23 12:00"]
    assert lived.heard(Role.FACULTY, Matter.ALARM_AGAIN) == ["2026-09-24 12:00"]
    assert lived.heard(Role.COACH, Matter.ALARM_AGAIN) == []
    assert lived.heard(Role.OFFICE, Matter.ALARM_AGAIN) == []
    assert len(lived.heard(Role.COACH, Matter.ESCALATION)) == 1
    lived.go("2026-10-01")
    assert lived.heard(Role.OFFICE, Matter.ESCALATION) == ["2026-09-29 10:30"]


def test_an_alarm_can_be_over_and_raised_again_more_than_once() -> None:
    """Each turn is told once."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-23 12:00")
    for day in ("2026-09-23", "2026-09-24"):
        lived.go(f"{day} 12:00")
        met = lived.meet("2026-09-18", f"{day} 11:00")
        lived.go(f"{day} 13:00")
        lived.tell(Correction, corrects=met)
        lived.go(f"{day} 14:00")
    assert lived.heard(Role.FACULTY, Matter.RELIEF) == ["2026-09-23 12:00", "2026-09-24 12:00"]
    assert lived.heard(Role.FACULTY, Matter.ALARM_AGAIN) == ["2026-09-23 13:00", "2026-09-24 13:00"]
    assert lived.ahead(Matter.ALARM_AGAIN) == []
