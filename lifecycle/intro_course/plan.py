"""An Introduction course's timeline: every due item with its reason."""

from __future__ import annotations

from typing import Final

from lifecycle.contradictions import CONTRADICTION
from lifecycle.description import During, described
from lifecycle.intro_course import afterwards, booked, days
from lifecycle.intro_course.context import PlanContext
from lifecycle.intro_course.state import State
from lifecycle.overdue import OFFICE_OVERDUE
from lifecycle.timeline import Planner

MATTERS: Final = described(*booked.MATTERS, *days.MATTERS, *afterwards.MATTERS, CONTRADICTION, OFFICE_OVERDUE)


def _during(state: State) -> During:
    return During.RUNNING if state.life.cancelled_at is None else During.DAY_2_CANCELLED


_PLANNER: Final = Planner(MATTERS, PlanContext, "The course has ended; nothing more is due.", _during)
plan, upcoming, coming, due = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.coming, _PLANNER.due
open_still, why = _PLANNER.open_still, _PLANNER.why
