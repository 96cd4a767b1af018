"""What a programme says holds: for whoever signs, however often it asks, and whenever it is adopted."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, get_args

import pytest

from lifecycle.description import Mail
from lifecycle.engagement.weekly import to_come
from lifecycle.matters import MATTERS
from lifecycle.roles import ROLES
from mca.rehearse import EXAMPLE_ROSTER
from schemas import engagement_facts as facts
from schemas.cohort_facts import EnrolmentWithdrawn
from schemas.due import DueItem
from schemas.facts import ProgrammeAdopted
from schemas.programme import Aftercare, Attention, Course, Gate, Progress, Sessions, Signer
from schemas.programme_file import parameter_names
from schemas.programme_fit import SILENT
from schemas.roster_check import check_roster
from schemas.words import Act, EndReason, Matter, Role, Stage
from tests.lifecycle import cohorts
from tests.lifecycle.lives import PROGRAMME, Lived, agreed, handed_off, proposed, read, ready

SIGNED_BY_ALL = PROGRAMME.model_copy(update={"gate": Gate(sign_offs=get_args(Signer))})


def adopt(lived: Lived, **changed: Any) -> None:
    """Adopt the next version of the programme, with other parameters."""
    number = lived.life.programme.version + 1
    lived.tell(ProgrammeAdopted, programme=lived.life.programme.model_copy(update={"version": number, **changed}))


def test_every_role_that_may_sign_is_asked_signs_and_completes_the_gate() -> None:
    """Whoever the programme names: nobody else's signature is missing, and each one counts."""
    lived = agreed(programme=SIGNED_BY_ALL)
    lived.weekly("2028-03-14")
    ready(lived, without=lambda part: part.startswith("sign-off"))
    lived.go("2028-03-15")
    asked = {role for item in lived.carried for role in item[1].to if item[1].matter is Matter.SIGN_OFF}
    assert asked == set(get_args(Signer))
    for role in get_args(Signer):
        assert f"sign-off by {ROLES[role]}" in lived.refused(facts.HandedOff).reason
        lived.tell(facts.SignedOff, role=role)
    lived.tell(facts.HandedOff)
    assert lived.state.stage is Stage.AFTERCARE


def test_a_role_that_the_programme_does_not_name_cannot_sign() -> None:
    """The refusal says who can."""
    lived = agreed()
    lived.weekly("2028-03-14")
    ready(lived)
    refusal = lived.refused(facts.SignedOff, role=Role.SPONSOR)
    assert refusal.reason == "Only these can sign off readiness: coach, team lead, faculty."


@pytest.mark.parametrize("every", range(1, 13))
@pytest.mark.parametrize("stale_after", [1, 6, 104])
def test_a_score_is_never_asked_and_reminded_in_one_minute_and_its_answer_lies_ahead(
    every: int, stale_after: int
) -> None:
    """However seldom scores are asked for, and however soon they go stale."""
    progress = Progress(asked_every_months=every, stale_after_weeks=stale_after, flat_months=every + 3)
    lived = agreed(programme=PROGRAMME.model_copy(update={"progress": progress}))
    said: dict[str, dict[Act, DueItem]] = {}
    while (ahead := lived.ahead(Matter.PROGRESS_FACULTY)) and ahead[0].at < lived.state.anchor() + timedelta(days=500):
        lived.now = ahead[0].at
        lived.done[ahead[0].key] = lived.now
        said.setdefault(ahead[0].window, {})[ahead[0].act] = ahead[0]
    assert said
    for items in said.values():
        asked = items[Act.ASK]
        assert asked.answer_by is not None
        assert asked.at < asked.answer_by
        if Act.REMIND in items:
            assert asked.at < items[Act.REMIND].at


