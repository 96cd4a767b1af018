"""What the weekly work asks for: it begins, and after each session, did it happen?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from heapq import merge
from operator import attrgetter
from typing import Final

from lifecycle.description import Description, During, Loss, Mail
from lifecycle.engagement.changes import ACTIVE
from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.sessions import Session, becomes_unknown_at, excused, times
from lifecycle.engagement.state import State
from lifecycle.engagement.weeks import FARTHEST_MOVE, day_of, expected, monday_of, stands
from lifecycle.steps import Case, Revived, Step, of_no_interest
from schemas.due import DueItem
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
    return iter(sorted(items, key=_BY_TIME)) if moved or life.mailing.waits(Matter.SESSION, today) else items


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
            asked_at = when.asked_at
            if state.by_sessions is not Health.STALLED:
                asked_at = life.mailing.put_off(f"{Matter.SESSION}/{day}/0", asked_at, life.calendar)
            known_at = becomes_unknown_at(life, asked_at)
            yield Session(week, day, on, starts_at, when.ends_at, asked_at, Outcome.EXPECTED, known_at)


START: Final = Description(
    matter=Matter.START,
    label="weekly sessions",
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
        "session_becomes_unknown": "If nobody tells us about a session within some working days, we "
        "count it as not known.",
        "session_told_ahead": "We don't ask about a session that was called off in advance. It counts from when "
        "it was due to start.",
    },
    parameters=("sessions",),
    facts=("session_cancelled_ahead",),
)

MATTERS: Final = (START, SESSION)
