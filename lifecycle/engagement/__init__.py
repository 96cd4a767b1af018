"""The rules of one engagement: what a fact does, what stands, what falls due, and why."""

from lifecycle.account import advance
from lifecycle.engagement.facts import REDUCER
from lifecycle.engagement.notices import notices
from lifecycle.engagement.plan import MATTERS, coming, due, open_still, plan, upcoming, why
from lifecycle.engagement.rows import rows, standing
from lifecycle.engagement.state import State, assess, fold
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
    "fold",
    "notices",
    "open_still",
    "plan",
    "rows",
    "standing",
    "upcoming",
    "why",
]  # fmt: skip
