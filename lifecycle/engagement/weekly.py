"""What the weekly work asks for: did your session happen, who hears when it did not, and what a stall needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import merge
from itertools import takewhile
from operator import attrgetter
from typing import Final

from lifecycle.description import Description, During, Loss, Mail
from lifecycle.engagement.context import PlanContext, hearer
from lifecycle.engagement.effects import ACTIVE, COACHED
from lifecycle.engagement.sessions import Session, becomes_unknown_at, excused, times
from lifecycle.engagement.state import State
from lifecycle.engagement.weeks import FARTHEST_MOVE, day_of, expected, monday_of, stands
from lifecycle.steps import Case, Revived, Step, of_no_interest, passed_on, repeated
from schemas.due import DueItem
from schemas.programme import Decision
from schemas.words import Act, Health, Matter, Outcome, Role, Stage

_BY_TIME: Final = attrgetter("at")
_WEEK: Final = timedelta(weeks=1)


def start(context: PlanContext) -> Iterator[DueItem]:
    """Weekly work begins by itself, once agreed, on the first day of the course."""
    life = context.state.life
    begins = life.begins_action_at()
    if life.stage is not Stage.AGREED or begins is None or begins == life.agreed_at:
        return
    if begins < life.opening.watched_from:
        return
    case = Case(Matter.START, begins.date().isoformat(), "weekly_work_begins", begins, (life.stage_by,))
    step = Step(Act.MOVE_ON, begins, context.present(Role.COACH), (), "course_start")
    yield from context.pending(case, [step])


def sessions(context: PlanContext) -> Iterator[DueItem]:
    """Did your session happen? Asked after its end, chased, then unknown; of a stalled team unknown without asking."""
    state = context.state
    if state.stage not in ACTIVE:
        return iter(())
    stalled = state.by_sessions is Health.STALLED
    known: list[DueItem] = []
    for session in state.sessions:
        if session.report is None and session.outcome is not Outcome.EXCUSED:
            asked = session.outcome is Outcome.EXPECTED and (session.owed or not stalled)
            known += _asked(context, session) if asked else _becomes_unknown(context, session)
    known += _told_ahead(context)
    to_come = _next_unknown(context) if stalled else _to_come(context)
    return merge(sorted(known, key=_BY_TIME), to_come, key=_BY_TIME) if known else to_come


def _asked(context: PlanContext, session: Session) -> Iterator[DueItem]:
    case = _case(session)
    asks = [item for item in context.pending(case, _session_steps(context, session)) if item.at < session.known_at]
    yield from asks
    if not asks or f"{case.matter}/{case.window}/0" in context.done:
        yield from _becomes_unknown(context, session)


def _session_steps(context: PlanContext, session: Session) -> Iterator[Step]:
    life = context.state.life
    rules = life.programme.sessions
    asked = session.asked_at
    coach = context.present(Role.COACH, Role.TEAM_LEAD)
    yield Step(Act.ASK, asked, coach, (coach,), _asked_after(context))
    for days in rules.chased_after_working_days:
        at = life.unpaused(asked, life.calendar.after_working_days(asked, days))
        yield Step(Act.REMIND, at, coach, (coach,), f"sessions.chased_after_working_days = {days}")


def _becomes_unknown(context: PlanContext, session: Session) -> Iterator[DueItem]:
    """A step of its own each time: a late fact may put off when a session becomes unknown after it did."""
    rules = context.state.life.programme.sessions
    case = _case(session)
    if of_no_interest(context.done, case.matter, case.window):
        return
    number = len(rules.chased_after_working_days) + 1
    while (became := context.done.get(f"{case.matter}/{case.window}/{number}")) and became < session.known_at:
        number += 1
    if became is None:
        parameter = f"sessions.unknown_after_working_days = {rules.unknown_after_working_days}"
        step = Step(Act.MOVE_ON, session.known_at, context.present(Role.COACH), (), parameter)
        yield case._replace(rule="session_becomes_unknown", answer_by=None).item(step, number, step.at)


def _case(session: Session) -> Case:
    return Case(
        Matter.SESSION,
        session.name,
        "session_asked",
        session.ends_at,
        about=session.day,
        answer_by=session.known_at,
    )


def to_come(state: State) -> Iterator[Session]:
    """The sessions to come, as far as hand-off is planned and as if every step back were taken in time."""
    return _ahead(PlanContext(state, {}), FARTHEST_MOVE) if state.stage in ACTIVE else iter(())


def _to_come(context: PlanContext) -> Iterator[DueItem]:
    """The first ask about every session to come, as far as hand-off is planned."""
    life = context.state.life
    today = life.calendar.day(context.state.now)
    moved = any(move.to_day >= today for move in life.moves.values())
    items = _first_asks(context, _ahead(context, FARTHEST_MOVE if moved else _WEEK))
    return iter(sorted(items, key=_BY_TIME)) if moved else items


def _next_unknown(context: PlanContext) -> Iterator[DueItem]:
    """The next session to come, when nobody will be asked about it: its end as unknown is one more miss."""
    ahead = _ahead(context, FARTHEST_MOVE)
    moved = bool(context.state.life.moves)
    following = min(ahead, key=attrgetter("known_at"), default=None) if moved else next(ahead, None)
    if following is not None:
        yield from _becomes_unknown(context, following)


def _told_ahead(context: PlanContext) -> Iterator[DueItem]:
    """A session that was told of before its time, e.g. as cancelled: nobody is asked, and it counts from its start.

    Only of a start after the last fact: with a fact, all is reckoned anew.
    """
    life, last = context.state.life, context.state.account.last[0]
    begins, moves = life.begins_action_at(), FARTHEST_MOVE if life.moves else timedelta()
    first = life.calendar.day(last) - moves
    weeks = {monday_of(day) for day in map(day_of, life.reports) if day > first - _WEEK}
    if begins is None or not weeks:
        return
    for week, day, slot in expected(life, begins, after=first):
        if week > max(weeks):
            return
        on, at = stands(life, day, slot)
        starts_at = times(life, on, at).starts_at
        if starts_at > last and week in weeks:
            window = f"{day}.{on:%m%d}.{at:%H%M}.told"
            case = Case(Matter.SESSION, window, "session_told_ahead", starts_at, about=on)
            step = Step(Act.MOVE_ON, starts_at, context.present(Role.COACH), (), "session_cancelled_ahead")
            yield from context.pending(case, [step])


def _first_asks(context: PlanContext, ahead: Iterable[Session]) -> Iterator[DueItem]:
    """What `_asked` yields for sessions to come, written out: a plan has a hundred of them."""
    coach = context.present(Role.COACH, Role.TEAM_LEAD)
    to, parameter = (coach,), _asked_after(context)
    for session in ahead:
        window = session.name
        if f"{Matter.SESSION}/{window}/0" in context.done:
            yield from _asked(context, session)
            continue
        if of_no_interest(context.done, Matter.SESSION, window):
            continue
        yield DueItem(
            at=session.asked_at,
            act=Act.ASK,
            matter=Matter.SESSION,
            window=window,
            step=0,
            turn=coach,
            to=to,
            rule="session_asked",
            parameter=parameter,
            since=session.ends_at,
            about=session.day,
            answer_by=session.known_at,
        )


def _asked_after(context: PlanContext) -> str:
    return f"sessions.asked_after_minutes = {context.state.life.programme.sessions.asked_after_minutes}"


def _ahead(context: PlanContext, lookback: timedelta) -> Iterator[Session]:
    state, life = context.state, context.state.life
    supposed = None
    if not life.tapers and state.stage is not Stage.READINESS_REVIEW:
        supposed = max(context.transition_opens(), state.now)
    begins = state.begins()
    until = state.now + FARTHEST_MOVE
    if not isinstance(context.done, Revived):
        until = max(until, state.hand_off_planned())
    for week, day, slot in expected(life, begins, supposed, life.calendar.day(state.now - lookback)):
        on, at = stands(life, day, slot)
        when = times(life, on, at)
        starts_at = when.starts_at
        if starts_at > until and on == day:
            return
        if (
            state.now < starts_at <= until
            and starts_at >= begins
            and day.isoformat() not in life.reports
            and not excused(life, on, starts_at)
        ):
            known_at = becomes_unknown_at(life, when.asked_at)
            yield Session(week, day, on, starts_at, when.ends_at, when.asked_at, Outcome.EXPECTED, known_at)


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


START: Final = Description(
    matter=Matter.START,
    label="weekly work",
    duties={start: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={"weekly_work_begins": "Weekly work starts on the first day of the course, once the agreement is signed."},
    facts=("course_start",),
    mail=Mail.NONE,
    page=None,
)

SESSION: Final = Description(
    matter=Matter.SESSION,
    label="session",
    duties={sessions: During.RUNNING},
    loss=Loss.RECORD,
    suggestion="Ask whether the session went ahead, and record the answer.",
    rules={
        "session_asked": "After each session we ask the coach whether it went ahead, and send reminders.",
        "session_becomes_unknown": "If nobody tells us about a session, we count it as unknown after "
        "some working days, never sooner.",
        "session_told_ahead": "We don't ask about a session that was called off in advance. It counts from when "
        "it was due to start.",
    },
    parameters=("sessions",),
    facts=("session_cancelled_ahead",),
)

ESCALATION: Final = Description(
    matter=Matter.ESCALATION,
    label="team at risk",
    duties={escalation: During.RUNNING},
    loss=Loss.TEAM,
    suggestion="Speak to the coach. Record what you agreed: a next session, a pause, another coach, or an end.",
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
        "alarm_again": "When the report that ended a concern is withdrawn, everyone who heard that it was over hears "
        "once that it is a concern again."
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
    suggestion="Agree with the coach and faculty what should happen next: restart, pause, another coach, or an end.",
    rules={
        "stalled_decision_owed": "When a team has stalled, we stop asking about each week and ask the "
        "office for a decision.",
    },
    parameters=("health.stalled_asked_every_weeks",),
)

MATTERS: Final = (START, SESSION, ESCALATION, RELIEF, ALARM_AGAIN, STALL)
