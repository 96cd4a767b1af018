"""A person at a moment, and what all that is theirs should know."""

from __future__ import annotations

from lifecycle.effects import Share, passing_on
from lifecycle.nothing_due import State
from schemas.due import Days, DueItem, PersonStanding
from schemas.facts import LeaveAgreed, PersonLeft, PersonMerged


def standing(state: State, _upcoming: list[DueItem]) -> PersonStanding:
    """The leave that is not over."""
    today = state.life.calendar.day(state.now)
    ahead = sorted((leave.first, leave.last) for leave in state.life.leaves if leave.last >= today)
    return PersonStanding(as_of=state.now, away=tuple(Days(first=first, last=last) for first, last in ahead))


def shares(state: State) -> list[Share]:
    """Leave holds wherever they have a part, also in what begins before it is over; that they left, or are somebody
    else's other record, for ever.
    """
    return [
        Share(fact, last_day=fact.last_day) if isinstance(fact, LeaveAgreed) else Share(fact)
        for fact in passing_on(state.account, LeaveAgreed, PersonLeft, PersonMerged)
    ]
