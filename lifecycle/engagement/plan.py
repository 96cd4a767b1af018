"""The timeline: every due item from now to the end of the engagement, each with its reason.

Nothing else decides a deadline. It stands as if every future ask were answered in time, plus chases that run already;
once the engagement has ended, only what is to be put right is left. An item whose time has passed is due now.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lifecycle import timeline
from lifecycle.description import During, duties
from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.duties import MATTERS
from lifecycle.engagement.state import State
from lifecycle.steps import Done
from schemas.due import DueItem

_HOLDING: Final = {during: duties(MATTERS, during) for during in (During.RUNNING, During.PAUSED, During.ENDED)}


def _duties(state: State, done: Done) -> list[Iterator[DueItem]]:
    during = During.PAUSED if state.life.paused else During.RUNNING
    context = PlanContext(state, done)
    return [duty(context) for duty in _HOLDING[During.ENDED if state.ended else during]]


_PLANNER: Final = timeline.Planner(_duties)
plan, upcoming, due, open_still = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.due, _PLANNER.open_still
