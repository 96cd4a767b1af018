"""How facts are taken: late, early, twice, wrong, impossible, imported; and what a refusal says."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

import pytest

from lifecycle.account import account, advance
from lifecycle.engagement import REDUCER, assess, standing, upcoming, why
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.corrections import Correction
from schemas.due import Refusal
from schemas.engagement_facts import PauseReason, Slot
from schemas.facts import Fact, LeaveAgreed
from schemas.words import EndReason, Matter, NotHeldReason, Outcome, Role, Stage, Weekday
from tests.lifecycle.lives import Lived, agreed, fresh, handed_off, local, proposed, read, ready


def _held(day: str, event_id: str = "r") -> facts.SessionHeld:
    return facts.SessionHeld(event_id=event_id, occurred_at=local(f"{day} 10:30"), day=date.fromisoformat(day))


def test_a_repeated_fact_changes_nothing() -> None:
    """The same event id with the same content is harmless."""
    lived = agreed()
    lived.go("2026-09-09")
    fact = _held("2026-09-08")
    once = advance(lived.known, fact, lived.now)
    assert not isinstance(once, Refusal)
    assert advance(once, fact, lived.now) is once


def test_the_same_event_id_with_other_content_is_refused() -> None:
    """Somebody else's fact cannot hide behind a known id."""
    lived = agreed()
    lived.go("2026-09-09")
    lived.meet("2026-09-08", event_id="x")
    refusal = lived.refused(facts.SessionNotHeld, event_id="x", day=date(2026, 9, 8), reason=NotHeldReason.OTHER)
    assert refusal.code == "different_content"


def test_the_future_is_not_told() -> None:
    """Neither as a fact, nor as a correction's replacement, nor as a session still to come."""
    lived = agreed()
    lived.go("2026-09-09")
    told = lived.meet("2026-09-08")
    assert lived.refused(facts.SponsorReleased, "2026-09-10").code == "in_the_future"
    assert lived.refused(Correction, corrects=told, replacement=_held("2026-09-15")).code == "in_the_future"
    assert lived.refused(facts.SessionHeld, day=date(2026, 9, 15)).when == "not_yet"


def test_a_fact_from_before_the_beginning_is_refused_and_breaks_nothing() -> None:
    """Also when other facts are known already."""
    lived = agreed()
    lived.go("2026-09-09")
    lived.meet("2026-09-08")
    assert lived.refused(improvement.RampStepReached, "2026-07-01", step="theme").code == "before_the_beginning"


def test_a_session_of_last_week_told_after_this_weeks_hand_off_is_welcome() -> None:
    """Legality is judged at the time a fact occurred."""
    lived = agreed()
    lived.weekly("2028-03-13")
    lived.go("2028-03-14 12:00")
    ready(lived)
    lived.tell(facts.HandedOff)
    lived.go("2028-03-16")
    lived.meet("2028-03-14")
    assert lived.state.stage is Stage.AFTERCARE
    assert lived.state.sessions[-1].outcome is Outcome.HELD
    assert lived.refused(facts.SessionHeld, day=date(2028, 3, 16)).when == "never"


def test_a_correction_withdraws_and_another_restores() -> None:
    """A withdrawn report counts for nothing; a withdrawn correction counts for nothing either."""
    lived = agreed()
    lived.go("2026-09-09")
    told = lived.meet("2026-09-08")
    withdrawn = lived.tell(Correction, corrects=told)
    outcomes = [lived.state.sessions[0].outcome]
    lived.tell(Correction, corrects=withdrawn)
    outcomes.append(lived.state.sessions[0].outcome)
    assert outcomes == [Outcome.EXPECTED, Outcome.HELD]


def test_a_corrected_correction_passes_its_replacement_on() -> None:
    """The first report stays withdrawn; the latest replacement holds."""
    lived = agreed()
    lived.go("2026-09-09")
    told = lived.meet("2026-09-08")
    wrong = lived.tell(Correction, corrects=told)
    missed = facts.SessionNotHeld(
        event_id="r", occurred_at=local("2026-09-08 10:30"), day=date(2026, 9, 8), reason=NotHeldReason.STAFFING
    )
    lived.tell(Correction, corrects=wrong, replacement=missed)
    assert lived.state.sessions[0].outcome is Outcome.NOT_HELD


def test_the_latest_correction_of_a_fact_wins_in_whatever_order_they_arrive() -> None:
    """Told in the same second even: the order is fixed."""
    lived = agreed()
    lived.go("2026-09-09")
    told = lived.meet("2026-09-08", attendance=1)
    at = lived.now
    pair = [
        Correction(
            event_id=name,
            occurred_at=at,
            corrects=told,
            replacement=_held("2026-09-08").model_copy(update={"attendance": number}),
        )
        for name, number in (("b", 2), ("a", 3))
    ]
    known = list(lived.known.facts.values())
    one, other = account(REDUCER, [*known, *pair]), account(REDUCER, [*known, *reversed(pair)])
    assert one.life == other.life


