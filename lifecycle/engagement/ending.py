"""What leads to an end: stepping back, readiness, signatures, hand-off, the limit, and aftercare."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, zip_longest
from typing import Final

from lifecycle.description import Description, During, Loss
from lifecycle.engagement import gate
from lifecycle.engagement.changes import COACHED
from lifecycle.engagement.context import WORKING, PlanContext
from lifecycle.engagement.life import OWNERS
from lifecycle.plan_context import moment
from lifecycle.steps import Case, Step, again, asked_at, owed, owed_by, repeated
from schemas.due import DueItem
from schemas.words import Act, Matter, Role, Stage


def transition(context: PlanContext) -> Iterator[DueItem]:
    """May the coach begin to step back? Proposed to faculty and coach, and again, until it starts."""
    state, life = context.state, context.state.life
    if state.stage not in (Stage.PROPOSED, Stage.AGREED, Stage.ACTION):
        return iter(())
    every = life.programme.transition.proposed_again_every_weeks
    window = "first" if life.refused_until is None else life.refused_until.isoformat()
    opens = context.digest(context.transition_opens())
    if life.refused_until is not None:
        opens = max(opens, context.digest(context.opening_of(life.refused_until)))
    opens = asked_at(context.done, f"{Matter.TRANSITION}/{window}/0", opens)
    by = context.present(Role.FACULTY)
    to = tuple(dict.fromkeys((by, context.present(Role.COACH))))
    months = f"transition.proposed_after_months = {life.programme.transition.proposed_after_months}"
    repeated = f"transition.proposed_again_every_weeks = {every}"
    steps = chain((Step(Act.ASK, opens, by, to, months),), again(opens, every, by, to, repeated))
    case = Case(Matter.TRANSITION, window, "transition_proposed", opens, (life.stage_by,))
    return context.pending(case, steps)


def readiness(context: PlanContext) -> Iterator[DueItem]:
    """Is the team ready to carry on alone? Owed by faculty at the planned date, earlier if the gate looks met."""
    state, life = context.state, context.state.life
    if state.stage not in (Stage.PROPOSED, Stage.AGREED, *WORKING):
        return iter(())
    opens, window, closes = state.hand_off_planned(), "first", None
    if life.refused_until is not None:
        opens, window = context.opening_of(life.refused_until), life.refused_until.isoformat()
    elif state.stage is Stage.TRANSITION and state.now < opens and context.looks_ready():
        window, closes = "early", min(opens, gate.progress_stale_at(life))
        opens = asked_at(context.done, f"{Matter.READINESS}/{window}/0", min(opens, state.account.last[0]))
    case = Case(Matter.READINESS, window, "readiness_owed", opens, (life.stage_by,), closes=closes)
    return context.decision(case, "readiness", life.programme.decisions.readiness, context.digest(opens))


def sign_off(context: PlanContext) -> Iterator[DueItem]:
    """Readiness was assessed: those who have not signed are asked, and the coach for the two owners."""
    state, life = context.state, context.state.life
    if state.stage is not Stage.READINESS_REVIEW or life.assessed_at is None:
        return iter(())
    owners = [role for role in OWNERS if role not in life.people]
    unsigned = [role for role in life.programme.gate.sign_offs if role not in life.signed_off]
    if not (owners or unsigned):
        return iter(())
    to = tuple(dict.fromkeys(context.present(role) for role in [*unsigned, *([Role.COACH] if owners else [])]))
    since = life.assessed_at
    case = Case(Matter.SIGN_OFF, moment(since), "sign_off_owed", since, (life.stage_by,))
    opens = life.calendar.sendable(since)
    return context.decision(case, "readiness", life.programme.decisions.readiness, opens, to)


def hand_off(context: PlanContext) -> Iterator[DueItem]:
    """Everything the gate asks for is there: somebody must decide that the team carries on alone. Always a human."""
    state, life = context.state, context.state.life
    since = _signed_at(context)
    if since is None or gate.unmet(life, state.now, work=True):
        return iter(())
    window, closes = moment(since), gate.progress_stale_at(life)
    since = asked_at(context.done, f"{Matter.HAND_OFF}/{window}/0", max(since, state.account.last[0]))
    case = Case(Matter.HAND_OFF, window, "hand_off_owed", since, (life.stage_by,), closes=closes)
    items = context.decision(case, "hand_off", life.programme.decisions.hand_off, life.calendar.sendable(since))
    return (item for item in items if item.at < closes)


def gate_unmet(context: PlanContext) -> Iterator[DueItem]:
    """All have signed and the team's own work falls short: faculty hears what is missing, and who was asked for it."""
    life = context.state.life
    signed = _signed_at(context)
    if signed is None:
        return iter(())
    every = life.programme.improvement.asked_again_every_weeks
    lapses = gate.unmet_from(life)
    since, window = (signed, moment(signed)) if lapses <= signed else (lapses, f"{moment(signed)}.{moment(lapses)}")
    by = context.present(Role.FACULTY)
    case = Case(Matter.GATE, window, "gate_unmet", since, (life.stage_by,))
    parameter = f"improvement.asked_again_every_weeks = {every}"
    return context.pending(case, repeated(context.digest(since), every, by, (by,), parameter))


