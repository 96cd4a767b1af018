"""What an engagement can be told, one model a kind."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.cover_facts import CoverWaived, InterimKept
from schemas.facts import (
    AcademyClosed,
    CalendarRevised,
    Confirmed,
    Fact,
    LeaveAgreed,
    PersonLeft,
    PersonMerged,
    ProgrammeAdopted,
    Signature,
)
from schemas.facts import RoleChanged as RoleChanged  # noqa: PLC0414 - one of an engagement's facts for whoever tells it
from schemas.improvement_facts import (
    AimClosed,
    AimSet,
    ChangeIdeaAdded,
    ChartRebased,
    Help,
    HelpAgreed,
    MeasureDefined,
    MeasurementRecorded,
    PdsaPlanned,
    PdsaStudied,
    RampStepReached,
)
from schemas.mail_facts import MailTold
from schemas.moments import Moment, SessionId, WallTime
from schemas.programme import SharedProgramme, Zone, zone_of_programme
from schemas.words import (
    Code,
    CohortId,
    EndReason,
    EngagementId,
    EnrolmentId,
    Group,
    HolidayDivision,
    MicrosystemId,
    NotHeldReason,
    PersonId,
    Role,
    Said,
    Weekday,
    office_of,
)

Months = Annotated[int, Field(ge=1, le=60)]
Score = Annotated[float, Field(ge=0.5, le=5.0, multiple_of=0.5)]
"""A progress score on the IHI scale, in halves."""


class Slot(Said):
    """The weekly hour: a weekday and a local wall time, which stays the same across clock changes."""

    day: Weekday
    at: WallTime


class People(Said):
    """Who has which part at the beginning. The coach must be known; the office is the academy's."""

    coach: PersonId
    co_coach: PersonId | None = None
    faculty: PersonId | None = None
    sponsor: PersonId | None = None
    team_lead: PersonId | None = None


class EngagementProposed(Fact, group=Group.ENROLMENTS):
    """The first fact of every engagement. The engine answers for what falls due after ``watched_from``."""

    kept: ClassVar[tuple[str, ...]] = ("occurred_at", "programme", "cohort", "enrolment", "watched_from", "follows")

    kind: Literal["engagement_proposed"] = "engagement_proposed"
    programme: SharedProgramme
    cohort: CohortId
    enrolment: EnrolmentId
    microsystem: MicrosystemId
    course_start: date
    slot: Slot
    zone: Zone = Field(default_factory=zone_of_programme)
    division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES
    calendar: Code
    people: People
    watched_from: Moment
    follows: EngagementId | None = None

    def repeats(self, told: Fact) -> bool:
        """From whatever moment it is watched: who has a cohort taken over again has the same one proposed."""
        if not isinstance(told, EngagementProposed):
            return False
        return self.model_copy(update={"watched_from": told.watched_from}) == told

    @property
    def office(self) -> PersonId:
        """The mailbox of its academy."""
        return office_of(self.cohort)


class AgreementSigned(Signature, group=Group.DECISIONS):
    """Coach, sponsor or team lead signed the coaching agreement."""

    kind: Literal["agreement_signed"] = "agreement_signed"


class CoachPart(StrEnum):
    """How somebody coaches a team."""

    MAIN = "main"
    CO = "co"
    INTERIM = "interim"


class CoachAssigned(Fact, group=Group.PEOPLE):
    """Somebody coaches the team from the moment this occurred. A new main coach replaces the main and interim one.

    ``review_on`` says when it is asked whether an interim coach stays.
    """

    kind: Literal["coach_assigned"] = "coach_assigned"
    person: PersonId
    part: CoachPart = CoachPart.MAIN
    review_on: Annotated[date | None, Field(exclude_if=lambda day: day is None)] = None

    @property
    def tie(self) -> int:
        """Of one moment, a main coach comes last, who may have been co-coach or interim before."""
        return int(self.part is CoachPart.MAIN)


