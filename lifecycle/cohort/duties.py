"""What falls due in a cohort, matter by matter. Each duty yields its items in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from operator import attrgetter
from typing import Final

from lifecycle.cohort.life import Enrolment
from lifecycle.cohort.state import State
from lifecycle.leave import back, once_back
from lifecycle.steps import Case, Done, Step, again, digest, owed, owed_by, pending_steps
from schemas.due import DueItem
from schemas.programme import Decision
from schemas.words import Act, CohortStage, EnrolmentState, Matter, Role

_OFFICE: Final = (Role.OFFICE,)
_COACH: Final = (Role.COACH,)
_MONTH: Final = 4
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PlanContext:
    """Where duties are derived: the state, and what was carried out already."""

    state: State
    done: Done

    def pending(self, case: Case, steps: Iterable[Step]) -> Iterator[DueItem]:
        """The steps of a case that are still to come."""
        return pending_steps(case, steps, self.done, self.state.now, self.state.life.calendar)

    def decision(self, case: Case, name: str, rule: Decision, opens: datetime) -> Iterator[DueItem]:
        """A decision that somebody owes: when it is due stands in the ask, unless that is over already."""
        by = owed_by(rule, opens, case.since, self.state.life.calendar)
        case = case._replace(answer_by=case.answer_by or (by if by > self.state.now else None))
        return self.pending(case, owed(name, rule, opens, case.since, (rule.by,)))

    def digest(self, at: datetime) -> datetime:
        """The weekly morning on or after a time."""
        return digest(self.state.life.programme, self.state.life.calendar, at)

    def here(self) -> Iterator[tuple[str, Enrolment]]:
        """The enrolments that are still in the cohort."""
        return ((key, one) for key, one in self.state.life.enrolments.items() if not one.gone)


def _in_time(items: Iterable[DueItem]) -> Iterator[DueItem]:
    """Earliest first: whoever looks for what is due next looks no further than the first that is not."""
    return iter(sorted(items, key=attrgetter("at")))


def confirmation(context: PlanContext) -> Iterator[DueItem]:
    """Will the course take place? The office confirms it weeks before the start, or is asked at once."""
    life, calendar = context.state.life, context.state.life.calendar
    if context.state.stage is not CohortStage.PLANNED:
        return iter(())
    rule = _by_office(life.programme.decisions.cohort_confirmation)
    weeks = life.programme.course.confirmed_weeks_before + rule.within_weeks
    since = max(life.opening.occurred_at, calendar.add_weeks(life.starts_at, -weeks))
    opens = context.digest(since)
    if opens > calendar.add_weeks(life.starts_at, -life.programme.course.confirmed_weeks_before):
        opens = calendar.sendable(since)
    by = min(owed_by(rule, opens, since, calendar), life.starts_at)
    case = Case(
        Matter.COHORT_CONFIRMATION,
        "confirmed",
        "confirmation_owed",
        since,
        about=life.opening.course_start,
        answer_by=by,
    )
    items = context.decision(case, "cohort_confirmation", rule, opens)
    return (item for item in items if item.at < life.starts_at)


def _by_office(rule: Decision) -> Decision:
    """A decision about the whole course is the office's: no other role is one person there."""
    return rule.model_copy(update={"by": Role.OFFICE})


def teaching(context: PlanContext) -> Iterator[DueItem]:
    """The course starts and ends by itself, on its days. It is over already when its end is carried out."""
    life = context.state.life
    if context.state.stage is CohortStage.CANCELLED:
        return
    moments = (("starts", life.starts_at), ("ends", life.teaching_ends_at))
    for what, at in moments:
        case = Case(Matter.TEACHING, f"{what}.{at:%Y%m%dT%H%M}", f"teaching_{what}", at)
        step = Step(Act.MOVE_ON, max(at, life.opening.occurred_at), Role.OFFICE, (), "course.length_months")
        yield from context.pending(case, [step])


def leaves(context: PlanContext) -> Iterator[DueItem]:
    """Leave begins and ends by itself, and the records show who is away."""
    life, items = context.state.life, list[DueItem]()
    for key, one in context.here():
        moments = {day for leave in one.leaves for day in (("from", leave.first), ("back", leave.last + _DAY))}
        for window, day in sorted(moments):
            at = max(life.calendar.at(day, time.min), life.opening.occurred_at)
            case = Case(Matter.TEACHING, f"{key}.{window}.{day:%Y%m%d}", "leave_begins_or_ends", at, person=key)
            items += context.pending(case, [Step(Act.MOVE_ON, at, Role.OFFICE, (), "participant_on_leave")])
    return _in_time(items)


