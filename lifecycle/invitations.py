"""Invitations: what somebody's calendar is still to be told, by what it was told before (RFC 5546)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from lifecycle import intro_course
from lifecycle.calendar import Calendar
from lifecycle.dates import clock_of
from lifecycle.diary import Entry, Happening
from lifecycle.gathering import Subject

AHEAD: Final = {
    Happening.SESSION: timedelta(days=14),
    Happening.LEARNING_SESSION: timedelta(weeks=8),
    Happening.REVIEW: timedelta(weeks=8),
    Happening.INTRO_DAY: timedelta(weeks=60),
}
"""So far ahead somebody is invited: farther off, a weekly session may be another day by then."""


_RECEIPT: Final = timedelta(minutes=10)
"""So long what somebody did themselves counts as just done."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What a calendar was told last of an entry. ``standing``: it holds it, and was not told to drop it."""

    entry: Entry
    sequence: int
    standing: bool
    said: str


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that is owed: the entry as it is now, or with ``cancels`` as the calendar still has it."""

    entry: Entry
    sequence: int
    cancels: bool = False


def said(entry: Entry) -> str:
    """What of an entry a calendar shows: with anything else in it, it is told again."""
    return f"{entry.day}/{entry.starts_at}/{entry.ends_at}{entry.place and f'/{entry.place}'}"


def owed(entries: Iterable[Entry], known: Mapping[str, Invited], now: datetime) -> list[Owed]:
    """The messages that bring a calendar up to date. Nothing of what has begun; cancellations come first.

    Each goes on from the sequence that its UID had last, so that a receiver never takes an older word for a newer one.
    """
    ahead = {entry.uid: entry for entry in entries if _begins(entry) > now}
    return [*_cancelled(ahead, known, now), *_wanted(ahead, known, now)]


def _cancelled(ahead: Mapping[str, Entry], known: Mapping[str, Invited], now: datetime) -> Iterator[Owed]:
    for uid, invited in known.items():
        if invited.standing and uid not in ahead and _begins(invited.entry) > now:
            yield Owed(invited.entry, invited.sequence + 1, cancels=True)


def _wanted(ahead: Mapping[str, Entry], known: Mapping[str, Invited], now: datetime) -> Iterator[Owed]:
    for uid, entry in ahead.items():
        before = known.get(uid)
        if before is None:
            if _begins(entry) <= now + AHEAD[entry.what]:
                yield Owed(entry, 0)
        elif not before.standing or before.said != said(entry):
            yield Owed(entry, before.sequence + 1)


def _begins(entry: Entry) -> datetime:
    """When it begins; an entry of a whole day with the day."""
    return entry.starts_at or clock_of(entry.zone).at(entry.day, time.min)


def may_go(subject: Subject, person: str, entry: Entry, at: datetime) -> bool:
    """Whether somebody may be told of an entry now: in the hours for notices, and not while they are on leave.

    What begins before the one or the other is over goes at once, and so does what follows from somebody's own booking
    of this moment, as its receipt does.
    """
    calendar: Calendar = subject.state.life.calendar
    opens, away = calendar.sendable(at), subject.away_until(person)
    if away is not None:
        opens = calendar.sendable(calendar.at(away + timedelta(days=1), calendar.opens))
    return opens == at or _begins(entry) <= opens or _just_booked(subject, person, at)


def _just_booked(subject: Subject, person: str, at: datetime) -> bool:
    if not isinstance(subject.state, intro_course.State):
        return False
    theirs = (booking for booking in subject.state.life.bookings.values() if booking.requested.person == person)
    told = (
        moment for booking in theirs for moment in (booking.confirmed_at, booking.cancelled_at) if moment is not None
    )
    return any(at - _RECEIPT <= moment <= at for moment in told)
