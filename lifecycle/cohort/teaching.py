"""What falls due of a course as a whole: its confirmation, its days, who was there, and who completed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final

from lifecycle.cohort.context import COACH, PlanContext
from lifecycle.description import Description, During, Loss, Mail, in_time
from lifecycle.plan_context import OFFICE, moment
from lifecycle.steps import Case, Step, repeated
from schemas.due import DueItem
from schemas.words import Act, CohortStage, Matter, Role

_DAY: Final = timedelta(days=1)
_CANCELLED: Final = ".cancelled"


def confirmation(context: PlanContext) -> Iterator[DueItem]:
    """Will the course take place? The office confirms it weeks before the start, or is asked at once."""
    life, calendar = context.state.life, context.state.life.calendar
    if context.state.stage is not CohortStage.PLANNED:
        return iter(())
    rule = life.programme.decisions.cohort_confirmation.owed_by(Role.OFFICE)
    weeks = life.programme.course.confirmed_weeks_before + rule.within_weeks
    since = max(life.opening.occurred_at, calendar.add_weeks(life.starts_at, -weeks))
    opens = context.digest(since)
    if opens > calendar.add_weeks(life.starts_at, -life.programme.course.confirmed_weeks_before):
        opens = calendar.sendable(since)
    case = Case(
        Matter.COHORT_CONFIRMATION,
        "confirmed",
        "confirmation_owed",
        since,
        about=life.opening.course_start,
        answer_by=life.starts_at,
    )
    items = context.decision(case, "cohort_confirmation", rule, opens)
    return (item for item in items if item.at < life.starts_at)


def size(context: PlanContext) -> Iterator[DueItem]:
    """Before the start the office hears when the cohort falls below the programme's numbers, or grows beyond them."""
    life = context.state.life
    course, outside = life.programme.course, life.outside_numbers()
    if outside is None or context.state.stage not in (CohortStage.PLANNED, CohortStage.CONFIRMED):
        return iter(())
    since, rule = outside
    least, most = course.participants_at_least, course.participants_at_most
    few = rule == "too_few_participants"
    parameter = f"course.participants_at_least = {least}" if few else f"course.participants_at_most = {most}"
    case = Case(Matter.COHORT_SIZE, moment(since), rule, since, about=life.opening.course_start)
    return context.pending(case, [Step(Act.FLAG, context.digest(since), Role.OFFICE, OFFICE, parameter)])


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
    for key, enrolment in context.here():
        away = life.leaves_of(enrolment)
        moments = {day for leave in away for day in (("from", leave.first), ("back", leave.last + _DAY))}
        for window, day in sorted(moments):
            at = max(life.calendar.at(day, time.min), life.opening.occurred_at)
            case = Case(Matter.TEACHING, f"{key}.{window}.{day:%Y%m%d}", "leave_begins_or_ends", at, person=key)
            items += context.pending(case, [Step(Act.MOVE_ON, at, Role.OFFICE, (), "leave_agreed")])
    return in_time(items)


def learning_sessions(context: PlanContext) -> Iterator[DueItem]:
    """Reminders of each learning session: rather earlier than later, and none that the next one overtakes.

    Of a session that is on another day than was said, all hear at once, and are reminded anew.
    """
    life, now = context.state.life, context.state.now
    ahead = (n for n in life.numbers if n not in life.held and life.learning_session(n) > now)
    return in_time(item for number in ahead for item in _reminders(context, number))


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
    """A session is on another day than all were told last, e.g. moved, or in a week that is closed by now.

    Who took a place was told when the course starts: if that moves, all hear of it by its first session. So they do
    when they were told that it is cancelled, and that was taken back.
    """
    last, told = _said_last(context, number)
    if not last:
        told = _first_said(context) if number == 1 else starts_at
    at = _at_once(context, told or starts_at, starts_at)
    if told != starts_at and at < starts_at:
        window = _window(context, number, "changed", starts_at)
        rule = "learning_session_changed" if told else "cohort_runs_after_all"
        yield _said(context, starts_at, window, rule=rule, parameter="course.learning_session_at", at=at)


def _first_said(context: PlanContext) -> datetime:
    """When its first session is, or was to be while somebody took a place before the course start was put right."""
    life, account = context.state.life, context.state.account
    put_right = account.facts[life.opening.event_id].occurred_at
    before = any(enrolment.accepted.occurred_at <= put_right for enrolment in life.enrolments.values())
    moved = life.opening.course_start != account.first_told.course_start
    return context.state.first_planned(1) if moved and before else life.learning_session(1)


