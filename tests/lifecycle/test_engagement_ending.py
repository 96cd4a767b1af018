"""Stepping back, readiness, hand-off, extension, aftercare, relapse: how an engagement comes to its end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lifecycle.roles import ROLES
from schemas import engagement_facts as facts
from schemas.programme import HandOff, HandOffAnchor
from schemas.words import Act, EndReason, Matter, Phase, Role, Stage
from tests.lifecycle.lives import PROGRAMME, SIGNERS, Lived, agreed, handed_off, read, ready


def test_progress_is_asked_monthly_of_team_and_faculty() -> None:
    """On the weekly morning after each month; both scores are kept."""
    lived = agreed()
    lived.weekly("2027-01-05")
    assert lived.heard(Role.TEAM_LEAD, Matter.PROGRESS_TEAM) == [
        "2026-10-12 08:00",
        "2026-11-09 08:00",
        "2026-12-07 08:00",
    ]
    assert lived.heard(Role.FACULTY, Matter.PROGRESS_FACULTY) == lived.heard(Role.TEAM_LEAD, Matter.PROGRESS_TEAM)
    assert {score.scorer for score in lived.life.scores} == {"team", "faculty"}


def test_a_score_nobody_gives_is_asked_for_once_more_when_the_last_is_stale() -> None:
    """Two asks a month at most."""
    lived = agreed()
    lived.weekly("2026-10-07")
    lived.go("2026-11-08")
    assert lived.heard(Role.FACULTY, Matter.PROGRESS_FACULTY) == ["2026-10-12 08:00", "2026-10-19 08:00"]


def test_reviews_are_owed_at_six_twelve_and_eighteen_months() -> None:
    """From the course start; each once, chased until it is held."""
    lived = agreed()
    assert [item.window for item in lived.ahead(Matter.REVIEW)] == ["month-6", "month-12", "month-18"]
    lived.weekly("2027-03-09")
    lived.tell(facts.ReviewHeld, month=6)
    lived.weekly("2027-09-14")
    assert lived.heard(Role.FACULTY, Matter.REVIEW) == ["2027-03-08 08:00", "2027-09-13 08:00"]
    assert lived.refused(facts.ReviewHeld, month=6).code == "held_already"
    assert lived.refused(facts.ReviewHeld, month=7).code == "no_such_review"


def test_stepping_back_is_proposed_after_twelve_months_and_again() -> None:
    """To faculty and coach, every twelve weeks until it is done."""
    lived = agreed()
    lived.weekly("2027-12-10")
    assert lived.heard(Role.COACH, Matter.TRANSITION) == ["2027-09-13 08:00", "2027-12-06 08:00"]
    lived.tell(facts.TransitionStarted)
    assert lived.ahead(Matter.TRANSITION) == []
    assert lived.state.phase is Phase.TRANSITION


def test_stepping_back_is_proposed_early_when_the_team_looks_ready_and_repeated_though_facts_keep_coming() -> None:
    """Asked on the next weekly morning, then twelve weeks later, however many facts come in between."""
    lived = agreed()
    lived.weekly("2027-02-10")
    ready(lived, without=lambda part: "score" not in part and part != "cycle")
    lived.weekly("2027-02-20")
    assert lived.went(Matter.TRANSITION) == ["2027-02-15 08:00"]
    for week in range(11):
        lived.weekly((date(2027, 2, 27) + timedelta(weeks=week)).isoformat())
        lived.tell(facts.ProgressScored, scorer="team", score=4.0)
        lived.tell(facts.ProgressScored, scorer="faculty", score=4.0)
    lived.go("2027-05-11")
    assert lived.went(Matter.TRANSITION) == ["2027-02-15 08:00", "2027-05-10 08:00"]


def test_readiness_asked_early_is_chased_though_facts_keep_coming() -> None:
    """In transition and the gate looks met: asked, then reminded; new facts do not put the reminder off."""
    lived = agreed()
    lived.weekly("2027-02-10")
    ready(lived, without=lambda part: "score" not in part and part != "cycle")
    lived.tell(facts.TransitionStarted)
    for week in range(6):
        lived.weekly((date(2027, 2, 20) + timedelta(weeks=week)).isoformat())
        lived.tell(facts.ProgressScored, scorer="team", score=4.0)
        lived.tell(facts.ProgressScored, scorer="faculty", score=4.0)
    asked = lived.went(Matter.READINESS)
    assert asked[0] == "2027-02-15 08:00"
    assert len(asked) >= 3


def test_hand_off_is_planned_at_18_and_limited_at_24_months_from_the_later_of_course_start_and_agreement() -> None:
    """The default anchor."""
    early, late = agreed(), agreed()
    assert read(early.state.hand_off_planned()) == "2028-03-07 08:00"
    assert read(early.state.limit()) == "2028-09-07 08:00"
    late = agreed(course_start=date(2026, 8, 3))
    assert read(late.state.hand_off_planned()) == "2028-02-20 12:00"


@pytest.mark.parametrize(
    ("anchor", "planned"),
    [
        (HandOffAnchor.COURSE_START, "2028-03-07 08:00"),
        (HandOffAnchor.COURSE_END, "2028-09-07 08:00"),
        (HandOffAnchor.FIRST_SESSION, "2028-03-08 09:00"),
    ],
)
def test_the_anchor_is_a_parameter(anchor: HandOffAnchor, planned: str) -> None:
    """The sources leave it open."""
    lived = agreed(programme=PROGRAMME.model_copy(update={"hand_off": HandOff(anchor=anchor)}))
    lived.weekly("2026-10-01")
    assert read(lived.state.hand_off_planned()) == planned


def test_readiness_is_owed_at_the_planned_hand_off_and_put_to_the_office() -> None:
    """Within four weeks; then the office hears."""
    lived = agreed()
    lived.weekly("2028-05-01")
    assert lived.heard(Role.FACULTY, Matter.READINESS)[0] == "2028-03-13 08:00"
    assert lived.went(Matter.READINESS, Act.ESCALATE) == ["2028-04-19 08:00"]


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("score by the team", "a progress score of 4 or more from the team"),
        ("score by the faculty", "a progress score of 4 or more from faculty"),
        ("cycle", "PDSA to SDSA"),
        ("process owner", "a named process owner"),
        ("measure owner", "a named measure owner"),
        *((f"sign-off by the {role.replace('_', ' ')}", f"sign-off by {ROLES[role]}") for role in SIGNERS),
    ],
)
def test_no_hand_off_while_a_part_of_the_gate_is_missing_and_it_is_named(part: str, named: str) -> None:
    """Not yet, with exactly what is still to come."""
    lived = agreed()
    lived.weekly("2028-03-14")
    ready(lived, without=lambda name: name == part)
    refusal = lived.refused(facts.HandedOff)
    assert (refusal.when, refusal.code) == ("not_yet", "gate_not_met")
    assert named in refusal.reason


def test_no_hand_off_without_a_readiness_record() -> None:
    """Not even with everything else in place."""
    lived = agreed()
    lived.weekly("2028-03-14")
    ready(lived, without=lambda part: part.startswith(("readiness", "sign-off")))
    refusal = lived.refused(facts.HandedOff)
    assert refusal.when == "not_yet"
    assert lived.state.stage is Stage.ACTION


def test_no_hand_off_while_the_coach_still_chairs() -> None:
    """Three of the last four sessions were to be chaired by the team."""
    lived = agreed()
    lived.weekly("2028-03-14", chaired_by="coach")
    ready(lived)
    assert "led by the team" in lived.refused(facts.HandedOff).reason


def test_sign_offs_belong_to_their_roles_once_each() -> None:
    """The sponsor has none; the coach has one."""
    lived = agreed()
    lived.weekly("2028-03-14")
    ready(lived, without=lambda part: part.startswith("sign-off"))
    assert lived.refused(facts.SignedOff, role=Role.SPONSOR).when == "never"
    lived.tell(facts.SignedOff, role=Role.COACH)
    assert lived.refused(facts.SignedOff, role=Role.COACH).code == "signed_already"
    lived.go("2028-03-15 08:00")
    assert {n.role for _, n in lived.sent if n.matter is Matter.SIGN_OFF} == {Role.TEAM_LEAD, Role.FACULTY}


def test_a_signed_readiness_waits_for_a_human_decision() -> None:
    """Asked of faculty; nothing is handed off by itself."""
    lived = agreed()
    lived.weekly("2028-03-14")
    ready(lived)
    lived.go("2028-04-20")
    assert lived.state.stage is Stage.READINESS_REVIEW
    assert lived.heard(Role.FACULTY, Matter.HAND_OFF)[0].startswith("2028-03-14 12:")


def test_a_refused_readiness_goes_back_with_dated_conditions() -> None:
    """To transition or action; asked again on the conditions' date; a new record needs new signatures."""
    lived = agreed()
    lived.weekly("2028-03-14")
    ready(lived)
    assert (
        lived.refused(facts.ReadinessRefused, back_to="action", conditions=1, review_on=date(2028, 3, 1)).when
        == "never"
    )
    lived.tell(facts.ReadinessRefused, back_to="transition", conditions=2, review_on=date(2028, 6, 14))
    assert (lived.state.stage, lived.life.signed_off) == (Stage.TRANSITION, {})
    lived.weekly("2028-06-20")
    assert [at for at in lived.heard(Role.FACULTY, Matter.READINESS) if at > "2028-03-14"] == ["2028-06-19 08:00"]


