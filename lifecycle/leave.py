"""People's leave: who is away on a day, and when what can wait for them may go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from lifecycle.calendar import Calendar
from schemas.words import PersonId


class Leave(NamedTuple):
    """One leave of a person, first and last day included, and when it was told."""

    person: PersonId
    first: date
    last: date
    told_at: datetime


Leaves = tuple[Leave, ...]


def away_until(leaves: Iterable[Leave], person: PersonId, day: date) -> date | None:
    """The last day of the leave that somebody is on; None for whoever is there."""
    return max(
        (leave.last for leave in leaves if leave.person == person and leave.first <= day <= leave.last), default=None
    )


def away(state: Any, person: PersonId) -> date | None:  # noqa: ANN401 - of any kind that hears of leave
    """The last day of the leave that somebody is on now; None for whoever is there."""
    return away_until(state.life.leaves, person, state.life.calendar.day(state.now))


def back(leaves: Leaves, person: PersonId, calendar: Calendar, at: datetime) -> datetime:
    """The time itself, or the morning on which somebody who is on leave then is back."""
    while (last := away_until(leaves, person, calendar.day(at))) is not None:
        at = calendar.sendable(calendar.at(last + timedelta(days=1), calendar.opens))
    return at


def once_back(leaves: Leaves, person: PersonId, calendar: Calendar, at: datetime, before: datetime) -> datetime:
    """When somebody has what is due at a time: on the morning they are back, if that is ``before`` it is too late."""
    moved = back(leaves, person, calendar, at)
    return moved if moved < before else at
