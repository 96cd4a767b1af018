"""What is rehearsed: a roster, a course start, a seed. The same script always tells the same story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from lifecycle.calendar import Calendar, Closed, calendar
from operations.cohorts import CohortPlan
from rehearsal.behaviours import Character
from rehearsal.bookings import others
from schemas.bookings import BookingLine
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme import Programme
from schemas.roster import Contact, Roster
from schemas.words import Code, CohortId, HolidayDivision

OPENING_WEEKS: Final = 10
"""The cohort is told its enrolments this long before the course starts: two weeks before the first question is due."""

NOTICE_WEEKS: Final = 11
"""A workflow begins on the wall clock, and none may begin after its first due item: a week more than the opening."""

_HALF_A_YEAR: Final = timedelta(weeks=26)
MONTHS: Final = 42
"""From the course start to the end of aftercare."""
YEAR_MONTHS: Final = 14
"""Until the last course of a year is closed."""
YEAR_LEAST: Final = 7
"""In which its second cohort has begun."""


class CourseStartTooEarlyError(ValueError):
    """A rehearsal's clocks only go forward, so its course starts some weeks from now."""

    def __init__(self, course_start: date, earliest: date) -> None:
        super().__init__(f"a rehearsed course starts on {earliest:%Y-%m-%d} or later, not on {course_start:%Y-%m-%d}")
        self.earliest = earliest


@dataclass(frozen=True, slots=True)
class Script:
    """One cohort. ``months`` count from the course start; ``office`` is who the notices to the office go to, if the
    academy has none yet.

    In the ``closed`` weeks nobody of the academy works. ``stories`` are lives of some participants' teams that no
    behaviour of the roster has.
    """

    academy: Code
    cohort: CohortId
    roster: Roster
    course_start: date
    programme: Programme
    office: Contact | None
    months: int = MONTHS
    seed: int = 1
    calendar: Code = LATEST_HOLIDAY_TABLE
    closed: Closed = ()
    stories: Mapping[str, Character] = field(default_factory=dict)

    @property
    def plan(self) -> CohortPlan:
        """The cohort, as it is started."""
        return CohortPlan(self.academy, self.cohort, self.course_start, self.programme, self.office, self.calendar)

    def days(self, division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES) -> Calendar:
        """The days as people in a part of the country count them."""
        return calendar(self.calendar, division, self.programme.zone, self.programme.quiet_hours, self.closed)


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything that is rehearsed together. ``scope`` is the academy, or one cohort, whose weekly mail is kept.

    ``delegates`` book the Introduction courses of the year, the first of them as the sheet has it; or each is
    ``booked`` by others. They begin after ``courses_after``, or else the first cohort's start. ``ends`` is the
    moment at which a past ends; without servers alone, whose clocks can stop anywhere.
    """

    scope: Code
    scripts: tuple[Script, ...]
    delegates: tuple[BookingLine, ...] = ()
    courses: int = 0
    booked: tuple[tuple[BookingLine, ...], ...] = ()
    courses_after: date | None = None
    ends: datetime | None = None

    @property
    def bookings(self) -> tuple[tuple[BookingLine, ...], ...]:
        """Who books each course."""
        turned = (others(self.delegates, number) for number in range(1, self.courses))
        return self.booked or (self.delegates, *turned)[: self.courses]

    @property
    def first(self) -> Script:
        """The first cohort: seed, programme and office are its own."""
        return self.scripts[0]


def alone(script: Script) -> Plot:
    """One cohort, and nothing beside it."""
    return Plot(script.cohort, (script,))


def year(script: Script, delegates: tuple[BookingLine, ...]) -> Plot:
    """A year of an academy: the cohort and another half a year later, six Introduction courses, a closed fortnight."""
    winter = date(script.course_start.year + (script.course_start.month == 12), 12, 20)
    monday = winter - timedelta(days=winter.weekday())
    closed = ((monday, monday + timedelta(days=13)),)
    first = replace(script, cohort=f"{script.academy}.first", closed=closed)
    second = replace(
        first,
        cohort=f"{script.academy}.second",
        roster=_others(script.roster),
        course_start=script.course_start + _HALF_A_YEAR,
        months=script.months - 6,
    )
    return Plot(script.academy, (first, second), delegates, courses=6)


def _others(roster: Roster) -> Roster:
    """Other participants and teams who behave alike; faculty and sponsors are the same people."""
    rows = tuple(
        replace(
            row,
            person=_other(row.person),
            team_lead=_other(row.team_lead) if row.team_lead else None,
            microsystem=f"{row.microsystem}, second cohort" if row.microsystem else None,
        )
        for row in roster.rows
    )
    return Roster(rows)


def _other(contact: Contact) -> Contact:
    return Contact(f"{contact.name} Second", f"second.{contact.email}")


def earliest_course_start(today: date) -> date:
    """The first day a rehearsed course can start on."""
    return today + timedelta(weeks=NOTICE_WEEKS)


def begins(plot: Plot) -> datetime:
    """The latest moment at which a plot may begin: so long before the first course, and before anybody books one."""
    first = min(script.course_start for script in plot.scripts) - timedelta(weeks=NOTICE_WEEKS)
    if plot.courses_after is not None:
        opens = timedelta(weeks=plot.first.programme.intro_course.opens_weeks_before + 1)
        first = min(first, plot.courses_after - opens)
    return datetime.combine(first, time(12), UTC)


def first_week(plot: Plot) -> date:
    """The week from which weekly mails count: whatever the wall clock says at the start, all have these."""
    return min(script.course_start for script in plot.scripts) - timedelta(weeks=OPENING_WEEKS)


def check_course_start(plot: Plot, now: datetime) -> None:
    """Raises CourseStartTooEarlyError if the wall clock ``now`` leaves no room before the opening."""
    earliest = earliest_course_start(now.date())
    for script in plot.scripts:
        if script.course_start < earliest:
            raise CourseStartTooEarlyError(script.course_start, earliest)
