"""An Introduction course's timeline: every due item with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lifecycle import timeline
from lifecycle.description import During, duties
from lifecycle.intro_course.context import PlanContext
from lifecycle.intro_course.duties import MATTERS
from lifecycle.intro_course.state import State
from lifecycle.steps import Done
from schemas.due import DueItem

_HOLDING: Final = {during: duties(MATTERS, during) for during in (During.RUNNING, During.DAY_2_CANCELLED, During.ENDED)}


def _duties(state: State, done: Done) -> list[Iterator[DueItem]]:
    during = During.RUNNING if state.life.cancelled_at is None else During.DAY_2_CANCELLED
    context = PlanContext(state, done)
    return [duty(context) for duty in _HOLDING[During.ENDED if state.ended else during]]


_PLANNER: Final = timeline.Planner(_duties)
plan, upcoming, due, open_still = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.due, _PLANNER.open_still
