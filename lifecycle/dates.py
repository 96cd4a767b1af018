"""Dates and times as British readers write them, in the manner of gov.uk: whatever the machine's locale."""

from datetime import date, time
from typing import Final

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
    return f"{WEEKDAYS[d.weekday()]} {d.day}"


def _day_and_month(d: date) -> str:
    return f"{_day(d)} {MONTHS[d.month - 1]}"


def long_date(d: date) -> str:
    """'Thursday 6 August 2026'."""
    return f"{_day_and_month(d)} {d.year}"


def clock_time(t: time) -> str:
    """'9am', '5:30pm', 'midday', 'midnight'; seconds are left out."""
    if (t.hour, t.minute) == (0, 0):
        return "midnight"
    if (t.hour, t.minute) == (12, 0):
        return "midday"
    minutes = f":{t.minute:02}" if t.minute else ""
    return f"{t.hour % 12 or 12}{minutes}{'am' if t.hour < 12 else 'pm'}"


def date_range(first: date, last: date) -> str:
    """'Thursday 6 to Friday 7 August 2026', saying month and year twice only where they differ. One day reads alone."""
    if first > last:
        raise ValueError(f"a range of dates must not end before it starts: {first} to {last}")
    if first == last:
        return long_date(first)
    if first.year != last.year:
        return f"{long_date(first)} to {long_date(last)}"
    start = _day(first) if first.month == last.month else _day_and_month(first)
    return f"{start} to {long_date(last)}"


def time_range(start: time, end: time) -> str:
    """'9am to 5:30pm'."""
    return f"{clock_time(start)} to {clock_time(end)}"
