"""A cohort's timeline: every due item with its reason. Empty once the cohort has ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lifecycle import timeline
from lifecycle.cohort.duties import DUTIES, Desk
from lifecycle.cohort.state import State
from lifecycle.steps import Done
from schemas.due import DueItem


def _duties(state: State, done: Done) -> list[Iterator[DueItem]]:
    desk = Desk(state, done)
    return [] if state.ended else [duty(desk) for duty in DUTIES]


_PLANNER: Final = timeline.Planner(_duties)
plan, upcoming, due, open_still = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.due, _PLANNER.open_still