def learning_sessions(context: PlanContext) -> Iterator[DueItem]:
    """Reminders of each learning session: rather earlier than later, and none that the next one overtakes.

    Of a session that is on another day than was said, all hear at once, and are reminded anew.
    """
    life, now = context.state.life, context.state.now
    ahead = (n for n in life.numbers if n not in life.held and life.learning_session(n) > now)
    return _in_time(item for number in ahead for item in _reminders(context, number))


def _reminders(context: PlanContext, number: int) -> Iterator[DueItem]:
    life, calendar, now = context.state.life, context.state.life.calendar, context.state.now
    starts_at = life.learning_session(number)
    days = sorted(life.programme.course.reminder_days_before, reverse=True)
    moments = life.reminded_at(starts_at)
    changed = list(_changed(context, number, starts_at))
    yield from changed
    heard = now if changed else _heard_of_change(context, number, starts_at)
    for index, (before, at) in enumerate(zip(days, moments, strict=True)):
        window = f"{number}.{before}{_since_changed(context, number)}"
        goes_at = calendar.sendable(now) if at < now else at
        told = f"{Matter.LEARNING_SESSION}/{window}/0" in context.done
        overtaken = (index + 1 < len(moments) and moments[index + 1] <= now) or (heard and at <= heard)
        if overtaken or told or at < life.opening.occurred_at or goes_at >= starts_at:
            continue
        parameter = f"course.reminder_days_before = {before}"
        yield _said(
            context,
            starts_at,
            window,
            rule="learning_session_reminded",
            parameter=parameter,
            at=goes_at,
            act=Act.REMIND,
        )


def _changed(context: PlanContext, number: int, starts_at: datetime) -> Iterator[DueItem]:
    """A session is on another day than all were told last, e.g. moved, or in a week that is closed by now."""
    said = dict(_said_of(context, number))
    told = (
        said[max(said, key=lambda window: context.done[f"{Matter.LEARNING_SESSION}/{window}/0"])] if said else starts_at
    )
    at = _at_once(context, told, starts_at)
    if told != starts_at and at < starts_at:
        window = f"{number}.changed.{starts_at:%Y%m%dT%H%M}"
        window = f"{window}.{before}" if (before := sum(one.startswith(window) for one in said)) else window
        parameter = "course.learning_session_at"
        yield _said(context, starts_at, window, rule="learning_session_changed", parameter=parameter, at=at)


def _heard_of_change(context: PlanContext, number: int, starts_at: datetime) -> datetime | None:
    """When it was said last that a session is at this time, and no more at another."""
    changes = (window for window, when in _said_of(context, number) if when == starts_at and ".changed." in window)
    return max((context.done[f"{Matter.LEARNING_SESSION}/{window}/0"] for window in changes), default=None)


def _said_of(context: PlanContext, number: int) -> Iterator[tuple[str, datetime]]:
    """What was said of a learning session, by window, and for when."""
    start = f"{Matter.LEARNING_SESSION}/{number}."
    for key in context.done:
        if key.startswith(start):
            window = key.split("/")[1]
            when = window.split(".")[2:3]
            planned = context.state.life.learning_session_first_planned(number)
            yield window, datetime.strptime(when[0], "%Y%m%dT%H%M").replace(tzinfo=UTC) if when else planned


def _at_once(context: PlanContext, *days: datetime) -> datetime:
    """In the hours for notices, unless one of these days begins before they open again."""
    now = context.state.now
    opens = context.state.life.calendar.sendable(now)
    return now if any(now <= at <= opens for at in days) else opens


def cancelled(context: PlanContext) -> Iterator[DueItem]:
    """The course does not take place: all participants are told at once."""
    life = context.state.life
    window, starts_at = "1.cancelled", life.learning_session(1)
    if life.cancelled_at is not None and f"{Matter.LEARNING_SESSION}/{window}/0" not in context.done:
        at = _at_once(context, starts_at)
        yield _said(context, starts_at, window, rule="cohort_cancelled", parameter="course_start", at=at)


