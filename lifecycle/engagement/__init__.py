"""The rules of one engagement: what a fact does, what stands, what falls due, and why."""

from lifecycle.account import advance
from lifecycle.engagement.duties import MATTERS
from lifecycle.engagement.facts import REDUCER
from lifecycle.engagement.notices import away, notices
from lifecycle.engagement.plan import due, open_still, plan, upcoming
from lifecycle.engagement.rows import rows
from lifecycle.engagement.state import State, assess, fold
from lifecycle.engagement.why import standing, why

__all__ = [
    "MATTERS",
    "REDUCER",
    "State",
    "advance",
    "assess",
    "away",
    "due",
    "fold",
    "notices",
    "open_still",
    "plan",
    "rows",
    "standing",
    "upcoming",
    "why",
]
