"""A cohort's timeline: every due item with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lifecycle import timeline
from lifecycle.cohort.context import PlanContext
from lifecycle.cohort.duties import MATTERS
from lifecycle.cohort.state import State
from lifecycle.description import During, duties
from lifecycle.steps import Done
from schemas.due import DueItem

_HOLDING: Final = {during: duties(MATTERS, during) for during in (During.RUNNING, During.ENDED)}


def _duties(state: State, done: Done) -> list[Iterator[DueItem]]:
    context = PlanContext(state, done)
    return [duty(context) for duty in _HOLDING[During.ENDED if state.ended else During.RUNNING]]


_PLANNER: Final = timeline.Planner(_duties)
plan, upcoming, due, open_still = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.due, _PLANNER.open_still
