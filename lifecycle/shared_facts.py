"""When a fact that several kinds of subject can be told says something impossible, for any of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from lifecycle.absence import Span, not_confirmed, together
from lifecycle.calendar import Closed
from lifecycle.leave import Leaves
from schemas.calendars import HOLIDAY_TABLES
from schemas.due import Refusal
from schemas.facts import AcademyClosed, CalendarRevised, LeaveAgreed, PersonMerged, ProgrammeAdopted
from schemas.programme import Absence, Programme

_YEAR: Final = timedelta(days=366)


def strictest(rules: Iterable[Absence]) -> Absence:
    """What must be confirmed by any of these rules; by the shipped ones, if there are none."""
    known = list(rules) or [Absence()]
    return Absence(
        closed_weeks_confirmed_after=min(rule.closed_weeks_confirmed_after for rule in known),
        confirmed_after_weeks=min(rule.confirmed_after_weeks for rule in known),
    )


def leave_refused(fact: LeaveAgreed, leaves: Leaves, rules: Absence) -> Refusal | None:
    """Days that cannot be, or leave so long, with what else that person has told, that it must be confirmed."""
    known = ((leave.first, leave.last) for leave in leaves if leave.person == fact.person)
    return _days_out_of_order(fact) or _unconfirmed(
        fact, known, rules.confirmed_after_weeks, "That's {length} of leave"
    )


def closing_refused(fact: AcademyClosed, closed: Closed, rules: Absence) -> Refusal | None:
    """Days that cannot be, or so many closed weeks in a row that they must be confirmed."""
    words, weeks = "The academy would be closed for {length}", rules.closed_weeks_confirmed_after
    return _days_out_of_order(fact) or _unconfirmed(fact, closed, weeks, words)


def _unconfirmed(fact: LeaveAgreed | AcademyClosed, known: Iterable[Span], weeks: int, words: str) -> Refusal | None:
    """What follows from another subject was confirmed there."""
    if fact.confirmed or fact.caused_by is not None:
        return None
    days = (fact.first_day, fact.last_day)
    first, last = next(span for span in together((*known, days)) if span[0] <= days[0] <= span[1])
    return not_confirmed(first, last, weeks, words)


def _days_out_of_order(fact: LeaveAgreed | AcademyClosed) -> Refusal | None:
    """Days from a first to a last one that is before it, or more than a year later."""
    if timedelta(0) <= fact.last_day - fact.first_day <= _YEAR:
        return None
    reason = "The last day must be the same as or after the first, and within a year of it."
    return Refusal(when="never", code="days_out_of_order", reason=reason)


def merged_alone(fact: PersonMerged) -> Refusal | None:
    """A merge that is not passed on: told to one subject alone, or to nobody else's record than the person's own."""
    if fact.caused_by is not None:
        return None
    reason = "Two records are one person everywhere: merge them, and all that is theirs hears of it."
    return Refusal(when="never", code="merged_alone", reason=reason)


def unknown_calendar(fact: CalendarRevised) -> Refusal | None:
    """A bank-holiday table that this release does not ship."""
    if fact.calendar in HOLIDAY_TABLES:
        return None
    known = ", ".join(HOLIDAY_TABLES)
    reason = f"We don't know this bank-holiday table. Choose one of: {known}."
    return Refusal(when="not_yet", code="unknown_calendar", reason=reason)


def other_programme(fact: ProgrammeAdopted, programme: Programme, subject: str) -> Refusal | None:
    """Not another version of the programme, but another programme; or what its academy passes on is no news to it."""
    if fact.programme.name == programme.name:
        return not_newer(fact, programme, subject) if fact.caused_by is not None else None
    return Refusal(
        when="never", code="other_programme", reason=f"This {subject} follows another programme, {programme.name}."
    )


def not_newer(fact: ProgrammeAdopted, programme: Programme, subject: str) -> Refusal | None:
    """A version of the programme that is adopted already, or an earlier one."""
    if fact.programme.version > programme.version:
        return None
    reason = f"This {subject} already follows version {programme.version} of the programme."
    return Refusal(when="never", code="not_newer", reason=reason)