def _signed_at(context: PlanContext) -> datetime | None:
    """When the readiness record was whole: signatures and owners. None while it is not."""
    state, life = context.state, context.state.life
    if state.stage is not Stage.READINESS_REVIEW or gate.unmet(life, state.now, work=False):
        return None
    return max(life.signed_off.values(), default=life.stage_since)


def limit(context: PlanContext) -> Iterator[DueItem]:
    """The time is up: extend or close. Announced weeks ahead to faculty and office."""
    state, life = context.state, context.state.life
    if state.stage not in COACHED:
        return iter(())
    at = state.limit()
    rule = life.programme.decisions.limit
    weeks = life.programme.hand_off.limit_announced_weeks_before
    parameter = f"hand_off.limit_announced_weeks_before = {weeks}"
    ahead = tuple(dict.fromkeys((context.present(Role.FACULTY), Role.OFFICE)))
    by = context.present(rule.by)
    case = Case(Matter.LIMIT, f"extension-{life.extensions}", "extend_or_close", at, about=life.calendar.day(at))
    announced_at = context.digest(life.calendar.add_weeks(at, -weeks))
    if (late := context.late(case, announced_at)) is not None:
        announced_at, at = late, life.calendar.add_weeks(late, weeks)
    at = context.late(case, context.digest(at), step=1) or at
    announced = Step(Act.REMIND, announced_at, by, ahead, parameter)
    steps = chain((announced,), owed("limit", rule, context.digest(at), at, (by,)))
    case = case._replace(answer_by=owed_by(rule, context.digest(at), at, life.calendar))
    return context.pending(case, (context.placed(at, step, at) for step in steps))


def aftercare(context: PlanContext) -> Iterator[DueItem]:
    """Does it hold? Asked of the process owner at fixed months, chased, then put to the office, until answered."""
    state, life = context.state, context.state.life
    if state.ended:
        return
    rules, calendar = life.programme.aftercare, life.calendar
    handed_off = life.handed_off_at or max(state.hand_off_planned(), state.now)
    by = context.present(Role.PROCESS_OWNER, Role.TEAM_LEAD)
    checks = [(month, life.check_due(handed_off, month)) for month in life.checked_after()]
    closing = [due for _, due in checks[1:]]
    for (month, opens), closes in zip_longest(checks, closing):
        skipped = state.stage is Stage.RELAPSED and opens <= state.now
        if month in life.aftercare or skipped or (closes is not None and closes <= state.now):
            continue
        again_after_booster = opens != calendar.add_months(handed_off, month)
        window = f"month-{month}.{opens:%Y-%m-%d}" if again_after_booster else f"month-{month}"
        case = Case(Matter.AFTERCARE, window, "aftercare_asked", opens, closes=closes)
        by_rule = context.digest(opens)
        asked = context.late(case, by_rule) or by_rule
        late = calendar.after_working_days(asked, rules.office_after_working_days)
        case = case._replace(answer_by=late)
        items = context.pending(case, _aftercare_steps(context, month, asked, late, by))
        yield from (item for item in items if closes is None or item.at < closes)


