"""A team's weekly meetings as they truly are: which are expected, and whether coach and team met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lifecycle.calendar import Calendar
from schemas.engagement_facts import Slot
from schemas.programme import Programme


@dataclass(frozen=True, slots=True)
class Meeting:
    """One weekly meeting. ``starts_at`` and ``ends_at`` are UTC."""

    day: date
    starts_at: datetime
    ends_at: datetime
    met: bool = True


@dataclass(slots=True)
class Diary:
    """When a team is to meet, as its people wrote it into their diaries from the programme's rules."""

    calendar: Calendar
    programme: Programme
    slot: Slot
    begins: datetime
    stepped_back: datetime | None = None
    ends: datetime | None = None

    def days(self, since: date, until: datetime) -> Iterator[Meeting]:
        """The meetings from a day on that start before ``until`` and before the end; none on a bank holiday."""
        day = since + timedelta(days=(self.slot.day.number - since.weekday()) % 7)
        stop = until if self.ends is None else min(until, self.ends)
        while (starts_at := self.calendar.at(day, self.slot.at)) < stop:
            if day >= self.calendar.day(self.begins) and self._in_cadence(day) and not self._free(day):
                yield Meeting(day, starts_at, starts_at + timedelta(minutes=self.programme.sessions.minutes))
            day += timedelta(weeks=1)

    def _free(self, day: date) -> bool:
        return self.calendar.is_holiday(day) or self.calendar.is_closed(day)

    def _in_cadence(self, day: date) -> bool:
        """Every week, or as seldom as the programme says; after the step back at first so, then ever less often."""
        if _weeks_between(self.calendar.day(self.begins), day) % self.programme.sessions.every_weeks:
            return False
        if self.stepped_back is None:
            return True
        rules = self.programme.transition
        weeks = _weeks_between(self.stepped_back.date(), day)
        if weeks >= rules.monthly_after_weeks:
            return (weeks - rules.monthly_after_weeks) % 4 == 0
        if weeks >= rules.fortnightly_after_weeks:
            return (weeks - rules.fortnightly_after_weeks) % 2 == 0
        return True


def _weeks_between(first: date, last: date) -> int:
    """From the week of one day to that of another."""
    return ((last - timedelta(days=last.weekday())) - (first - timedelta(days=first.weekday()))).days // 7


@dataclass(frozen=True, slots=True)
class Stall:
    """A run of meetings that truly did not take place. ``resolved`` is the day the team met again, or it was ended."""

    began: date
    run: int
    resolved: date | None


def stalls(meetings: list[Meeting], at_least: int, ended: date | None) -> list[Stall]:
    """The runs of at least so many consecutive expected meetings that did not take place."""
    found: list[Stall] = []
    missed: list[Meeting] = []
    for meeting in sorted(meetings, key=lambda m: m.starts_at):
        if not meeting.met:
            missed.append(meeting)
            continue
        if len(missed) >= at_least:
            found.append(Stall(missed[0].day, len(missed), meeting.day))
        missed = []
    if len(missed) >= at_least:
        found.append(Stall(missed[0].day, len(missed), ended))
    return found


def was_meeting(meetings: list[Meeting], at: datetime, last: int) -> bool:
    """Whether the team met in any of the last so many expected meetings that were over at ``at``."""
    over = [m for m in sorted(meetings, key=lambda m: m.starts_at) if m.ends_at <= at][-last:]
    return len(over) < last or any(m.met for m in over)
