"""What each fact does to a cohort, and when it is legal, as tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, Literal

from lifecycle.account import Rules
from lifecycle.calendar import calendar
from lifecycle.cohort.life import Enrolment, Life
from lifecycle.dates import long_date
from schemas import cohort_facts as facts
from schemas.cohort_facts import COHORT_KINDS, CohortScheduled
from schemas.due import Refusal
from schemas.facts import Fact
from schemas.words import CohortStage

Stage = CohortStage
BEFORE: Final = frozenset({Stage.PLANNED, Stage.CONFIRMED})
TEACHING: Final = frozenset({Stage.IN_TEACHING})
AFTER: Final = frozenset({Stage.TEACHING_COMPLETE, Stage.CLOSED})
OPEN: Final = BEFORE | TEACHING | AFTER

_STAGES: Final[dict[str, frozenset[Stage]]] = {
    "cohort_confirmed": frozenset({Stage.PLANNED}),
    "cohort_cancelled": BEFORE,
    "enrolment_accepted": BEFORE | TEACHING,
    "microsystem_identified": OPEN,
    "conditional_start_decided": OPEN,
    "learning_session_moved": BEFORE | TEACHING,
    "learning_session_held": TEACHING | AFTER,
    "learning_session_made_up": TEACHING | AFTER,
    "participant_on_leave": OPEN,
    "enrolment_deferred": BEFORE | TEACHING,
    "enrolment_withdrawn": OPEN,
    "enrolment_completed": TEACHING | AFTER,
    "refresher_held": AFTER,
    "coaching_seen": OPEN,
    "cohort_programme_adopted": OPEN,
}

_WORDS: Final[dict[Stage, str]] = {
    Stage.PLANNED: "the course is planned",
    Stage.CONFIRMED: "the course is confirmed and has not started",
    Stage.IN_TEACHING: "the course is being taught",
    Stage.TEACHING_COMPLETE: "the teaching is over",
    Stage.CLOSED: "the course is closed",
    Stage.CANCELLED: "the course is cancelled",
}


def _no(when: Literal["never", "not_yet"], code: str, reason: str) -> Refusal:
    return Refusal(when=when, code=code, reason=reason)


def begin(opening: CohortScheduled) -> Life:
    """The life of a cohort that was just scheduled."""
    programme = opening.programme
    return Life(opening, programme, calendar(opening.calendar, opening.division, opening.zone, programme.quiet_hours))


def step(life: Life, fact: Fact) -> Life | Refusal:
    """The life after a fact, or why the fact is illegal at the moment it occurred."""
    stage = life.stage_at(fact.occurred_at)
    if fact.occurred_at < life.opening.occurred_at:
        return _no("never", "before_the_beginning", "This lies before the cohort was scheduled.")
    if stage not in _STAGES[fact.kind]:
        later = stage in BEFORE and bool(_STAGES[fact.kind] & (TEACHING | AFTER))
        day = long_date(life.calendar.day(fact.occurred_at))
        what = fact.kind.replace("_", " ")
        reason = f"'{what}' does not fit here: on {day} {_WORDS[stage]}."
        return _no("not_yet" if later else "never", f"{fact.kind}_in_{stage}", reason)
    return _known(life, fact) or _EFFECTS[fact.kind](life, fact)


def _known(life: Life, fact: Fact) -> Refusal | None:
    """Facts about an enrolment need one that is known and still here."""
    enrolment = getattr(fact, "enrolment", None)
    if enrolment is None or fact.kind == "enrolment_accepted":
        return None
    known = life.enrolments.get(enrolment)
    if known is None:
        return _no("not_yet", "unknown_enrolment", "This participant is not enrolled in this cohort.")
    if known.gone:
        return _no("never", "gone", "This participant has left the cohort.")
    return None


def _accepted(life: Life, fact: facts.EnrolmentAccepted) -> Life | Refusal:
    if fact.enrolment in life.enrolments:
        return _no("never", "enrolled_already", "This participant is enrolled already.")
    teams = ((fact.team, fact.occurred_at, fact.event_id),) if fact.team else ()
    return replace(life, enrolments={**life.enrolments, fact.enrolment: Enrolment(fact, teams)})


def _identified(life: Life, fact: facts.MicrosystemIdentified) -> Life | Refusal:
    known = life.enrolments[fact.enrolment]
    if any(team.microsystem == fact.team.microsystem for team, _, _ in known.teams):
        return _no("never", "identified_already", "This team is recorded for this participant already.")
    teams = (*known.teams, (fact.team, fact.occurred_at, fact.event_id))
    return life.with_enrolment(fact.enrolment, teams=teams)


def _conditional(life: Life, fact: facts.ConditionalStartDecided) -> Life | Refusal:
    if life.enrolments[fact.enrolment].has_team:
        return _no("never", "has_a_team", "This participant has a team; no condition is needed.")
    return life.with_enrolment(
        fact.enrolment, may_start=fact.allowed, may_start_until=fact.until, decided_at=fact.occurred_at
    )


def _moved(life: Life, fact: facts.LearningSessionMoved) -> Life | Refusal:
    if fact.number not in life.numbers or fact.number in life.held:
        return _no("never", "no_such_session", "There is no such learning session still to come.")
    return replace(life, moved={**life.moved, fact.number: (fact.to_day, fact.to_time)})


def _held(life: Life, fact: facts.LearningSessionHeld) -> Life | Refusal:
    if fact.number not in life.numbers:
        return _no("never", "no_such_session", f"The course has {len(life.numbers)} learning sessions.")
    if fact.number in life.held:
        return _no("never", "held_already", "The attendance of this learning session is recorded; tell a correction.")
    if fact.occurred_at < life.learning_session(fact.number):
        return _no("not_yet", "day_to_come", "This learning session is still to come.")
    unknown = [e for e in fact.attended if e not in life.enrolments]
    if unknown:
        return _no("not_yet", "unknown_enrolment", f"Not enrolled in this cohort: {', '.join(unknown)}.")
    for enrolment in fact.attended:
        life = _attended(life, enrolment, fact.number)
    return replace(life, held={**life.held, fact.number: fact.occurred_at})


def _attended(life: Life, enrolment: str, number: int) -> Life:
    return life.with_enrolment(enrolment, attended=life.enrolments[enrolment].attended | {number})


def _made_up(life: Life, fact: facts.LearningSessionMadeUp) -> Life | Refusal:
    if fact.number not in life.held:
        return _no("not_yet", "not_held", "This learning session has not been held.")
    if fact.number in life.enrolments[fact.enrolment].attended:
        return _no("never", "attended_already", "This participant attended this learning session.")
    return _attended(life, fact.enrolment, fact.number)


def _on_leave(life: Life, fact: facts.ParticipantOnLeave) -> Life | Refusal:
    if not timedelta(0) <= fact.last_day - fact.first_day <= timedelta(days=366):
        return _no("never", "days_out_of_order", "The last day must not be before the first.")
    leaves = (*life.enrolments[fact.enrolment].leaves, (fact.first_day, fact.last_day))
    return life.with_enrolment(fact.enrolment, leaves=leaves)


def _deferred(life: Life, fact: facts.EnrolmentDeferred) -> Life:
    to = fact.to_enrolment or fact.to_cohort
    return life.with_enrolment(fact.enrolment, deferred_at=fact.occurred_at, deferred_to=to, gone_by=fact.event_id)


def _withdrawn(life: Life, fact: facts.EnrolmentWithdrawn) -> Life:
    return life.with_enrolment(fact.enrolment, withdrawn_at=fact.occurred_at, gone_by=fact.event_id)


def _completed(life: Life, fact: facts.EnrolmentCompleted) -> Life | Refusal:
    known = life.enrolments[fact.enrolment]
    if known.completed is not None:
        return _no("never", "decided_already", "This is decided already; tell a correction.")
    lacking = lacking_for_completion(life, known) if fact.completed else []
    if lacking:
        return _no("not_yet", "not_complete", "For completing the course there is still to come: " + "; ".join(lacking))
    return life.with_enrolment(fact.enrolment, completed=fact.completed)


def lacking_for_completion(life: Life, known: Enrolment) -> list[str]:
    """What a participant still lacks for completing the course, in words."""
    rules, coaching = life.programme.completion, known.coaching
    lacking = []
    if coaching is None or not coaching.agreed:
        lacking.append("a signed agreement")
    if len(known.attended) < rules.learning_sessions_attended:
        lacking.append(f"{rules.learning_sessions_attended} learning sessions attended (now {len(known.attended)})")
    expected = coaching.sessions_expected if coaching else 0
    held = coaching.sessions_held if coaching else 0
    if not expected or 100 * held < rules.sessions_held_percent * expected:
        lacking.append(f"{rules.sessions_held_percent}% of team sessions held (now {held} of {expected})")
    return lacking


def _refreshed(life: Life, fact: facts.RefresherHeld) -> Life:
    return life.with_enrolment(fact.enrolment, refreshed_at=fact.occurred_at)


def _seen(life: Life, fact: facts.CoachingSeen) -> Life:
    for coaching in fact.coaching:
        if coaching.enrolment in life.enrolments:
            life = life.with_enrolment(coaching.enrolment, coaching=coaching)
    return replace(life, seen_at=fact.occurred_at)


def _confirmed(life: Life, fact: facts.CohortConfirmed) -> Life:
    return replace(life, confirmed_at=fact.occurred_at)


def _cancelled(life: Life, fact: facts.CohortCancelled) -> Life:
    return replace(life, cancelled_at=fact.occurred_at, cancelled_by=fact.event_id)


def _adopted(life: Life, fact: facts.CohortProgrammeAdopted) -> Life | Refusal:
    if fact.programme.name != life.programme.name:
        return _no("never", "other_programme", f"This cohort runs under {life.programme.name}.")
    opening = life.opening
    hours = fact.programme.quiet_hours
    days = calendar(opening.calendar, opening.division, opening.zone, hours)
    return replace(life, programme=fact.programme, calendar=days)


_EFFECTS: Final[dict[str, Callable[[Life, Any], Life | Refusal]]] = {
    "cohort_confirmed": _confirmed,
    "cohort_cancelled": _cancelled,
    "enrolment_accepted": _accepted,
    "microsystem_identified": _identified,
    "conditional_start_decided": _conditional,
    "learning_session_moved": _moved,
    "learning_session_held": _held,
    "learning_session_made_up": _made_up,
    "participant_on_leave": _on_leave,
    "enrolment_deferred": _deferred,
    "enrolment_withdrawn": _withdrawn,
    "enrolment_completed": _completed,
    "refresher_held": _refreshed,
    "coaching_seen": _seen,
    "cohort_programme_adopted": _adopted,
}

RULES: Final[Rules[Life]] = Rules(kinds=COHORT_KINDS, opening="cohort_scheduled", begin=begin, step=step)
