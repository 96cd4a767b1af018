"""Pauses, vacancies, closed weeks, changed people, calendars and programmes under a live engagement."""

from __future__ import annotations

from datetime import date

import pytest

from lifecycle.account import account
from lifecycle.engagement import REDUCER
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.engagement_facts import CoachPart, PauseReason
from schemas.facts import AcademyClosed, CalendarRevised, ProgrammeAdopted
from schemas.programme import HealthRules
from schemas.words import Act, EndReason, Health, Matter, Outcome, Role, Stage
from tests.lifecycle.lives import PROGRAMME, Lived, agreed, handed_off, read


def _paused(until: str | None = None) -> Lived:
    """A team that meets until 1 December 2026 and pauses from the 2nd on."""
    lived = agreed()
    lived.weekly("2026-12-02")
    lived.tell(facts.PauseStarted, reason=PauseReason.WINTER_PRESSURE)
    if until:
        lived.go(until)
    return lived


def test_while_paused_only_the_pause_itself_is_due() -> None:
    """A review every four weeks, a decision after twelve, then the deputy; no session ask, no alarm, no score."""
    lived = _paused("2027-04-10")
    since = [item.matter for at, item in lived.carried if read(at) > "2026-12-02 12:00"]
    assert set(since) == {Matter.PAUSE_REVIEW, Matter.PAUSE_DECISION, Matter.OFFICE_OVERDUE}
    assert lived.went(Matter.PAUSE_REVIEW)[:3] == ["2026-12-30 12:00", "2027-01-27 12:00", "2027-02-24 12:00"]
    assert lived.went(Matter.PAUSE_DECISION)[0] == "2027-02-24 12:00"
    assert lived.heard(Role.OFFICE, Matter.PAUSE_DECISION)[0] == "2027-02-24 12:00"


def test_a_pause_review_date_is_kept_and_a_look_counts_from_then() -> None:
    """The coach names the day of the first look; after a look, four weeks again."""
    lived = agreed()
    lived.weekly("2026-12-02")
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING, review_on=date(2026, 12, 14))
    lived.go("2026-12-15")
    assert lived.went(Matter.PAUSE_REVIEW) == ["2026-12-14 08:00"]
    lived.tell(facts.PauseReviewed)
    lived.go("2027-01-12 12:00")
    assert lived.went(Matter.PAUSE_REVIEW) == ["2026-12-14 08:00", "2027-01-12 12:00"]


def test_a_team_resumes_exactly_where_it_was() -> None:
    """Stage, ramp step and health are what they were; sessions of the pause are excused, not owed."""
    lived = agreed()
    lived.weekly("2026-12-02")
    lived.tell(improvement.RampStepReached, step="change_ideas")
    before = (lived.state.stage, lived.life.ramp_step, lived.state.health)
    lived.tell(facts.PauseStarted, reason=PauseReason.WINTER_PRESSURE)
    lived.go("2027-01-31")
    lived.tell(facts.PauseEnded)
    assert (lived.state.stage, lived.life.ramp_step, lived.state.health) == before
    inside = [s.outcome for s in lived.state.sessions if date(2026, 12, 2) < s.day < date(2027, 1, 31)]
    assert set(inside) == {Outcome.EXCUSED}
    lived.go("2027-02-03")
    assert lived.went(Matter.SESSION, Act.ASK)[-1] == "2027-02-02 11:00"


def test_a_pause_moves_hand_off_and_limit_by_its_length() -> None:
    """Sixty days of pause: sixty days later, both."""
    lived = _paused()
    planned, limit = lived.state.hand_off_planned(), lived.state.limit()
    lived.go("2027-01-31")
    lived.tell(facts.PauseEnded)
    paused = lived.life.pauses[0]
    assert paused.until is not None
    length = paused.until - paused.since
    assert lived.state.hand_off_planned() - planned == length
    assert lived.state.limit() - limit == length


def test_a_pause_stops_the_ladder_and_the_ladder_goes_on_after_it() -> None:
    """Coach heard on the 8th, pause from the 10th for four weeks: faculty hears four weeks later than planned."""
    lived = agreed()
    lived.weekly("2026-11-30")
    for day in ("2026-12-01", "2026-12-08"):
        lived.go(f"{day} 10:30")
        lived.miss(day)
    lived.go("2026-12-10 12:00")
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
    lived.go("2027-01-07 12:00")
    lived.tell(facts.PauseEnded)
    lived.go("2027-01-20")
    assert lived.heard(Role.FACULTY, Matter.ESCALATION) == ["2027-01-12 10:30"]