class CoachLeft(Fact, group=Group.PEOPLE):
    """A coach left the organisation or this team."""

    kind: Literal["coach_left"] = "coach_left"
    person: PersonId


class CoachStopped(Fact, group=Group.PEOPLE):
    """A coach said "I have stopped coaching"."""

    kind: Literal["coach_stopped"] = "coach_stopped"
    person: PersonId


class WeeklySlotChanged(Fact, group=Group.SESSIONS):
    """Sessions are on another day or at another time, from a date on."""

    kind: Literal["weekly_slot_changed"] = "weekly_slot_changed"
    slot: Slot
    from_day: date


class ChairedBy(StrEnum):
    """Who led the meeting."""

    TEAM = "team"
    COACH = "coach"


class SessionMode(StrEnum):
    """Where the meeting was."""

    IN_PERSON = "in_person"
    REMOTE = "remote"
    MIXED = "mixed"


class OfSession(Fact):
    """Something about one session. ``session`` names it; without a name it is the one that stands on the day."""

    day: date
    session: Annotated[SessionId | None, Field(exclude_if=lambda session: session is None)] = None


class SessionHeld(OfSession, group=Group.SESSIONS):
    """A session took place. ``day`` is the local date it was held on.

    A second meeting on the day of a session is told under a number: ``session`` is ``2027-10-05.2``.
    """

    kind: Literal["session_held"] = "session_held"
    attendance: Annotated[int, Field(ge=0, le=200)] | None = None
    chaired_by: ChairedBy = ChairedBy.COACH
    evaluation: Annotated[int, Field(ge=0, le=10)] | None = None
    mode: SessionMode = SessionMode.IN_PERSON


class SessionNotHeld(OfSession, group=Group.SESSIONS):
    """A session did not take place. ``day`` is the local date it was expected on."""

    kind: Literal["session_not_held"] = "session_not_held"
    reason: NotHeldReason


class SessionRescheduled(OfSession, group=Group.SESSIONS):
    """A session moved to another date or time; the old date is asked about no more. It can move again."""

    kind: Literal["session_rescheduled"] = "session_rescheduled"
    to_day: date
    to_time: WallTime


class SessionCancelledAhead(OfSession, group=Group.SESSIONS):
    """A session was cancelled before its date, for a reason."""

    kind: Literal["session_cancelled_ahead"] = "session_cancelled_ahead"
    reason: NotHeldReason


class ProgressScored(Fact, group=Group.IMPROVEMENT):
    """The team or faculty scored progress, 0.5 to 5.0 in halves. Both are kept, never averaged."""

    kind: Literal["progress_scored"] = "progress_scored"
    score: Score
    scorer: Literal["team", "faculty"]


class ReviewHeld(Fact, group=Group.DECISIONS):
    """The 6-, 12- or 18-month review took place. It says what helps a team that makes no progress."""

    kind: Literal["review_held"] = "review_held"
    month: Months
    help: Help | None = None


class PauseReason(StrEnum):
    """Why a team pauses."""

    WINTER_PRESSURE = "winter_pressure"
    STAFFING = "staffing"
    SERVICE_CHANGE = "service_change"
    OTHER = "other"


class PauseStarted(Fact, group=Group.DECISIONS):
    """Coaching rests. It resumes exactly where it was."""

    kind: Literal["pause_started"] = "pause_started"
    reason: PauseReason
    review_on: date | None = None
    confirmed: Confirmed = False


class PauseReviewed(Fact, group=Group.DECISIONS):
    """The pause was looked at and goes on; ``review_on`` may name the next look; if ``confirmed``, until then."""

    kind: Literal["pause_reviewed"] = "pause_reviewed"
    review_on: date | None = None
    confirmed: Confirmed = False


class PauseEnded(Fact, group=Group.DECISIONS):
    """Coaching resumes."""

    kind: Literal["pause_ended"] = "pause_ended"


class TransitionStarted(Fact, group=Group.DECISIONS):
    """The coach begins to step back; sessions thin out."""

    kind: Literal["transition_started"] = "transition_started"


