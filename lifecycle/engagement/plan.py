"""The timeline: every due item from now to the end of the engagement, each with its reason.

Nothing else decides a deadline. It stands as if every future ask were answered in time, plus chases that run already;
once the engagement has ended, only what is to be put right is left. An item whose time has passed is due now. A duty
looks at the state and at what was carried out, and at nothing else. It yields its items in the order of time.
"""

from __future__ import annotations

from typing import Final

from lifecycle.contradictions import CONTRADICTION
from lifecycle.dates import long_date
from lifecycle.description import During, described
from lifecycle.engagement import alarms, away, ending, supervision, weekly, work
from lifecycle.engagement.absences import away_on
from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.state import State
from lifecycle.overdue import OFFICE_OVERDUE
from lifecycle.steps import Done
from lifecycle.timeline import NOTHING, Planner
from schemas.due import Why
from schemas.sentences import joined, lowered, say
from schemas.words import Health, Outcome

MATTERS: Final = described(
    *weekly.MATTERS,
    *alarms.MATTERS,
    *away.MATTERS,
    *work.MATTERS,
    *supervision.MATTERS,
    *ending.MATTERS,
    CONTRADICTION,
    OFFICE_OVERDUE,
)


def _during(state: State) -> During:
    return During.PAUSED if state.life.paused else During.RUNNING


_PLANNER: Final = Planner(MATTERS, PlanContext, "The engagement has ended; nothing more is due.", _during)
plan, upcoming, coming = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.coming
due, open_still = _PLANNER.due, _PLANNER.open_still


_STUCK: Final = {
    "unscored": "No progress: scores that we asked for are missing.",
    "flat": "No progress: the scores haven't gone up.",
}


def why(state: State, done: Done, question: str) -> tuple[Why, ...]:
    """Why something is due, was done, or is not: by item key, by matter, ``next`` or ``health``."""
    if question == "health":
        return (_health(state),)
    paused = "Coaching is paused: only the pause itself and a vacant coach's place are looked at."
    return _PLANNER.why(state, done, question, paused if state.life.paused else NOTHING)


_CALLED: Final = {Health.AT_RISK: "At risk", Health.STALLED: "Stalled"}


def _health(state: State) -> Why:
    run = state.run
    misses = joined(
        ", ",
        (
            say("{day} (not known)" if s.outcome is Outcome.UNKNOWN else "{day} (not held)", day=long_date(s.day))
            for s in run.misses
        ),
    )
    held, _ = state.life.held_at(run.stalled_since or run.at_risk_since or state.now)
    rules, resting = held.health, _resting(state)
    answer = say(
        "On track: fewer than {at_risk} sessions in a row didn't go ahead or are not known.",
        at_risk=rules.at_risk_after,
    )
    if run.health is not Health.ON_TRACK:
        answer = say(
            "{health}: the last sessions didn't go ahead, or we haven't heard: {misses}. A team "
            "is at risk after {at_risk} in a row, and stalled after {stalled}.",
            health=_CALLED[state.by_sessions],
            misses=misses,
            at_risk=rules.at_risk_after,
            stalled=rules.stalled_after,
        )
    if state.no_progress:
        answer = joined(" ", (answer, _STUCK[state.no_progress.why]))
    if resting:
        answer = say("{resting} Going by its sessions: {answer}", resting=resting, answer=lowered(answer))
    facts = tuple(s.report.event_id for s in run.misses if s.report)
    return Why(question="health", answer=answer, facts=facts)


def _resting(state: State) -> str:
    """Why nothing is expected now, in a sentence; empty while sessions are."""
    life = state.life
    if life.paused is not None:
        return say("Paused since {day}: no session is expected.", day=long_date(life.calendar.day(life.paused.since)))
    span = away_on(life, life.calendar.day(state.now)) if state.health is Health.ON_LEAVE else None
    return say("On leave until {day}: everyone who coaches the team is away.", day=long_date(span[1])) if span else ""
