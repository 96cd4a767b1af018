"""What falls due in a cohort, matter by matter. Each duty yields its items in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from lifecycle.cohort.life import Enrolment
from lifecycle.cohort.state import FINAL, State
from lifecycle.steps import Case, Done, Step, again, climb, digest, owed
from schemas.due import DueItem
from schemas.words import Act, CohortStage, EnrolmentState, Matter, Role

_OFFICE: Final = (Role.OFFICE,)
_COACH: Final = (Role.COACH,)
_MONTH: Final = 4


@dataclass(frozen=True, slots=True)
class Desk:
    """Where duties are derived: the state, and what was carried out already."""

    state: State
    done: Done

    def climb(self, case: Case, steps: Iterable[Step]) -> Iterator[DueItem]:
        """The steps of a case that are still to come."""
        return climb(case, steps, self.done, self.state.now, self.state.life.calendar)

    def digest(self, at: datetime) -> datetime:
        """The weekly morning on or after a time."""
        return digest(self.state.life.programme, self.state.life.calendar, at)

    def here(self) -> Iterator[tuple[str, Enrolment]]:
        """The enrolments that are still in the cohort."""
        return ((key, one) for key, one in self.state.life.enrolments.items() if not one.gone)


def confirmation(desk: Desk) -> Iterator[DueItem]:
    """Will the course take place? The office confirms it weeks before the start."""
    life = desk.state.life
    if desk.state.stage is not CohortStage.PLANNED:
        return iter(())
    rule, weeks = life.programme.decisions.cohort_confirmation, life.programme.course.confirmed_weeks_before
    since = max(life.opening.occurred_at, life.starts_at - timedelta(weeks=weeks + rule.within_weeks))
    case = Case(Matter.COHORT_CONFIRMATION, "confirmed", "confirmation_owed", since, about=life.opening.course_start)
    return desk.climb(case, owed("cohort_confirmation", rule, desk.digest(since), since, _OFFICE))


def teaching(desk: Desk) -> Iterator[DueItem]:
    """The course starts and ends by itself, on its days."""
    life = desk.state.life
    moments = (("starts", life.starts_at), ("ends", life.teaching_ends_at))
    for window, at in moments:
        case = Case(Matter.TEACHING, window, f"teaching_{window}", at)
        step = Step(Act.MOVE_ON, max(at, life.opening.occurred_at), Role.OFFICE, (), "course.length_months")
        yield from desk.climb(case, [step])


def learning_sessions(desk: Desk) -> Iterator[DueItem]:
    """Reminders of each learning session: rather earlier than later, and none that the next one overtakes."""
    life, calendar = desk.state.life, desk.state.life.calendar
    for number in life.numbers:
        starts_at = life.learning_session(number)
        if number in life.held or starts_at <= desk.state.now:
            continue
        days = sorted(life.programme.course.reminder_days_before, reverse=True)
        moments = [calendar.sendable_before(calendar.add_days(starts_at, -before)) for before in days]
        for index, (before, at) in enumerate(zip(days, moments, strict=True)):
            overtaken = index + 1 < len(moments) and moments[index + 1] <= desk.state.now
            key = f"{Matter.LEARNING_SESSION}/{number}.{before}/0"
            if overtaken or key in desk.done or at < life.opening.occurred_at:
                continue
            yield DueItem(
                at=max(at, calendar.sendable(desk.state.now)) if at < desk.state.now else at,
                act=Act.REMIND,
                matter=Matter.LEARNING_SESSION,
                window=f"{number}.{before}",
                step=0,
                turn=Role.COACH,
                to=_COACH,
                rule="learning_session_reminded",
                parameter=f"course.reminder_days_before = {before}",
                since=starts_at,
                about=calendar.day(starts_at),
                answer_by=starts_at,
            )


def attendance(desk: Desk) -> Iterator[DueItem]:
    """Who attended? The office tells it after each learning session."""
    life = desk.state.life
    for number in life.numbers:
        if number in life.held:
            continue
        ends_at = life.learning_session_ends(number)
        if ends_at < life.opening.occurred_at:
            continue
        opens = life.calendar.sendable(ends_at + timedelta(minutes=life.programme.sessions.asked_after_minutes))
        parameter = "course.learning_sessions"
        steps = chain(
            (Step(Act.ASK, opens, Role.OFFICE, _OFFICE, parameter),),
            again(opens, 1, Role.OFFICE, _OFFICE, parameter),
        )
        about = life.calendar.day(ends_at)
        yield from desk.climb(Case(Matter.ATTENDANCE, str(number), "attendance_asked", ends_at, about=about), steps)


def make_up(desk: Desk) -> Iterator[DueItem]:
    """Whoever missed a learning session is asked to make it up, and once more."""
    life = desk.state.life
    items: list[DueItem] = []
    for number, held_at in life.held.items():
        for key, one in desk.here():
            if number in one.attended or one.completed is not None or held_at < one.accepted.occurred_at:
                continue
            opens = desk.digest(held_at)
            parameter = (
                f"completion.learning_sessions_attended = {life.programme.completion.learning_sessions_attended}"
            )
            steps = [
                Step(Act.ASK, opens, Role.COACH, _COACH, parameter),
                Step(Act.REMIND, opens + timedelta(weeks=_MONTH), Role.COACH, _COACH, parameter),
            ]
            window = f"{number}.{key}"
            items += desk.climb(Case(Matter.MAKE_UP, window, "make_up_asked", held_at, person=key), steps)
    yield from sorted(items, key=lambda item: item.at)


def microsystems(desk: Desk) -> Iterator[DueItem]:
    """Which team will you coach? Asked weeks before the start; somebody accepted later is asked at once."""
    life = desk.state.life
    items: list[DueItem] = []
    for key, one in desk.here():
        if one.has_team or one.may_start is not None:
            continue
        accepted = one.accepted.occurred_at
        moments = [life.starts_at - timedelta(weeks=w) for w in life.programme.microsystem.asked_weeks_before]
        asked = sorted({max(at, accepted) for at in moments})
        parameter = f"microsystem.asked_weeks_before = {life.programme.microsystem.asked_weeks_before}"
        steps = [
            Step(Act.ASK if n == 0 else Act.REMIND, at, Role.COACH, _COACH, parameter) for n, at in enumerate(asked)
        ]
        grace = life.starts_at + timedelta(weeks=life.programme.microsystem.grace_weeks)
        case = Case(
            Matter.MICROSYSTEM, key, "microsystem_wanted", asked[0], about=life.opening.course_start,
            answer_by=grace, person=key,
        )  # fmt: skip
        items += (item for item in desk.climb(case, steps) if item.at < grace)
    yield from sorted(items, key=lambda item: item.at)


def conditional_start(desk: Desk) -> Iterator[DueItem]:
    """Grace is over and there is no team: the office decides, and again when the time it gave is up."""
    life = desk.state.life
    items: list[DueItem] = []
    for key, one in desk.here():
        if one.has_team or one.completed is not None:
            continue
        since = max(life.starts_at + timedelta(weeks=life.programme.microsystem.grace_weeks), one.accepted.occurred_at)
        window = f"{key}.grace"
        if one.decided_at is not None:
            until = one.may_start_until
            since = max(since, one.decided_at + timedelta(weeks=_MONTH))
            since = life.calendar.at(until, life.programme.quiet_hours.opens) if until else since
            window = f"{key}.{one.decided_at:%Y%m%d}"
        rule = life.programme.decisions.conditional_start
        case = Case(Matter.CONDITIONAL_START, window, "conditional_start_owed", since, person=key)
        opens = life.calendar.sendable(since)
        items += desk.climb(case, owed("conditional_start", rule, opens, since, _OFFICE))
    yield from sorted(items, key=lambda item: item.at)


def coaching_check(desk: Desk) -> Iterator[DueItem]:
    """The records are read for how the coaches coach: at the end of teaching, then every four weeks while any does."""
    state, life = desk.state, desk.state.life
    first = life.teaching_ends_at
    if life.seen_at is not None and life.seen_at >= first:
        first = life.seen_at + timedelta(weeks=_MONTH)
    elif first < life.opening.occurred_at:
        first = life.opening.occurred_at
    case = Case(Matter.COACHING_CHECK, first.strftime("%Y-%m-%d"), "coaching_looked_at", first)
    step = Step(Act.MOVE_ON, first, Role.OFFICE, (), f"lapsed_after_weeks = {life.programme.lapsed_after_weeks}")
    if not state.ended:
        yield from desk.climb(case, [step])


def completion(desk: Desk) -> Iterator[DueItem]:
    """Who completed the course? The office confirms it, after the records were read at the end of teaching."""
    life = desk.state.life
    if desk.state.stage in (CohortStage.CLOSED, CohortStage.CANCELLED):
        return iter(())
    rule = life.programme.decisions.completion
    since = life.teaching_ends_at
    if life.seen_at is not None and life.seen_at >= since:
        since = max(since, life.opening.occurred_at)
    opens = desk.digest(since + timedelta(minutes=1))
    case = Case(Matter.COMPLETION, "course", "completion_owed", since)
    return desk.climb(case, owed("completion", rule, opens, since, _OFFICE))


def lapse(desk: Desk) -> Iterator[DueItem]:
    """A coach who coaches no more is offered a refresher; then faculty hears of it."""
    state = desk.state
    items: list[DueItem] = []
    for key, one in desk.here():
        if state.enrolment(one) is not EnrolmentState.LAPSED:
            continue
        since = state.lapsed_since(one)
        parameter = f"lapsed_after_weeks = {state.life.programme.lapsed_after_weeks}"
        opens = desk.digest(since)
        steps = [
            Step(Act.ASK, opens, Role.COACH, _COACH, parameter),
            Step(Act.FLAG, opens + timedelta(weeks=_MONTH), Role.FACULTY, (Role.FACULTY,), parameter),
        ]
        case = Case(Matter.LAPSE, f"{key}.{since:%Y-%m-%d}", "coach_lapsed", since, person=key)
        items += desk.climb(case, steps)
    yield from sorted(items, key=lambda item: item.at)


def contradictions(desk: Desk) -> Iterator[DueItem]:
    """An accepted fact that a later-told one made impossible is put to the office, once."""
    state = desk.state
    for event_id in sorted(state.account.void):
        since = state.account.facts[event_id].occurred_at
        step = Step(Act.FLAG, state.life.calendar.sendable(since), Role.OFFICE, _OFFICE, "corrections")
        case = Case(Matter.CONTRADICTION, event_id, "fact_without_effect", since, (event_id,))
        yield from desk.climb(case, [step])


DUTIES: Final = (
    confirmation,
    teaching,
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

__all__ = ["DUTIES", "FINAL", "Desk"]
