"""First facts can be put right; of two corrections of one fact the later holds, and the office sees the other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from lifecycle import engagement
from lifecycle.account import Account, account, advance
from lifecycle.effects import Peer
from schemas import cohort_facts, engagement_facts
from schemas.corrections import AnyFact, Correction
from schemas.facts import Fact
from schemas.words import CohortStage, HolidayDivision, Matter, Role, Stage
from tests.lifecycle import cohorts, intro_courses, lives
from tests.lifecycle.cohorts import P1, P2
from tests.lifecycle.peers import still_owed

LATER = date(2026, 10, 5)


def _otherwise(known: Any, **changes: Any) -> dict[str, Any]:
    """A correction of the first fact, which changes these of its fields."""
    return {"corrects": known.first_told.event_id, "replacement": known.first_told.model_copy(update=changes)}


def test_a_course_that_is_postponed_starts_and_is_taught_later() -> None:
    """Every date that follows from its start moves with it."""
    lived = cohorts.fresh(P1)
    lived.tell(cohort_facts.CohortConfirmed)
    lived.go("2026-08-20")
    ends = lived.life.teaching_ends_at
    lived.tell(Correction, **_otherwise(lived.known, course_start=LATER))
    assert lived.life.opening.course_start == LATER
    assert lives.read(lived.life.learning_session(1)).startswith("2026-10-05")
    assert lived.life.teaching_ends_at > ends
    stages = []
    for day in ("2026-09-10", "2026-10-06"):
        lived.go(day)
        stages.append(lived.state.stage)
    assert stages == [CohortStage.CONFIRMED, CohortStage.IN_TEACHING]


@pytest.mark.parametrize("when", ["2026-07-01", "2026-09-01"])
def test_who_was_told_that_the_course_starts_hears_once_that_it_is_postponed(when: str) -> None:
    """Reminded already or not; who takes a place afterwards hears nothing of it."""
    lived = cohorts.fresh(P1, P2)
    lived.go(when)
    lived.tell(Correction, **_otherwise(lived.known, course_start=LATER))
    lived.accept(cohorts.P3)
    lived.go("2026-09-20")
    moved = [notice for _, notice in lived.sent if notice.reason == "learning_session_changed"]
    assert {notice.person for notice in moved} >= {"per_P01", "per_P02"}
    assert len(moved) == len({(notice.person, notice.number) for notice in moved})
    assert {lives.read(notice.starts_at)[:10] for notice in moved if notice.starts_at} == {"2026-10-05"}


def test_a_participant_who_comes_after_the_course_was_postponed_hears_of_one_start_only() -> None:
    """Nobody had a place while it was to start earlier."""
    lived = cohorts.fresh()
    lived.tell(Correction, **_otherwise(lived.known, course_start=LATER))
    lived.now += timedelta(days=1)
    lived.accept(P1)
    lived.go("2026-09-20")
    assert not [notice for _, notice in lived.sent if notice.reason == "learning_session_changed"]


def test_a_course_put_right_and_back_within_one_second_is_said_once_each_time() -> None:
    """What was said last of one second is the last: nobody hears the same over and over."""
    lived = cohorts.fresh(P1)
    lived.tell(Correction, **_otherwise(lived.known, course_start=LATER))
    for start in (cohorts.COURSE_START, LATER):
        lived.carry_out()
        lived.tell(Correction, **_otherwise(lived.known, course_start=start))
    lived.carry_out()
    heard = [lives.read(notice.starts_at)[:10] for _, notice in lived.sent if notice.starts_at]
    assert heard == ["2026-10-05", "2026-09-07", "2026-10-05"]


@pytest.mark.parametrize("passes", [timedelta(), timedelta(days=1)])
def test_who_was_told_that_the_course_is_cancelled_hears_when_that_is_taken_back_and_told_again(
    passes: timedelta,
) -> None:
    """Once each time, be it within one second."""
    lived = cohorts.fresh(P1)
    for _ in range(2):
        wrong = lived.tell(cohort_facts.CohortCancelled, reason="other")
        lived.carry_out()
        lived.now += passes
        lived.tell(Correction, corrects=wrong)
        lived.carry_out()
        lived.now += passes
    assert [notice.reason for _, notice in lived.sent] == ["cohort_cancelled", "cohort_runs_after_all"] * 2


def test_engagements_follow_a_postponed_course() -> None:
    """What their first fact says of its start is put right, once."""
    lived = cohorts.fresh(P1)
    peer, ledger = Peer(P1, "engagement", lived.now), list[AnyFact]()
    ledger += [told.fact for told in still_owed(cohorts.COHORT, lived.effects(), peer, ledger, lived.now)]
    lived.now += timedelta(days=1)
    lived.tell(Correction, **_otherwise(lived.known, course_start=LATER, division=HolidayDivision.SCOTLAND))
    (owed,) = still_owed(cohorts.COHORT, lived.effects(), peer, ledger, lived.now)
    known = advance(account(engagement.REDUCER, ledger), owed.fact, lived.now)
    assert isinstance(known, Account)
    opening = known.life.opening
    assert (opening.course_start, opening.division) == (LATER, HolidayDivision.SCOTLAND)
    assert still_owed(cohorts.COHORT, lived.effects(), peer, known.facts.values(), lived.now) == []


def test_an_engagement_takes_another_course_start_division_and_zone() -> None:
    """The gap until the course starts is no action phase yet."""
    lived = lives.agreed()
    lived.go("2026-09-10")
    stages = [lived.state.stage]
    right = {"course_start": LATER, "division": HolidayDivision.SCOTLAND, "zone": "Europe/Dublin"}
    lived.tell(Correction, **_otherwise(lived.known, **right))
    assert [*stages, lived.state.stage] == [Stage.ACTION, Stage.AGREED]
    opening = lived.life.opening
    assert (opening.course_start, opening.division, opening.zone) == tuple(right.values())


@pytest.mark.parametrize(
    ("lived", "kept"),
    [
        (lives.fresh, {"cohort": "sheffield.2027-spring"}),
        (lives.fresh, {"enrolment": "sheffield.2026-autumn.P09"}),
        (lives.fresh, {"programme": lives.PROGRAMME.model_copy(update={"version": 2})}),
        (lives.fresh, {"occurred_at": lives.local("2026-08-01")}),
        (cohorts.fresh, {"academy": "leeds"}),
        (intro_courses.fresh, {"academy": "leeds"}),
        (intro_courses.fresh, {"day_1": date(2026, 10, 21)}),
    ],
)
def test_a_first_fact_keeps_its_ids_moment_and_programme(lived: Any, kept: dict[str, Any]) -> None:
    """What was told since rests on them. An Introduction course is moved by its own fact, so that delegates hear."""
    life = lived()
    refused = life.refused(Correction, **_otherwise(life.known, **kept))
    assert (refused.when, refused.code) == ("never", "opening_kept")
    assert next(iter(kept)).replace("_", " ") in refused.reason


def test_a_first_fact_is_never_taken_back_or_replaced_by_another_kind() -> None:
    """Neither it nor a correction of it; that correction can be."""
    lived = cohorts.fresh()
    assert lived.refused(Correction, corrects="scheduled").code == "opening"
    confirmed = cohort_facts.CohortConfirmed(event_id="x", occurred_at=lived.now)
    assert lived.refused(Correction, corrects="scheduled", replacement=confirmed).code == "opening"
    right = lived.tell(Correction, **_otherwise(lived.known, course_start=LATER))
    assert lived.refused(Correction, corrects=right, replacement=confirmed).code == "opening"
    lived.tell(Correction, corrects=right)
    assert lived.life.opening.course_start == cohorts.COURSE_START


def test_a_first_fact_is_put_right_only_if_what_was_recorded_since_stays_possible() -> None:
    """Attendance of a day on which the course had not begun: that is corrected first."""
    lived = cohorts.fresh(P1)
    lived.attend([1], P1)
    refused = lived.refused(Correction, **_otherwise(lived.known, course_start=LATER))
    assert (refused.when, refused.code) == ("not_yet", "undoes_others")
    assert "learning session held" in refused.reason


def _two_corrections(*, swapped: bool = False) -> tuple[lives.Lived, list[Fact]]:
    lived = lives.agreed()
    lived.go("2026-09-15 12:00")
    lived.miss("2026-09-15")
    missed = next(event_id for event_id, fact in lived.known.facts.items() if fact.kind == "session_not_held")
    at, day = lived.now + timedelta(minutes=1), date(2026, 9, 15)
    held = engagement_facts.SessionHeld(event_id="held", occurred_at=at, day=day)
    told: list[Fact] = [
        Correction(event_id="b", occurred_at=at, corrects=missed, replacement=held),
        Correction(event_id="a", occurred_at=at + timedelta(minutes=1), corrects=missed),
    ]
    lived.now = at + timedelta(hours=1)
    return lived, told[::-1] if swapped else told


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_corrections_of_one_fact_the_later_holds_and_the_office_sees_the_other(swapped: bool) -> None:
    """Whichever was told first; both are named."""
    lived, told = _two_corrections(swapped=swapped)
    lived.known = account(lived.known.rules, [*lived.known.facts.values(), *told])
    assert lived.known.overruled == {"b": "a"}
    assert lived.life.reports == {}
    lived.go("2026-09-17")
    (item,) = [item for _, item in lived.carried if item.matter is Matter.CONTRADICTION]
    assert (item.rule, item.facts) == ("correction_overruled", ("b", "a"))
    assert lived.heard(Role.OFFICE, Matter.CONTRADICTION)


def test_of_two_corrections_in_one_second_that_with_the_later_event_id_holds() -> None:
    """In every order of telling."""
    lived, told = _two_corrections()
    same = [fact.model_copy(update={"occurred_at": told[0].occurred_at}) for fact in told]
    for order in (same, same[::-1]):
        known = account(lived.known.rules, [*lived.known.facts.values(), *order])
        assert known.overruled == {"a": "b"}
        assert "2026-09-15" in known.life.reports


def test_a_correction_that_is_itself_corrected_or_taken_back_is_no_matter_for_the_office() -> None:
    """Whoever does that knows of the first."""
    lived, told = _two_corrections()
    lived.known = account(lived.known.rules, [*lived.known.facts.values(), *told])
    lived.tell(Correction, corrects="b")
    assert lived.known.overruled == {}
    lived, told = _two_corrections()
    lived.known = account(lived.known.rules, [*lived.known.facts.values(), told[0]])
    lived.tell(Correction, corrects="b")
    assert lived.known.overruled == {}


def test_what_holds_in_place_of_an_overruled_correction_is_named() -> None:
    """Put right and then overruled: the office is shown how it read last."""
    lived, (first, second) = _two_corrections()
    held = engagement_facts.SessionHeld(event_id="held", occurred_at=first.occurred_at, day=date(2026, 9, 15))
    put_right = Correction(event_id="c", occurred_at=first.occurred_at, corrects="b", replacement=held)
    known = account(lived.known.rules, [*lived.known.facts.values(), first, second, put_right])
    assert known.overruled == {"c": "a"}