def _heard_of_change(context: PlanContext, number: int, starts_at: datetime) -> datetime | None:
    """When it was said last that a session is at this time, and no more at another."""
    changes = (window for window, when in _said_of(context, number) if when == starts_at and ".changed." in window)
    return max((_said_at(context, window) for window in changes), default=None)


def _said_of(context: PlanContext, number: int) -> Iterator[tuple[str, datetime | None]]:
    """What was said of a learning session, by window, and for when: None if that it is cancelled."""
    start = f"{Matter.LEARNING_SESSION}/{number}."
    for key in context.done:
        if key.startswith(start):
            window = key.split("/")[1]
            when = window.split(".")[2:3]
            planned = None if _CANCELLED in window else context.state.first_planned(number)
            on = datetime.strptime(when[0], "%Y%m%dT%H%M").replace(tzinfo=UTC) if planned and when else planned
            yield window, on


def _said_last(context: PlanContext, number: int) -> tuple[str, datetime | None]:
    """What was said last of a learning session; of one second, the change that was said last."""
    said = _said_of(context, number)
    return max(said, key=lambda each: (_said_at(context, each[0]), _changes(each[0])), default=("", None))


def _said_at(context: PlanContext, window: str) -> datetime:
    return context.done[f"{Matter.LEARNING_SESSION}/{window}/0"]


def _window(context: PlanContext, number: int, what: str, starts_at: datetime) -> str:
    """A window of its own for each change of a learning session, numbered from the second on."""
    before = max((_changes(window) for window, _ in _said_of(context, number)), default=0)
    return f"{number}.{what}.{starts_at:%Y%m%dT%H%M}{f'.{before}' if before else ''}"


def _changes(window: str) -> int:
    """How many changes of a session had been said once this was; a reminder is none."""
    _, what, *when = window.split(".")
    return int(when[1]) + 1 if len(when) > 1 else int(what in ("changed", "cancelled"))


def _at_once(context: PlanContext, *days: datetime) -> datetime:
    """In the hours for notices, unless one of these days begins before they open again."""
    now = context.state.now
    opens = context.state.life.calendar.sendable(now)
    return now if any(now <= at <= opens for at in days) else opens


def cancelled(context: PlanContext) -> Iterator[DueItem]:
    """The course does not take place: all participants are told at once."""
    life = context.state.life
    starts_at, (last, _) = life.learning_session(1), _said_last(context, 1)
    if life.cancelled_at is not None and _CANCELLED not in last:
        window, at = _window(context, 1, "cancelled", starts_at), _at_once(context, starts_at)
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
    day = context.state.life.calendar.day(starts_at)
    case = Case(Matter.LEARNING_SESSION, window, rule, starts_at, about=day, answer_by=starts_at)
    return case.item(Step(act, at, Role.COACH, COACH, parameter), 0, at)


def attendance(context: PlanContext) -> Iterator[DueItem]:
    """Who attended? The office tells it after each learning session, while somebody may still complete the course."""
    life = context.state.life
    if context.state.stage is CohortStage.CLOSED:
        return iter(())
    untold = (n for n in life.numbers if n not in life.held)
    return in_time(
        item
        for number in untold
        if life.learning_session_ends(number) >= life.opening.occurred_at
        for item in _attended(context, number)
    )


def _attended(context: PlanContext, number: int) -> Iterator[DueItem]:
    life = context.state.life
    ends_at = life.learning_session_ends(number)
    opens = life.calendar.sendable(ends_at + timedelta(minutes=life.programme.sessions.asked_after_minutes))
    weeks = life.programme.course.attendance_asked_every_weeks
    parameter = f"course.attendance_asked_every_weeks = {weeks}"
    window = f"{number}{_since_changed(context, number)}"
    case = Case(Matter.ATTENDANCE, window, "attendance_asked", ends_at, about=life.calendar.day(ends_at))
    return context.pending(case, repeated(opens, weeks, Role.OFFICE, OFFICE, parameter))


def _since_changed(context: PlanContext, number: int) -> str:
    """What was said of a learning session while it was on another day does not count for its new time."""
    life = context.state.life
    starts_at = life.learning_session(number)
    changed = number in life.moved or starts_at != context.state.first_planned(number)
    return f".{starts_at:%Y%m%dT%H%M}" if changed else ""


