"""The rules of one Introduction course: its two days, its bookings and its waiting list."""

from lifecycle.account import advance
from lifecycle.intro_course.effects import effects
from lifecycle.intro_course.facts import REDUCER
from lifecycle.intro_course.offers import next_offer
from lifecycle.intro_course.places import OFFERED_ON, in_turn, offered_on
from lifecycle.intro_course.plan import MATTERS, due, open_still, plan, upcoming, why
from lifecycle.intro_course.rows import notices, rows, standing
from lifecycle.intro_course.state import State, assess, fold
from lifecycle.leave import away

__all__ = [
    "MATTERS", "OFFERED_ON", "REDUCER", "State", "advance", "assess", "away", "due", "effects", "fold", "in_turn",
    "next_offer", "notices", "offered_on", "open_still", "plan", "rows", "standing", "upcoming", "why",
]  # fmt: skip
