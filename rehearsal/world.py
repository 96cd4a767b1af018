"""Where a rehearsal takes place: what its stage asks of whatever keeps the subjects.

There are two worlds. In one all is real but the clocks (``served``); the other has the rules alone (``pure``). People,
acts, script and report are the same in both, and so is what comes of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from operations.cohorts import Openings
from operations.intro_courses import CoursePlan, Wanted
from rehearsal.acts import Asked
from rehearsal.script import Script
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.cohort_facts import Team as TeamFound
from schemas.due import Refusal
from schemas.engagement_facts import EngagementProposed
from schemas.facts import Fact
from schemas.intro_course_facts import PlaceRequested
from schemas.subjects import AnyKind
from schemas.words import (
    BookingId,
    BookingState,
    Code,
    CohortId,
    EndReason,
    EngagementId,
    EnrolmentId,
    IntroCourseId,
    PersonId,
    Phase,
    Role,
    Stage,
)


class EngagementLine(NamedTuple):
    """One engagement as it was recorded last."""

    engagement: EngagementId
    cohort: CohortId
    stage: Stage
    phase: Phase
    next_due: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None


class BookingLine(NamedTuple):
    """One booking as it was recorded last."""

    booking: BookingId
    person: PersonId
    state: BookingState
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A cohort's first facts, and the teams that participants find later, by enrolment."""

    openings: Openings
    found: Mapping[EnrolmentId, TeamFound]


_NOTES: Final[Mapping[type[Fact], str]] = {
    improvement.AimSet: "Results reach the clinic sooner, without more work for anybody",
    improvement.MeasureDefined: "Days waiting for a result",
    improvement.PdsaPlanned: "Plan: Send requests twice a day instead of once.\nPrediction: One day less to wait.",
    improvement.PdsaStudied: "Fewer requests were left over at the end of the day.",
    facts.ReadinessRefused: "The team needs its coach for a few more weeks.",
    facts.EndedEarly: "The department is being reorganised.",
}


def words_beside(fact: Fact) -> str | None:
    """The words that somebody writes beside a fact of some kinds."""
    return _NOTES.get(type(fact))


class World(Protocol):
    """Keeps subjects, each with a clock of its own that stands until it is put forward. All instants are aware UTC."""

    async def admit(self, script: Script) -> Admitted:
        """Know everybody of a cohort, and start it, without enrolments yet."""

    async def keep_weekly_mail(self) -> None:
        """Start what sends the weekly mails."""

    async def enrol(self, script: Script, at: datetime) -> None:
        """Tell a cohort its enrolments, as of a moment."""

    async def advance(self, kind: AnyKind, subject: str, to: datetime) -> datetime | None:
        """Put a subject's clock forward: what is due on the way is carried out. None if it had ended, or ends."""

    async def advance_mail(self, to: datetime) -> None:
        """Put the clock of the weekly mail forward."""

    async def clock(self, kind: AnyKind, subject: str) -> datetime:
        """What a subject's clock reads."""

    async def tell(self, kind: AnyKind, subject: str, fact: Fact) -> Refusal | None:
        """Tell a subject a fact by its clock; why it is refused, if it is."""

    async def started(self, engagement: EngagementId) -> None:
        """Wait until an engagement has been started, and take over its clock."""

    async def opening(self, engagement: EngagementId) -> tuple[EngagementProposed, Mapping[Role, PersonId]] | None:
        """How an engagement began, and who has which role in it."""

    async def engagements(self) -> list[EngagementLine]:
        """All engagements, by id."""

    async def untold(self, academy: Code, suffix: str) -> list[tuple[AnyKind, str]]:
        """All of an academy that is open, save what was told a fact whose id ends so."""

    async def asked(self) -> list[Asked]:
        """What people were asked since somebody last looked, in an order that does not depend on chance."""

    async def schedule(self, plan: CoursePlan) -> None:
        """Schedule an Introduction course."""

    async def requested(self, course: IntroCourseId, wanted: Wanted, event_id: str) -> PlaceRequested:
        """The fact that somebody wants a place, who is known from now on."""

    async def resting(self, until: datetime) -> set[IntroCourseId]:
        """The courses that have nothing due, or have not begun and have nothing due until then."""

    async def bookings(self, course: IntroCourseId) -> Sequence[BookingLine]:
        """The bookings of a course, by id."""

    async def room(self, course: IntroCourseId, day: int) -> bool:
        """Whether a place on a day of a course is free."""

    async def keep_feedback(
        self, course: IntroCourseId, booking: BookingId, at: datetime, marks: Mapping[str, int], comment: str
    ) -> None:
        """Keep what a delegate says of a course, beside the fact."""
