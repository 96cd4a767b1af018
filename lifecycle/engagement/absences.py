"""On which days everybody who coaches a team is away: nothing is expected of it then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from lifecycle.absence import Span, together
from lifecycle.engagement.life import Life
from lifecycle.leave import Leaves


def team_away(life: Life) -> list[Span]:
    """The days, in order, on which all are away who coach the team now; none where nobody does."""
    return all_away(life.leaves, {a.person for a in life.assignments if a.until is None}) if life.leaves else []


def all_away(leaves: Leaves, people: Iterable[str]) -> list[Span]:
    """The days, in order, on which all of these are away."""
    common: list[Span] | None = None
    for person in sorted(people):
        theirs = together((leave.first, leave.last) for leave in leaves if leave.person == person)
        common = theirs if common is None else list(_in_both(common, theirs))
    return common or []


def _in_both(some: list[Span], others: list[Span]) -> Iterable[Span]:
    for first, last in some:
        for begins, ends in others:
            if max(first, begins) <= min(last, ends):
                yield max(first, begins), min(last, ends)


def away_on(life: Life, day: date) -> Span | None:
    """The absence of the team that a day lies in."""
    return next((span for span in team_away(life) if span[0] <= day <= span[1]), None)