def test_a_silent_session_before_a_pause_becomes_unknown_only_after_it() -> None:
    """The answer's time does not run while the team rests."""
    lived = agreed()
    lived.weekly("2026-12-01 08:00")
    lived.go("2026-12-02 12:00")
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
    lived.go("2027-01-13 12:00")
    assert lived.state.sessions[-7].outcome is Outcome.EXPECTED
    lived.tell(facts.PauseEnded)
    lived.go("2027-01-31")
    assert lived.went(Matter.SESSION, Act.MOVE_ON)[0] == "2027-01-21 11:00"


def test_a_review_inside_a_pause_is_skipped_not_owed() -> None:
    """The six-month review of 7 March 2027 falls into the pause; the twelve-month one is owed."""
    lived = _paused("2027-03-31")
    lived.tell(facts.PauseEnded)
    lived.weekly("2027-09-20")
    assert [item.window for _, item in lived.carried if item.matter is Matter.REVIEW] == ["month-12"]


def test_pauses_never_overlap() -> None:
    """A second pause is refused while one is open; ending none is refused too."""
    lived = _paused()
    assert lived.refused(facts.PauseStarted, reason=PauseReason.OTHER).when == "never"
    lived.go("2026-12-20")
    lived.tell(facts.PauseEnded)
    assert lived.refused(facts.PauseEnded).code == "not_paused"


def test_a_coachless_team_is_never_silently_closed() -> None:
    """Faculty at once, a reminder, then the office, and again: until somebody is found or the end is told."""
    lived = agreed()
    lived.weekly("2027-06-02")
    lived.tell(facts.CoachLeft, person="per_coach")
    assert lived.life.vacant_since is not None
    lived.go("2027-09-01")
    assert lived.heard(Role.FACULTY, Matter.VACANCY) == ["2027-06-02 12:00", "2027-06-09 12:00", "2027-06-16 12:00"]
    assert lived.heard(Role.OFFICE, Matter.VACANCY)[:2] == ["2027-06-23 12:00", "2027-07-21 12:00"]
    assert lived.went(Matter.ESCALATION) == []


def test_a_vacancy_is_looked_at_during_a_pause_too() -> None:
    """The one other matter that a pause does not silence."""
    lived = _paused("2026-12-10")
    lived.tell(facts.CoachStopped, person="per_coach")
    lived.go("2027-01-15")
    assert lived.heard(Role.FACULTY, Matter.VACANCY)[0] == "2026-12-10 12:00"
    assert lived.heard(Role.OFFICE, Matter.VACANCY) == ["2027-01-05 12:00"]


def test_an_interim_coach_fills_the_place_and_a_new_main_coach_replaces_him() -> None:
    """Never two main coaches; the interim's assignment ends when a main coach comes."""
    lived = agreed()
    lived.weekly("2027-06-02")
    lived.tell(facts.CoachLeft, person="per_coach")
    lived.go("2027-06-10")
    lived.tell(facts.CoachAssigned, person="per_interim", part=CoachPart.INTERIM)
    assert lived.life.vacant_since is None
    assert lived.life.acting_coach == "per_interim"
    lived.go("2027-06-20")
    lived.tell(facts.CoachAssigned, person="per_new")
    current = [(a.person, a.part) for a in lived.life.assignments if a.until is None]
    assert current == [("per_new", CoachPart.MAIN)]
    lived.go("2027-06-23")
    assert lived.sent[-1][1].person == "per_new"


def test_a_co_coach_alone_leaves_the_main_place_vacant() -> None:
    """The co-coach is asked about sessions meanwhile."""
    lived = agreed()
    lived.tell(facts.CoachAssigned, person="per_co", part=CoachPart.CO)
    lived.weekly("2026-10-20")
    lived.tell(facts.CoachLeft, person="per_coach")
    assert lived.life.vacant_since is not None
    lived.go("2026-10-27 11:00")
    assert [n.person for _, n in lived.sent if n.matter is Matter.SESSION][-1] == "per_co"


def test_another_sponsor_hears_from_then_on() -> None:
    """Roles are looked up when a notice is issued."""
    lived = agreed()
    lived.tell(facts.RoleChanged, role=Role.SPONSOR, person="per_new_sponsor")
    for day in ("2026-09-08", "2026-09-15"):
        lived.go(f"{day} 10:30")
        lived.miss(day)
    lived.tell(facts.SponsorReleased)
    lived.go("2026-10-10")
    assert [n.person for _, n in lived.sent if n.role is Role.SPONSOR and n.matter is Matter.ESCALATION] == [
        "per_new_sponsor"
    ]