def test_a_programme_adopted_when_its_last_check_has_held_sustains_the_improvement() -> None:
    """Nothing is left to ask, so the engagement has ended well."""
    lived = handed_off()
    for month, day in ((3, "2028-06-20"), (6, "2028-09-19")):
        lived.go(day)
        lived.tell(facts.AftercareReported, month=month, holding=True)
    lived.go("2028-10-03")
    adopt(lived, aftercare=Aftercare(asked_after_months=(3, 6)))
    assert (lived.state.stage, lived.life.end_reason) == (Stage.SUSTAINED, EndReason.SUSTAINED)
    assert lived.plan() == []


def test_a_programme_adopted_when_its_last_check_did_not_hold_asks_for_it_again_after_the_booster() -> None:
    """Nothing ends without an answer that it holds."""
    lived = handed_off()
    lived.go("2028-06-20")
    lived.tell(facts.AftercareReported, month=3, holding=False)
    lived.go("2028-07-04")
    lived.tell(facts.BoosterHeld)
    adopt(lived, aftercare=Aftercare(asked_after_months=(3,)))
    assert [(item.window, read(item.at)) for item in lived.ahead(Matter.AFTERCARE)] == [
        ("month-3.2028-10-04", "2028-10-09 08:00")
    ]
    lived.go("2028-10-10")
    lived.tell(facts.AftercareReported, month=3, holding=True)
    assert lived.state.stage is Stage.SUSTAINED


def test_a_programme_adopted_in_a_relapse_keeps_asking_for_an_answer() -> None:
    """A relapse is no good end, whichever check is the last one now."""
    lived = handed_off()
    lived.go("2028-06-20")
    lived.tell(facts.AftercareReported, month=3, holding=False)
    adopt(lived, aftercare=Aftercare(asked_after_months=(3,)))
    assert lived.state.stage is Stage.RELAPSED
    assert lived.ahead(Matter.RELAPSE)


