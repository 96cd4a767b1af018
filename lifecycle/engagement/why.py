"""Where an engagement stands, and why: rule, parameter, facts and dates, in words."""

from __future__ import annotations

from typing import Final

from lifecycle import why as general
from lifecycle.dates import long_date
from lifecycle.engagement.plan import plan
from lifecycle.engagement.state import State
from lifecycle.projection import shown, turn
from lifecycle.steps import Done
from schemas.due import DueItem, Standing, Why
from schemas.words import Health, Outcome

RULES: Final[dict[str, str]] = {
    "agreement_owed": "Coach, sponsor and team lead sign the agreement within weeks of the proposal.",
    "weekly_work_begins": "Weekly work begins on the first day of the course, once the agreement is signed.",
    "session_asked": "After each session the coach is asked whether it took place, then reminded.",
    "session_becomes_unknown": "A session nobody has told of becomes unknown after some working days, never before.",
    "team_at_risk": "Sessions missed in a row put a team at risk: the coach hears, then faculty, then the office.",
    "alarm_over": "Those who heard an alarm are told once when it no longer holds.",
    "stalled_decision_owed": "A stalled team is no longer asked every week; the office is asked for a decision.",
    "progress_asked": "Team and faculty each score progress every month.",
    "review_owed": "Faculty reviews the work with the team at fixed months from the course start.",
    "transition_proposed": "From a set month, or when the team looks ready, stepping back is proposed.",
    "readiness_owed": "At the planned date, or when the team looks ready, faculty assesses readiness.",
    "sign_off_owed": "Readiness is signed off by the roles the programme names, and two owners are named.",
    "hand_off_owed": "When all have signed, somebody decides that the team carries on alone.",
    "extend_or_close": "When the time is up, the office extends the engagement or closes it.",
    "pause_review_asked": "A pause is looked at every few weeks.",
    "pause_decision_asked": "A long pause needs a decision.",
    "coach_vacancy": "A team without a coach gets an interim or a new one within weeks; it is never silently closed.",
    "aftercare_asked": "After hand-off the team is asked at fixed months whether the improvement holds.",
    "relapse_answer_owed": "When the improvement no longer holds, faculty answers within weeks.",
    "fact_without_effect": "A fact that a later-told one made impossible has no effect; the office hears of it.",
}


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
    nothing = "Nothing of this kind is due, and nothing was done: the rules do not ask for it as things stand."
    if state.life.paused:
        nothing = "Coaching is paused: only the pause itself and a vacant coach's place are looked at."
    if state.ended:
        nothing = "The engagement has ended; nothing more is due."
    return general.why(state, done, plan(state, done), question, RULES, nothing)


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
