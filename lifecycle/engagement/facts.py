"""What each fact does to an engagement, and when it is legal: the state machine, as tables.

``_STAGES`` says in which stages a kind may occur; ``_CHECKS`` what else must hold; ``_EFFECTS`` what it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lifecycle.account import Reducer
from lifecycle.calendar import calendar
from lifecycle.dates import long_date
from lifecycle.engagement import checks, effects
from lifecycle.engagement.life import Assignment, Life
from lifecycle.shared_facts import days_out_of_order, other_programme, unknown_calendar
from schemas.corrections import EngagementFact
from schemas.due import Refusal
from schemas.engagement_facts import CoachPart, EngagementProposed
from schemas.facts import Fact
from schemas.subjects import ENGAGEMENT
from schemas.words import Role, Stage

PRE_PHASE: Final = frozenset({Stage.PROPOSED, Stage.AGREED})
COACHED: Final = frozenset({Stage.ACTION, Stage.TRANSITION, Stage.READINESS_REVIEW})
ACTIVE: Final = PRE_PHASE | COACHED
AFTER: Final = frozenset({Stage.AFTERCARE, Stage.RELAPSED})
OPEN: Final = ACTIVE | AFTER
ENDED: Final = frozenset({Stage.SUSTAINED, Stage.ENDED_EARLY})
_ORDER: Final = tuple(Stage)

_STAGES: Final[dict[str, frozenset[Stage]]] = {
    "agreement_signed": frozenset({Stage.PROPOSED}),
    "coach_assigned": ACTIVE,
    "coach_left": ACTIVE,
    "coach_stopped": ACTIVE,
    "role_changed": OPEN,
    "leave_agreed": OPEN,
    "weekly_slot_changed": ACTIVE,
    "session_held": ACTIVE,
    "session_not_held": ACTIVE,
    "session_rescheduled": ACTIVE,
    "session_cancelled_ahead": ACTIVE,
    "ramp_step_reached": ACTIVE,
    "aim_set": ACTIVE,
    "pdsa_recorded": ACTIVE,
    "measure_defined": ACTIVE,
    "measurement_recorded": OPEN,
    "progress_scored": ACTIVE,
    "review_held": ACTIVE,
    "pause_started": ACTIVE,
    "pause_reviewed": ACTIVE,
    "pause_ended": ACTIVE,
    "academy_closed": OPEN,
    "transition_started": frozenset({Stage.ACTION}),
    "readiness_assessed": frozenset({Stage.ACTION, Stage.TRANSITION}),
    "signed_off": frozenset({Stage.READINESS_REVIEW}),
    "readiness_refused": COACHED,
    "owner_named": COACHED | AFTER,
    "handed_off": frozenset({Stage.READINESS_REVIEW}),
    "aftercare_reported": frozenset({Stage.AFTERCARE}),
    "relapsed": frozenset({Stage.AFTERCARE}),
    "booster_held": frozenset({Stage.RELAPSED}),
    "extension_granted": COACHED,
    "ended_early": OPEN,
    "sponsor_released": ACTIVE,
    "calendar_revised": OPEN,
    "programme_adopted": OPEN,
}

_WORDS: Final[dict[Stage, str]] = {
    Stage.PROPOSED: "the agreement is not signed yet",
    Stage.AGREED: "the agreement is signed and the course has not started",
    Stage.ACTION: "the team is in its weekly work",
    Stage.TRANSITION: "the coach is stepping back",
    Stage.READINESS_REVIEW: "readiness is being signed off",
    Stage.AFTERCARE: "the team has been handed off and carries on alone",
    Stage.RELAPSED: "the improvement no longer held and a booster is awaited",
    Stage.SUSTAINED: "the engagement has ended well",
    Stage.ENDED_EARLY: "the engagement has ended",
}

Check = Callable[[Life, Any], Refusal | None]
Effect = Callable[[Life, Any], Life]

_CHECKS: Final[dict[str, Check]] = {
    "agreement_signed": checks.signs_agreement,
    "coach_left": checks.coaches_now,
    "coach_stopped": checks.coaches_now,
    "coach_assigned": checks.not_coaching_so,
    "role_changed": checks.role_can_change,
    "leave_agreed": lambda _, fact: days_out_of_order(fact),
    "academy_closed": lambda _, fact: days_out_of_order(fact),
    "session_held": checks.day_has_come,
    "session_not_held": checks.day_has_come,
    "session_rescheduled": checks.moved_sensibly,
    "measurement_recorded": checks.measure_is_defined,
    "review_held": checks.review_is_planned,
    "pause_started": checks.not_paused,
    "pause_reviewed": checks.is_paused,
    "pause_ended": checks.is_paused,
    "transition_started": checks.coaching_goes_on,
    "readiness_assessed": checks.coaching_goes_on,
    "signed_off": checks.signs_readiness,
    "readiness_refused": checks.conditions_ahead,
    "handed_off": checks.gate_is_met,
    "aftercare_reported": checks.aftercare_month,
    "extension_granted": checks.extensions_left,
    "ended_early": checks.reason_fits,
    "calendar_revised": lambda _, fact: unknown_calendar(fact),
    "programme_adopted": lambda life, fact: other_programme(fact, life.programme, "engagement"),
}

_EFFECTS: Final[dict[str, Effect]] = {
    "agreement_signed": effects.agreement_signed,
    "coach_assigned": effects.coach_assigned,
    "coach_left": effects.coach_gone,
    "coach_stopped": effects.coach_gone,
    "role_changed": effects.role_changed,
    "leave_agreed": effects.leave_agreed,
    "weekly_slot_changed": effects.slot_changed,
    "session_held": effects.session_told,
    "session_not_held": effects.session_told,
    "session_cancelled_ahead": effects.session_told,
    "session_rescheduled": effects.session_moved,
    "ramp_step_reached": effects.step_reached,
    "aim_set": effects.aim_set,
    "pdsa_recorded": effects.cycle_recorded,
    "measure_defined": effects.measure_defined,
    "measurement_recorded": effects.unchanged,
    "progress_scored": effects.progress_scored,
    "review_held": effects.review_held,
    "pause_started": effects.pause_started,
    "pause_reviewed": effects.pause_reviewed,
    "pause_ended": effects.pause_ended,
    "academy_closed": effects.academy_closed,
    "transition_started": effects.transition_started,
    "readiness_assessed": effects.readiness_assessed,
    "signed_off": effects.signed_off,
    "readiness_refused": effects.readiness_refused,
    "owner_named": effects.owner_named,
    "handed_off": effects.handed_off,
    "aftercare_reported": effects.aftercare_reported,
    "relapsed": effects.relapsed,
    "booster_held": effects.booster_held,
    "extension_granted": effects.extension_granted,
    "ended_early": effects.ended_early,
    "sponsor_released": effects.sponsor_released,
    "calendar_revised": effects.calendar_revised,
    "programme_adopted": effects.programme_adopted,
}


def begin(opening: EngagementProposed) -> Life:
    """The life of an engagement that was just proposed."""
    people = opening.people
    parts = ((CoachPart.MAIN, people.coach), (CoachPart.CO, people.co_coach))
    roles = {
        Role.OFFICE: people.office,
        Role.FACULTY: people.faculty,
        Role.SPONSOR: people.sponsor,
        Role.TEAM_LEAD: people.team_lead,
    }
    programme = opening.programme
    return Life(
        opening=opening,
        programme=programme,
        calendar=calendar(opening.calendar, opening.division, opening.zone, programme.quiet_hours),
        slots=((opening.course_start.min, opening.slot),),
        people={role: person for role, person in roles.items() if person},
        assignments=tuple(Assignment(person, part, opening.occurred_at) for part, person in parts if person),
        stage_since=opening.occurred_at,
        stage_by=opening.event_id,
    )


def step(life: Life, fact: EngagementFact) -> Life | Refusal:
    """The life after a fact, or why the fact is illegal at the moment it occurred."""
    stage = life.stage_at(fact.occurred_at)
    if stage is not life.stage:
        life = life._replace(stage=stage, stage_since=life.begins_action_at() or life.stage_since)
    refusal = _out_of_place(life, fact) or _CHECKS.get(fact.kind, _fine)(life, fact)
    return refusal or _EFFECTS[fact.kind](life, fact)


def _out_of_place(life: Life, fact: Fact) -> Refusal | None:
    kind: str = fact.kind
    if fact.occurred_at < life.opening.occurred_at:
        return Refusal(when="never", code="before_the_beginning", reason="This lies before the engagement began.")
    allowed = _STAGES[kind]
    if life.stage in allowed:
        return None
    later = any(_ORDER.index(stage) > _ORDER.index(life.stage) for stage in allowed) and life.stage not in ENDED
    later = later or (life.stage is Stage.RELAPSED and Stage.AFTERCARE in allowed)
    what, day = kind.replace("_", " "), long_date(life.calendar.day(fact.occurred_at))
    return Refusal(
        when="not_yet" if later else "never",
        code=f"{kind}_in_{life.stage}",
        reason=f"On {day} {_WORDS[life.stage]}: '{what}' does not fit there{', only later' if later else ''}.",
    )


def _fine(_life: Life, _fact: Fact) -> None:
    return None


REDUCER: Final[Reducer[Life]] = Reducer(kinds=ENGAGEMENT.kinds, opening=ENGAGEMENT.opening, begin=begin, step=step)
