"""The way from each page to the others: what whoever is signed in may go to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from schemas.words import Role

SUPERVISING: Final = frozenset({Role.OFFICE, Role.DEPUTY, Role.FACULTY})
"""Who looks after the teams of others."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page that every other leads to. ``within`` says that this one is a part of it."""

    label: str
    path: str
    within: bool


@dataclass(frozen=True, slots=True)
class Crumb:
    """A page above this one; ``url`` is as the browser asks for it."""

    label: str
    url: str


def places(roles: Collection[Role], path: str) -> list[Place]:
    """In the order in which they are offered."""
    runs = bool({Role.OFFICE, Role.DEPUTY} & set(roles))
    supervises = bool(SUPERVISING & set(roles))
    parts = set(roles) - {Role.OPERATOR}
    offered = [
        ("Your tasks", "/home", bool(parts)),
        ("Teams", "/teams", supervises),
        ("Cohorts", "/cohorts", supervises),
        ("People", "/people", supervises),
        ("Introduction courses", "/introduction-courses", runs),
        ("Calendar", "/calendar-ahead", bool(parts)),
        ("Upcoming mail", "/upcoming-mail", runs),
        ("Your academy", "/academy", runs),
        ("Engine", "/engine", Role.OPERATOR in roles),
    ]
    return [Place(label, at, f"{path}/".startswith(f"{at}/")) for label, at, theirs in offered if theirs]
