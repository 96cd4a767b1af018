"""When everybody who coaches a team is away: it reads as on leave, and somebody is asked who stands in.

Nothing is silent because it is excused: a long absence without cover is a question, and so is cover without an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from lifecycle.absence import longer
from lifecycle.description import Description, During, Loss, Mail, in_time
from lifecycle.engagement.absences import Absence, all_away, long_absences, team_away
from lifecycle.engagement.changes import ACTIVE, COACHED
from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.life import Life
from lifecycle.engagement.state import State
from lifecycle.plan_context import moment
from lifecycle.steps import Case, Step
from schemas.due import DueItem
from schemas.engagement_facts import CoachPart
from schemas.words import Act, Matter, Role, Stage

_DAY: Final = timedelta(days=1)
_HALF_A_YEAR: Final = timedelta(weeks=26)


def leave(context: PlanContext) -> Iterator[DueItem]:
    """The team reads as on leave from the first day to the last: that turns by itself, and nobody is told.

    Only after the last fact: with a fact, all is reckoned anew.
    """
    state, life = context.state, context.state.life
    if state.stage is not Stage.AGREED and state.stage not in COACHED:
        return
    for first, last in team_away(life):
        if first > _in_sight(context):
            return
        for rule, day in (("leave_begins", first), ("leave_ends", last + _DAY)):
            at = life.calendar.at(day, time.min)
            if at > state.account.last[0]:
                case = Case(Matter.LEAVE, f"{rule}.{day}", rule, at, about=day)
                step = Step(Act.MOVE_ON, at, context.present(Role.COACH), (), "leave_agreed")
                yield from context.pending(case, [step])


def _in_sight(context: PlanContext) -> date:
    """The last day on which a leave is looked at that begins then: what lies beyond all coaching stops nothing."""
    state = context.state
    return state.life.calendar.day(max(state.limit(), state.now + _HALF_A_YEAR))


def cover(context: PlanContext) -> Iterator[DueItem]:
    """A long absence of everybody who coaches: the office and the coach say who stands in, or that the team pauses.

    Asked as soon as it is known, but of what lies ahead only some weeks before. Where nobody need stand in, it is asked
    again on the day that was named, if the absence lasts so long.
    """
    state, life = context.state, context.state.life
    if (state.stage is not Stage.AGREED and state.stage not in COACHED) or life.vacant_since or not life.leaves:
        return iter(())
    today = life.calendar.day(state.now)
    items: list[DueItem] = []
    absences = long_absences(life, life.calendar.day(state.begins()))
    for absence in absences:
        if absence.last >= today and absence.first <= _in_sight(context):
            items += _uncovered(context, absence, _asked_again(life, absence, absences))
    return in_time(items)


def _uncovered(context: PlanContext, absence: Absence, again: date | None) -> Iterator[DueItem]:
    life = context.state.life
    window, lead = f"{absence.first}.{moment(absence.known_at)}", life.programme.absence.cover_asked_weeks_before
    opens = max(absence.known_at, life.calendar.add_weeks(context.opening_of(absence.first), -lead))
    if again is not None:
        if again > absence.last:
            return
        window, opens = f"{window}.{again}", context.opening_of(again)
    rule = life.programme.decisions.cover
    to = tuple(dict.fromkeys((context.present(rule.by), context.present(Role.COACH))))
    case = Case(Matter.COVER, window, "cover_asked", opens, about=absence.first)
    yield from context.decision(case, "cover", rule, life.calendar.sendable(opens), to)


def _asked_again(life: Life, absence: Absence, absences: list[Absence]) -> date | None:
    """When an absence is asked about again for which nobody need stand in; None if that was not said of it.

    It was said of the nearest absence that was known then, and of others that begin before it is asked again.
    """
    if life.cover_waived is None:
        return None
    waived_at, review_on = life.cover_waived
    nearest = next((other for other in absences if other.last >= life.calendar.day(waived_at)), None)
    of_it = absence == nearest or review_on > absence.first
    return review_on if of_it and waived_at >= absence.known_at else None


def interim(context: PlanContext) -> Iterator[DueItem]:
    """Does the interim coach stay? Asked on the day that was named, or every so many weeks, and when the coach is back.

    For as long as there is one: a new main coach takes the place.
    """
    life = context.state.life
    standing_in = next((a for a in life.assignments if a.until is None and a.part is CoachPart.INTERIM), None)
    if standing_in is None or context.state.stage not in ACTIVE:
        return iter(())
    every = life.programme.absence.interim_reviewed_every_weeks
    since = standing_in.looked_at or standing_in.since
    opens = life.calendar.add_weeks(since, every)
    if standing_in.review_on is not None:
        opens = context.opening_of(standing_in.review_on)
    back = _main_coach_back(life, life.calendar.day(since))
    if back is not None:
        opens = min(opens, context.opening_of(back))
    elif (taken_back := _leave_taken_back(context.state, since)) is not None:
        opens = min(opens, taken_back)
    opens = life.calendar.sendable(max(opens, since))
    case = Case(Matter.INTERIM, moment(since), "interim_asked", opens, about=life.calendar.day(standing_in.since))
    return context.decision(case, "cover", life.programme.decisions.cover, opens, (context.present(Role.FACULTY),))


def _main_coach_back(life: Life, since: date) -> date | None:
    """The day on which the main coach is back from the leave for which somebody stands in since a day."""
    main, weeks = life.main_coach, life.programme.absence.cover_after_weeks
    spans = all_away(life.leaves, (main,)) if main else []
    ends = [last + _DAY for first, last in spans if _for_it(first, last, since, weeks)]
    return ends[0] if ends else None


def _for_it(first: date, last: date, since: date, weeks: int) -> bool:
    """Whether somebody who stands in since a day does so for an absence: it has begun by then, or it is long."""
    return last >= since and (first <= since or longer(first, last, weeks))


def _leave_taken_back(state: State, since: datetime) -> datetime | None:
    """When it was said, of a main coach for whom somebody stands in since a moment, that they are not away, or no more.

    None where they are away from then on, or will be.
    """
    life, facts = state.life, state.account.facts
    spans = all_away(life.leaves, (life.main_coach,)) if life.main_coach else []
    day, weeks = life.calendar.day(since), life.programme.absence.cover_after_weeks
    for told in sorted(facts.values(), key=state.account.rules.order):
        wrong: Any = told
        while wrong.kind == "correction":
            wrong = facts[wrong.corrects]
        if told is wrong or told.occurred_at <= since or wrong.kind != "leave_agreed":
            continue
        said = life.calendar.day(told.occurred_at)
        theirs = wrong.person == life.main_coach and _for_it(wrong.first_day, wrong.last_day, day, weeks)
        if theirs and all(last < said for _, last in spans):
            return told.occurred_at
    return None


LEAVE: Final = Description(
    matter=Matter.LEAVE,
    label="leave",
    duties={leave: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={
        "leave_begins": "While everyone who coaches a team is away, no session is expected, and the team is on leave.",
        "leave_ends": "When somebody who coaches the team is back, sessions are expected again.",
    },
    facts=("leave_agreed",),
    mail=Mail.NONE,
    page=None,
)

COVER: Final = Description(
    matter=Matter.COVER,
    label="cover for a coach",
    duties={cover: During.RUNNING},
    loss=Loss.TEAM,
    suggestion="Find somebody to stand in for the coach, or pause the coaching.",
    rules={
        "cover_asked": "When everyone who coaches a team is away for a long time, we ask the office and the coach "
        "who will stand in, or whether to pause.",
    },
    parameters=("absence.cover_after_weeks", "absence.cover_asked_weeks_before", "decisions.cover"),
    facts=("leave_agreed",),
)

INTERIM: Final = Description(
    matter=Matter.INTERIM,
    label="interim coach",
    duties={interim: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Say whether the interim coach is staying, or who will coach the team from now on.",
    rules={
        "interim_asked": "An interim coach only stands in for a while. We ask faculty from time to time, and when the "
        "coach is back, whether they're staying.",
    },
    parameters=("absence.interim_reviewed_every_weeks", "decisions.cover"),
    facts=("leave_agreed",),
)

MATTERS: Final = (LEAVE, COVER, INTERIM)
