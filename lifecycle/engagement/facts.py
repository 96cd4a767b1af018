"""How an engagement takes a fact: judged at the moment it occurred, by the rule of its kind."""

from __future__ import annotations

from typing import Final

from lifecycle.account import Reducer
from lifecycle.calendar import calendar
from lifecycle.dates import long_date
from lifecycle.engagement.changes import RULES
from lifecycle.engagement.life import SUPPORTING, Assignment, Life
from lifecycle.engagement.tellers import not_theirs_to_tell
from schemas.corrections import EngagementFact
from schemas.due import Refusal
from schemas.engagement_facts import CoachPart, EngagementProposed
from schemas.facts import Fact
from schemas.subjects import ENGAGEMENT
from schemas.words import Role, Stage

_ORDER: Final = tuple(Stage)
_ENDED: Final = frozenset({Stage.SUSTAINED, Stage.ENDED_EARLY})

_WORDS: Final[dict[Stage, str]] = {
    Stage.PROPOSED: "the agreement wasn't signed yet",
    Stage.AGREED: "the agreement was signed but the course hadn't started",
    Stage.ACTION: "the team was meeting weekly",
    Stage.TRANSITION: "the coach was stepping back",
    Stage.READINESS_REVIEW: "the team's readiness was being signed off",
    Stage.AFTERCARE: "the team had been handed off and was carrying on alone",
    Stage.RELAPSED: "the improvement was no longer holding and the team needed a booster session",
    Stage.SUSTAINED: "coaching had ended, with the improvement sustained",
    Stage.ENDED_EARLY: "coaching had ended",
}


def begin(opening: EngagementProposed) -> Life:
    """The life of an engagement that was just proposed."""
    people = opening.people
    parts = ((CoachPart.MAIN, people.coach), (CoachPart.CO, people.co_coach))
    roles = {
        Role.OFFICE: opening.office,
        Role.FACULTY: people.faculty,
        Role.SPONSOR: people.sponsor,
        Role.TEAM_LEAD: people.team_lead,
    }
    programme, began = opening.programme, max(opening.occurred_at, opening.watched_from)
    return Life(
        opening=opening,
        programme=programme,
        calendar=calendar(opening.calendar, opening.division, opening.zone, programme.quiet_hours),
        slots=((opening.course_start.min, opening.slot),),
        people={role: person for role, person in roles.items() if person},
        assignments=tuple(Assignment(person, part, opening.occurred_at) for part, person in parts if person),
        stage_since=opening.occurred_at,
        stage_by=opening.event_id,
        vacated={role: (began, opening.event_id) for role in SUPPORTING if not roles[role]},
    )


def step(life: Life, fact: EngagementFact) -> Life | Refusal:
    """The life after a fact, or why the fact is illegal at the moment it occurred."""
    stage = life.stage_at(fact.occurred_at)
    if stage is not life.stage:
        life = life._replace(stage=stage, stage_since=life.begins_action_at() or life.stage_since)
    rule = RULES[fact.kind]
    refused = _out_of_place(life, fact, rule.stages) or rule.check(life, fact) or not_theirs_to_tell(life, fact)
    return refused or rule.effect(life, fact)


def _out_of_place(life: Life, fact: Fact, allowed: frozenset[Stage]) -> Refusal | None:
    if fact.occurred_at < life.opening.occurred_at:
        return Refusal(when="never", code="before_the_beginning", reason="This date is before coaching was proposed.")
    if life.stage in allowed:
        return None
    later = any(_ORDER.index(stage) > _ORDER.index(life.stage) for stage in allowed) and life.stage not in _ENDED
    later = later or (life.stage is Stage.RELAPSED and Stage.AFTERCARE in allowed)
    what, day = fact.kind.replace("_", " "), long_date(life.calendar.day(fact.occurred_at))
    return Refusal(
        when="not_yet" if later else "never",
        code=f"{fact.kind}_in_{life.stage}",
        reason=f"On {day} {_WORDS[life.stage]}, so '{what}' can't be recorded for that day{' yet' if later else ''}.",
    )


REDUCER: Final[Reducer[Life]] = Reducer(kinds=ENGAGEMENT.kinds, opening=ENGAGEMENT.opening, begin=begin, step=step)
