"""A cohort's timeline: every due item with its reason.."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lifecycle import timeline
from lifecycle.cohort.duties import AFTER_THE_END, DUTIES, PlanContext
from lifecycle.cohort.state import State
from lifecycle.steps import Done
from schemas.due import DueItem


def _duties(state: State, done: Done) -> list[Iterator[DueItem]]:
    context = PlanContext(state, done)
    return [duty(context) for duty in (AFTER_THE_END if state.ended else DUTIES)]


_PLANNER: Final = timeline.Planner(_duties)
plan, upcoming, due, open_still = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.due, _PLANNER.open_still
