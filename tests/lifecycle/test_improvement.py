"""The improvement work: aims, change ideas, cycles from plan to study, charts; and what is asked about it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.corrections import Correction
from schemas.words import Matter, RampStep, Role
from tests.lifecycle.lives import Lived, agreed, full_cycle, ready

DAY = date(2026, 10, 6)


def _met(to: str = "2026-10-06") -> Lived:
    lived = agreed()
    lived.weekly(to)
    return lived


def _planned(lived: Lived, cycle: int = 1, weeks: int = 3, **said: Any) -> str:
    begins = lived.life.calendar.day(lived.now)
    days = {"from_day": begins, "until_day": begins + timedelta(weeks=weeks)}
    return lived.tell(improvement.PdsaPlanned, cycle=cycle, **(days | said))


def _studied(lived: Lived, cycle: int = 1, decision: str = "adopt", went: str = "yes") -> str:
    return lived.tell(improvement.PdsaStudied, cycle=cycle, as_predicted=went, decision=decision)


def _asked(lived: Lived, matter: Matter = Matter.CYCLE, role: Role = Role.COACH) -> list[tuple[str, str]]:
    """When a role heard of a matter, and about what."""
    return [
        (f"{at:%Y-%m-%d}", notice.window)
        for at, notice in lived.sent
        if notice.matter is matter and notice.role is role
    ]


@pytest.mark.parametrize(
    ("kind", "said", "code"),
    [
        (improvement.PdsaStudied, {"cycle": 1, "as_predicted": "yes", "decision": "adopt"}, "not_planned"),
        (improvement.PdsaPlanned, {"cycle": 1, "from_day": DAY, "until_day": date(2026, 10, 5)}, "days_out_of_order"),
        (improvement.PdsaPlanned, {"cycle": 1, "from_day": DAY, "until_day": date(2028, 1, 1)}, "days_out_of_order"),
        (improvement.PdsaPlanned, {"cycle": 1, "from_day": DAY, "until_day": DAY, "idea": 4}, "unknown_idea"),
        (
            improvement.PdsaPlanned,
            {"cycle": 1, "from_day": DAY, "until_day": DAY, "standardise": True},
            "nothing_adopted",
        ),
        (improvement.AimSet, {"aim": "specific", "target": 4, "by_day": date(2027, 3, 1)}, "aim_not_whole"),
        (improvement.AimSet, {"aim": "specific", "measure": "m", "by_day": date(2027, 3, 1)}, "aim_not_whole"),
        (improvement.AimSet, {"aim": "specific", "measure": "m", "target": 4}, "aim_not_whole"),
        (
            improvement.AimSet,
            {"aim": "specific", "measure": "n", "target": 4, "by_day": date(2027, 3, 1)},
            "unknown_measure",
        ),
        (improvement.AimSet, {"aim": "specific", "measure": "m", "target": 4, "by_day": DAY}, "aim_out_of_sight"),
        (
            improvement.AimSet,
            {"aim": "specific", "measure": "m", "target": 4, "by_day": date(2126, 3, 1)},
            "aim_out_of_sight",
        ),
        (improvement.AimClosed, {"outcome": "reached"}, "no_aim"),
        (improvement.ChangeIdeaAdded, {"idea": 1}, "idea_known"),
        (improvement.ChartRebased, {"measure": "n", "from_day": DAY, "reason": "other"}, "unknown_measure"),
        (improvement.ChartRebased, {"measure": "m", "from_day": date(2026, 10, 7), "reason": "other"}, "day_to_come"),
    ],
)
def test_work_is_told_in_its_order(kind: type[Any], said: dict[str, Any], code: str) -> None:
    """A plan before its study, a tested change before its standard, a measure before its aim, dates in order."""
    lived = _met()
    lived.tell(improvement.MeasureDefined, measure="m", better="lower")
    lived.tell(improvement.ChangeIdeaAdded, idea=1)
    assert lived.refused(kind, **said).code == code


_YEAR = timedelta(days=366)
_PROPOSED = date(2026, 8, 10)


@pytest.mark.parametrize(
    ("kind", "said", "taken"),
    [
        (improvement.AimSet, {"by_day": DAY + timedelta(days=1)}, True),
        (improvement.AimSet, {"by_day": DAY + 3 * _YEAR}, True),
        (improvement.AimSet, {"by_day": DAY + 3 * _YEAR + timedelta(days=1)}, False),
        (improvement.PdsaPlanned, {"from_day": DAY, "until_day": DAY}, True),
        (improvement.PdsaPlanned, {"from_day": _PROPOSED, "until_day": DAY + _YEAR}, True),
        (improvement.PdsaPlanned, {"from_day": _PROPOSED - timedelta(days=1), "until_day": DAY}, False),
        (improvement.PdsaPlanned, {"from_day": date(1900, 1, 1), "until_day": date(1900, 1, 1)}, False),
        (improvement.PdsaPlanned, {"from_day": date(9999, 12, 1), "until_day": date(9999, 12, 31)}, False),
        (improvement.PdsaPlanned, {"from_day": DAY, "until_day": DAY + _YEAR}, True),
        (improvement.PdsaPlanned, {"from_day": DAY, "until_day": DAY + _YEAR + timedelta(days=1)}, False),
        (improvement.PdsaPlanned, {"from_day": DAY + _YEAR, "until_day": DAY + 2 * _YEAR}, True),
        (improvement.PdsaPlanned, {"from_day": DAY + _YEAR + timedelta(days=1), "until_day": DAY + 2 * _YEAR}, False),
        (improvement.ChartRebased, {"from_day": DAY}, True),
    ],
)
def test_days_of_the_work_have_their_bounds(kind: type[Any], said: dict[str, Any], *, taken: bool) -> None:
    """On the last day that is in sight, and on the day after it."""
    lived = _met()
    lived.tell(improvement.MeasureDefined, measure="m", better="lower")
    also: dict[type[Any], dict[str, Any]] = {
        improvement.AimSet: {"aim": "specific", "measure": "m", "target": 4},
        improvement.PdsaPlanned: {"cycle": 1},
        improvement.ChartRebased: {"measure": "m", "reason": "other"},
    }
    if taken:
        lived.tell(kind, **also[kind], **said)
    else:
        assert lived.refused(kind, **also[kind], **said).when == "never"


def test_an_aim_moves_the_ramp_forward_and_never_back() -> None:
    """A global aim, then a specific one; a later global aim leaves the ramp where it is, a new theme begins anew."""
    lived = _met()
    reached = []
    told: list[tuple[type[Any], dict[str, Any]]]
    by_day = DAY + timedelta(days=9)
    lived.tell(improvement.MeasureDefined, measure="m", better="lower")
    event = ""
    told = [
        (improvement.AimSet, {"aim": "global", "measure": "m", "target": 1, "by_day": by_day}),
        (improvement.AimSet, {"aim": "specific", "measure": "m", "target": 4, "by_day": by_day}),
        (improvement.AimSet, {"aim": "global"}),
        (improvement.RampStepReached, {"step": RampStep.THEME}),
        *full_cycle(DAY),
    ]
    for kind, said in told:
        lived.now += timedelta(minutes=1)
        latest = lived.tell(kind, **said)
        event = latest if said.get("aim") == "specific" else event
        reached.append(lived.life.ramp_step)
    assert reached == [
        RampStep.GLOBAL_AIM, RampStep.SPECIFIC_AIM, RampStep.SPECIFIC_AIM, RampStep.THEME, RampStep.PDSA,
        RampStep.PDSA, RampStep.SDSA, RampStep.SDSA,
    ]  # fmt: skip
    assert lived.life.aim == ("m", 4, by_day, event)


def test_what_a_refusal_can_still_become() -> None:
    """Never, or not yet: what comes first is to be told first."""
    lived = _met()
    yet = [
        lived.refused(improvement.AimClosed, outcome="reached"),
        lived.refused(improvement.PdsaStudied, cycle=1, as_predicted="no", decision="adopt"),
        lived.refused(improvement.PdsaPlanned, cycle=1, from_day=DAY, until_day=DAY, idea=1),
        lived.refused(improvement.PdsaPlanned, cycle=1, from_day=DAY, until_day=DAY, standardise=True),
        lived.refused(improvement.ChartRebased, measure="m", from_day=DAY, reason="other"),
        lived.refused(improvement.MeasurementRecorded, measure="m", day=DAY, value=1),
    ]
    assert {refusal.when for refusal in yet} == {"not_yet"}
    lived.tell(improvement.ChangeIdeaAdded, idea=1)
    assert lived.refused(improvement.ChangeIdeaAdded, idea=1).when == "never"
    lived.tell(improvement.ChangeIdeaAdded, idea=2)
    _planned(lived, idea=1)
    lived.tell(improvement.ChangeIdeaAdded, idea=3)
    assert lived.refused(improvement.PdsaPlanned, cycle=1, from_day=DAY, until_day=DAY).when == "never"


def test_a_cycle_is_planned_once_and_studied_once_after_it_began() -> None:
    """A second plan, a second study, and a study before the first day are refused."""
    lived = _met()
    lived.tell(improvement.ChangeIdeaAdded, idea=1)
    _planned(lived, idea=1, from_day=date(2026, 10, 9))
    again: dict[str, Any] = {"cycle": 1, "from_day": DAY, "until_day": DAY}
    assert lived.refused(improvement.PdsaPlanned, **again).code == "planned_already"
    study: dict[str, Any] = {"cycle": 1, "as_predicted": "yes", "decision": "adapt"}
    assert lived.refused(improvement.PdsaStudied, **study).code == "not_begun"
    lived.weekly("2026-10-20")
    _studied(lived)
    assert lived.refused(improvement.PdsaStudied, **study).code == "studied_already"
    assert lived.life.ramp_step is RampStep.PDSA


@pytest.mark.parametrize(("decision", "full"), [("adopt", True), ("adapt", False), ("abandon", False)])
def test_only_what_was_made_the_standard_is_a_full_cycle(decision: str, *, full: bool) -> None:
    """An SDSA that the team gives up again counts for nothing at the gate."""
    lived = _met()
    _planned(lived)
    _studied(lived)
    _planned(lived, 2, standardise=True)
    assert not lived.life.standardised
    _studied(lived, 2, decision)
    assert lived.life.standardised is full


def test_a_plan_can_be_corrected_to_run_longer() -> None:
    """Its study stays possible, and is asked for after the new end."""
    lived = _met()
    plan = _planned(lived, weeks=2)
    longer = improvement.PdsaPlanned(
        event_id="longer", occurred_at=lived.now, cycle=1, from_day=DAY, until_day=date(2026, 11, 27)
    )
    lived.tell(Correction, corrects=plan, replacement=longer)
    lived.weekly("2026-12-01")
    assert _asked(lived) == [("2026-11-30", "study-1")]
    _studied(lived)


def test_a_study_without_its_plan_has_no_effect_and_goes_to_the_office() -> None:
    """Who withdraws a plan leaves its study without meaning."""
    lived = _met()
    plan = _planned(lived)
    studied = _studied(lived)
    lived.tell(Correction, corrects=plan)
    assert set(lived.known.void) == {studied}
    assert [item.window for item in lived.ahead(Matter.CONTRADICTION)] == [studied]


def test_the_study_is_asked_for_once_the_planned_days_are_over_and_then_gently() -> None:
    """In the weekly mail, every four weeks, until it is told."""
    lived = _met()
    _planned(lived, weeks=3)
    lived.weekly("2026-12-01")
    assert _asked(lived) == [("2026-11-02", "study-1"), ("2026-11-30", "study-1")]
    _studied(lived)
    assert [item.window for item in lived.ahead(Matter.CYCLE)] == ["standardise-2"]


def test_a_first_cycle_is_asked_for_after_half_a_year_and_the_next_after_eight_weeks() -> None:
    """Where none runs; of a change that was adopted its SDSA is asked for."""
    lived = _met("2027-04-20")
    assert _asked(lived) == [("2027-03-08", "next-1"), ("2027-04-05", "next-1")]
    _planned(lived, weeks=1)
    lived.weekly("2027-04-27")
    _studied(lived, decision="adapt")
    lived.weekly("2027-06-29")
    assert _asked(lived)[2:] == [("2027-06-28", "next-2")]
    _planned(lived, 2, weeks=0)
    _studied(lived, 2)
    lived.weekly("2027-09-01")
    assert _asked(lived)[3:] == [("2027-08-31", "standardise-3")]


def test_towards_the_hand_off_a_full_cycle_is_asked_for_at_once() -> None:
    """When the coach steps back and nothing was made the standard, nobody waits for eight weeks."""
    lived = _met("2026-12-01")
    lived.tell(facts.TransitionStarted)
    lived.weekly("2026-12-08")
    assert _asked(lived) == [("2026-12-07", "next-1")]
    for kind, said in full_cycle(lived.life.calendar.day(lived.now)):
        lived.now += timedelta(minutes=1)
        lived.tell(kind, **said)
    assert lived.ahead(Matter.CYCLE) == []


def test_nobody_is_asked_about_cycles_in_a_pause_or_while_the_team_is_stalled() -> None:
    """As about scores: the weekly questions rest then."""
    lived = _met()
    _planned(lived, weeks=1)
    lived.tell(facts.PauseStarted, reason="staffing")
    lived.go("2026-11-10")
    assert _asked(lived) == []
    silent = agreed()
    _planned(silent, weeks=6)
    silent.go("2026-12-20")
    assert silent.state.run.stalled_since is not None
    assert _asked(silent) == []


def test_the_date_of_an_aim_is_asked_about_once_it_has_passed() -> None:
    """Reached, a new date, or dropped: each answers it."""
    lived = _met()
    lived.tell(improvement.MeasureDefined, measure="m", better="lower")
    aim: dict[str, Any] = {"aim": "specific", "measure": "m", "target": 14}
    lived.tell(improvement.AimSet, by_day=date(2026, 11, 5), **aim)
    lived.weekly("2026-11-10")
    assert _asked(lived, Matter.AIM) == [("2026-11-09", "2026-11-05")]
    lived.tell(improvement.AimSet, by_day=date(2027, 1, 14), **aim)
    assert [item.window for item in lived.ahead(Matter.AIM)] == ["2027-01-14"]
    lived.go("2026-11-11")
    lived.tell(improvement.AimClosed, outcome="dropped")
    assert lived.ahead(Matter.AIM) == []


def test_faculty_is_not_asked_to_decide_while_the_gate_lacks_something() -> None:
    """All have signed and no cycle was full: faculty hears what is missing, the coach is asked, nobody is to decide."""
    lived = _met("2028-03-14")
    ready(lived, without=lambda part: part == "cycle")
    lived.weekly("2028-03-28")
    assert lived.heard(Role.FACULTY, Matter.HAND_OFF) == []
    assert lived.heard(Role.FACULTY, Matter.GATE) == ["2028-03-20 08:00"]
    assert next(notice.detail for _, notice in lived.sent if notice.matter is Matter.GATE) == "cycle"
    assert _asked(lived)[-1][1] == "next-1"
    for kind, said in full_cycle(lived.life.calendar.day(lived.now)):
        lived.now += timedelta(minutes=1)
        lived.tell(kind, **said)
    for scorer in ("team", "faculty"):
        lived.tell(facts.ProgressScored, scorer=scorer, score=4.0)
    lived.go("2028-03-29")
    assert [at[:10] for at in lived.heard(Role.FACULTY, Matter.HAND_OFF)] == ["2028-03-28"]
    assert not any(item.step for item in lived.ahead(Matter.GATE))


def test_a_new_score_makes_up_for_no_missing_cycle() -> None:
    """Faculty goes on hearing what is missing, at the distance the programme sets."""
    lived = _met("2028-03-14")
    ready(lived, without=lambda part: part == "cycle")
    lived.weekly("2028-03-28")
    for scorer in ("team", "faculty"):
        lived.tell(facts.ProgressScored, scorer=scorer, score=4.0)
    lived.weekly("2028-05-09")
    assert lived.heard(Role.FACULTY, Matter.GATE) == ["2028-03-20 08:00", "2028-04-18 08:00"]


def test_a_decision_rests_once_a_score_is_stale_and_faculty_hears_why() -> None:
    """Nobody decides on a score of six weeks ago."""
    lived = _met("2028-03-14")
    ready(lived)
    lived.go("2028-05-02")
    asked = lived.heard(Role.FACULTY, Matter.HAND_OFF)
    assert max(asked) < "2028-04-25"
    assert lived.heard(Role.FACULTY, Matter.GATE) == ["2028-05-02 08:00"]
    assert lived.refused(facts.HandedOff).code == "gate_not_met"


def test_of_a_team_that_was_never_scored_faculty_hears_that_both_scores_are_missing() -> None:
    """In one line, with who was asked for each."""
    lived = agreed()
    for day in ("2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29"):
        lived.go(f"{day} 12:00")
        lived.meet(day, chaired_by="team")
    ready(lived, without=lambda part: part.startswith("score"))
    lived.go("2026-10-06")
    assert [notice.detail for _, notice in lived.sent if notice.matter is Matter.GATE] == ["team_score.faculty_score"]
    assert lived.heard(Role.FACULTY, Matter.HAND_OFF) == []
