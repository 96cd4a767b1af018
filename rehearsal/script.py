"""What is rehearsed: a roster, a course start, a seed. The same script always tells the same story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme import Programme
from schemas.roster import Contact, Roster
from schemas.words import Code, CohortId
from worker.cohorts import CohortPlan

OPENING_WEEKS: Final = 10
"""The cohort is told its enrolments this long before the course starts: two weeks before the first question is due."""

NOTICE_WEEKS: Final = 11
"""A workflow begins on the wall clock, and none may begin after its first due item: a week more than the opening."""


class CourseStartTooEarlyError(ValueError):
    """A rehearsal's clocks only go forward, so its course starts some weeks from now."""

    def __init__(self, course_start: date, earliest: date) -> None:
        super().__init__(f"a rehearsed course starts on {earliest:%Y-%m-%d} or later, not on {course_start:%Y-%m-%d}")
        self.earliest = earliest


@dataclass(frozen=True, slots=True)
class Script:
    """One rehearsal. ``months`` count from the course start; ``office`` is who the notices to the office go to."""

    academy: Code
    cohort: CohortId
    roster: Roster
    course_start: date
    programme: Programme
    office: Contact
    months: int = 42
    seed: int = 1
    calendar: Code = LATEST_HOLIDAY_TABLE

    @property
    def plan(self) -> CohortPlan:
        """The cohort, as it is started."""
        return CohortPlan(self.academy, self.cohort, self.course_start, self.programme, self.office, self.calendar)


def earliest_course_start(today: date) -> date:
    """The first day a rehearsed course can start on."""
    return today + timedelta(weeks=NOTICE_WEEKS)


def check_course_start(script: Script, now: datetime) -> None:
    """Raises CourseStartTooEarlyError if the wall clock ``now`` leaves no room before the opening."""
    earliest = earliest_course_start(now.date())
    if script.course_start < earliest:
        raise CourseStartTooEarlyError(script.course_start, earliest)
