"""The timeline: every due item from now to the end of the engagement, each with its reason.

Nothing else decides a deadline. It stands as if every future ask were answered in time, plus chases that run already;
once the engagement has ended, only what is to be put right is left. An item whose time has passed is due now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lifecycle import timeline
from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.duties import AFTER_THE_END, ALWAYS, IN_PAUSE
from lifecycle.engagement.state import State
from lifecycle.steps import Done
from schemas.due import DueItem


def _duties(state: State, done: Done) -> list[Iterator[DueItem]]:
    duties: tuple[Callable[[PlanContext], Iterator[DueItem]], ...] = ALWAYS
    if state.ended:
        duties = AFTER_THE_END
    elif state.life.paused:
        duties = IN_PAUSE
    context = PlanContext(state, done)
    return [duty(context) for duty in duties]


_PLANNER: Final = timeline.Planner(_duties)
plan, upcoming, due, open_still = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.due, _PLANNER.open_still