def _aftercare_steps(context: PlanContext, month: int, asked: datetime, late: datetime, by: Role) -> Iterator[Step]:
    rules = context.state.life.programme.aftercare
    days, office, weeks = (
        rules.chased_after_working_days,
        rules.office_after_working_days,
        rules.office_again_every_weeks,
    )
    chased = f"aftercare.chased_after_working_days = {days}"
    passed_on = f"aftercare.office_after_working_days = {office}"
    repeated = f"aftercare.office_again_every_weeks = {weeks}"
    yield Step(Act.ASK, asked, by, (by,), f"aftercare.asked_after_months = {month}")
    yield Step(Act.REMIND, context.state.life.calendar.after_working_days(asked, days), by, (by,), chased)
    yield Step(Act.ESCALATE, late, Role.OFFICE, (Role.OFFICE,), passed_on)
    yield from again(late, weeks, Role.OFFICE, (Role.OFFICE,), repeated)


def relapse(context: PlanContext) -> Iterator[DueItem]:
    """It no longer holds: faculty answers with a booster or a new engagement."""
    state, life = context.state, context.state.life
    if state.stage is not Stage.RELAPSED:
        return iter(())
    since = life.stage_since
    case = Case(Matter.RELAPSE, moment(since), "relapse_answer_owed", since, (life.stage_by,))
    rule = life.programme.decisions.relapse
    return context.decision(case, "relapse", rule, life.calendar.sendable(since))


TRANSITION: Final = Description(
    matter=Matter.TRANSITION,
    label="transition",
    duties={transition: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Agree with the coach and the team whether the coach should step back.",
    rules={
        "transition_proposed": "After a set number of months, or earlier if the team looks ready, we "
        "suggest that the coach steps back.",
    },
    parameters=("transition.proposed_after_months", "transition.proposed_again_every_weeks"),
)

READINESS: Final = Description(
    matter=Matter.READINESS,
    label="readiness",
    duties={readiness: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Review with the team whether it can carry on alone, and record the result.",
    rules={
        "readiness_owed": "From the planned date, or earlier if the team looks ready, we ask "
        "faculty whether it can carry on alone.",
    },
    parameters=("decisions.readiness",),
)

SIGN_OFF: Final = Description(
    matter=Matter.SIGN_OFF,
    label="sign-off",
    duties={sign_off: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Get the missing sign-offs, and the names of the process owner and the measure owner.",
    rules={
        "sign_off_owed": "The people the programme names sign off that the team is ready, and two owners are named.",
    },
    parameters=("decisions.readiness",),
)

GATE: Final = Description(
    matter=Matter.GATE,
    label="what the hand-off still needs",
    duties={gate_unmet: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Help the team with what it still needs before its hand-off, or decide that it isn't ready yet.",
    rules={
        "gate_unmet": "When everyone has signed but something else is missing, we tell faculty what it is, and who "
        "we've asked for it."
    },
    parameters=("improvement.asked_again_every_weeks",),
)

HAND_OFF: Final = Description(
    matter=Matter.HAND_OFF,
    label="hand-off",
    duties={hand_off: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Decide whether the team carries on alone, or what it needs first.",
    rules={
        "hand_off_owed": "Once everyone has signed and nothing is missing, people decide whether the team carries on "
        "alone."
    },
    parameters=("decisions.hand_off",),
)

LIMIT: Final = Description(
    matter=Matter.LIMIT,
    label="extend or end",
    duties={limit: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Extend the coaching, or end it with a reason.",
    rules={"extend_or_close": "When the time is up before a hand-off, the office extends the coaching or ends it."},
    parameters=("hand_off.limit_after_months", "hand_off.limit_announced_weeks_before", "decisions.limit"),
)

AFTERCARE: Final = Description(
    matter=Matter.AFTERCARE,
    label="aftercare",
    duties={aftercare: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Ask the team whether the improvement still holds, and record the answer.",
    rules={
        "aftercare_asked": "After the hand-off we ask the team at set times whether the improvement still holds.",
    },
    parameters=("aftercare",),
)

RELAPSE: Final = Description(
    matter=Matter.RELAPSE,
    label="improvement no longer holds",
    duties={relapse: During.RUNNING},
    loss=Loss.TEAM,
    suggestion="Hold a booster session with the team, or end this engagement and start a new one.",
    rules={
        "relapse_answer_owed": "When the improvement no longer holds, faculty decides within a few weeks how to help."
    },
    parameters=("decisions.relapse",),
)

MATTERS: Final = (TRANSITION, READINESS, SIGN_OFF, GATE, HAND_OFF, LIMIT, AFTERCARE, RELAPSE)
