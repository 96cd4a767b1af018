"""The rules of an academy: its bank holidays, closed weeks and office, and who hears of them."""

from lifecycle.academy.facts import REDUCER, Life
from lifecycle.academy.state import office_away, rows, shares, standing
from lifecycle.nothing_due import MATTERS, State, assess, away, coming, due, notices, open_still, plan, upcoming, why

__all__ = [
    "MATTERS",
    "REDUCER",
    "Life",
    "State",
    "assess",
    "away",
    "coming",
    "due",
    "notices",
    "office_away",
    "open_still",
    "plan",
    "rows",
    "shares",
    "standing",
    "upcoming",
    "why",
]  # fmt: skip
