"""The rules of a person: when they are away, and where that holds."""

from lifecycle.nothing_due import (
    MATTERS,
    State,
    assess,
    away,
    coming,
    due,
    notices,
    open_still,
    plan,
    rows,
    upcoming,
    why,
)
from lifecycle.person.facts import REDUCER, Life
from lifecycle.person.state import shares, standing

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
    "open_still",
    "plan",
    "rows",
    "shares",
    "standing",
    "upcoming",
    "why",
]  # fmt: skip
