"""The projections, row by row, as the rules derive them. ``records`` writes them; codes, dates and numbers only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from schemas.facts import ChairedBy, CoachPart, PauseReason
from schemas.words import (
    Act,
    BookingId,
    BookingState,
    Code,
    CohortId,
    CohortStage,
    Delegate,
    EndReason,
    EngagementId,
    EnrolmentId,
    EnrolmentState,
    EventId,
    Health,
    IntroCourseId,
    IntroStage,
    Matter,
    MicrosystemId,
    Moment,
    NotHeldReason,
    Outcome,
    PersonId,
    Phase,
    RampStep,
    Role,
    Said,
    Stage,
)


class EngagementRow(Said):
    """One engagement as it stands. Key: ``engagement``."""

    table: Literal["engagements"] = "engagements"
    engagement: EngagementId
    cohort: CohortId
    enrolment: EnrolmentId
    microsystem: MicrosystemId
    stage: Stage
    phase: Phase
    ramp_step: RampStep | None = None
    health: Health
    paused: bool = False
    coach_vacant: bool = False
    turn: Role | None = None
    next_due: Moment | None = None
    next_matter: Matter | None = None
    programme: str
    calendar: Code
    course_start: date
    agreed_at: Moment | None = None
    hand_off_planned: date | None = None
    limit_on: date | None = None
    handed_off_at: Moment | None = None
    ended_at: Moment | None = None
    end_reason: EndReason | None = None
    follows: EngagementId | None = None

    @property
    def key(self) -> str:
        """Which row of the engagement this is."""
        return ""


class EngagementPersonRow(Said):
    """Who has a role in an engagement now. Key: engagement, ``role``."""

    table: Literal["engagement_people"] = "engagement_people"
    role: Role
    person: PersonId

    @property
    def key(self) -> str:
        """Which row of the engagement this is."""
        return self.role.value


def session_key(week: date, day: date, *, counted: bool) -> str:
    """The key of a session's row. ``counted`` tells an expected session from an extra one."""
    return week.isoformat() if counted else f"{week.isoformat()}+{day.isoformat()}"


class SessionRow(Said):
    """One weekly session. Key: engagement, ``week`` (the Monday of the week it was first expected in), ``day``."""

    table: Literal["sessions"] = "sessions"
    week: date
    day: date
    starts_at: Moment
    outcome: Outcome
    counted: bool = True
    reason: NotHeldReason | None = None
    chaired_by: ChairedBy | None = None
    evaluation: int | None = None
    attendance: int | None = None

    @property
    def key(self) -> str:
        """Which row of the engagement this is."""
        return session_key(self.week, self.day, counted=self.counted)


class AssignmentRow(Said):
    """One dated coach assignment. Key: engagement, ``part``, ``person``, ``since``."""

    table: Literal["coach_assignments"] = "coach_assignments"
    person: PersonId
    part: CoachPart
    since: Moment
    until: Moment | None = None

    @property
    def key(self) -> str:
        """Which row of the engagement this is."""
        return f"{self.part}/{self.person}/{self.since.isoformat()}"


class ScoreRow(Said):
    """One progress score. Key: engagement, ``event_id``."""

    table: Literal["scores"] = "scores"
    event_id: EventId
    scorer: Literal["team", "faculty"]
    score: float
    scored_at: Moment

    @property
    def key(self) -> str:
        """Which row of the engagement this is."""
        return self.event_id


class ReviewRow(Said):
    """One review that was held. Key: engagement, ``month``."""

    table: Literal["reviews"] = "reviews"
    month: int
    held_at: Moment

    @property
    def key(self) -> str:
        """Which row of the engagement this is."""
        return str(self.month)


class PauseRow(Said):
    """One pause. Key: engagement, ``since``."""

    table: Literal["pauses"] = "pauses"
    since: Moment
    until: Moment | None = None
    reason: PauseReason

    @property
    def key(self) -> str:
        """Which row of the engagement this is."""
        return self.since.isoformat()


