"""An academy at a moment, and what all that is open in it should know."""

from __future__ import annotations

from datetime import date, timedelta

from lifecycle.effects import Share, passing_on
from lifecycle.leave import away
from lifecycle.nothing_due import State
from schemas.due import AcademyStanding, Days, DueItem
from schemas.facts import AcademyClosed, CalendarRevised, ProgrammeAdopted
from schemas.rows import AcademyPersonRow, Rows, by_key


def standing(state: State, _upcoming: list[DueItem]) -> AcademyStanding:
    """Its bank holidays, the closed weeks that are not over, and its office."""
    days = state.life.calendar
    ahead = sorted(span for span in days.closed if span[1] >= days.day(state.now))
    closed = tuple(Days(first=first, last=last) for first, last in ahead)
    life = state.life
    return AcademyStanding(
        as_of=state.now,
        calendar=days.table,
        closed=closed,
        members=life.members,
        deputy=life.deputy,
        programmes=tuple(programme.label for programme in life.programmes),
    )


def office_away(state: State) -> date | None:
    """When somebody who works in the office is back; None while anybody is there, or nobody is named."""
    until = [away(state, member) for member in state.life.members]
    back = [last + timedelta(days=1) for last in until if last is not None]
    return min(back) if back and len(back) == len(until) else None


def rows(_academy: str, state: State, _upcoming: list[DueItem]) -> Rows:
    """Who works in the office, and who is its deputy."""
    life = state.life
    deputy = [AcademyPersonRow("deputy", life.deputy)] if life.deputy else []
    return by_key([*(AcademyPersonRow("member", person) for person in life.members), *deputy])


def shares(state: State) -> list[Share]:
    """Closed weeks concern what is open and what begins later, and so does another version of the programme.

    A new bank-holiday table concerns only what had begun: what begins later names its own.
    """
    known = passing_on(state.account, AcademyClosed, CalendarRevised, ProgrammeAdopted)
    return [
        Share(fact, last_day=fact.last_day)
        if isinstance(fact, AcademyClosed)
        else Share(fact, of_old=isinstance(fact, CalendarRevised))
        for fact in known
    ]
