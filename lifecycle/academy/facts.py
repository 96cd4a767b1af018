"""What each fact does to an academy, and when it is legal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from lifecycle.account import Reducer
from lifecycle.calendar import Calendar, calendar
from lifecycle.leave import Leave, Leaves
from lifecycle.shared_facts import closing_refused, leave_refused, merged_alone, not_newer, strictest, unknown_calendar
from schemas.academy_facts import AcademyOpened, DeputyNamed, OfficeMemberJoined, OfficeMemberLeft
from schemas.due import Refusal
from schemas.facts import AcademyClosed, CalendarRevised, Fact, LeaveAgreed, PersonLeft, PersonMerged, ProgrammeAdopted
from schemas.programme import Absence, Programme, QuietHours
from schemas.subjects import ACADEMY
from schemas.words import PersonId


@dataclass(frozen=True, slots=True)
class Life:
    """What the facts say of an academy."""

    opening: AcademyOpened
    calendar: Calendar
    members: tuple[PersonId, ...] = ()
    deputy: PersonId | None = None
    leaves: Leaves = ()
    programmes: tuple[Programme, ...] = ()


def begin(opening: AcademyOpened) -> Life:
    """The life of an academy that has just opened."""
    return Life(opening, calendar(opening.calendar, opening.division, opening.zone, QuietHours()))


def step(life: Life, fact: Fact) -> Life | Refusal:
    """The life after a fact, or why the fact is illegal at the moment it occurred."""
    if fact.occurred_at < life.opening.occurred_at:
        return Refusal(when="never", code="before_the_beginning", reason="This date is before the academy was opened.")
    match fact:
        case AcademyClosed():
            refused = closing_refused(fact, life.calendar.closed, _absence(life))
            return refused or replace(life, calendar=life.calendar.with_closed(fact.first_day, fact.last_day))
        case CalendarRevised():
            return unknown_calendar(fact) or replace(life, calendar=_revised(life, fact.calendar))
        case ProgrammeAdopted():
            return _adopted(life, fact.programme, fact)
        case LeaveAgreed():
            told = Leave(fact.person, fact.first_day, fact.last_day, fact.occurred_at)
            return leave_refused(fact, life.leaves, _absence(life)) or replace(life, leaves=(*life.leaves, told))
        case _:
            return _staffed(life, fact)


def _absence(life: Life) -> Absence:
    return strictest(programme.absence for programme in life.programmes)


def _adopted(life: Life, programme: Programme, fact: ProgrammeAdopted) -> Life | Refusal:
    before = next((known for known in life.programmes if known.name == programme.name), None)
    others = tuple(known for known in life.programmes if known is not before)
    refused = not_newer(fact, before, "academy") if before is not None else None
    return refused or replace(life, programmes=(*others, programme))


def _staffed(life: Life, fact: Fact) -> Life | Refusal:
    """Who works in the office, and who stands in for it."""
    match fact:
        case OfficeMemberJoined():
            return _member(life, fact.person) or replace(life, members=(*life.members, fact.person))
        case OfficeMemberLeft() if fact.person not in life.members:
            return _no("no_member", "This person isn't in the programme office.")
        case OfficeMemberLeft():
            return replace(life, members=_without(life, fact.person))
        case DeputyNamed():
            return replace(life, deputy=fact.person)
        case PersonLeft():
            deputy = None if life.deputy == fact.person else life.deputy
            return replace(life, members=_without(life, fact.person), deputy=deputy)
        case PersonMerged():
            return merged_alone(fact) or life
        case _:
            raise AssertionError(fact.kind)


def _member(life: Life, person: PersonId) -> Refusal | None:
    return _no("member_already", "This person is already in the programme office.") if person in life.members else None


def _without(life: Life, person: PersonId) -> tuple[PersonId, ...]:
    return tuple(member for member in life.members if member != person)


def _no(code: str, reason: str) -> Refusal:
    return Refusal(when="never", code=code, reason=reason)


def _revised(life: Life, table: str) -> Calendar:
    return calendar(table, life.opening.division, life.opening.zone, QuietHours(), life.calendar.closed)


REDUCER: Final[Reducer[Life]] = Reducer(kinds=ACADEMY.kinds, opening=ACADEMY.opening, begin=begin, step=step)
