"""The weekly mail: when it goes, and what is in it, judged once more at the moment of sending.

A notice that can wait was due at its own time, inside its window. Until the mail goes its reason may be gone, the hour
may have closed or its reader may be away: so each is judged anew, from the facts known by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from lifecycle.account import account
from lifecycle.calendar import Calendar, calendar
from lifecycle.description import Loss
from lifecycle.matters import MATTERS
from lifecycle.subject_rules import SubjectRules
from lifecycle.subjects import RULES
from schemas.calendars import LATEST_HOLIDAY_TABLE, holiday_table
from schemas.due import DueItem, Notice
from schemas.facts import Fact
from schemas.programme import Attention, Programme, QuietHours
from schemas.recording import Ledger
from schemas.words import HolidayDivision

_WEEK: Final = timedelta(weeks=1)
_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_SATURDAY: Final = 5
_LOOKED_BACK: Final = 6


class Because(StrEnum):
    """Why a notice is not sent, or not yet."""

    NO_LONGER_DUE = "no_longer_due"
    """What was told since answers it, or it is another person's by now."""

    SUPERSEDED = "superseded"
    """A later step of the same matter goes in the same mail."""

    BEYOND_LINES = "beyond_lines"
    """More urgent ones fill the mail: ``attention.lines_at_most``."""

    DECLINED = "declined"
    """Its reader has stopped the weekly mail."""

    GIVEN_UP = "given_up"
    """The mail server took nothing for days."""

    NEXT_MAIL = "next_mail"
    """It waits for the next weekly mail: ``attention.digest_on``."""

    QUIET_HOURS = "quiet_hours"
    """It waits for the hours, working days and open weeks of its own calendar."""

    HELD = "held"
    """The office has it wait until a day."""

    SKIPPED = "skipped"
    """The office left it out."""

    ON_LEAVE = "on_leave"
    """It waits until its reader is back."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A notice that waits for its reader's weekly mail."""

    id: str
    subject: str
    issued_at: datetime
    notice: Notice


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one notice now: it goes in the mail of a week, is kept until a time, or withdrawn for good.

    ``week`` is the Monday of the week in which it goes, so that somebody with parts under two programmes, whose mails
    go on different days, still has one mail a week.
    """

    gathered: Gathered
    because: Because | None = None
    until: datetime | None = None
    week: date | None = None

    @property
    def withdrawn(self) -> bool:
        """Whether it is never sent."""
        return self.because is not None and self.until is None


@dataclass(frozen=True, slots=True)
class Subject:
    """One engagement, cohort or course as its facts have it at a moment, and what was carried out by then."""

    book: SubjectRules[Any]
    state: Any
    done: Mapping[str, datetime]

    @classmethod
    def of(cls, facts: Iterable[Fact], done: Mapping[str, datetime], now: datetime) -> Subject:
        """Raises ValueError for facts without an opening."""
        known = list(facts)
        begun = {fact.kind for fact in known}
        book = next((rules for rules in RULES.values() if rules.REDUCER.opening in begun), None)
        if book is None:
            raise ValueError("nothing begins without an opening fact")
        return cls(book, book.assess(account(book.REDUCER, known), now, done), done)

    def notices_of(self, notice: Notice) -> list[Notice]:
        """The notices that its item would have now, to the people who have the parts now. None if it is over."""
        return [heard for item in self._open(notice) for heard in self.issues(item)]

    def issues(self, item: DueItem) -> tuple[Notice, ...]:
        """The notices of an item as they are issued: those that the office leaves out with the reason."""
        heard = self.book.notices(self.state, item)
        if not self.skips(item):
            return heard
        return tuple(notice.model_copy(update={"because": Because.SKIPPED}) for notice in heard)

    def skips(self, item: DueItem | Notice) -> bool:
        """Whether the office leaves the mail of an item out. What must go goes, whatever it said."""
        key = item.key if isinstance(item, DueItem) else item.item
        return key in self.state.life.mailing.skipped and MATTERS[item.matter].may_skip(item.step, item.act)

    def needs(self, notice: Notice) -> bool:
        """Whether the item would still be due, had it not been carried out, and for the same person."""
        return any(notice.person == heard.person for heard in self.notices_of(notice))

    def _open(self, notice: Notice) -> list[DueItem]:
        return self.book.open_still(self.state, self.done, [notice.item])

    def away_until(self, person: str) -> date | None:
        """The last day of the leave that somebody is on; None for whoever is there."""
        last: date | None = self.book.away(self.state, person)
        return last


def urgency(notice: Notice) -> tuple[Loss, datetime, date]:
    """The order of a mail, the same as the worklist's: what is lost by waiting, what is owed first, the oldest."""
    return MATTERS[notice.matter].loss, notice.answer_by or _LATEST, notice.about or date.max


def lines_at_most(subjects: Iterable[Subject]) -> int:
    """How many lines a mail about these may have: the most that any of their programmes allows."""
    most: int = max(subject.state.life.programme.attention.lines_at_most for subject in subjects)
    return most


def weekly(attention: Attention, calendar: Calendar, at: datetime) -> tuple[date, datetime]:
    """The last day of the weekly mail that is not after ``at``, and the moment it goes: a working day's morning."""
    today = calendar.day(at)
    day = today - timedelta(days=(today.weekday() - attention.digest_on.number) % 7)
    return day, _morning(attention, calendar, day)


def weekly_after(attention: Attention, calendar: Calendar, at: datetime) -> datetime:
    """When the weekly mail goes that says what is issued at a time."""
    day, opens = weekly(attention, calendar, at)
    return opens if at <= opens else _morning(attention, calendar, day + _WEEK)