def make_up(context: PlanContext) -> Iterator[DueItem]:
    """Whoever missed a learning session is asked to make it up, and once more, until completion is decided.

    Who said beforehand that they could not come is only told how.
    """
    life = context.state.life
    ends = life.calendar.add_weeks(life.teaching_ends_at, life.programme.decisions.completion.within_weeks)
    parameter = f"completion.learning_sessions_attended = {life.programme.completion.learning_sessions_attended}"
    weeks = life.programme.course.make_up_asked_again_after_weeks
    reminded = f"course.make_up_asked_again_after_weeks = {weeks}"
    items: list[DueItem] = []
    for number, held_at in life.held.items():
        for key, enrolment in context.here():
            if (
                number in enrolment.attended
                or enrolment.completed is not None
                or held_at < enrolment.accepted.occurred_at
            ):
                continue
            opens = context.digest(held_at)
            steps = [
                Step(Act.ASK, opens, Role.COACH, COACH, parameter),
                Step(Act.REMIND, opens, Role.COACH, COACH, reminded, weeks),
            ]
            if life.declined(enrolment, number):
                steps = steps[:1]
            window = f"{number}.{key}"
            day = life.calendar.day(life.learning_session(number))
            case = Case(Matter.MAKE_UP, window, "make_up_asked", held_at, about=day, person=key)
            items += (item for item in context.pending(case, steps) if item.at < ends)
    return in_time(items)


COHORT_CONFIRMATION: Final = Description(
    matter=Matter.COHORT_CONFIRMATION,
    label="cohort confirmation",
    duties={confirmation: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Confirm that the course will run, or cancel it.",
    rules={"confirmation_owed": "The office confirms some weeks before the start that the course will run."},
    parameters=("decisions.cohort_confirmation",),
)

COHORT_SIZE: Final = Description(
    matter=Matter.COHORT_SIZE,
    label="cohort size",
    duties={size: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={
        "too_few_participants": "Before the course starts, the office is told when too few participants are left.",
        "too_many_participants": "Before the course starts, the office is told when there are too many participants.",
    },
    parameters=("course.participants_at_least", "course.participants_at_most"),
    page=None,
)

TEACHING: Final = Description(
    matter=Matter.TEACHING,
    label="teaching",
    duties={teaching: During.RUNNING | During.ENDED, leaves: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={
        "teaching_starts": "The course starts automatically on its first day.",
        "teaching_ends": "Teaching ends automatically after the set months and the last learning session.",
        "leave_begins_or_ends": "A participant's leave starts and ends automatically on its dates.",
    },
    parameters=("course.length_months",),
    facts=("leave_agreed",),
    mail=Mail.NONE,
    page=None,
)

LEARNING_SESSION: Final = Description(
    matter=Matter.LEARNING_SESSION,
    label="learning session",
    duties={learning_sessions: During.RUNNING, cancelled: During.ENDED},
    loss=Loss.LATER,
    suggestion=None,
    rules={
        "learning_session_changed": "When a learning session moves to another day, participants are "
        "told straight away.",
        "cohort_cancelled": "When a course is cancelled, all its participants are told straight away.",
        "cohort_runs_after_all": "When a course that was cancelled runs after all, all its participants are told "
        "straight away.",
        "learning_session_reminded": "We remind participants of each learning session before it takes place.",
    },
    parameters=("course.reminder_days_before", "course.learning_session_at"),
    facts=("course_start",),
    about_participant=True,
    dated=True,
)

ATTENDANCE: Final = Description(
    matter=Matter.ATTENDANCE,
    label="attendance",
    duties={attendance: During.RUNNING},
    loss=Loss.RECORD,
    suggestion="Record who attended the learning session.",
    rules={"attendance_asked": "After each learning session we ask the office who was there, until it is recorded."},
    parameters=("course.attendance_asked_every_weeks",),
)

MAKE_UP: Final = Description(
    matter=Matter.MAKE_UP,
    label="missed learning session",
    duties={make_up: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Help the participant to make up the learning session they missed.",
    rules={
        "make_up_asked": "Anyone who missed a learning session is asked to make it up, and reminded once. "
        "Anyone who told us beforehand isn't reminded."
    },
    parameters=("completion.learning_sessions_attended", "course.make_up_asked_again_after_weeks"),
    about_participant=True,
)

MATTERS: Final = (COHORT_CONFIRMATION, COHORT_SIZE, TEACHING, LEARNING_SESSION, ATTENDANCE, MAKE_UP)