def _said(
    context: PlanContext,
    starts_at: datetime,
    window: str,
    *,
    rule: str,
    parameter: str,
    at: datetime,
    act: Act = Act.FLAG,
) -> DueItem:
    return DueItem(
        at=at,
        act=act,
        matter=Matter.LEARNING_SESSION,
        window=window,
        step=0,
        turn=Role.COACH,
        to=_COACH,
        rule=rule,
        parameter=parameter,
        since=starts_at,
        about=context.state.life.calendar.day(starts_at),
        answer_by=starts_at,
    )


def attendance(context: PlanContext) -> Iterator[DueItem]:
    """Who attended? The office tells it after each learning session, while somebody may still complete the course."""
    life = context.state.life
    if context.state.stage is CohortStage.CLOSED:
        return iter(())
    untold = (n for n in life.numbers if n not in life.held)
    return _in_time(
        item
        for number in untold
        if life.learning_session_ends(number) >= life.opening.occurred_at
        for item in _attended(context, number)
    )


def _attended(context: PlanContext, number: int) -> Iterator[DueItem]:
    life = context.state.life
    ends_at = life.learning_session_ends(number)
    opens = life.calendar.sendable(ends_at + timedelta(minutes=life.programme.sessions.asked_after_minutes))
    parameter = "course.learning_sessions"
    first = Step(Act.ASK, opens, Role.OFFICE, _OFFICE, parameter)
    window = f"{number}{_since_changed(context, number)}"
    case = Case(Matter.ATTENDANCE, window, "attendance_asked", ends_at, about=life.calendar.day(ends_at))
    return context.pending(case, chain((first,), again(opens, 1, Role.OFFICE, _OFFICE, parameter)))


def _since_changed(context: PlanContext, number: int) -> str:
    """What was said of a learning session while it was on another day does not count for its new time."""
    life = context.state.life
    starts_at = life.learning_session(number)
    changed = number in life.moved or starts_at != life.learning_session_first_planned(number)
    return f".{starts_at:%Y%m%dT%H%M}" if changed else ""


def make_up(context: PlanContext) -> Iterator[DueItem]:
    """Whoever missed a learning session is asked to make it up, and once more, until completion is decided."""
    life = context.state.life
    ends = life.calendar.add_weeks(life.teaching_ends_at, life.programme.decisions.completion.within_weeks)
    parameter = f"completion.learning_sessions_attended = {life.programme.completion.learning_sessions_attended}"
    items: list[DueItem] = []
    for number, held_at in life.held.items():
        for key, one in context.here():
            if number in one.attended or one.completed is not None or held_at < one.accepted.occurred_at:
                continue
            opens = context.digest(held_at)
            steps = [
                Step(Act.ASK, opens, Role.COACH, _COACH, parameter),
                Step(Act.REMIND, opens, Role.COACH, _COACH, parameter, _MONTH),
            ]
            window = f"{number}.{key}"
            day = life.calendar.day(life.learning_session(number))
            case = Case(Matter.MAKE_UP, window, "make_up_asked", held_at, about=day, person=key)
            items += (item for item in context.pending(case, steps) if item.at < ends)
    return _in_time(items)


def microsystems(context: PlanContext) -> Iterator[DueItem]:
    """Which team will you coach? Asked weeks before the start; somebody accepted later is asked at once."""
    life = context.state.life
    items: list[DueItem] = []
    weeks = life.programme.microsystem.asked_weeks_before
    moments = sorted(life.calendar.add_weeks(life.starts_at, -before) for before in weeks)
    for key, one in context.here():
        if life.has_team(one) or one.may_start is not None or one.completed is not None or not moments:
            continue
        grace = life.grace_ends(one)
        first = once_back(
            one.leaves, one.accepted.person, life.calendar, max(moments[0], one.accepted.occurred_at), grace
        )
        away = (back(one.leaves, one.accepted.person, life.calendar, at) for at in moments)
        later = dict.fromkeys(at for at in away if at >= life.calendar.add_weeks(first, 1))
        parameter = f"microsystem.asked_weeks_before = {weeks}"
        steps = [
            Step(Act.REMIND if later_on else Act.ASK, at, Role.COACH, _COACH, parameter)
            for later_on, at in enumerate([first, *later])
        ]
        case = Case(
            Matter.MICROSYSTEM, key, "microsystem_wanted", first, about=life.opening.course_start,
            answer_by=grace, person=key,
        )  # fmt: skip
        items += (item for item in context.pending(case, steps) if item.at < grace)
    return _in_time(items)


