"""Dates and times read as British people write them."""

from datetime import date, time

import pytest

from lifecycle.dates import clock_time, date_range, long_date, time_range


def test_a_date_names_its_day_of_the_week() -> None:
    """No leading zero, no comma, no ordinal."""
    assert long_date(date(2026, 8, 6)) == "Thursday 6 August 2026"


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (time(9), "9am"),
        (time(17, 30), "5:30pm"),
        (time(9, 5, 59), "9:05am"),
        (time(0), "midnight"),
        (time(0, 15), "12:15am"),
        (time(12), "midday"),
        (time(12, 30), "12:30pm"),
        (time(23, 59), "11:59pm"),
    ],
)
def test_a_time_uses_the_twelve_hour_clock(clock: time, words: str) -> None:
    """Full hours have no minutes; midday and midnight are words."""
    assert clock_time(clock) == words


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 8, 6), date(2026, 8, 6), "Thursday 6 August 2026"),
        (date(2026, 8, 6), date(2026, 8, 7), "Thursday 6 to Friday 7 August 2026"),
        (date(2026, 7, 30), date(2026, 8, 3), "Thursday 30 July to Monday 3 August 2026"),
        (date(2026, 12, 21), date(2027, 1, 1), "Monday 21 December 2026 to Friday 1 January 2027"),
    ],
)
def test_a_range_of_dates_says_what_differs(first: date, last: date, words: str) -> None:
    """Month and year are said once where both ends share them, and ranges use "to"."""
    assert date_range(first, last) == words


def test_a_range_turned_round_is_refused() -> None:
    """A range never ends before it starts."""
    with pytest.raises(ValueError, match="must not end before it starts"):
        date_range(date(2026, 8, 7), date(2026, 8, 6))


def test_a_range_of_times_says_both_ends_in_full() -> None:
    """Each end has its own am or pm."""
    assert time_range(time(9), time(17, 30)) == "9am to 5:30pm"
