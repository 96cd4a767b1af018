"""The rules of one Introduction course: its two days, its bookings and its waiting list."""

from lifecycle.account import advance
from lifecycle.intro_course.effects import effects
from lifecycle.intro_course.facts import REDUCER
from lifecycle.intro_course.offers import next_offer
from lifecycle.intro_course.places import in_turn, refused
from lifecycle.intro_course.plan import MATTERS, coming, due, open_still, plan, upcoming, why
from lifecycle.intro_course.rows import notices, rows, standing
from lifecycle.intro_course.state import State, assess, fold
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
    "in_turn",
    "next_offer",
    "notices",
    "open_still",
    "plan",
    "refused",
    "rows",
    "standing",
    "upcoming",
    "why",
]  # fmt: skip
