"""A cohort's timeline: every due item with its reason."""

from __future__ import annotations

from typing import Final

from lifecycle.cohort import helping, participants, teaching
from lifecycle.cohort.context import PlanContext
from lifecycle.contradictions import CONTRADICTION
from lifecycle.description import described
from lifecycle.overdue import OFFICE_OVERDUE
from lifecycle.timeline import Planner

MATTERS: Final = described(*teaching.MATTERS, *participants.MATTERS, *helping.MATTERS, CONTRADICTION, OFFICE_OVERDUE)
_PLANNER: Final = Planner(MATTERS, PlanContext, "The cohort has ended; nothing more is due.")
plan, upcoming, coming, due = _PLANNER.plan, _PLANNER.upcoming, _PLANNER.coming, _PLANNER.due
open_still, why = _PLANNER.open_still, _PLANNER.why
