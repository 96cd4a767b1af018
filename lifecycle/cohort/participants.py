"""What falls due of a cohort's participants: a team to coach, completing the course, and coaching on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from lifecycle.cohort.context import COACH, PlanContext
from lifecycle.cohort.life import Enrolment, Life
from lifecycle.description import Description, During, Loss, Mail, in_time
from lifecycle.leave import back
from lifecycle.plan_context import moment
from lifecycle.steps import Case, Step, repeated
from schemas.due import DueItem
from schemas.words import Act, EnrolmentState, Matter, Role


def microsystems(context: PlanContext) -> Iterator[DueItem]:
    """Which team will you coach? Asked weeks before the start; of whoever is accepted late, at once and then weekly."""
    life = context.state.life
    items: list[DueItem] = []
    for key, enrolment in context.here():
        decided = enrolment.may_start is not None or enrolment.completed is not None
        if life.has_team(enrolment) or decided or not life.programme.microsystem.asked_weeks_before:
            continue
        grace = life.grace_ends(enrolment)
        steps = list(_team_asked(life, enrolment, grace))
        case = Case(
            Matter.MICROSYSTEM, key, "microsystem_wanted", steps[0].at, about=life.opening.course_start,
            answer_by=grace, person=key,
        )  # fmt: skip
        items += (item for item in context.pending(case, steps) if item.at < grace)
    return in_time(items)


def _team_asked(life: Life, enrolment: Enrolment, grace: datetime) -> Iterator[Step]:
    """The asks for a team, none of them while its reader is away, and no two of them close together."""
    rules, calendar, accepted = life.programme.microsystem, life.calendar, enrolment.accepted
    moments = sorted(calendar.add_weeks(life.starts_at, -before) for before in rules.asked_weeks_before)
    wanted = max(moments[0], accepted.occurred_at)
    undisturbed = _undisturbed(life, enrolment, wanted)
    last = undisturbed if undisturbed < grace else wanted
    parameter = f"microsystem.asked_weeks_before = {rules.asked_weeks_before}"
    if accepted.occurred_at > calendar.add_weeks(life.starts_at, -rules.late_within_weeks):
        every = rules.late_asked_every_weeks
        parameter = f"microsystem.late_asked_every_weeks = {every}"
        weeks = range(every, every + (grace - last).days // 7 + 1, every)
        moments = [calendar.add_weeks(last, after) for after in weeks]
    yield Step(Act.ASK, last, Role.COACH, COACH, parameter)
    first = last
    for at in (_undisturbed(life, enrolment, wanted) for wanted in moments):
        if at >= max(calendar.add_weeks(first, 1), calendar.add_days(last, rules.asked_days_apart)):
            yield Step(Act.REMIND, at, Role.COACH, COACH, parameter)
            last = at


def _undisturbed(life: Life, enrolment: Enrolment, wanted: datetime) -> datetime:
    """When a participant can be asked again: they are back, and do not wait for the office to help them.

    They hear its answer first, which asks the same.
    """
    at, helped = back(life.leaves, enrolment.accepted.person, life.calendar, wanted), enrolment.helped
    if helped is None or at < helped.asked_at:
        return at
    ends = life.help_ends(helped)
    if helped.answered_at is not None:
        ends = life.calendar.add_days(ends, life.programme.microsystem.asked_days_apart)
    return at if at >= ends else back(life.leaves, enrolment.accepted.person, life.calendar, ends)


def conditional_start(context: PlanContext) -> Iterator[DueItem]:
    """Grace is over and there is no team: the office decides, and again when the time it gave is up."""
    life = context.state.life
    items: list[DueItem] = []
    for key, enrolment in context.here():
        if life.has_team(enrolment) or enrolment.completed is not None:
            continue
        since, window = life.grace_ends(enrolment), f"{key}.grace"
        if enrolment.decided_at is not None:
            until = enrolment.may_start_until
            weeks = life.programme.microsystem.conditional_start_weeks
            undated = max(since, life.calendar.add_weeks(enrolment.decided_at, weeks))
            since = life.calendar.at(until, life.calendar.opens) if until else undated
            window = f"{key}.{enrolment.decided_at:%Y%m%dT%H%M%S}"
        rule = life.programme.decisions.conditional_start
        case = Case(Matter.CONDITIONAL_START, window, "conditional_start_owed", since, person=key)
        items += context.decision(case, "conditional_start", rule, life.calendar.sendable(since))
    return in_time(items)


def coaching_check(context: PlanContext) -> Iterator[DueItem]:
    """The records are read for how the coaches coach: at the end of teaching, then every few weeks while any does.

    Should nothing come of a reading, the next one follows all the same.
    """
    life = context.state.life
    weeks = life.programme.coaching_checked_every_weeks
    first = max(life.teaching_ends_at, life.opening.occurred_at)
    if life.seen_at is not None and life.seen_at >= life.teaching_ends_at:
        first = life.calendar.add_weeks(life.seen_at, weeks)
    case = Case(Matter.COACHING_CHECK, moment(first), "coaching_looked_at", first)
    parameter = f"coaching_checked_every_weeks = {weeks}"
    steps = repeated(first, weeks, Role.OFFICE, (), parameter)
    return context.pending(case, (step._replace(act=Act.MOVE_ON) for step in steps))


def completion(context: PlanContext) -> Iterator[DueItem]:
    """Who completed the course? The office confirms it, after the records were read at the end of teaching."""
    life = context.state.life
    if life.settled():
        return iter(())
    since = life.teaching_ends_at
    opens = context.digest(since + timedelta(minutes=1))
    case = Case(Matter.COMPLETION, "course", "completion_owed", since)
    return context.decision(case, "completion", life.programme.decisions.completion.owed_by(Role.OFFICE), opens)


def lapse(context: PlanContext) -> Iterator[DueItem]:
    """A coach who coaches no more is offered a refresher; then faculty hears of it."""
    state, programme = context.state, context.state.life.programme
    weeks = programme.lapse_told_faculty_after_weeks
    items: list[DueItem] = []
    for key, enrolment in context.here():
        if state.enrolment(enrolment) is not EnrolmentState.LAPSED:
            continue
        since = state.lapsed_since(enrolment)
        parameter = f"lapsed_after_weeks = {programme.lapsed_after_weeks}"
        told = f"lapse_told_faculty_after_weeks = {weeks}"
        opens = context.digest(since)
        steps = [
            Step(Act.ASK, opens, Role.COACH, COACH, parameter),
            Step(Act.FLAG, opens, Role.FACULTY, (Role.FACULTY,), told, weeks),
        ]
        last = enrolment.coaching.last_coached if enrolment.coaching else None
        case = Case(Matter.LAPSE, f"{key}.{since:%Y-%m-%d}", "coach_lapsed", since, about=last, person=key)
        items += context.pending(case, steps)
    return in_time(items)


MICROSYSTEM: Final = Description(
    matter=Matter.MICROSYSTEM,
    label="team to coach",
    duties={microsystems: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Help the participant to find a team.",
    rules={
        "microsystem_wanted": "Every participant names a team by the start of the course. We ask from "
        "some weeks before. Anyone accepted late is asked straight away, and then every week.",
    },
    parameters=("microsystem",),
    about_participant=True,
)

CONDITIONAL_START: Final = Description(
    matter=Matter.CONDITIONAL_START,
    label="start without a team",
    duties={conditional_start: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Decide whether the participant may start without a team, and until when.",
    rules={"conditional_start_owed": "When the grace period has ended and there is still no team, the office decides."},
    parameters=("decisions.conditional_start", "microsystem.grace_weeks", "microsystem.conditional_start_weeks"),
    about_participant=True,
)

COACHING_CHECK: Final = Description(
    matter=Matter.COACHING_CHECK,
    label="how coaching is going",
    duties={coaching_check: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={"coaching_looked_at": "Every few weeks we check the records to see who is still coaching."},
    parameters=("coaching_checked_every_weeks",),
    mail=Mail.NONE,
    page=None,
)

COMPLETION: Final = Description(
    matter=Matter.COMPLETION,
    label="completion",
    duties={completion: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Record who completed the course.",
    rules={"completion_owed": "After the teaching, the office confirms who completed the course."},
    parameters=("decisions.completion",),
    about_participant=True,
)

LAPSE: Final = Description(
    matter=Matter.LAPSE,
    label="no longer coaching",
    duties={lapse: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Offer the coach a refresher.",
    rules={"coach_lapsed": "A coach who no longer coaches is offered a refresher. Some weeks later, faculty is told."},
    parameters=("lapsed_after_weeks", "lapse_told_faculty_after_weeks"),
    about_participant=True,
)

MATTERS: Final = (MICROSYSTEM, CONDITIONAL_START, COACHING_CHECK, COMPLETION, LAPSE)
