"""What a certificate says, in words: the same on the document and on the pages."""

from __future__ import annotations

from typing import Final, NamedTuple

from gateway.settings import GatewaySettings
from lifecycle.certificate import Award, Earned
from lifecycle.dates import date_range
from operations.certificates import Standing
from schemas.sentences import say
from schemas.subjects import cohort_name

_TITLES: Final = {
    Award.COACHING_COURSE: "Certificate of completion",
    Award.INTRO_COURSE: "Certificate of attendance",
}
_DEEDS: Final = {
    Award.COACHING_COURSE: "has completed",
    Award.INTRO_COURSE: "attended both days of",
}
_MADE_UP: Final = "one of the two days on a later course"


class Said(NamedTuple):
    """The parts of a certificate in words. ``deed`` joins the name and ``what``."""

    title: str
    deed: str
    what: str
    dates: str


def said(earned: Earned, subject: str) -> Said:
    """What somebody has earned, and when."""
    dates = date_range(earned.first_day, earned.last_day)
    return Said(
        title=_TITLES[earned.award],
        deed=_DEEDS[earned.award],
        what=course(earned, subject),
        dates=f"{dates}; {_MADE_UP}" if earned.made_up else dates,
    )


def course(earned: Earned, subject: str) -> str:
    """What the course is called; a coaching course by its cohort too."""
    if earned.award is Award.INTRO_COURSE:
        return "Introduction to Quality Improvement"
    return say("Coaching course, {cohort}", cohort=cohort_name(subject))


def academy(settings: GatewaySettings, standing: Standing) -> str:
    """What the academy that issued it is called."""
    return settings.academy_called(standing.certificate.subject.partition(".")[0])