@pytest.mark.parametrize("every", [1, 2, 3, 8])
def test_a_team_that_steps_back_is_never_without_sessions(every: int) -> None:
    """However seldom it met before, and in whichever week the coach steps back."""
    for week in range(1, 9):
        lived = agreed(programme=PROGRAMME.model_copy(update={"sessions": Sessions(every_weeks=every)}))
        lived.now = lived.state.begins() + timedelta(weeks=week)
        lived.tell(facts.TransitionStarted)
        days = [session.day for session in islice(to_come(lived.state), 12)]
        apart = {(later - day).days // 7 for day, later in pairwise(days[1:])}
        assert apart
        assert max(apart) <= max(4, 2 * every)


def test_a_stall_that_faculty_decides_goes_to_the_office_once_it_is_late() -> None:
    """Whoever owes the decision: nobody stalls unseen by the office."""
    decisions = PROGRAMME.decisions
    stalled = decisions.stalled.model_copy(update={"by": Role.FACULTY, "within_weeks": 2})
    decisions = decisions.model_copy(update={"stalled": stalled})
    lived = agreed(programme=PROGRAMME.model_copy(update={"decisions": decisions}))
    lived.go("2027-01-15")
    assert lived.heard(Role.FACULTY, Matter.STALL)
    assert not set(lived.heard(Role.FACULTY, Matter.STALL)) & set(lived.heard(Role.OFFICE, Matter.STALL))
    assert lived.heard(Role.OFFICE, Matter.STALL)


def test_the_office_hears_when_a_cohort_falls_below_its_numbers_or_grows_beyond_them() -> None:
    """Once each time, in the weekly mail; a cohort that is only filling up is no news."""
    course = Course(participants_at_least=2, participants_at_most=3)
    lived = cohorts.fresh(cohorts.P1, programme=PROGRAMME.model_copy(update={"course": course}))
    lived.go("2026-07-21")
    assert lived.went(Matter.COHORT_SIZE) == []
    for enrolment in (cohorts.P2, cohorts.P3, f"{cohorts.COHORT}.P04"):
        lived.accept(enrolment)
    lived.go("2026-07-28")
    assert lived.went(Matter.COHORT_SIZE) == ["2026-07-27 08:00"]
    for enrolment in (cohorts.P1, cohorts.P2, cohorts.P3):
        lived.tell(EnrolmentWithdrawn, enrolment=enrolment, reason="capacity")
    lived.go("2026-08-04")
    assert lived.went(Matter.COHORT_SIZE) == ["2026-07-27 08:00", "2026-08-03 08:00"]


def test_a_roster_is_measured_by_its_programme() -> None:
    """Fewer or more participants than the programme expects are a warning, never a fault."""
    raw = EXAMPLE_ROSTER.read_bytes()
    rows = len(check_roster(raw).roster.rows)  # type: ignore[union-attr] # it has no fault
    fits = Course(participants_at_least=rows, participants_at_most=rows)
    assert not any("usually has" in warning.remedy for warning in check_roster(raw, fits).warnings)
    more = Course(participants_at_least=rows + 1, participants_at_most=rows + 1)
    (said,) = [warning for warning in check_roster(raw, more).warnings if "usually has" in warning.remedy]
    assert said.remedy == f"a cohort usually has {rows + 1} to {rows + 1}"
    assert str(rows) in said.problem


def test_every_parameter_is_read_by_the_rules_or_by_what_is_named_here() -> None:
    """A parameter that nothing reads would promise what nobody keeps."""
    elsewhere = {"intro_course.feedback_shown_from": "gateway", "name": "schemas", "version": "schemas"}
    elsewhere |= {name: "gateway" for name in parameter_names() if name.startswith("targets.")}
    themselves = {"programme.py", "programme_fit.py"}
    root = Path(__file__).parent.parent.parent
    read: dict[str, str] = {}
    for folder in ("lifecycle", "schemas", *elsewhere.values()):
        found = (path.read_text() for path in sorted((root / folder).rglob("*.py")) if path.name not in themselves)
        read[folder] = "\n".join(found)
    for parameter in parameter_names():
        folder = elsewhere.get(parameter, "schemas" if parameter.startswith("course.participants") else "lifecycle")
        section, _, leaf = parameter.rpartition(".")
        owner = section.rpartition(".")[2]
        assert re.search(rf"\.{leaf}\b", read[folder]), parameter
        assert not owner or re.search(rf"\.{owner}\b|\brules\b", read[folder]), parameter


def test_what_nobody_is_told_of_cannot_be_sent_at_once() -> None:
    """The programme and the descriptions of matters agree on which these are."""
    assert {matter for matter, description in MATTERS.items() if description.mail is Mail.NONE} == SILENT


@pytest.mark.parametrize("matter", [Matter.MISSING_DAY, Matter.CERTIFICATE, Matter.FEEDBACK])
def test_an_introduction_course_asks_at_once_only_what_the_programme_says(matter: Matter) -> None:
    """Left out of attention.at_once, a delegate's question waits for the weekly mail."""
    item = _item(matter)
    assert not MATTERS[matter].gathered(item, Attention())
    others = tuple(other for other in Attention().at_once if other is not matter)
    assert MATTERS[matter].gathered(item, Attention(at_once=others))


def test_the_list_of_the_day_is_asked_for_again_at_once_if_the_programme_says_so() -> None:
    """The list itself always goes on the morning of the day."""
    named = Attention(at_once=(*Attention().at_once, Matter.INTRO_ATTENDANCE))
    again = _item(Matter.INTRO_ATTENDANCE)._replace(step=1)
    assert MATTERS[Matter.INTRO_ATTENDANCE].gathered(again, Attention())
    assert not MATTERS[Matter.INTRO_ATTENDANCE].gathered(again, named)
    assert not MATTERS[Matter.INTRO_ATTENDANCE].gathered(again._replace(step=0), Attention())


def _item(matter: Matter) -> DueItem:
    at = proposed().occurred_at
    return DueItem(
        at=at, act=Act.ASK, matter=matter, window="b1", step=0, turn=Role.DELEGATE, to=(Role.DELEGATE,), rule="",
        parameter="", since=at,
    )  # fmt: skip
