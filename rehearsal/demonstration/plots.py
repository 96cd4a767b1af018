"""What was lived in the demonstration's academy until a moment: three cohorts and two Introduction courses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from rehearsal.demonstration.rosters import AFTERCARE, COACHING, MONTHS_AT_WORK, TEACHING, Place, delegates, roster
from rehearsal.demonstration.rosters import stories as stories_of
from rehearsal.script import Plot, Script
from schemas.programme_file import shipped_programme
from schemas.roster import OFFICE_NAME, Contact

ACADEMY: Final = "sheffield"
OFFICE: Final = Contact(OFFICE_NAME, "office@example.org")

_DAYS_A_MONTH: Final = 30.4375
_WEEKS_TAUGHT: Final = 7
_MONTHS_SINCE: Final = 26.5
_LAST_SPRING_MONTH: Final = 6
_LAST_COURSE: Final = timedelta(weeks=10)
"""Courses are two months apart: of those that begin since then one is over, and the next can be booked."""


def plots(ends: datetime) -> Iterator[Plot]:
    """The cohorts one after the other, the oldest first, each a plot of its own."""
    today = ends.date()
    yield _plot(AFTERCARE, today - timedelta(days=_MONTHS_SINCE * _DAYS_A_MONTH), ends)
    yield _plot(COACHING, today - timedelta(days=MONTHS_AT_WORK * _DAYS_A_MONTH), ends)
    yield _plot(TEACHING, today - timedelta(weeks=_WEEKS_TAUGHT), ends, with_courses=True)


def _plot(places: Sequence[Place], about: date, ends: datetime, *, with_courses: bool = False) -> Plot:
    start = about - timedelta(days=about.weekday())
    half = "spring" if start.month <= _LAST_SPRING_MONTH else "autumn"
    script = Script(
        academy=ACADEMY,
        cohort=f"{ACADEMY}.{start.year}-{half}",
        roster=roster(places),
        course_start=start,
        programme=shipped_programme(),
        office=OFFICE,
        months=60,
        stories=stories_of(places),
    )
    return Plot(
        scope=ACADEMY,
        scripts=(script,),
        booked=delegates() if with_courses else (),
        courses_after=ends.date() - _LAST_COURSE if with_courses else None,
        ends=ends,
    )
