"""What workflows are started with, and what one run hands to the next."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.corrections import AnyFact
from schemas.intro_course_facts import IntroCourseScheduled
from schemas.moments import Moment
from schemas.programme import DEFAULT_ZONE, Attention, QuietHours, SharedProgramme, Zone
from schemas.words import Code, CohortId, EngagementId, EventId, HolidayDivision, IntroCourseId, Said


class Carried(Said):
    """What one run hands to the next: all that was accepted, and all that was carried out.

    ``waiting`` are the notices that a temporary failure keeps back, each with the key of its due item.
    """

    facts: tuple[AnyFact, ...]
    done: dict[str, datetime] = Field(default_factory=dict)
    waiting: dict[Code, str] = Field(default_factory=dict)


class SubjectInput(Said):
    """Start one subject. Without an opening it takes up its ledger: a late fact, or a restart from the records.

    ``then`` are facts it is told as soon as it has begun. ``scoped``: the event ids of both are full ones, as those of
    the engine's own starts; whoever starts from outside leaves this out. ``events_at_most`` lets a run continue as new
    earlier than the server suggests.
    """

    subject: Code
    opening: AnyFact | None = None
    then: tuple[AnyFact, ...] = ()
    scoped: bool = False
    carried: Carried | None = None
    events_at_most: int = Field(default=4000, ge=50)


class CourseOpening(Said):
    """How one Introduction course begins."""

    course: IntroCourseId
    opening: IntroCourseScheduled


class IntroCalendarInput(Said):
    """Look which Introduction courses of an academy can be booked, by the programme's calendar."""

    academy: Code
    programme: SharedProgramme
    division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES
    calendar: Code = LATEST_HOLIDAY_TABLE


class TakeOver(Said):
    """Record the past of a cohort that runs elsewhere, or more of it: by opaque ids, all of it or nothing.

    ``facts`` are those of the cohort, ``engagements`` those of its engagements; none of them is recorded yet.
    """

    cohort: CohortId
    at: Moment
    facts: tuple[AnyFact, ...] = ()
    engagements: dict[EngagementId, tuple[AnyFact, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _of_one_cohort(self) -> Self:
        """Nobody writes into another cohort's engagements, or another academy's."""
        if not all(engagement.startswith(f"{self.cohort}.") for engagement in self.engagements):
            raise ValueError("an engagement of another cohort is among them")
        return self


class TakenOver(Said):
    """What became of it: nothing was recorded if a fact was ``refused``, for this reason."""

    refused: EventId | None = None
    reason: str = ""


class WeeklyMailInput(Said):
    """Keep the weekly mail of one academy, or of one cohort of it, as a rehearsal does.

    Each notice keeps to the programme it was issued under; ``attention`` and the others only say when to look.
    ``again_at``: something that was kept back may go then. ``looked_at``: mails went last then.
    ``late``: this week's mails go late, see SendDigests.
    """

    academy: Code
    attention: Attention = Attention()
    quiet_hours: QuietHours = QuietHours()
    zone: Zone = DEFAULT_ZONE
    calendar: Code = LATEST_HOLIDAY_TABLE
    again_at: Moment | None = None
    late: bool = False
    looked_at: Moment | None = None
    events_at_most: int = Field(default=600, ge=50)
