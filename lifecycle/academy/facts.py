"""What each fact does to an academy, and when it is legal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from lifecycle.account import Reducer
from lifecycle.calendar import Calendar, calendar
from lifecycle.shared_facts import days_out_of_order, unknown_calendar
from schemas.academy_facts import AcademyOpened
from schemas.due import Refusal
from schemas.facts import AcademyClosed, CalendarRevised, Fact
from schemas.programme import QuietHours
from schemas.subjects import ACADEMY


@dataclass(frozen=True, slots=True)
class Life:
    """What the facts say of an academy."""

    opening: AcademyOpened
    calendar: Calendar


def begin(opening: AcademyOpened) -> Life:
    """The life of an academy that has just opened."""
    return Life(opening, calendar(opening.calendar, opening.division, opening.zone, QuietHours()))


def step(life: Life, fact: Fact) -> Life | Refusal:
    """The life after a fact, or why the fact is illegal at the moment it occurred."""
    if fact.occurred_at < life.opening.occurred_at:
        return Refusal(when="never", code="before_the_beginning", reason="This date is before the academy was opened.")
    match fact:
        case AcademyClosed():
            days = life.calendar.with_closed(fact.first_day, fact.last_day)
            return days_out_of_order(fact) or replace(life, calendar=days)
        case CalendarRevised():
            return unknown_calendar(fact) or replace(life, calendar=_revised(life, fact.calendar))
        case _:
            raise AssertionError(fact.kind)


def _revised(life: Life, table: str) -> Calendar:
    return calendar(table, life.opening.division, life.opening.zone, QuietHours(), life.calendar.closed)


REDUCER: Final[Reducer[Life]] = Reducer(kinds=ACADEMY.kinds, opening=ACADEMY.opening, begin=begin, step=step)