class SignOffRow(Said):
    """One signature under the agreement or the readiness record. Key: engagement, ``document``, ``role``."""

    table: Literal["sign_offs"] = "sign_offs"
    document: Literal["agreement", "readiness"]
    role: Role
    signed_at: Moment

    @property
    def key(self) -> str:
        """Which row of the engagement this is."""
        return f"{self.document}/{self.role}"


class DueRow(Said):
    """The next thing the engine will do about a matter. Key: subject, ``matter``."""

    table: Literal["due_items"] = "due_items"
    matter: Matter
    item: str
    act: Act
    due_at: Moment
    turn: Role
    rule: str

    @property
    def key(self) -> str:
        """Which row of the subject this is."""
        return self.matter.value


class CohortRow(Said):
    """One cohort as it stands. Key: ``cohort``."""

    table: Literal["cohorts"] = "cohorts"
    cohort: CohortId
    academy: Code
    stage: CohortStage
    course_start: date
    programme: str
    calendar: Code
    office: PersonId
    turn: Role | None = None
    next_due: Moment | None = None
    next_matter: Matter | None = None

    @property
    def key(self) -> str:
        """Which row of the cohort this is."""
        return ""


class EnrolmentRow(Said):
    """One participant in a cohort. Key: ``enrolment``."""

    table: Literal["enrolments"] = "enrolments"
    enrolment: EnrolmentId
    person: PersonId
    state: EnrolmentState
    attended: int = 0
    deferred_to: Code | None = None

    @property
    def key(self) -> str:
        """Which row of the cohort this is."""
        return self.enrolment


class LearningSessionRow(Said):
    """One learning session of the course. Key: cohort, ``number``."""

    table: Literal["learning_sessions"] = "learning_sessions"
    number: int
    starts_at: Moment
    held: bool = False
    attended: int = 0

    @property
    def key(self) -> str:
        """Which row of the cohort this is."""
        return str(self.number)


class IntroCourseRow(Said):
    """One Introduction course as it stands. Key: ``course``."""

    table: Literal["intro_courses"] = "intro_courses"
    course: IntroCourseId
    academy: Code
    stage: IntroStage
    day_1_starts_at: Moment
    day_1_ends_at: Moment
    day_2_starts_at: Moment
    day_2_ends_at: Moment
    opens_at: Moment
    places: int
    taken_1: int
    taken_2: int
    confirmed: int
    waiting: int
    programme: str
    calendar: Code
    office: PersonId
    turn: Role | None = None
    next_due: Moment | None = None
    next_matter: Matter | None = None

    @property
    def key(self) -> str:
        """Which row of the course this is."""
        return ""


class BookingRow(Said):
    """One booking of an Introduction course. Key: ``booking``. ``place`` is the place on the waiting list, from 1."""

    table: Literal["bookings"] = "bookings"
    booking: BookingId
    person: PersonId
    delegate: Delegate
    state: BookingState
    days: tuple[int, ...]
    place: int | None = None
    attended_1: bool | None = None
    attended_2: bool | None = None
    feedback: bool = False
    wishes_coaching: bool = False
    handed_on_to: CohortId | None = None

    @property
    def key(self) -> str:
        """Which row of the course this is."""
        return self.booking


Row = Annotated[
    EngagementRow
    | EngagementPersonRow
    | SessionRow
    | AssignmentRow
    | ScoreRow
    | ReviewRow
    | PauseRow
    | SignOffRow
    | DueRow
    | CohortRow
    | EnrolmentRow
    | LearningSessionRow
    | IntroCourseRow
    | BookingRow,
    Field(discriminator="table"),
]


class Gone(Said):
    """A row that no longer holds, e.g. after a correction."""

    table: str
    key: str


class Changes(Said):
    """What must be written so that the projections show the present: rows that changed, rows that are gone."""

    rows: tuple[Row, ...] = ()
    gone: tuple[Gone, ...] = ()
