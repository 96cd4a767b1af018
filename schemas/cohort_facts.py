"""What a cohort can be told: facts about the course and about enrolments, also after teaching."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.engagement_facts import Slot
from schemas.facts import (
    AcademyClosed,
    CalendarRevised,
    Fact,
    LeaveAgreed,
    PersonLeft,
    PersonMerged,
    ProgrammeAdopted,
    RoleChanged,
)
from schemas.mail_facts import MailTold
from schemas.moments import WallTime
from schemas.programme import SharedProgramme, Zone, zone_of_programme
from schemas.words import (
    AcademyId,
    Code,
    CohortId,
    EngagementId,
    EnrolmentId,
    EventId,
    Group,
    HolidayDivision,
    MicrosystemId,
    NewEnrolmentId,
    PersonId,
    Said,
    office_of,
)

SessionNumber = Annotated[int, Field(ge=1, le=24)]


class CohortScheduled(Fact, group=Group.COURSES):
    """The first fact of every cohort."""

    kept: ClassVar[tuple[str, ...]] = ("occurred_at", "academy", "programme")

    kind: Literal["cohort_scheduled"] = "cohort_scheduled"
    academy: AcademyId
    programme: SharedProgramme
    course_start: date
    zone: Zone = Field(default_factory=zone_of_programme)
    division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES
    calendar: Code

    @property
    def office(self) -> PersonId:
        """The mailbox of its academy."""
        return office_of(self.academy)


class CohortConfirmed(Fact, group=Group.COURSES):
    """The course will take place."""

    kind: Literal["cohort_confirmed"] = "cohort_confirmed"


class Team(Said):
    """The microsystem a participant will coach, and the hour it meets."""

    microsystem: MicrosystemId
    team_lead: PersonId | None = None
    slot: Slot


class EnrolmentAccepted(Fact, group=Group.ENROLMENTS):
    """A participant has a place. With a team, its engagement starts at once; ``joins`` makes them a co-coach there."""

    kind: Literal["enrolment_accepted"] = "enrolment_accepted"
    enrolment: NewEnrolmentId
    person: PersonId
    sponsor: PersonId | None = None
    faculty: PersonId | None = None
    division: HolidayDivision | None = None
    team: Team | None = None
    joins: EngagementId | None = None
    deferred_from: EnrolmentId | None = None


class MicrosystemIdentified(Fact, group=Group.ENROLMENTS):
    """A participant found a team: the engagement starts. A second team of one coach is told the same way.

    The cohort gives it the ``number`` of its engagement; what a teller says of that is not heard.
    """

    kind: Literal["microsystem_identified"] = "microsystem_identified"
    enrolment: EnrolmentId
    team: Team
    number: Annotated[int, Field(ge=0, le=99)] = 0

    def repeats(self, told: Fact) -> bool:
        """Whatever number it was given."""
        return isinstance(told, MicrosystemIdentified) and self.model_copy(update={"number": told.number}) == told

    def replaced_by(self, replacement: Fact, event_id: EventId) -> Fact:
        """Another team in its place is the team of the same engagement."""
        kept = {"number": self.number} if isinstance(replacement, MicrosystemIdentified) else {}
        return replacement.model_copy(update={"event_id": event_id, **kept})


class ConditionalStartDecided(Fact, group=Group.DECISIONS):
    """Grace is over: may the participant start without a team, and until when?"""

    kind: Literal["conditional_start_decided"] = "conditional_start_decided"
    enrolment: EnrolmentId
    allowed: bool
    until: date | None = None


class TeamHelpAsked(Fact, group=Group.ENROLMENTS):
    """A participant asks the office to help them find a team: until it answers, nobody asks them which one."""

    kind: Literal["team_help_asked"] = "team_help_asked"
    enrolment: EnrolmentId


class NoTeamFound(Fact, group=Group.ENROLMENTS):
    """The office looked for a team for a participant and found none. Had it found one, it would tell which."""

    kind: Literal["no_team_found"] = "no_team_found"
    enrolment: EnrolmentId


class LearningSessionDeclined(Fact, group=Group.COURSES):
    """A participant says beforehand that they cannot come to a learning session, as long as it is on that ``day``."""

    kind: Literal["learning_session_declined"] = "learning_session_declined"
    number: SessionNumber
    enrolment: EnrolmentId
    day: date


class LearningSessionMoved(Fact, group=Group.COURSES):
    """A learning session is on another day or at another time."""

    kind: Literal["learning_session_moved"] = "learning_session_moved"
    number: SessionNumber
    to_day: date
    to_time: WallTime


class LearningSessionHeld(Fact, group=Group.COURSES):
    """A learning session took place; ``attended`` lists the enrolments that were there."""

    kind: Literal["learning_session_held"] = "learning_session_held"
    number: SessionNumber
    attended: tuple[EnrolmentId, ...]


class LearningSessionMadeUp(Fact, group=Group.COURSES):
    """A participant made up a learning session they had missed."""

    kind: Literal["learning_session_made_up"] = "learning_session_made_up"
    number: SessionNumber
    enrolment: EnrolmentId


class EnrolmentDeferred(Fact, group=Group.ENROLMENTS):
    """A participant moves to a later cohort, once it is known to which: there they get a place because of this.

    ``to_enrolment`` links a place that they have there already instead.
    """

    kind: Literal["enrolment_deferred"] = "enrolment_deferred"
    enrolment: EnrolmentId
    to_cohort: CohortId | None = None
    to_enrolment: EnrolmentId | None = None

    @property
    def tie(self) -> int:
        """Of one moment, the link to the new place comes after the deferral."""
        return int(self.to_cohort is not None or self.to_enrolment is not None)


class EnrolmentWithdrawn(Fact, group=Group.ENROLMENTS):
    """A participant leaves the course."""

    kind: Literal["enrolment_withdrawn"] = "enrolment_withdrawn"
    enrolment: EnrolmentId
    reason: Literal["capacity", "time", "left_post", "health", "other"]


class EnrolmentCompleted(Fact, group=Group.ENROLMENTS):
    """The office confirmed that a participant completed the course, or did not."""

    kind: Literal["enrolment_completed"] = "enrolment_completed"
    enrolment: EnrolmentId
    completed: bool


class RefresherHeld(Fact, group=Group.COURSES):
    """A lapsed coach had a refresher and coaches again."""

    kind: Literal["refresher_held"] = "refresher_held"
    enrolment: EnrolmentId


class CoachingOffered(Fact, group=Group.COURSES):
    """Somebody who completed the course and coaches nobody was offered a way back; ``answer`` is what came of it."""

    kind: Literal["coaching_offered"] = "coaching_offered"
    enrolment: EnrolmentId
    answer: Literal["team", "refresher", "later", "no"]


class Coaching(Said):
    """One enrolment's coaching, summed over its engagements, as the records had it."""

    enrolment: EnrolmentId
    agreed: bool = False
    sessions_expected: int = 0
    sessions_held: int = 0
    last_coached: date | None = None
    paused: bool = False
    running: bool = False


