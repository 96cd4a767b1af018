"""Dates and times as British readers write them, in the manner of gov.uk: whatever the machine's locale.

A moment is said by the clocks of a zone: that of the subject it is about, never that of the machine.
"""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from schemas.sentences import DAY, DAY_AND_MONTH, MONTH, WHOLE_DAY, say, say_day

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _day(d: date) -> str:
    return say_day(f"{WEEKDAYS[d.weekday()]} {d.day}", d, DAY)


def _day_and_month(d: date) -> str:
    return say_day(f"{_day(d)} {MONTHS[d.month - 1]}", d, DAY_AND_MONTH)


def long_date(d: date) -> str:
    """'Thursday 6 August 2026'."""
    return say_day(f"{_day_and_month(d)} {d.year}", d, WHOLE_DAY)


def long_month(d: date) -> str:
    """'August 2026'."""
    return say_day(f"{MONTHS[d.month - 1]} {d.year}", d, MONTH)


def clock_time(t: time) -> str:
    """'9am', '5:30pm', 'midday', 'midnight'; seconds are left out."""
    if (t.hour, t.minute) == (0, 0):
        return say("midnight")
    if (t.hour, t.minute) == (12, 0):
        return say("midday")
    minutes = f":{t.minute:02}" if t.minute else ""
    return f"{t.hour % 12 or 12}{minutes}{'am' if t.hour < 12 else 'pm'}"


def date_range(first: date, last: date) -> str:
    """'Thursday 6 to Friday 7 August 2026', saying month and year twice only where they differ. One day reads alone."""
    if first > last:
        raise ValueError(f"a range of dates must not end before it starts: {first} to {last}")
    if first == last:
        return long_date(first)
    if first.year != last.year:
        return say("{first} to {last}", first=long_date(first), last=long_date(last))
    start = _day(first) if first.month == last.month else _day_and_month(first)
    return say("{first} to {last}", first=start, last=long_date(last))


def time_range(start: time, end: time) -> str:
    """'9am to 5:30pm'."""
    return say("{first} to {last}", first=clock_time(start), last=clock_time(end))


class Clock:
    """What the clocks of a zone read at a moment, in words. Get one from `clock_of`, which keeps them."""

    __slots__ = ("_tz", "zone")

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._tz = ZoneInfo(zone)

    def local(self, at: datetime) -> datetime:
        """The moment as the zone's clocks read it."""
        return at.astimezone(self._tz)

    def today(self, at: datetime) -> date:
        """The date in the zone."""
        return at.astimezone(self._tz).date()

    def at(self, day: date, wall: time) -> datetime:
        """The moment, in UTC, at which the zone's clocks read a time on a day."""
        return datetime.combine(day, wall, self._tz).astimezone(UTC)

    def date(self, at: datetime) -> str:
        """'Thursday 6 August 2026'."""
        return long_date(self.today(at))

    def time(self, at: datetime) -> str:
        """'5:30pm'."""
        return clock_time(self.local(at).time())

    def moment(self, at: datetime) -> str:
        """'Thursday 6 August 2026 at 5:30pm'."""
        return say("{day} at {time}", day=self.date(at), time=self.time(at))


@lru_cache(maxsize=64)
def clock_of(zone: str) -> Clock:
    """The clock of a zone."""
    return Clock(zone)
