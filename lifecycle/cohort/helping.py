"""What falls due where a participant tells us something first: that they need help, or cannot come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lifecycle.cohort.context import COACH, PlanContext
from lifecycle.description import Description, During, Loss, Mail, in_time
from lifecycle.plan_context import OFFICE, moment
from lifecycle.steps import Case, Step
from schemas.due import DueItem
from schemas.words import Act, Matter, Role


def team_help(context: PlanContext) -> Iterator[DueItem]:
    """A participant asked for help to find a team: the office is asked at once, and once more when its time is up.

    An answer that none was found goes to the participant.
    """
    life = context.state.life
    calendar, weeks = life.calendar, life.programme.microsystem.help_within_weeks
    parameter = f"microsystem.help_within_weeks = {weeks}"
    items: list[DueItem] = []
    for key, enrolment in context.here():
        helped = enrolment.helped
        if helped is None or life.has_team(enrolment) or enrolment.completed is not None:
            continue
        asked = helped.asked_at
        steps = [
            Step(Act.ASK, calendar.sendable(asked), Role.OFFICE, OFFICE, parameter),
            Step(Act.REMIND, calendar.sendable(asked), Role.OFFICE, OFFICE, parameter, weeks),
        ]
        window, rule = f"{key}.{moment(asked)}", "team_help_asked"
        if helped.answered_at is not None:
            at, rule = calendar.sendable(helped.answered_at), "no_team_found"
            window = f"{window}.answered"
            steps = [Step(Act.FLAG, at, Role.COACH, COACH, "no_team_found")]
        case = Case(
            Matter.TEAM_HELP, window, rule, asked, (helped.by,),
            answer_by=None if helped.answered_at else calendar.add_weeks(asked, weeks), person=key,
        )  # fmt: skip
        items += context.pending(case, steps)
    return in_time(items)


def cannot_come(context: PlanContext) -> Iterator[DueItem]:
    """A participant cannot come to a learning session: office and faculty hear, until it begins."""
    life, items = context.state.life, list[DueItem]()
    for number in life.numbers:
        starts_at = life.learning_session(number)
        if number in life.held or starts_at <= context.state.now:
            continue
        for key, enrolment in context.here():
            said = life.declined(enrolment, number)
            if said is None:
                continue
            window = f"{number}.{key}.{moment(said.at)}"
            case = Case(Matter.CANNOT_COME, window, "cannot_come", said.at, about=said.day, person=key)
            at = life.calendar.sendable(said.at)
            heard = [Step(Act.FLAG, at, Role.OFFICE, (Role.OFFICE, Role.FACULTY), "learning_session_declined")]
            items += (item for item in context.pending(case, heard) if item.at < starts_at)
    return in_time(items)


TEAM_HELP: Final = Description(
    matter=Matter.TEAM_HELP,
    label="help to find a team",
    duties={team_help: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Name a team for the participant, or tell them that there is none.",
    rules={
        "team_help_asked": "When a participant asks for help to find a team, the office is asked straight away. "
        "The participant isn't asked for a team until it answers, or until its time is up.",
        "no_team_found": "When the office has found no team, the participant is told straight away.",
    },
    parameters=("microsystem.help_within_weeks",),
    facts=("team_help_asked", "no_team_found"),
    mail=Mail.AT_ONCE,
    about_participant=True,
)

CANNOT_COME: Final = Description(
    matter=Matter.CANNOT_COME,
    label="participant who can't come",
    duties={cannot_come: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={"cannot_come": "When a participant can't come to a learning session, the office and faculty are told."},
    facts=("learning_session_declined",),
    mail=Mail.AT_ONCE,
    page=None,
    about_participant=True,
    dated=True,
)

MATTERS: Final = (TEAM_HELP, CANNOT_COME)