def test_an_early_graduate_passes_the_same_gate() -> None:
    """Month ten: assessed out of action, handed off with everything the gate asks for, and refused without."""
    lived = agreed()
    lived.weekly("2027-07-10")
    ready(lived, without=lambda part: part == "process owner")
    assert lived.refused(facts.HandedOff).code == "gate_not_met"
    lived.tell(facts.OwnerNamed, role="process_owner", person="per_owner")
    lived.tell(facts.HandedOff)
    assert lived.state.stage is Stage.AFTERCARE


def test_the_limit_is_announced_asked_and_extended_twice_at_most() -> None:
    """Extend or close at 24 months; each extension moves it by three."""
    lived = agreed()
    lived.weekly("2028-09-12")
    assert lived.heard(Role.OFFICE, Matter.LIMIT) == ["2028-08-14 08:00", "2028-09-11 08:00"]
    lived.tell(facts.ExtensionGranted)
    assert read(lived.state.limit()) == "2028-12-07 08:00"
    lived.tell(facts.ExtensionGranted)
    assert read(lived.state.limit()) == "2029-03-07 08:00"
    assert "allows 2 extensions" in lived.refused(facts.ExtensionGranted).reason


def test_aftercare_is_asked_after_3_6_and_12_months_and_then_sustained() -> None:
    """The team's process owner is asked; the last answer that it holds ends the engagement well."""
    lived = handed_off()
    assert [item.window for item in lived.ahead(Matter.AFTERCARE)] == ["month-3", "month-6", "month-12"]
    for month, day in ((3, "2028-06-20"), (6, "2028-09-19"), (12, "2029-03-20")):
        lived.go(day)
        lived.tell(facts.AftercareReported, month=month, holding=True)
    assert lived.heard(Role.PROCESS_OWNER, Matter.AFTERCARE) == [
        "2028-06-19 08:00",
        "2028-09-18 08:00",
        "2029-03-19 08:00",
    ]
    assert (lived.state.stage, lived.life.end_reason) == (Stage.SUSTAINED, EndReason.SUSTAINED)
    assert lived.plan() == []


