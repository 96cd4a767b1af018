"""An academy at a moment, and what all that is open in it should know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lifecycle.academy.facts import Life
from lifecycle.account import Account, holding
from lifecycle.effects import Effect, passing_on
from schemas.due import AcademyStanding, Days, DueItem
from schemas.facts import AcademyClosed, CalendarRevised


@dataclass(frozen=True, slots=True)
class State:
    """An academy at a moment. Nothing falls due of it by itself, so that its workflow rests between two facts."""

    account: Account[Any]
    now: datetime
    ended: bool = True

    @property
    def life(self) -> Life:
        """What the facts say."""
        life: Life = self.account.life
        return life


def assess(known: Account[Any], now: datetime) -> State:
    """The academy at a moment."""
    return State(known, now)


def standing(state: State, _upcoming: list[DueItem]) -> AcademyStanding:
    """Its bank holidays, and the closed weeks that are not over."""
    days = state.life.calendar
    ahead = sorted(span for span in days.closed if span[1] >= days.day(state.now))
    closed = tuple(Days(first=first, last=last) for first, last in ahead)
    return AcademyStanding(as_of=state.now, calendar=days.table, closed=closed)


def effects(state: State) -> list[Effect]:
    """Closed weeks hold for all that is open, also for what begins later; another table for what began before it."""
    known = [pair for pair in holding(state.account) if pair[0] not in state.account.void]
    return [
        Effect(fact, last_day=fact.last_day) if isinstance(fact, AcademyClosed) else Effect(fact, of_old=True)
        for fact in passing_on(known, AcademyClosed, CalendarRevised)
    ]