def quiet_week(attention: Attention, calendar: Calendar, at: datetime) -> date | None:
    """The Monday of the week whose mail an office may have at ``at`` though nothing is due; None at any other time."""
    day, opens = weekly(attention, calendar, at)
    today = calendar.day(at)
    monday = today - timedelta(days=today.weekday())
    return monday if at >= opens and day >= monday and calendar.sendable(at) == at else None


def owed_week(attention: Attention, calendar: Calendar, at: datetime) -> tuple[date, datetime] | None:
    """The latest week whose mail an office should have by ``at``, and when that goes; None after long rest."""
    for weeks in range(_LOOKED_BACK):
        _, opens = weekly(attention, calendar, at - weeks * _WEEK)
        if opens <= at and (week := quiet_week(attention, calendar, opens)) is not None:
            return week, opens
    return None


def days_of(known: Ledger | None, zone: str, at: datetime) -> Calendar:
    """An academy's own days, by its ledger; those of England and Wales in its zone before it is told anything."""
    if known is not None and known.facts:
        days: Calendar = Subject.of(known.facts, known.done, at).state.life.calendar
        return days
    return calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, zone, QuietHours())


def _morning(attention: Attention, calendar: Calendar, day: date) -> datetime:
    """So long after the hours open on the day, or on the next working day."""
    return calendar.sendable(calendar.at(day, calendar.opens)) + timedelta(minutes=attention.digest_after_minutes)


def next_look(attention: Attention, hours: QuietHours, zone: str, table: str, after: datetime) -> datetime:
    """When an academy looks next at what waits: on the morning of the weekly mail.

    If that is a bank holiday in any division, it looks again each morning until one that is a working day in all.
    """
    tz = ZoneInfo(zone)
    day = after.astimezone(tz).date()
    while True:
        morning = datetime.combine(day, hours.opens, tz) + timedelta(minutes=attention.digest_after_minutes)
        if morning > after and _looked_on(day, attention, table):
            return morning.astimezone(UTC)
        day += timedelta(days=1)


def next_morning(hours: QuietHours, zone: str, after: datetime) -> datetime:
    """When the hours open next, Monday to Friday. Whose calendar has a holiday then is left out by its own rules."""
    tz = ZoneInfo(zone)
    day = after.astimezone(tz).date()
    while (opens := datetime.combine(day, hours.opens, tz)) <= after or day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return opens.astimezone(UTC)


def _looked_on(day: date, attention: Attention, table: str) -> bool:
    while day.weekday() != attention.digest_on.number:
        day -= timedelta(days=1)
        if _works_everywhere(day, table):
            return False
    return True


def _works_everywhere(day: date, table: str) -> bool:
    holidays = holiday_table(table).divisions.values()
    return day.weekday() < _SATURDAY and not any(day in theirs for theirs in holidays)


def judge(
    waiting: Iterable[Gathered], subjects: Mapping[str, Subject], at: datetime, *, late: bool = False
) -> list[Verdict]:
    """What becomes of each notice at ``at``, the sender's clock. A mail holds one step of a matter, the last.

    ``late``: mails that should have gone before say what was issued until now, not only until they should have gone.
    """
    waiting = list(waiting)
    away = {person: _away(person, subjects.values()) for person in {gathered.notice.person for gathered in waiting}}
    verdicts = [
        _judged(gathered, subjects[gathered.subject], away[gathered.notice.person], at, late=late)
        for gathered in waiting
    ]
    last: dict[tuple[str, ...], int] = {}
    for verdict in verdicts:
        if verdict.because is None:
            case = _case(verdict.gathered)
            last[case] = max(last.get(case, 0), verdict.gathered.notice.step)
    return [
        Verdict(verdict.gathered, Because.SUPERSEDED)
        if verdict.because is None and verdict.gathered.notice.step < last[_case(verdict.gathered)]
        else verdict
        for verdict in verdicts
    ]


def _case(gathered: Gathered) -> tuple[str, ...]:
    return (gathered.notice.person, gathered.subject, gathered.notice.matter, gathered.notice.window)


def _away(person: str, subjects: Iterable[Subject]) -> date | None:
    """Leave that was told to one team alone holds for everything the person does."""
    return max((last for subject in subjects if (last := subject.away_until(person))), default=None)


def _judged(gathered: Gathered, subject: Subject, away: date | None, at: datetime, *, late: bool) -> Verdict:
    calendar: Calendar = subject.state.life.calendar
    programme: Programme = subject.state.life.programme
    if not subject.needs(gathered.notice):
        return Verdict(gathered, Because.NO_LONGER_DUE)
    if subject.skips(gathered.notice):
        return Verdict(gathered, Because.SKIPPED)
    goes: datetime = subject.state.life.mailing.put_off(gathered.notice.item, gathered.issued_at, calendar)
    if goes > max(at, gathered.issued_at) and MATTERS[gathered.notice.matter].may_hold(gathered.notice.act):
        return Verdict(gathered, Because.HELD, goes)
    if away is not None:
        back = calendar.at(away + timedelta(days=1), calendar.opens)
        return Verdict(gathered, Because.ON_LEAVE, calendar.sendable(back))
    day, opens = weekly(programme.attention, calendar, at)
    if at < opens and gathered.issued_at <= opens:
        return Verdict(gathered, Because.QUIET_HOURS, opens)
    if gathered.issued_at > opens and not (late and at >= opens):
        return Verdict(gathered, Because.NEXT_MAIL, _morning(programme.attention, calendar, day + _WEEK))
    if calendar.sendable(at) > at:
        return Verdict(gathered, Because.QUIET_HOURS, calendar.sendable(at))
    today = calendar.day(at)
    return Verdict(gathered, week=today - timedelta(days=today.weekday()))