class CoachingSeen(Fact, group=Group.COURSES):
    """What the cohort read in the records of how its coaches coach."""

    kind: Literal["coaching_seen"] = "coaching_seen"
    coaching: tuple[Coaching, ...]


class CohortCancelled(Fact, group=Group.ENDINGS):
    """The course will not take place. Possible until teaching starts; of one moment, it comes after all else."""

    kind: Literal["cohort_cancelled"] = "cohort_cancelled"
    reason: Literal["too_few_participants", "no_faculty", "other"]


CohortHappening = (
    CohortConfirmed
    | EnrolmentAccepted
    | ConditionalStartDecided
    | TeamHelpAsked
    | NoTeamFound
    | MicrosystemIdentified
    | LearningSessionDeclined
    | LearningSessionMoved
    | LearningSessionHeld
    | LearningSessionMadeUp
    | LeaveAgreed
    | RoleChanged
    | CoachingSeen
    | CalendarRevised
    | ProgrammeAdopted
    | AcademyClosed
    | MailTold
    | EnrolmentCompleted
    | RefresherHeld
    | CoachingOffered
    | EnrolmentDeferred
    | EnrolmentWithdrawn
    | PersonLeft
    | PersonMerged
    | CohortCancelled
)
"""What may follow the first fact of a cohort, in the order that settles ties of ``occurred_at``.

What makes an end for a participant comes after all else of them, what makes an end of the course last.
"""
