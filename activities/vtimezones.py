"""A time zone as calendars want it: by its rules. Lists of dates instead are misread by some programs."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import TZPATH

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_DAYS: Final = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_LAST: Final = 5
_SINCE: Final = 1996
"""The rules of Europe hold since then; whatever is in a calendar of ours is later."""

_NAME: Final = r"(<[^>]+>|[A-Za-z]+)"
_HOURS: Final = r"([+-]?\d+(?::\d+){0,2})"
_RULE: Final = r"M(\d+)\.(\d)\.(\d)(?:/([+-]?\d+(?::\d+){0,2}))?"
_RULES: Final = re.compile(rf"{_NAME}{_HOURS}(?:{_NAME}{_HOURS}?,{_RULE},{_RULE})?")
_HOUR: Final = timedelta(hours=1)
_DAY_ENDS: Final = timedelta(hours=23, minutes=59)


class _Change(NamedTuple):
    """When the clocks change: a weekday of a month (the fifth is the last), and the wall time."""

    month: int
    week: int
    weekday: int
    at: timedelta

    @property
    def first(self) -> datetime:
        """The first change that is written down."""
        first, days = monthrange(_SINCE, self.month)
        day = 1 + (self.weekday - 1 - first) % 7 + 7 * (self.week - 1)
        while day > days:
            day -= 7
        # Some zones change at an hour before or after the day itself; the day counts, nobody meets in that hour.
        within = min(max(self.at, timedelta(0)), _DAY_ENDS)
        return datetime.combine(date(_SINCE, self.month, day), time()) + within

    @property
    def every_year(self) -> dict[str, object]:
        """The same as a rule."""
        week = -1 if self.week == _LAST else self.week
        return {"freq": "yearly", "bymonth": self.month, "byday": f"{week}{_DAYS[self.weekday]}"}


@lru_cache(maxsize=64)
def vtimezone(zone: str) -> Timezone:
    """The zone with the rules that hold there now. The same zone is the same object."""
    made = Timezone()
    made.add("tzid", zone)
    found = _RULES.fullmatch(_rules_of(zone))
    if found is None:
        raise ValueError(f"the rules of {zone} are not known")
    name, offset, summer, summer_offset, *changes = found.groups()
    standard = -_hours(offset)
    if summer is None:
        made.add_component(_part(TimezoneStandard(), name, standard, standard, None))
        return made
    daylight = -_hours(summer_offset) if summer_offset else standard + _HOUR
    begins, ends = _change(changes[:4]), _change(changes[4:])
    made.add_component(_part(TimezoneDaylight(), summer, standard, daylight, begins))
    made.add_component(_part(TimezoneStandard(), name, daylight, standard, ends))
    return made


def _part(
    part: TimezoneStandard | TimezoneDaylight, name: str, before: timedelta, after: timedelta, change: _Change | None
) -> TimezoneStandard | TimezoneDaylight:
    part.add("dtstart", change.first if change else datetime(_SINCE, 1, 1))  # noqa: DTZ001 - by the wall
    if change:
        part.add("rrule", change.every_year)
    part.add("tzname", name.strip("<>"))
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    return part


def _change(said: list[str | None]) -> _Change:
    month, week, weekday = (int(number or 0) for number in said[:3])
    return _Change(month, week, weekday, _hours(said[3] or "2"))


def _hours(said: str) -> timedelta:
    hours, minutes, seconds = (*map(int, said.lstrip("+-").split(":")), 0, 0)[:3]
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -length if said.startswith("-") else length


def _rules_of(zone: str) -> str:
    """The last line of its file in the tz database: the rules after all changes that are listed."""
    for folder in TZPATH:
        if (path := Path(folder, zone)).is_file():
            return _footer(path.read_bytes())
    return _footer(files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes())


def _footer(data: bytes) -> str:
    return data.rstrip(b"\n").rpartition(b"\n")[2].decode("ascii")