def test_coaches_are_assigned_and_owners_named_not_changed() -> None:
    """Each kind of role has its own fact."""
    lived = agreed()
    assert lived.refused(facts.RoleChanged, role=Role.COACH, person="per_x").when == "never"


def test_a_role_that_nobody_has_is_the_offices_turn() -> None:
    """Without faculty the office is asked; nothing is asked of nobody."""
    lived = agreed(people=facts.People(coach="per_coach"))
    lived.weekly("2026-11-10")
    assert lived.heard(Role.OFFICE, Matter.PROGRESS_FACULTY) != []
    assert all(notice.person for _, notice in lived.sent)


def test_a_merged_team_names_its_successor() -> None:
    """And the end has its reason."""
    lived = agreed()
    lived.weekly("2027-05-01")
    refusal = lived.refused(facts.EndedEarly, reason=EndReason.TEAM_MERGED)
    assert "merged into" in refusal.reason
    lived.tell(facts.EndedEarly, reason=EndReason.TEAM_MERGED, successor="ms_2")
    assert (lived.state.stage, lived.life.end_reason) == (Stage.ENDED_EARLY, EndReason.TEAM_MERGED)
    assert lived.plan() == []


def test_closed_weeks_of_the_academy_excuse_sessions_and_silence_notices() -> None:
    """The first two weeks of August."""
    lived = agreed()
    lived.weekly("2027-07-30")
    lived.tell(AcademyClosed, first_day=date(2027, 7, 31), last_day=date(2027, 8, 15))
    lived.go("2027-08-16 07:59")
    closed = [s.outcome for s in lived.state.sessions if date(2027, 7, 31) <= s.day <= date(2027, 8, 15)]
    assert closed == [Outcome.EXCUSED, Outcome.EXCUSED]
    assert [read(at) for at, _ in lived.sent if "2027-07-31" <= read(at) < "2027-08-16"] == []


def test_a_revised_calendar_changes_the_deadlines_to_come() -> None:
    """The table is named by the state and changes by a fact only; an unknown one is refused."""
    lived = agreed(calendar="uk-2025-12")
    assert lived.life.calendar.table == "uk-2025-12"
    assert lived.refused(CalendarRevised, calendar="uk-1999-01").when == "not_yet"
    lived.tell(CalendarRevised, calendar="uk-2026-11")
    assert lived.life.calendar.table == "uk-2026-11"


def test_another_version_of_the_programme_is_adopted_under_a_live_engagement() -> None:
    """At risk after three instead of two: the alarm of two misses stands, the next one takes three.

    Another programme altogether is refused.
    """
    lived = agreed()
    for day in ("2026-09-08", "2026-09-15"):
        lived.go(f"{day} 10:30")
        lived.miss(day)
    before = lived.state.health
    changed = PROGRAMME.model_copy(update={"version": 2, "health": HealthRules(at_risk_after=3, stalled_after=6)})
    lived.tell(ProgrammeAdopted, programme=changed)
    assert (before, lived.state.health) == (Health.AT_RISK, Health.AT_RISK)
    for day, health in {"2026-09-22": None, "2026-09-29": 1, "2026-10-06": 2, "2026-10-13": 3}.items():
        lived.go(f"{day} 10:30")
        if health is None:
            lived.meet(day)
        else:
            lived.miss(day)
            assert (lived.state.health is Health.AT_RISK) == (health == 3)
    assert lived.life.programme.label == "sheffield-mca@2"
    other = changed.model_copy(update={"name": "other"})
    assert lived.refused(ProgrammeAdopted, programme=other).when == "never"


@pytest.mark.parametrize("part", [CoachPart.CO, CoachPart.INTERIM, CoachPart.MAIN])
def test_the_main_coach_has_no_second_part_in_the_same_team(part: CoachPart) -> None:
    """One person, one part."""
    lived = agreed()
    assert lived.refused(facts.CoachAssigned, person="per_coach", part=part).when == "never"


def test_a_life_told_by_its_facts_alone_is_the_same_life() -> None:
    """Rebuilding from the recorded facts gives the same state."""
    lived = handed_off()
    assert account(REDUCER, lived.known.facts.values()).life == lived.life
