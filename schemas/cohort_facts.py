"""What a cohort can be told: facts about the course and about enrolments, also after teaching."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.facts import Fact, Slot, kinds_of
from schemas.programme import SharedProgramme, Zone
from schemas.words import (
    Code,
    CohortId,
    EngagementId,
    EnrolmentId,
    EventId,
    HolidayDivision,
    MicrosystemId,
    PersonId,
    Said,
    WallTime,
)

SessionNumber = Annotated[int, Field(ge=1, le=24)]


class CohortScheduled(Fact):
    """The first fact of every cohort."""

    kind: Literal["cohort_scheduled"] = "cohort_scheduled"
    academy: Code
    programme: SharedProgramme
    course_start: date
    office: PersonId
    zone: Zone = "Europe/London"
    division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES
    calendar: Code


class CohortConfirmed(Fact):
    """The course will take place."""

    kind: Literal["cohort_confirmed"] = "cohort_confirmed"


class Team(Said):
    """The microsystem a participant will coach, and the hour it meets."""

    microsystem: MicrosystemId
    team_lead: PersonId | None = None
    slot: Slot


class EnrolmentAccepted(Fact):
    """A participant has a place. With a team, its engagement starts at once; ``joins`` makes them a co-coach there."""

    kind: Literal["enrolment_accepted"] = "enrolment_accepted"
    enrolment: EnrolmentId
    person: PersonId
    sponsor: PersonId | None = None
    faculty: PersonId | None = None
    division: HolidayDivision | None = None
    team: Team | None = None
    joins: EngagementId | None = None
    deferred_from: EnrolmentId | None = None


class MicrosystemIdentified(Fact):
    """A participant found a team: the engagement starts. A second team of one coach is told the same way."""

    kind: Literal["microsystem_identified"] = "microsystem_identified"
    enrolment: EnrolmentId
    team: Team


class ConditionalStartDecided(Fact):
    """Grace is over: may the participant start without a team, and until when?"""

    kind: Literal["conditional_start_decided"] = "conditional_start_decided"
    enrolment: EnrolmentId
    allowed: bool
    until: date | None = None


class LearningSessionMoved(Fact):
    """A learning session is on another day or at another time."""

    kind: Literal["learning_session_moved"] = "learning_session_moved"
    number: SessionNumber
    to_day: date
    to_time: WallTime


class LearningSessionHeld(Fact):
    """A learning session took place; ``attended`` lists the enrolments that were there."""

    kind: Literal["learning_session_held"] = "learning_session_held"
    number: SessionNumber
    attended: tuple[EnrolmentId, ...]


class LearningSessionMadeUp(Fact):
    """A participant made up a learning session they had missed."""

    kind: Literal["learning_session_made_up"] = "learning_session_made_up"
    number: SessionNumber
    enrolment: EnrolmentId


class ParticipantOnLeave(Fact):
    """A participant is away, first and last day included."""

    kind: Literal["participant_on_leave"] = "participant_on_leave"
    enrolment: EnrolmentId
    first_day: date
    last_day: date


class EnrolmentDeferred(Fact):
    """A participant moves to a later cohort. ``to_enrolment`` links the new place, once known."""

    kind: Literal["enrolment_deferred"] = "enrolment_deferred"
    enrolment: EnrolmentId
    to_cohort: CohortId | None = None
    to_enrolment: EnrolmentId | None = None


class EnrolmentWithdrawn(Fact):
    """A participant leaves the course."""

    kind: Literal["enrolment_withdrawn"] = "enrolment_withdrawn"
    enrolment: EnrolmentId
    reason: Literal["capacity", "time", "left_post", "health", "other"]


class EnrolmentCompleted(Fact):
    """The office confirmed that a participant completed the course, or did not."""

    kind: Literal["enrolment_completed"] = "enrolment_completed"
    enrolment: EnrolmentId
    completed: bool


class RefresherHeld(Fact):
    """A lapsed coach had a refresher and coaches again."""

    kind: Literal["refresher_held"] = "refresher_held"
    enrolment: EnrolmentId


class Coaching(Said):
    """One enrolment's coaching, summed over its engagements, as the records had it."""

    enrolment: EnrolmentId
    agreed: bool = False
    sessions_expected: int = 0
    sessions_held: int = 0
    last_coached: date | None = None
    paused: bool = False
    running: bool = False


class CoachingSeen(Fact):
    """What the cohort read in the records of how its coaches coach."""

    kind: Literal["coaching_seen"] = "coaching_seen"
    coaching: tuple[Coaching, ...]


class CohortProgrammeAdopted(Fact):
    """Another version of the programme holds for the cohort from now on."""

    kind: Literal["cohort_programme_adopted"] = "cohort_programme_adopted"
    programme: SharedProgramme


class CohortCancelled(Fact):
    """The course will not take place. Possible until teaching starts; of one moment, it comes after all else."""

    kind: Literal["cohort_cancelled"] = "cohort_cancelled"
    reason: Literal["too_few_participants", "no_faculty", "other"]


class CohortAcademyClosed(Fact):
    """The academy is closed, first and last day included: nothing is sent, and no learning session is planned then."""

    kind: Literal["cohort_academy_closed"] = "cohort_academy_closed"
    first_day: date
    last_day: date


_Correctable = (
    CohortConfirmed
    | EnrolmentAccepted
    | MicrosystemIdentified
    | ConditionalStartDecided
    | LearningSessionMoved
    | LearningSessionHeld
    | LearningSessionMadeUp
    | ParticipantOnLeave
    | EnrolmentDeferred
    | EnrolmentWithdrawn
    | EnrolmentCompleted
    | RefresherHeld
    | CoachingSeen
    | CohortProgrammeAdopted
    | CohortCancelled
    | CohortAcademyClosed
)


class CohortCorrection(Fact):
    """An earlier fact was wrong: it is withdrawn, and ``replacement``, if any, holds in its place."""

    kind: Literal["cohort_correction"] = "cohort_correction"
    corrects: EventId
    replacement: Annotated[_Correctable, Field(discriminator="kind")] | None = None


CohortFact = Annotated[CohortScheduled | _Correctable | CohortCorrection, Field(discriminator="kind")]

COHORT_FACT: TypeAdapter[CohortFact] = TypeAdapter(CohortFact)
"""Reads and writes any cohort fact, as Python objects or JSON."""

COHORT_KINDS: tuple[str, ...] = kinds_of(CohortFact)
"""Every kind, in the fixed order that settles ties of ``occurred_at``."""
