"""Engagements as the benchmarks start and tell them. Everybody in them is made up, and known by an id alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Final

from benchmarks.bare import BareFact
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.corrections import EngagementFact
from schemas.engagement_facts import AgreementSigned, EngagementProposed, People, SessionHeld, Slot
from schemas.programme import Programme
from schemas.roster import Contact
from schemas.words import Role, Weekday

PROGRAMME: Final = Programme(name="sheffield-mca", version=1)
PEOPLE: Final = People(coach="per_coach", faculty="per_faculty", sponsor="per_sponsor", team_lead="per_lead")
SLOT: Final = Slot(day=Weekday.TUESDAY, at=time(9))
OFFICE: Final = Contact("Measured Office", "office@example.org")
"""The mailbox of the one academy to which everything measured belongs."""
WEEKS_PAST: Final = 46
"""How long an engagement that has a past was proposed before it is started."""
_UNTIL_COURSE: Final = timedelta(weeks=4)

_numbers = count(1)


def one_more(what: str) -> str:
    """A name that nothing else of this process has."""
    return f"{what}{next(_numbers)}"


def wall() -> datetime:
    """The wall clock, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def opening(
    engagement: str, at: datetime, *, course_start: date, watched_from: datetime, people: People = PEOPLE
) -> EngagementProposed:
    """How an engagement begins."""
    return EngagementProposed(
        event_id=f"{engagement}:proposed",
        occurred_at=at,
        programme=PROGRAMME,
        cohort=engagement.rpartition(".")[0],
        enrolment=engagement,
        microsystem="ms_1",
        course_start=course_start,
        slot=SLOT,
        calendar=LATEST_HOLIDAY_TABLE,
        people=people,
        watched_from=watched_from,
    )


def with_a_past(engagement: str, now: datetime) -> EngagementProposed:
    """An engagement that began most of a year ago and is watched from now on, so that nothing is owed."""
    at = now - timedelta(weeks=WEEKS_PAST)
    return opening(engagement, at, course_start=(at + _UNTIL_COURSE).date(), watched_from=now)


def agreement(begun: EngagementProposed, at: datetime) -> list[EngagementFact]:
    """The three signatures."""
    roles = (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD)
    return [AgreementSigned(event_id=f"{begun.enrolment}:{role}", occurred_at=at, role=role) for role in roles]


def sessions(begun: EngagementProposed, until: datetime) -> Iterator[SessionHeld]:
    """A session a week from the course start on: the fact that is told most."""
    day = begun.course_start + timedelta(days=(1 - begun.course_start.weekday()) % 7)
    while (over := datetime.combine(day, time(11), UTC)) < until:
        yield SessionHeld(event_id=f"{begun.enrolment}:{day}", occurred_at=over, day=day)
        day += timedelta(weeks=1)


def bare_fact(subject: str, number: int, at: datetime) -> BareFact:
    """What a bare workflow is told instead."""
    return BareFact(event_id=f"{subject}:{number}", subject=subject, occurred_at=at)