class ReadinessAssessed(Fact, group=Group.DECISIONS):
    """Faculty assessed with coach and team whether the team can carry on alone, and found it ready for sign-off."""

    kind: Literal["readiness_assessed"] = "readiness_assessed"


class SignedOff(Signature, group=Group.DECISIONS):
    """One of those whom the programme names signed the readiness record."""

    kind: Literal["signed_off"] = "signed_off"


class ReadinessRefused(Fact, group=Group.DECISIONS):
    """Not ready yet: back to action or transition, with conditions (their words are a note) and a date."""

    kind: Literal["readiness_refused"] = "readiness_refused"
    back_to: Literal["action", "transition"]
    conditions: Annotated[int, Field(ge=1, le=20)]
    review_on: date


class OwnerNamed(Fact, group=Group.PEOPLE):
    """The team named who owns the process, or the measure, after hand-off."""

    kind: Literal["owner_named"] = "owner_named"
    role: Literal["process_owner", "measure_owner"]
    person: PersonId


class HandedOff(Fact, group=Group.ENDINGS):
    """The human decision that the team carries on alone."""

    kind: Literal["handed_off"] = "handed_off"
    successor: MicrosystemId | None = None


class AftercareReported(Fact, group=Group.AFTERCARE):
    """Three, six or twelve months after hand-off: does the improvement hold?"""

    kind: Literal["aftercare_reported"] = "aftercare_reported"
    month: Months
    holding: bool


class Relapsed(Fact, group=Group.AFTERCARE):
    """The improvement no longer holds."""

    kind: Literal["relapsed"] = "relapsed"


class BoosterHeld(Fact, group=Group.AFTERCARE):
    """A booster session answered a relapse; aftercare goes on."""

    kind: Literal["booster_held"] = "booster_held"


class ExtensionGranted(Fact, group=Group.DECISIONS):
    """The limit moves by one extension of the programme."""

    kind: Literal["extension_granted"] = "extension_granted"


class EndedEarly(Fact, group=Group.ENDINGS):
    """The engagement ends without a hand-off. Always with a reason; a merged team names its successor."""

    kind: Literal["ended_early"] = "ended_early"
    reason: EndReason
    successor: MicrosystemId | None = None
    followed_by: EngagementId | None = None


class SponsorReleased(Fact, group=Group.DECISIONS):
    """Faculty allowed that this alarm reaches the sponsor."""

    kind: Literal["sponsor_released"] = "sponsor_released"

    @property
    def tellers(self) -> tuple[Role, ...]:
        """Faculty, or the office."""
        return (Role.FACULTY, Role.OFFICE)


EngagementHappening = (
    AgreementSigned
    | CoachLeft
    | CoachStopped
    | CoachAssigned
    | InterimKept
    | RoleChanged
    | LeaveAgreed
    | CoverWaived
    | WeeklySlotChanged
    | SessionRescheduled
    | SessionCancelledAhead
    | SessionHeld
    | SessionNotHeld
    | RampStepReached
    | MeasureDefined
    | MeasurementRecorded
    | ChartRebased
    | AimClosed
    | AimSet
    | ChangeIdeaAdded
    | PdsaStudied
    | PdsaPlanned
    | ProgressScored
    | HelpAgreed
    | ReviewHeld
    | AcademyClosed
    | CalendarRevised
    | ProgrammeAdopted
    | PauseReviewed
    | PauseEnded
    | TransitionStarted
    | ReadinessAssessed
    | SignedOff
    | ReadinessRefused
    | OwnerNamed
    | ExtensionGranted
    | SponsorReleased
    | MailTold
    | PauseStarted
    | HandedOff
    | PersonLeft
    | PersonMerged
    | AftercareReported
    | Relapsed
    | BoosterHeld
    | EndedEarly
)
"""What may follow the first fact of an engagement, in the order that settles ties of ``occurred_at``.
Leaving comes before coming, ending before beginning, and what ends the engagement last.
"""
