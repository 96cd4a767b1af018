"""An Introduction course's timeline: every due item with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lifecycle import timeline
from lifecycle.intro_course.duties import AFTER_DAY_2_IS_CANCELLED, AFTER_THE_END, DUTIES, PlanContext
from lifecycle.intro_course.state import State
from lifecycle.steps import Done
from schemas.due import DueItem


def _duties(state: State, done: Done) -> list[Iterator[DueItem]]:
    context, cancelled = PlanContext(state, done), state.life.cancelled_at is not None
    open_still = AFTER_DAY_2_IS_CANCELLED if cancelled else DUTIES
    return [duty(context) for duty in (AFTER_THE_END if state.ended else open_still)]


_PLANNER: Final = timeline.Planner(_duties)
plan, upcoming, due, open_still = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.due, _PLANNER.open_still
