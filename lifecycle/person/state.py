"""A person at a moment, and what all that is theirs should know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lifecycle.account import Account, holding
from lifecycle.effects import Effect, passing_on
from lifecycle.person.facts import Life
from schemas.due import Days, DueItem, PersonStanding
from schemas.facts import LeaveAgreed


@dataclass(frozen=True, slots=True)
class State:
    """A person at a moment. Nothing falls due of them by itself, so that their workflow rests between two facts."""

    account: Account[Any]
    now: datetime
    ended: bool = True

    @property
    def life(self) -> Life:
        """What the facts say."""
        life: Life = self.account.life
        return life


def assess(known: Account[Any], now: datetime) -> State:
    """The person at a moment."""
    return State(known, now)


def standing(state: State, _upcoming: list[DueItem]) -> PersonStanding:
    """The leave that is not over."""
    today = state.life.calendar.day(state.now)
    ahead = sorted((leave.first, leave.last) for leave in state.life.leaves if leave.last >= today)
    return PersonStanding(as_of=state.now, away=tuple(Days(first=first, last=last) for first, last in ahead))


def effects(state: State) -> list[Effect]:
    """Leave holds wherever they have a part, also in what begins before it is over."""
    known = [pair for pair in holding(state.account) if pair[0] not in state.account.void]
    return [
        Effect(fact, last_day=fact.last_day) for fact in passing_on(known, LeaveAgreed) if isinstance(fact, LeaveAgreed)
    ]
