"""What follows missed sessions: who hears that a team is at risk, that it is over or not after all, and a stall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile
from typing import Final

from lifecycle.description import Description, During, Loss, Mail
from lifecycle.engagement.changes import COACHED
from lifecycle.engagement.context import PlanContext, hearer
from lifecycle.steps import Case, Step, passed_on, repeated
from schemas.due import DueItem
from schemas.programme import Decision
from schemas.words import Act, Matter, Role


def escalation(context: PlanContext) -> Iterator[DueItem]:
    """At risk: the coach at once, faculty and office after working days, the sponsor only if faculty released it.

    The working days count from when the one before was told, if that was late.
    """
    state = context.state
    since = state.run.at_risk_since
    if since is None or state.stage not in COACHED:
        return iter(())
    case = Case(
        Matter.ESCALATION,
        _episodes(context, Matter.ESCALATION, since)[0],
        "team_at_risk",
        since,
        tuple(s.report.event_id for s in state.run.misses if s.report),
        about=state.run.misses[0].day,
    )
    return context.pending(case, _ladder(context, case, _after_pause(context, since)))


def _ladder(context: PlanContext, case: Case, since: datetime) -> Iterator[Step]:
    life = context.state.life
    ladder, calendar = life.programme.ladder, life.calendar

    def told(number: int, by_rule: datetime) -> datetime:
        return context.done.get(f"{case.matter}/{case.window}/{number}", by_rule)

    def after(at: datetime, days: int) -> datetime:
        return calendar.sendable(life.unpaused(at, calendar.after_working_days(at, days)))

    coaches = tuple(role for role in (Role.COACH, Role.CO_COACH) if life.person(role)) or (Role.OFFICE,)
    coach_heard = told(0, calendar.sendable(since))
    parameter = f"health.at_risk_after = {life.held_at(case.since)[0].health.at_risk_after}"
    yield Step(Act.ESCALATE, coach_heard, coaches[0], coaches, parameter)

    faculty, days = context.present(Role.FACULTY), ladder.faculty_after_working_days
    faculty_heard = told(1, after(coach_heard, days))
    yield Step(Act.ESCALATE, faculty_heard, faculty, (faculty,), f"ladder.faculty_after_working_days = {days}")

    between = ladder.office_after_working_days - ladder.faculty_after_working_days
    office_heard = told(2, after(faculty_heard, between))
    parameter = f"ladder.office_after_working_days = {ladder.office_after_working_days}"
    yield Step(Act.ESCALATE, office_heard, Role.OFFICE, (Role.OFFICE,), parameter)

    released = life.sponsor_released_at
    if released is not None and released >= min(case.since, told(0, case.since)) and life.person(Role.SPONSOR):
        yield Step(Act.ESCALATE, max(released, office_heard), Role.OFFICE, (Role.SPONSOR,), "sponsor_released")


def _after_pause(context: PlanContext, at: datetime) -> datetime:
    """The moment itself, or the end of the pause it lies in."""
    return next((p.until for p in context.state.life.pauses if p.until and p.since <= at < p.until), at)


def _episodes(context: PlanContext, matter: Matter, since: datetime) -> list[str]:
    """The windows under which the standing run was told, the first of them its name; a new name if there is none.

    What was told after the run had come this far was told of it, even if late facts moved its first miss since.
    """
    told = _told(context, matter)
    current = sorted(window for window, steps in told.items() if max(steps.values()) >= since)
    if current:
        return current
    first = context.state.run.misses[0].planned_on.isoformat()
    return [first if first not in told else f"{first}.{since:%Y-%m-%d}"]


def _told(context: PlanContext, matter: Matter) -> dict[str, dict[int, datetime]]:
    """By window: which steps of a matter were carried out, and when."""
    told: dict[str, dict[int, datetime]] = {}
    start = f"{matter}/"
    for key, at in context.done.items():
        if key.startswith(start):
            _, window, step = key.split("/")
            told.setdefault(window, {})[int(step)] = at
    return told


def relief(context: PlanContext) -> Iterator[DueItem]:
    """An alarm that no longer holds is put right once, with those above the coach who had it."""
    state = context.state
    if state.stage not in COACHED:
        return
    raised = _told(context, Matter.ALARM_AGAIN)
    heard, standing = _heard(context)
    for window in sorted(heard.keys() - standing):
        case = Case(Matter.RELIEF, window, "alarm_over", state.account.last[0])
        step = Step(Act.FLAG, case.since, context.present(Role.COACH), heard[window], "ladder")
        yield from context.pending(case, [step] * (len(raised.get(window, ())) + 1))


def alarm_again(context: PlanContext) -> Iterator[DueItem]:
    """What cleared an alarm was taken back: whoever heard that it was over hears that it is not."""
    state = context.state
    since = state.run.at_risk_since
    if since is None or state.stage not in COACHED:
        return
    over = _told(context, Matter.RELIEF)
    heard, standing = _heard(context)
    for window in sorted(heard.keys() & standing & over.keys()):
        case = Case(Matter.ALARM_AGAIN, window, "alarm_again", since, about=state.run.misses[0].day)
        step = Step(Act.FLAG, since, context.present(Role.COACH), heard[window], "ladder")
        yield from context.pending(case, [step] * len(over[window]))


def _heard(context: PlanContext) -> tuple[dict[str, tuple[Role, ...]], set[str]]:
    """Who above the coach heard which alarm, and the alarms that stand."""
    since = context.state.run.at_risk_since
    told = {window: _above(context, steps) for window, steps in _told(context, Matter.ESCALATION).items()}
    heard = {window: above for window, above in told.items() if above}
    return heard, set(_episodes(context, Matter.ESCALATION, since)) if heard and since else set()


def _above(context: PlanContext, steps: dict[int, datetime]) -> tuple[Role, ...]:
    """Who above the coach heard these steps of an alarm, in place of somebody on leave too."""
    asked = (Role.COACH, context.present(Role.FACULTY), Role.OFFICE, Role.SPONSOR)
    life = context.state.life
    heard = [hearer(life, asked[step], life.calendar.day(at)) for step, at in sorted(steps.items())]
    return tuple(dict.fromkeys(role for role in heard if role not in (Role.COACH, Role.CO_COACH)))


def stall(context: PlanContext) -> Iterator[DueItem]:
    """A stalled team: the office is asked for a decision, monthly, until there is one."""
    state, life = context.state, context.state.life
    since = state.run.stalled_since
    if since is None or state.stage not in COACHED:
        return iter(())
    rule = context.owing(life.programme.decisions.stalled)
    window, about = _episodes(context, Matter.STALL, since)[0], state.run.misses[0].day
    case = Case(Matter.STALL, window, "stalled_decision_owed", since, about=about)
    opens = life.calendar.sendable(since)
    opens, counted = context.counted_from(case, opens, life.unpaused(since, opens))
    case = case._replace(answer_by=life.unpaused(counted, life.calendar.add_weeks(opens, rule.within_weeks)))
    return context.pending(case, (context.unpaused(counted, step) for step in _stalled(context, rule, opens)))


def _stalled(context: PlanContext, rule: Decision, opens: datetime) -> Iterator[Step]:
    """Asked again and again; whoever else owes the decision, it goes to the office once that is late."""
    every = context.state.life.programme.health.stalled_asked_every_weeks
    asked = repeated(opens, every, rule.by, (rule.by,), f"health.stalled_asked_every_weeks = {every}")
    if rule.by is Role.OFFICE:
        yield from asked
        return
    yield from takewhile(lambda step: step.weeks <= rule.within_weeks, asked)
    yield from passed_on("stalled", rule, opens, rule.within_weeks)


ESCALATION: Final = Description(
    matter=Matter.ESCALATION,
    label="team at risk",
    duties={escalation: During.RUNNING},
    loss=Loss.TEAM,
    suggestion="Speak to the coach. Record what you agreed: a next session, a pause, another coach, or ending the "
    "coaching.",
    rules={
        "team_at_risk": "Missed sessions in a row put a team at risk. The coach hears first, then "
        "faculty, then the office.",
    },
    parameters=("health.at_risk_after", "ladder"),
    facts=("sponsor_released",),
)

RELIEF: Final = Description(
    matter=Matter.RELIEF,
    label="no longer a concern",
    duties={relief: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={"alarm_over": "When a team is no longer a concern, everyone we told, other than the coach, hears so once."},
    parameters=("ladder",),
    page=None,
)

ALARM_AGAIN: Final = Description(
    matter=Matter.ALARM_AGAIN,
    label="a concern again",
    duties={alarm_again: During.RUNNING},
    loss=Loss.TEAM,
    suggestion=None,
    rules={
        "alarm_again": "When the report that ended a concern is withdrawn, we tell everyone who heard that it was "
        "over, once, that it's a concern again."
    },
    parameters=("ladder",),
    mail=Mail.AT_ONCE,
    page="escalation",
)

STALL: Final = Description(
    matter=Matter.STALL,
    label="stalled team",
    duties={stall: During.RUNNING},
    loss=Loss.TEAM,
    suggestion="Agree with the coach and faculty what should happen next: restart, pause, another coach, or ending "
    "the coaching.",
    rules={
        "stalled_decision_owed": "When a team has stalled, we stop asking about each week and ask the "
        "office for a decision.",
    },
    parameters=("health.stalled_asked_every_weeks",),
)
MATTERS: Final = (ESCALATION, RELIEF, ALARM_AGAIN, STALL)
