"""Where an engagement stands, and why: rule, parameter, facts and dates, in words."""

from __future__ import annotations

from lifecycle.dates import long_date
from lifecycle.engagement.plan import PLANNER
from lifecycle.engagement.state import State
from lifecycle.projection import shown, turn
from lifecycle.steps import Done
from lifecycle.timeline import NOTHING
from schemas.due import DueItem, Standing, Why
from schemas.words import Health, Outcome


def standing(state: State, ahead: list[DueItem]) -> Standing:
    """Where the engagement stands. ``ahead`` is the next item of each matter."""
    life = state.life
    return Standing(
        as_of=state.now,
        stage=state.stage,
        phase=state.phase,
        ramp_step=life.ramp_step,
        health=state.health,
        paused=life.paused is not None,
        coach_vacant=life.vacant_since is not None,
        turn=turn(ahead),
        next_due=shown(ahead[0]) if ahead else None,
        end_reason=life.end_reason,
    )


def why(state: State, done: Done, question: str) -> tuple[Why, ...]:
    """Why something is due, was done, or is not: by item key, by matter, ``next`` or ``health``."""
    if question == "health":
        return (_health(state),)
    paused = "Coaching is paused: only the pause itself and a vacant coach's place are looked at."
    return PLANNER.why(state, done, question, paused if state.life.paused else NOTHING)


def _health(state: State) -> Why:
    run = state.run
    misses = ", ".join(
        f"{long_date(s.day)} ({'unknown' if s.outcome is Outcome.UNKNOWN else 'not held'})" for s in run.misses
    )
    rules = state.life.programme.health
    if run.health is Health.ON_TRACK:
        answer = f"On track: fewer than {rules.at_risk_after} sessions in a row were missed."
    else:
        answer = (
            f"{state.health.replace('_', ' ').capitalize()}: missed in a row were {misses}. "
            f"Parameters: health.at_risk_after = {rules.at_risk_after}, health.stalled_after = {rules.stalled_after}."
        )
    facts = tuple(s.report.event_id for s in run.misses if s.report)
    return Why(question="health", answer=answer, facts=facts)
