"""What each fact does to a person, and when it is legal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from lifecycle.account import Reducer
from lifecycle.calendar import Calendar, calendar
from lifecycle.leave import Leave, Leaves
from lifecycle.shared_facts import leave_refused
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import Refusal
from schemas.facts import LeaveAgreed, PersonLeft, PersonMerged
from schemas.person_facts import PersonKnown
from schemas.programme import DEFAULT_ZONE, Absence, QuietHours
from schemas.subjects import PERSON
from schemas.words import HolidayDivision


@dataclass(frozen=True, slots=True)
class Life:
    """What the facts say of a person. ``calendar`` only writes dates: no deadline of theirs is reckoned by it."""

    opening: PersonKnown
    calendar: Calendar
    leaves: Leaves = ()


def begin(opening: PersonKnown) -> Life:
    """The life of a person of whom nothing else is told yet."""
    days = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, DEFAULT_ZONE, QuietHours())
    return Life(opening, days)


def step(life: Life, fact: LeaveAgreed | PersonLeft | PersonMerged) -> Life | Refusal:
    """The life after a fact, or why the fact is illegal."""
    if fact.person != life.opening.person:
        return Refusal(when="never", code="another_person", reason="This is about somebody else. Check the id.")
    if isinstance(fact, PersonMerged) and fact.into == fact.person:
        return Refusal(when="never", code="same_person", reason="These are one record already. Check the ids.")
    if isinstance(fact, PersonLeft | PersonMerged):
        return life
    told = Leave(fact.person, fact.first_day, fact.last_day, fact.occurred_at)
    return leave_refused(fact, life.leaves, Absence()) or replace(life, leaves=(*life.leaves, told))


REDUCER: Final[Reducer[Life]] = Reducer(kinds=PERSON.kinds, opening=PERSON.opening, begin=begin, step=step)