def test_the_first_fact_and_unknown_facts_are_not_corrected() -> None:
    """Each refusal says what to do."""
    lived = agreed()
    assert lived.refused(Correction, corrects="opening").when == "never"
    assert lived.refused(Correction, corrects="nothing").when == "not_yet"


def test_a_withdrawn_end_brings_the_engagement_back() -> None:
    """Ended by mistake: everything is due again."""
    lived = agreed()
    lived.weekly("2026-10-10")
    ended = lived.tell(facts.EndedEarly, reason=EndReason.TEAM_DISBANDED)
    assert lived.plan() == []
    lived.now = local("2026-10-11")
    lived.tell(Correction, corrects=ended)
    assert lived.state.stage is Stage.ACTION
    assert lived.plan() != []


def test_an_accepted_fact_made_impossible_by_a_later_told_one_stays_without_effect_and_goes_to_the_office() -> None:
    """A late pause makes the accepted one impossible: recorded, void, flagged once."""
    lived = agreed()
    lived.weekly("2026-11-10")
    accepted = lived.tell(facts.TransitionStarted)
    lived.go("2026-11-12")
    lived.tell(facts.PauseStarted, "2026-11-09 12:00", reason=PauseReason.STAFFING)
    assert accepted in lived.known.facts
    assert set(lived.known.void) == {accepted}
    assert lived.state.stage is Stage.ACTION
    lived.tell(facts.PauseEnded, "2026-11-11 12:00")
    lived.go("2026-11-30")
    assert lived.heard(Role.OFFICE, Matter.CONTRADICTION) == ["2026-11-12 12:00"]
    assert [n.detail for _, n in lived.sent if n.matter is Matter.CONTRADICTION] == [accepted]


def test_a_fact_that_a_late_end_makes_impossible_goes_to_the_office_too() -> None:
    """Even though the engagement is over."""
    lived = agreed()
    lived.weekly("2026-10-10")
    lived.tell(facts.EndedEarly, "2026-10-05 12:00", reason=EndReason.TEAM_DISBANDED)
    assert lived.known.void
    lived.go("2026-10-13")
    assert len(lived.heard(Role.OFFICE, Matter.CONTRADICTION)) == len(lived.known.void)
    assert lived.plan() == []


def test_late_facts_give_the_state_that_timely_ones_would_have_given() -> None:
    """Told in the order of arrival or all at once: the same life."""
    lived = agreed()
    lived.go("2026-10-01")
    for day in ("2026-09-22", "2026-09-08", "2026-09-15"):
        lived.meet(day)
    again = assess(account(REDUCER, reversed(list(lived.known.facts.values()))), lived.now, lived.done)
    assert again.life == lived.life
    assert again.sessions == lived.state.sessions


def test_an_engagement_taken_over_in_mid_life_asks_nothing_stale() -> None:
    """Imported a year in, with its facts: nothing at once, and then only what is open or still to come."""
    past = agreed()
    past.weekly("2027-09-01")
    imported = _imported(past, "2027-09-01 12:00")
    imported.go("2027-09-06 07:59")
    assert imported.sent == []
    assert imported.carried == []
    imported.go("2027-10-31")
    assert {item.about for _, item in imported.carried if item.matter is Matter.SESSION} >= {date(2027, 9, 7)}
    assert min(i.about for _, i in imported.carried if i.matter is Matter.SESSION and i.about) == date(2027, 9, 7)
    assert [item.window for _, item in imported.carried if item.matter is Matter.REVIEW] == ["month-12"] * 4


def test_sessions_nobody_told_of_before_the_engine_watched_are_not_held_against_the_team() -> None:
    """No ask, no unknown, no alarm for what lies before."""
    past = agreed()
    imported = _imported(past, "2027-03-10 12:00")
    assert imported.state.sessions == ()
    imported.go("2027-03-15 07:59")
    assert imported.sent == []


def _imported(past: Lived, when: str) -> Lived:
    """The same facts under an opening that is watched only from a moment on."""
    opening = proposed(watched_from=local(when))
    told = [fact for fact in past.known.facts.values() if fact.event_id != "opening"]
    return Lived(account(REDUCER, [opening, *told]), local(when))


