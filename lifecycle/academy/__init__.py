"""The rules of an academy: its bank holidays and closed weeks, and who hears of them."""

from lifecycle.academy.facts import REDUCER, Life
from lifecycle.academy.state import shares, standing
from lifecycle.nothing_due import MATTERS, State, assess, away, due, notices, open_still, plan, rows, upcoming, why

__all__ = [
    "MATTERS", "REDUCER", "Life", "State", "assess", "away", "due", "notices", "open_still", "plan",
    "rows", "shares", "standing", "upcoming", "why",
]  # fmt: skip
