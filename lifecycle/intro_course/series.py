"""When Introduction courses are held, by the programme's own calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from lifecycle.calendar import Calendar
from schemas.facts import Teller
from schemas.inputs import CourseOpening, IntroCalendarInput
from schemas.intro_course_facts import IntroCourseScheduled
from schemas.programme import IntroCourse
from schemas.words import Role

_WEEK: Final = timedelta(weeks=1)
_LATER_AT_MOST: Final = 8


def course_days(rules: IntroCourse, calendar: Calendar, year: int, month: int) -> tuple[date, date]:
    """The two days of the course of a month: both are working days, else both are as many weeks later as it takes.

    Raises ValueError where two months of closed weeks leave no such days.
    """
    first = date(year, month, 1)
    first += timedelta(days=(rules.first_day_on.number - first.weekday()) % 7) + (rules.week_of_month - 1) * _WEEK
    for _ in range(_LATER_AT_MOST):
        second = first + timedelta(days=rules.days_apart)
        if calendar.is_working_day(first) and calendar.is_working_day(second):
            return first, second
        first += _WEEK
    raise ValueError(f"there are no two working days for a course in {year}-{month:02}")


def series(rules: IntroCourse, calendar: Calendar, after: date, until: date) -> Iterator[tuple[date, date]]:
    """The days of the courses that begin after one day and by another, the earliest first."""
    for year in range(after.year - 1, until.year + 1):
        for month in rules.months:
            days = course_days(rules, calendar, year, month)
            if after < days[0] <= until:
                yield days


def to_open(rules: IntroCourse, calendar: Calendar, today: date) -> list[tuple[date, date]]:
    """The courses that are open for booking today, as far as the programme's calendar goes."""
    return list(series(rules, calendar, today, today + rules.opens_weeks_before * _WEEK))


def openings(given: IntroCalendarInput, days: Calendar, now: datetime) -> tuple[CourseOpening, ...]:
    """How the courses begin that are open for booking at a moment, by the programme's calendar."""
    rules = given.programme.intro_course
    return tuple(
        CourseOpening(
            course=(course := f"{given.academy}.intro-{first:%Y-%m}"),
            opening=IntroCourseScheduled(
                event_id=f"{course}:scheduled",
                occurred_at=now,
                told_by=Teller(role=Role.SERVICE),
                academy=given.academy,
                programme=given.programme,
                day_1=first,
                day_2=second,
                places=rules.places,
                zone=given.programme.zone,
                division=given.division,
                calendar=given.calendar,
            ),
        )
        for first, second in to_open(rules, days, days.day(now))
    )