_REFUSED: list[tuple[str, type[Fact], dict[str, Any], str]] = [
    ("proposed", facts.SignedOff, {"role": "coach"}, "not_yet"),
    ("proposed", facts.HandedOff, {}, "not_yet"),
    ("proposed", facts.TransitionStarted, {}, "not_yet"),
    ("proposed", facts.AgreementSigned, {"role": "office"}, "never"),
    ("proposed", facts.PauseReviewed, {}, "not_yet"),
    ("proposed", improvement.MeasurementRecorded, {"measure": "m", "value": 1.0, "day": date(2026, 9, 1)}, "not_yet"),
    ("agreed", facts.AgreementSigned, {"role": "coach"}, "never"),
    ("agreed", facts.CoachLeft, {"person": "per_nobody"}, "never"),
    ("agreed", facts.SessionHeld, {"day": date(2026, 8, 1)}, "never"),
    (
        "agreed",
        facts.SessionRescheduled,
        {"day": date(2026, 9, 8), "to_day": date(2027, 1, 8), "to_time": "09:00"},
        "never",
    ),
    (
        "agreed",
        LeaveAgreed,
        {"person": "per_coach", "first_day": "2026-10-02", "last_day": "2026-10-01"},
        "never",
    ),
    ("agreed", facts.BoosterHeld, {}, "not_yet"),
    ("handed off", facts.SessionHeld, {"day": date(2028, 3, 14)}, "never"),
    ("handed off", facts.PauseStarted, {"reason": "other"}, "never"),
    ("handed off", facts.AftercareReported, {"month": 4, "holding": True}, "never"),
    ("handed off", facts.SignedOff, {"role": "coach"}, "never"),
    ("relapsed", facts.AftercareReported, {"month": 3, "holding": True}, "not_yet"),
    ("ended", facts.BoosterHeld, {}, "never"),
    ("ended", facts.RoleChanged, {"role": "sponsor", "person": "per_x"}, "never"),
]


@pytest.fixture(scope="module")
def lives() -> dict[str, Lived]:
    """One engagement at each of some points of its life."""
    ended, relapsed = agreed(), handed_off()
    ended.tell(facts.EndedEarly, reason=EndReason.TEAM_WITHDREW)
    relapsed.tell(facts.Relapsed)
    found = {"proposed": fresh(), "agreed": agreed(), "handed off": handed_off(), "relapsed": relapsed, "ended": ended}
    for lived in found.values():
        lived.now = local(f"{read(lived.now)[:10]} 23:00")
    return found


@pytest.mark.parametrize(("stage", "kind", "fields", "when"), _REFUSED)
def test_a_refusal_says_never_or_not_yet_in_words(
    lives: dict[str, Lived], stage: str, kind: type[Fact], fields: dict[str, Any], when: str
) -> None:
    """Plain sentences: no code, no field name, no jargon of the engine."""
    refusal = lives[stage].refused(kind, **fields)
    assert refusal.when == when, refusal
    assert refusal.reason.endswith(".")
    assert refusal.reason[0].isupper()
    assert not re.search(r"_|[A-Z]{5,}|Stage|None", refusal.reason), refusal.reason


def test_why_answers_for_a_due_item_for_health_and_for_what_is_not_due() -> None:
    """In words, with rule, parameter and facts."""
    lived = agreed()
    lived.go("2026-09-08 12:00")
    ahead = upcoming(lived.state, lived.done)
    assert standing(lived.state, ahead).next_due is not None
    (following,) = why(lived.state, lived.done, "next")
    assert "sessions, chased after working days: 2" in following.answer
    assert why(lived.state, lived.done, "session")[0].done_at == lived.now.replace(hour=10)
    assert "On track" in why(lived.state, lived.done, "health")[0].answer
    assert "Nothing of this kind" in why(lived.state, lived.done, "relapse")[0].answer


def test_of_one_day_one_report_holds_and_whoever_knows_better_corrects_it() -> None:
    """Neither teller is overruled unseen: the second is told what is recorded, and how to put it right."""
    lived = agreed()
    lived.go("2026-09-09 12:00")
    lived.miss("2026-09-08")
    refusal = lived.refused(facts.SessionHeld, "2026-09-08 23:59", day=date(2026, 9, 8))
    assert (refusal.when, refusal.code) == ("never", "told_already")
    assert "not held" in refusal.reason
    lived.met_after_all("2026-09-08")
    assert [session.outcome for session in lived.state.sessions] == [Outcome.HELD]


@pytest.mark.parametrize(
    ("from_day", "code"),
    [
        (date(1900, 1, 1), "before_the_beginning"),
        (date(2026, 8, 9), "before_the_beginning"),
        (date(2027, 9, 8), "changed_too_late"),
        (date(2099, 1, 1), "changed_too_late"),
    ],
)
def test_the_weekly_hour_changes_on_a_day_in_sight(from_day: date, code: str) -> None:
    """From the day coaching was proposed to a year ahead, both days included."""
    lived = agreed()
    slot = Slot(day=Weekday.FRIDAY, at=time(9))
    assert lived.refused(facts.WeeklySlotChanged, slot=slot, from_day=from_day).code == code
    for day in (date(2027, 9, 7), date(2026, 8, 10)):
        lived.tell(facts.WeeklySlotChanged, slot=slot, from_day=day)
