"""Each rule at its very edge: a minute, a day, a step on either side of where it turns."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from lifecycle.engagement.context import hearer
from lifecycle.engagement.gate import missing, progress_stale_at, unmet, unmet_from
from lifecycle.leave import Leave, away_until
from lifecycle.steps import Revived, Step, case_of, owed_by, put_off
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas import intro_course_facts as course_facts
from schemas.due import Refusal
from schemas.engagement_facts import CoachPart, PauseReason
from schemas.facts import LeaveAgreed
from schemas.programme import Decision
from schemas.words import Act, BookingState, Matter, Role, Stage
from tests.lifecycle.intro_courses import A, fresh
from tests.lifecycle.lives import Lived, agreed, handed_off, local, read, ready
from tests.lifecycle.lives import fresh as fresh_team

_MINUTE, _DAY, _WEEK = timedelta(minutes=1), timedelta(days=1), timedelta(weeks=1)


def _nearly(without: str = "", day: str = "2027-07-10", **meets: str) -> Lived:
    """A team that meets every week and lacks one part of the gate."""
    lived = agreed()
    lived.weekly(day, **meets)
    ready(lived, without=lambda part: bool(without) and part.startswith(without))
    return lived


def _hands_off(lived: Lived) -> str:
    answer = lived.try_to(facts.HandedOff)
    return answer.reason if isinstance(answer, Refusal) else ""


@pytest.mark.parametrize("scorer", ["team", "faculty"])
@pytest.mark.parametrize(("age", "stale"), [(6 * _WEEK - _MINUTE, False), (6 * _WEEK, True)])
def test_a_score_of_six_weeks_ago_is_stale_at_the_gate(scorer: str, age: timedelta, *, stale: bool) -> None:
    """A minute younger is not, whoever gave it."""
    lived = _nearly(f"score by the {scorer}")
    lived.go("2027-09-11")
    for other in {"team", "faculty"} - {scorer}:
        lived.tell(facts.ProgressScored, scorer=other, score=4.0)
    lived.tell(facts.ProgressScored, read(lived.now - age), scorer=scorer, score=4.5)
    refused = _hands_off(lived)
    who = "the team" if scorer == "team" else scorer
    assert (f"a recent progress score from {who}" in refused) == stale
    assert bool(refused) == stale


@pytest.mark.parametrize(("score", "enough"), [(3.5, False), (4.0, True)])
def test_the_gate_asks_for_a_score_of_at_least_four_by_both(score: float, *, enough: bool) -> None:
    """Four is enough, half a point less is not; the latest counts, not the best."""
    for scorer in ("team", "faculty"):
        lived = _nearly()
        lived.tell(facts.ProgressScored, scorer=scorer, score=score)
        assert (_hands_off(lived) == "") == enough


@pytest.mark.parametrize(("chaired", "enough"), [("tctt", True), ("tttc", True), ("ttcc", False), ("cttc", False)])
def test_the_team_chairs_three_of_the_last_four_sessions(chaired: str, *, enough: bool) -> None:
    """One fewer is too few, however many it chaired before."""
    lived = agreed()
    lived.weekly("2027-06-12", chaired_by="team")
    for who in chaired:
        lived.weekly_for(1, chaired_by="team" if who == "t" else "coach")
    ready(lived)
    refused = _hands_off(lived)
    assert ("3 of the last 4 sessions led by the team" in refused) == (not enough)
    assert bool(refused) == (not enough)


@pytest.mark.parametrize(("told", "full"), [("s", False), ("sp", False), ("ps", True), ("p", False)])
def test_a_full_cycle_is_a_pdsa_and_then_an_sdsa(told: str, *, full: bool) -> None:
    """One that standardises what nobody tested before is none."""
    lived = _nearly("cycle")
    for number, kind in enumerate(told, start=1):
        day = lived.life.calendar.day(lived.now)
        lived.try_to(improvement.PdsaPlanned, cycle=number, standardise=kind == "s", from_day=day, until_day=day)
        lived.now += _MINUTE
        lived.try_to(improvement.PdsaStudied, cycle=number, as_predicted="yes", decision="adopt")
        lived.now += _MINUTE
    refused = _hands_off(lived)
    assert ("one full cycle from PDSA to SDSA" in refused) == (not full)
    assert bool(refused) == (not full)


@pytest.mark.parametrize(("since", "until"), [("2028-03-07 08:00", "2028-03-27 08:00"), ("2028-03-20", "2028-04-20")])
def test_a_pause_from_a_deadline_on_does_not_move_it(since: str, until: str) -> None:
    """The hand-off planned for 7 March 2028 stays where it was; the limit after the pause moves by its length."""
    lived = agreed()
    lived.weekly(since)
    limit = lived.state.limit()
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
    lived.go(until)
    lived.tell(facts.PauseEnded)
    assert read(lived.state.hand_off_planned()) == "2028-03-07 08:00"
    assert lived.state.limit() - limit == local(until) - local(since)


def test_a_pause_a_minute_before_a_deadline_moves_it_by_its_whole_length() -> None:
    """From the minute before the hand-off that was planned: all of it, by the clock over which summer time begins."""
    lived = agreed()
    lived.weekly("2028-03-07 07:59")
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
    lived.go("2028-03-27 07:59")
    lived.tell(facts.PauseEnded)
    assert read(lived.state.hand_off_planned()) == "2028-03-27 08:00"


def test_a_pause_that_ended_as_work_began_moves_nothing() -> None:
    """Only what of a pause lies after the moment from which months count."""
    lived = agreed(course_start=date(2026, 9, 7))
    lived.tell(facts.PauseStarted, "2026-08-25 08:00", reason=PauseReason.STAFFING)
    lived.go("2026-09-07 08:00")
    lived.tell(facts.PauseEnded)
    assert read(lived.state.hand_off_planned()) == "2028-03-07 08:00"


def test_aftercare_is_chased_put_to_the_office_and_asked_of_it_every_four_weeks() -> None:
    """Asked on a Monday, chased ten working days later, ten more and the office hears; then it is asked again."""
    lived = handed_off()
    lived.go("2028-09-13")
    asked = [read(at) for at, item in lived.carried if item.matter is Matter.AFTERCARE and Role.OFFICE not in item.to]
    assert asked == ["2028-06-19 08:00", "2028-07-03 08:00"]
    assert lived.heard(Role.OFFICE, Matter.AFTERCARE) == ["2028-07-17 08:00", "2028-08-14 08:00", "2028-09-11 08:00"]


@pytest.mark.parametrize(
    ("since", "owed"),
    [
        ("2026-09-28 08:00", "2026-10-26 08:00"),
        ("2026-09-27 08:00", "2026-10-26 08:00"),
        ("2026-08-03 08:00", "2026-10-26 08:00"),
        ("2026-09-29 08:00", "2026-10-27 08:00"),
    ],
)
def test_a_decision_has_two_weeks_at_least_from_the_day_it_is_asked(since: str, owed: str) -> None:
    """Asked on 12 October 2026, and owed four weeks after it arose, over the clock change: never before the 26th."""
    rule = Decision(by=Role.FACULTY, within_weeks=4)
    assert read(owed_by(rule, local("2026-10-12 08:00"), local(since), agreed().life.calendar)) == owed


def test_a_decision_of_one_week_has_its_week() -> None:
    """The two weeks are for those that have more."""
    rule = Decision(by=Role.FACULTY, within_weeks=1)
    found = owed_by(rule, local("2026-11-09 08:00"), local("2026-09-01 08:00"), agreed().life.calendar)
    assert read(found) == "2026-11-16 08:00"


@pytest.mark.parametrize(("days", "asked"), [(14, False), (15, True)])
def test_a_score_within_a_fortnight_before_its_month_is_that_months(days: int, *, asked: bool) -> None:
    """A month after the course start; a day earlier, and the team is asked again."""
    lived = agreed()
    lived.weekly("2026-10-06")
    opens = local("2026-10-07 08:00")
    lived.tell(facts.ProgressScored, read(opens - days * _DAY), scorer="team", score=2.0)
    lived.go("2026-10-13")
    assert bool(lived.heard(Role.TEAM_LEAD, Matter.PROGRESS_TEAM)) == asked


def test_an_interim_coach_comes_before_the_main_coach_and_a_co_coach_after() -> None:
    """Who runs the sessions is asked about them."""
    lived = agreed()
    lived.tell(facts.CoachAssigned, person="per_co", part=CoachPart.CO)
    assert lived.life.person(Role.COACH) == "per_coach"
    lived.tell(facts.CoachAssigned, person="per_interim", part=CoachPart.INTERIM)
    lived.go("2026-09-08 11:00")
    assert [notice.person for _, notice in lived.sent if notice.matter is Matter.SESSION] == ["per_interim"]
    assert lived.life.main_coach == "per_coach"


@pytest.mark.parametrize(
    ("role", "away", "hears"),
    [
        (Role.COACH, "", Role.COACH),
        (Role.COACH, "coach", Role.CO_COACH),
        (Role.COACH, "coach co", Role.FACULTY),
        (Role.COACH, "coach co faculty", Role.OFFICE),
        (Role.CO_COACH, "co", Role.COACH),
        (Role.CO_COACH, "co coach", Role.FACULTY),
        (Role.FACULTY, "faculty", Role.OFFICE),
        (Role.SPONSOR, "sponsor", Role.OFFICE),
        (Role.TEAM_LEAD, "lead", Role.OFFICE),
    ],
)
def test_who_stands_in_for_somebody_on_leave(role: Role, away: str, hears: Role) -> None:
    """Coaches for each other, then faculty; for faculty, sponsor and team lead the office."""
    lived = agreed()
    lived.tell(facts.CoachAssigned, person="per_co", part=CoachPart.CO)
    day = date(2026, 10, 1)
    for person in away.split():
        lived.tell(LeaveAgreed, person=f"per_{person}", first_day=day, last_day=day)
    assert hearer(lived.life, role, day) is hears


@pytest.mark.parametrize(("signed", "asked"), [("09:00", True), ("09:01", False)])
def test_a_session_that_began_before_the_last_signature_is_owed_by_nobody(signed: str, *, asked: bool) -> None:
    """Weekly work begins with the agreement, where that is later than the course: on its day too."""
    lived = fresh_team()
    lived.go(f"2026-09-15 {signed}")
    for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD):
        lived.tell(facts.AgreementSigned, role=role)
    lived.go("2026-09-15 11:00")
    assert lived.went(Matter.SESSION, Act.ASK) == (["2026-09-15 11:00"] if asked else [])


@pytest.mark.parametrize("way", [-1, 1])
def test_a_session_moves_by_eight_weeks_at_most(way: int) -> None:
    """Earlier or later; not by a day more."""
    lived = agreed()
    lived.weekly("2026-12-08 08:00")
    day = date(2026, 12, 8)
    given: dict[str, Any] = {"day": day, "to_time": local("2026-12-08 09:00").time()}
    refused = lived.refused(facts.SessionRescheduled, to_day=day + way * (8 * _WEEK + _DAY), **given)
    assert (refused.when, refused.code) == ("never", "moved_too_far")
    lived.tell(facts.SessionRescheduled, to_day=day + way * 8 * _WEEK, **given)


def test_a_pause_is_looked_at_within_366_days() -> None:
    """Not a day later; so is a refused readiness."""
    lived = agreed()
    lived.weekly("2026-12-02")
    for kind, given in (
        (facts.PauseStarted, {"reason": PauseReason.OTHER}),
        (facts.ReadinessRefused, {"back_to": "action", "conditions": 1}),
    ):
        refused = lived.refused(kind, review_on=date(2027, 12, 4), **given)
        assert refused.code == "reviewed_too_late"
    lived.tell(facts.ReadinessRefused, back_to="action", conditions=1, review_on=date(2027, 12, 3))


@pytest.mark.parametrize(("review_on", "taken"), [(date(2026, 12, 2), False), (date(2026, 12, 3), True)])
def test_conditions_have_a_day_ahead(review_on: date, *, taken: bool) -> None:
    """Tomorrow, not today."""
    lived = agreed()
    lived.weekly("2026-12-02")
    answer = lived.try_to(facts.ReadinessRefused, back_to="action", conditions=1, review_on=review_on)
    assert isinstance(answer, Refusal) != taken


def test_aftercare_is_reported_from_four_weeks_before_it_is_due() -> None:
    """Not a minute earlier."""
    lived = handed_off()
    due = lived.life.check_due(lived.life.handed_off_at or lived.now, 3)
    lived.go(due - 4 * _WEEK - _MINUTE)
    assert lived.refused(facts.AftercareReported, month=3, holding=True).code == "too_early"
    lived.go(due - 4 * _WEEK)
    lived.tell(facts.AftercareReported, month=3, holding=True)
    assert lived.state.stage is Stage.AFTERCARE


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 10, 4), None),
        (date(2026, 10, 5), date(2026, 10, 9)),
        (date(2026, 10, 9), date(2026, 10, 14)),
        (date(2026, 10, 14), date(2026, 10, 14)),
        (date(2026, 10, 15), None),
    ],
)
def test_leave_is_from_its_first_day_to_its_last(day: date, last: date | None) -> None:
    """Both included; of two that meet on a day the later end counts; nobody else is away."""
    leaves = [
        Leave("per_a", date(2026, 10, 5), date(2026, 10, 9), local("2026-10-01")),
        Leave("per_a", date(2026, 10, 9), date(2026, 10, 14), local("2026-10-01")),
    ]
    assert away_until(leaves, "per_a", day) == last
    assert away_until(leaves, "per_b", day) is None


def test_whoever_books_before_the_course_starts_has_a_receipt_and_nobody_books_after() -> None:
    """A second before half past nine, and at half past nine."""
    lived = fresh()
    lived.go(lived.life.starts(1) - timedelta(seconds=1))
    lived.tell(course_facts.PlaceRequested, booking=A, person="per_A", delegate="external")
    assert lived.heard("A", Matter.BOOKING) == ["booking_confirmed 2026-10-14 09:29"]
    lived.now = lived.life.starts(1)
    late = {"booking": f"{A}2", "person": "per_B", "delegate": "external"}
    assert lived.refused(course_facts.PlaceRequested, **late).code == "course_has_begun"
    assert lived.refused(course_facts.BookingCancelled, booking=A).code == "course_has_begun"


def test_a_place_is_given_back_until_the_course_starts() -> None:
    """A second before half past nine."""
    lived = fresh("A")
    lived.go(lived.life.starts(1) - timedelta(seconds=1))
    lived.cancel("A")
    assert lived.is_now(A) is BookingState.CANCELLED
    assert lived.heard("A", Matter.BOOKING)[-1] == "booking_cancelled 2026-10-14 09:29"


@pytest.mark.parametrize(("before", "taken"), [(timedelta(seconds=1), True), (timedelta(), False)])
def test_day_2_is_cancelled_before_it_starts_not_as_it_starts(before: timedelta, *, taken: bool) -> None:
    """A second before half past nine, and at half past nine."""
    lived = fresh("A")
    lived.go(lived.life.ends(1))
    lived.attend(1, "A")
    lived.now = lived.life.starts(2) - before
    answer = lived.try_to(course_facts.IntroCourseCancelled, reason="no_faculty")
    assert isinstance(answer, Refusal) != taken
    assert lived.life.held(1)
    assert lived.life.held(2) != taken


def test_a_course_cancelled_as_day_1_starts_is_cancelled_for_day_2_alone() -> None:
    """A second before, it is cancelled as a whole."""
    for before, held in ((timedelta(seconds=1), False), (timedelta(), True)):
        lived = fresh("A")
        lived.go(lived.life.starts(1) - before)
        lived.tell(course_facts.IntroCourseCancelled, reason="no_faculty")
        assert lived.life.held(1) == held
        assert not lived.life.held(2)


def test_the_steps_of_the_limit_are_all_carried_out_with_their_distance() -> None:
    """Announced, asked, reminded, chased, put to the deputy: no step takes the place of an earlier one."""
    lived = agreed()
    lived.weekly("2028-10-16")
    steps = [(item.step, item.act) for _, item in lived.carried if item.matter is Matter.LIMIT]
    assert steps == [(0, Act.REMIND), (1, Act.ASK), (2, Act.REMIND), (3, Act.REMIND), (4, Act.ESCALATE)][: len(steps)]
    at: list[datetime] = [at for at, item in lived.carried if item.matter is Matter.LIMIT]
    assert at == sorted(set(at))


def test_the_gate_names_all_that_is_lacking_in_the_same_words() -> None:
    """The team's work first, then its people's names and signatures."""
    lived = agreed()
    assert missing(lived.life, lived.now) == [
        "a recent progress score from the team",
        "a recent progress score from faculty",
        "one full cycle from PDSA to SDSA",
        "3 of the last 4 sessions led by the team",
        "faculty's decision that the team is ready",
        "a named process owner",
        "a named measure owner",
        "sign-off by the coach",
        "sign-off by the team lead",
        "sign-off by faculty",
    ]
    lived.tell(facts.ProgressScored, scorer="team", score=3.5)
    assert missing(lived.life, lived.now)[0] == "a progress score of 4 or more from the team (now 3.5)"


def test_scores_grow_stale_with_the_older_of_the_latest_two() -> None:
    """Six weeks after it, whoever gave it; an older score of either is forgotten."""
    lived = agreed()
    for day, scorer in (("2026-08-24", "team"), ("2026-09-01", "team"), ("2026-09-03", "faculty")):
        lived.tell(facts.ProgressScored, f"{day} 12:00", scorer=scorer, score=4.0)
    assert read(progress_stale_at(lived.life)) == "2026-10-13 12:00"


def test_the_teams_own_work_and_what_people_sign_are_told_apart() -> None:
    """Each of what the gate asks for is the one or the other, until it is there."""
    lived = agreed()
    at = lived.now
    assert [each.name for each in unmet(lived.life, at, work=True)] == [
        "team_score", "faculty_score", "cycle", "chaired"
    ]  # fmt: skip
    assert [each.name for each in unmet(lived.life, at, work=False)] == [
        "record", "process_owner", "measure_owner", "sign_offs"
    ]  # fmt: skip
    lived = _nearly("measure owner")
    assert unmet(lived.life, lived.now, work=True) == []
    assert [each.name for each in unmet(lived.life, lived.now, work=False)] == ["measure_owner"]


def test_a_teams_work_falls_short_from_when_a_score_grows_stale() -> None:
    """From its beginning on where a score or more is lacking; what people have still to sign changes nothing."""
    lived = _nearly("score by the team")
    assert unmet_from(lived.life) == lived.life.opening.occurred_at
    lived.tell(facts.ProgressScored, scorer="team", score=4.0)
    assert unmet_from(lived.life) == progress_stale_at(lived.life)
    unsigned = _nearly("sign-off")
    assert unmet_from(unsigned.life) == progress_stale_at(unsigned.life)
    without_cycle = _nearly("cycle")
    assert unmet_from(without_cycle.life) == without_cycle.life.opening.occurred_at


def test_steps_that_are_put_off_keep_all_but_their_time() -> None:
    """The time by the rule, weeks and working days reckoned, is what is put off."""
    days = agreed().life.calendar
    step = Step(Act.REMIND, local("2026-10-05 08:00"), Role.COACH, (Role.COACH,), "x = 1", weeks=1, working_days=3)
    (later,) = put_off([step], days, lambda at: at + _DAY)
    assert later == Step(Act.REMIND, local("2026-10-16 08:00"), Role.COACH, (Role.COACH,), "x = 1")


@pytest.mark.parametrize(
    ("key", "case"),
    [
        ("session/2026-10-06/1", "session/2026-10-06"),
        ("office_overdue/limit.extension-1.x/0", "limit/extension-1.x"),
        ("stall/2026-10-06.2026-11-03/2", "stall/2026-10-06.2026-11-03"),
    ],
)
def test_what_goes_to_the_deputy_belongs_to_the_case_that_is_owed(key: str, case: str) -> None:
    """By matter and window."""
    assert case_of(key) == case


def test_what_is_looked_at_as_if_undone_is_remembered_with_its_last_step() -> None:
    """Not its own time alone: other items stay done."""
    at = local("2026-10-05")
    done = {"session/a/0": at, "session/a/2": at + _DAY, "stall/b/0": at}
    revived = Revived({"session/a/0", "session/a/2", "session/c/1"}, done)
    assert dict(revived) == {"stall/b/0": at}
    assert revived.was == {"session/a/0": at, "session/a/2": at + _DAY}
    assert revived.last == {"session/a": 2, "session/c": 1}