def test_aftercare_is_not_reported_long_before_its_time() -> None:
    """Not yet, with the date."""
    lived = handed_off()
    lived.go("2028-04-01")
    refusal = lived.refused(facts.AftercareReported, month=3, holding=True)
    assert refusal.when == "not_yet"
    assert "14 June 2028" in refusal.reason


def test_unanswered_aftercare_is_chased_and_put_to_the_office_for_ever() -> None:
    """An engagement in aftercare does not die silently either."""
    lived = handed_off()
    lived.go("2029-10-01")
    assert len(lived.heard(Role.OFFICE, Matter.AFTERCARE)) > 6
    assert lived.ahead(Matter.AFTERCARE) != []


def test_a_relapse_is_answered_with_a_booster_and_aftercare_goes_on() -> None:
    """Does not hold at three months: faculty owes an answer; after the booster six and twelve are asked."""
    lived = handed_off()
    lived.go("2028-06-20")
    lived.tell(facts.AftercareReported, month=3, holding=False)
    assert lived.state.stage is Stage.RELAPSED
    lived.go("2028-07-01")
    assert lived.heard(Role.FACULTY, Matter.RELAPSE)[0] == "2028-06-20 12:00"
    lived.tell(facts.BoosterHeld)
    assert [item.window for item in lived.ahead(Matter.AFTERCARE)] == ["month-6", "month-12"]


def test_a_relapse_at_the_last_check_is_checked_again_after_the_booster() -> None:
    """Nothing ends without an answer that it holds: three months after the booster the last check is asked again."""
    lived = handed_off()
    lived.go("2029-03-20")
    lived.tell(facts.AftercareReported, month=12, holding=False)
    lived.go("2029-04-10")
    lived.tell(facts.BoosterHeld)
    lived.go("2029-07-17")
    assert lived.heard(Role.PROCESS_OWNER, Matter.AFTERCARE)[-1] == "2029-07-16 08:00"
    assert lived.sent[-1][1].number == 12
    lived.tell(facts.AftercareReported, month=12, holding=True)
    assert lived.state.stage is Stage.SUSTAINED


def test_a_relapse_that_leads_to_a_new_engagement_ends_this_one_with_the_link() -> None:
    """The reason says so."""
    lived = handed_off()
    lived.go("2028-06-20")
    lived.tell(facts.Relapsed)
    lived.tell(facts.EndedEarly, reason=EndReason.NEW_ENGAGEMENT, followed_by="sheffield.2028-autumn.P09")
    assert lived.life.end_reason is EndReason.NEW_ENGAGEMENT
    assert lived.state.phase is Phase.AFTERCARE


def test_an_unanswered_relapse_goes_to_the_office_and_stays_there() -> None:
    """Two weeks for faculty, then the office, again and again."""
    lived = handed_off()
    lived.go("2028-06-20")
    lived.tell(facts.Relapsed)
    lived.go("2029-12-01")
    assert len(lived.heard(Role.OFFICE, Matter.RELAPSE)) > 10


def test_sustained_is_no_early_end() -> None:
    """It follows from aftercare alone."""
    lived: Lived = agreed()
    assert lived.refused(facts.EndedEarly, reason=EndReason.SUSTAINED).when == "never"
