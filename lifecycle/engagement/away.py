"""When everybody who coaches a team is away: nothing is expected of it then, and it reads as on leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Final

from lifecycle.description import Description, During, Loss, Mail
from lifecycle.engagement.absences import team_away
from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.effects import COACHED
from lifecycle.steps import Case, Step
from schemas.due import DueItem
from schemas.words import Act, Matter, Role, Stage

_DAY: Final = timedelta(days=1)


def leave(context: PlanContext) -> Iterator[DueItem]:
    """The team reads as on leave from the first day to the last: that turns by itself, and nobody is told.

    Only after the last fact: with a fact, all is reckoned anew.
    """
    state, life = context.state, context.state.life
    if state.stage is not Stage.AGREED and state.stage not in COACHED:
        return
    for first, last in team_away(life):
        for rule, day in (("leave_begins", first), ("leave_ends", last + _DAY)):
            at = life.calendar.at(day, time.min)
            if at > state.account.last[0]:
                case = Case(Matter.LEAVE, f"{rule}.{day}", rule, at, about=day)
                step = Step(Act.MOVE_ON, at, context.present(Role.COACH), (), "leave_agreed")
                yield from context.pending(case, [step])


LEAVE: Final = Description(
    matter=Matter.LEAVE,
    label="leave",
    duties={leave: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={
        "leave_begins": "While everybody who coaches a team is away, no session is expected, and the team is on leave.",
        "leave_ends": "When somebody who coaches the team is back, sessions are expected again.",
    },
    facts=("leave_agreed",),
    mail=Mail.NONE,
    page=None,
)

MATTERS: Final = (LEAVE,)
