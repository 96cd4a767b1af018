"""The rules of one cohort: the course, its enrolments, and what they mean for engagements."""

from lifecycle.account import advance
from lifecycle.cohort.effects import effects, numbered
from lifecycle.cohort.facts import REDUCER, too_late
from lifecycle.cohort.plan import MATTERS, coming, due, open_still, plan, upcoming, why
from lifecycle.cohort.rows import notices, rows, standing
from lifecycle.cohort.state import State, assess, fold
from lifecycle.leave import away

__all__ = [
    "MATTERS",
    "REDUCER",
    "State",
    "advance",
    "assess",
    "away",
    "coming",
    "due",
    "effects",
    "fold",
    "notices",
    "numbered",
    "open_still",
    "plan",
    "rows",
    "standing",
    "too_late",
    "upcoming",
    "why",
]  # fmt: skip
