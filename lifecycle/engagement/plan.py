"""The timeline: every due item from now to the end of the engagement, each with its reason.

Nothing else decides a deadline. It stands as if every future ask were answered in time, plus chases that run already;
once the engagement has ended, only what is to be put right is left. An item whose time has passed is due now.
"""

from __future__ import annotations

from typing import Final

from lifecycle.description import During
from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.duties import MATTERS
from lifecycle.engagement.state import State
from lifecycle.timeline import Planner


def _during(state: State) -> During:
    return During.PAUSED if state.life.paused else During.RUNNING


PLANNER: Final = Planner(MATTERS, PlanContext, "The engagement has ended; nothing more is due.", _during)
plan, upcoming, due, open_still = PLANNER.plan, PLANNER.upcoming, PLANNER.due, PLANNER.open_still