def conditional_start(context: PlanContext) -> Iterator[DueItem]:
    """Grace is over and there is no team: the office decides, and again when the time it gave is up."""
    life = context.state.life
    items: list[DueItem] = []
    for key, one in context.here():
        if life.has_team(one) or one.completed is not None:
            continue
        since, window = life.grace_ends(one), f"{key}.grace"
        if one.decided_at is not None:
            until = one.may_start_until
            in_a_month = max(since, life.calendar.add_weeks(one.decided_at, _MONTH))
            since = life.calendar.at(until, life.calendar.opens) if until else in_a_month
            window = f"{key}.{one.decided_at:%Y%m%dT%H%M%S}"
        rule = life.programme.decisions.conditional_start
        case = Case(Matter.CONDITIONAL_START, window, "conditional_start_owed", since, person=key)
        items += context.decision(case, "conditional_start", rule, life.calendar.sendable(since))
    return _in_time(items)


def coaching_check(context: PlanContext) -> Iterator[DueItem]:
    """The records are read for how the coaches coach: at the end of teaching, then every four weeks while any does.

    Should nothing come of a reading, the next one follows all the same.
    """
    life = context.state.life
    first = max(life.teaching_ends_at, life.opening.occurred_at)
    if life.seen_at is not None and life.seen_at >= life.teaching_ends_at:
        first = life.calendar.add_weeks(life.seen_at, _MONTH)
    case = Case(Matter.COACHING_CHECK, first.strftime("%Y-%m-%dT%H%M%S"), "coaching_looked_at", first)
    parameter = f"lapsed_after_weeks = {life.programme.lapsed_after_weeks}"
    steps = chain((Step(Act.ASK, first, Role.OFFICE, (), parameter),), again(first, _MONTH, Role.OFFICE, (), parameter))
    return context.pending(case, (step._replace(act=Act.MOVE_ON) for step in steps))


def completion(context: PlanContext) -> Iterator[DueItem]:
    """Who completed the course? The office confirms it, after the records were read at the end of teaching."""
    life = context.state.life
    if life.settled():
        return iter(())
    since = life.teaching_ends_at
    opens = context.digest(since + timedelta(minutes=1))
    case = Case(Matter.COMPLETION, "course", "completion_owed", since)
    return context.decision(case, "completion", _by_office(life.programme.decisions.completion), opens)


def lapse(context: PlanContext) -> Iterator[DueItem]:
    """A coach who coaches no more is offered a refresher; then faculty hears of it."""
    state = context.state
    items: list[DueItem] = []
    for key, one in context.here():
        if state.enrolment(one) is not EnrolmentState.LAPSED:
            continue
        since = state.lapsed_since(one)
        parameter = f"lapsed_after_weeks = {state.life.programme.lapsed_after_weeks}"
        opens = context.digest(since)
        steps = [
            Step(Act.ASK, opens, Role.COACH, _COACH, parameter),
            Step(Act.FLAG, opens, Role.FACULTY, (Role.FACULTY,), parameter, _MONTH),
        ]
        last = one.coaching.last_coached if one.coaching else None
        case = Case(Matter.LAPSE, f"{key}.{since:%Y-%m-%d}", "coach_lapsed", since, about=last, person=key)
        items += context.pending(case, steps)
    return _in_time(items)


def contradictions(context: PlanContext) -> Iterator[DueItem]:
    """An accepted fact that a later-told one made impossible is put to the office, once."""
    state = context.state
    items: list[DueItem] = []
    for event_id in state.account.void:
        since = state.account.facts[event_id].occurred_at
        step = Step(Act.FLAG, state.life.calendar.sendable(since), Role.OFFICE, _OFFICE, "corrections")
        items += context.pending(
            Case(Matter.CONTRADICTION, event_id, "fact_without_effect", since, (event_id,)), [step]
        )
    return _in_time(items)


DUTIES: Final = (
    confirmation,
    teaching,
    leaves,
    learning_sessions,
    attendance,
    make_up,
    microsystems,
    conditional_start,
    coaching_check,
    completion,
    lapse,
    contradictions,
)

AFTER_THE_END: Final = (teaching, cancelled, contradictions)
