"""The projections, row by row, as the rules derive them. ``records`` writes them; codes, dates and numbers only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple

from schemas.engagement_facts import ChairedBy, CoachPart, PauseReason
from schemas.programme import Language
from schemas.words import (
    Act,
    BookingState,
    CohortStage,
    Concern,
    Delegate,
    EndReason,
    EnrolmentState,
    Health,
    IntroStage,
    Matter,
    NotHeldReason,
    Outcome,
    Phase,
    RampStep,
    Role,
    Stage,
)


class EngagementRow(NamedTuple):
    """One engagement as it stands. ``misses`` counts the sessions in a row of which none is known to have been held."""

    engagement: str
    cohort: str
    enrolment: str
    microsystem: str
    stage: Stage
    phase: Phase
    health: Health
    programme: str
    calendar: str
    zone: str
    course_start: date
    ramp_step: RampStep | None = None
    paused: bool = False
    coach_vacant: bool = False
    no_progress: bool = False
    concern: Concern | None = None
    concern_since: datetime | None = None
    misses: int = 0
    turn: Role | None = None
    next_due: datetime | None = None
    next_matter: Matter | None = None
    next_act: Act | None = None
    next_to: tuple[Role, ...] = ()
    next_about: date | None = None
    next_rule: str | None = None
    next_weekly: bool = False
    agreed_at: datetime | None = None
    hand_off_planned: date | None = None
    limit_on: date | None = None
    handed_off_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    follows: str | None = None
    language: Language = Language.ENGLISH


class AcademyPersonRow(NamedTuple):
    """Who works in an academy's office, or is its deputy, now."""

    part: Literal["member", "deputy"]
    person: str


class EngagementPersonRow(NamedTuple):
    """Who has a role in an engagement now."""

    role: Role
    person: str


class SessionRow(NamedTuple):
    """One weekly session. ``week`` is the Monday of the week it was first expected in; an extra one is not counted."""

    session: str
    week: date
    day: date
    starts_at: datetime
    outcome: Outcome
    counted: bool = True
    reason: NotHeldReason | None = None
    chaired_by: ChairedBy | None = None
    evaluation: int | None = None
    attendance: int | None = None


class AssignmentRow(NamedTuple):
    """One dated coach assignment."""

    person: str
    part: CoachPart
    since: datetime
    until: datetime | None = None


class ScoreRow(NamedTuple):
    """One progress score."""

    event_id: str
    scorer: Literal["team", "faculty"]
    score: float
    scored_at: datetime


class ReviewRow(NamedTuple):
    """One review that was held."""

    month: int
    held_at: datetime


class PauseRow(NamedTuple):
    """One pause."""

    since: datetime
    reason: PauseReason
    until: datetime | None = None


class SignOffRow(NamedTuple):
    """One signature under the agreement or the readiness record."""

    document: Literal["agreement", "readiness"]
    role: Role
    signed_at: datetime


class DueRow(NamedTuple):
    """The next thing the engine will do about a matter."""

    matter: Matter
    item: str
    act: Act
    due_at: datetime
    turn: Role
    rule: str


class MailRow(NamedTuple):
    """One mail, or line of a weekly mail, that somebody would have. It falls due at ``due_at`` and goes at ``goes_at``.

    ``due_on`` is the day it would go if it were not held, ``latest`` until when it can be. ``held_by`` and
    ``skipped_by`` are the facts by which it waits, or is left out.
    """

    item: str
    matter: Matter
    step: int
    act: Act
    person: str
    role: Role
    rule: str
    due_at: datetime
    goes_at: datetime
    gathered: bool
    about: date | None
    answer_by: datetime | None
    due_on: date
    latest: date
    held_by: str | None = None
    held_until: date | None = None
    skipped_by: str | None = None


class QuestionRow(NamedTuple):
    """What somebody was asked and owes still. ``step`` is the last that was said of it, ``loss`` ranks it.

    Time alone changes it in no other way: it is owed from ``since`` on, and from ``closes_at`` on no more.

    ``person`` is whose turn it is, if anybody's; ``evidence`` holds what is known of it, as codes, dates and numbers.
    """

    matter: Matter
    window: str
    step: int
    turn: Role
    loss: int
    since: datetime
    rule: str
    parameter: str
    person: str | None = None
    owed_by: datetime | None = None
    closes_at: datetime | None = None
    about: date | None = None
    facts: tuple[str, ...] = ()
    evidence: Mapping[str, str | int] = {}

    def stands_at(self, now: datetime) -> bool:
        """Whether it is owed, if nothing was told or fell due since the row was written."""
        return self.since <= now and (self.closes_at is None or now < self.closes_at)


class CohortRow(NamedTuple):
    """One cohort as it stands."""

    cohort: str
    academy: str
    stage: CohortStage
    course_start: date
    programme: str
    calendar: str
    zone: str
    office: str
    turn: Role | None = None
    next_due: datetime | None = None
    next_matter: Matter | None = None
    language: Language = Language.ENGLISH


class EnrolmentRow(NamedTuple):
    """One participant in a cohort. ``offer_answer`` is what came of the last offer to coach again."""

    enrolment: str
    person: str
    state: EnrolmentState
    faculty: str | None = None
    attended: int = 0
    deferred_to: str | None = None
    offer_answer: str | None = None
    offered_at: datetime | None = None


class LearningSessionRow(NamedTuple):
    """One learning session of the course."""

    number: int
    starts_at: datetime
    held: bool = False
    attended: int = 0


class IntroCourseRow(NamedTuple):
    """One Introduction course as it stands."""

    course: str
    academy: str
    stage: IntroStage
    day_1_starts_at: datetime
    day_1_ends_at: datetime
    day_2_starts_at: datetime
    day_2_ends_at: datetime
    opens_at: datetime
    places: int
    taken_1: int
    taken_2: int
    confirmed: int
    waiting: int
    programme: str
    calendar: str
    zone: str
    office: str
    turn: Role | None = None
    next_due: datetime | None = None
    next_matter: Matter | None = None
    language: Language = Language.ENGLISH


class BookingRow(NamedTuple):
    """One booking of an Introduction course. ``place`` is the place on the waiting list, from 1."""

    booking: str
    person: str
    delegate: Delegate
    state: BookingState
    days: tuple[int, ...]
    place: int | None = None
    attended_1: bool | None = None
    attended_2: bool | None = None
    feedback: bool = False
    wishes_coaching: bool = False
    handed_on_to: str | None = None


Row = (
    EngagementRow
    | AcademyPersonRow
    | EngagementPersonRow
    | SessionRow
    | AssignmentRow
    | ScoreRow
    | ReviewRow
    | PauseRow
    | SignOffRow
    | DueRow
    | MailRow
    | QuestionRow
    | CohortRow
    | EnrolmentRow
    | LearningSessionRow
    | IntroCourseRow
    | BookingRow
)

Rows = dict[tuple[str, str], Row]
"""The rows of one subject, by table and key."""


class Table(NamedTuple):
    """Where rows of a kind stand: ``owner`` is the column that names their subject, ``key`` tells them apart in it.

    Without a key a row is the subject itself.
    """

    name: str
    owner: str
    key: Callable[[Any], str] | None = None


TABLES: Final[dict[type[Row], Table]] = {
    AcademyPersonRow: Table("academy_people", "academy", lambda row: f"{row.part}/{row.person}"),
    CohortRow: Table("cohorts", "cohort"),
    EnrolmentRow: Table("enrolments", "cohort", lambda row: row.enrolment),
    LearningSessionRow: Table("learning_sessions", "cohort", lambda row: str(row.number)),
    EngagementRow: Table("engagements", "engagement"),
    EngagementPersonRow: Table("engagement_people", "engagement", lambda row: row.role),
    SessionRow: Table("sessions", "engagement", lambda row: row.session),
    AssignmentRow: Table(
        "coach_assignments", "engagement", lambda row: f"{row.part}/{row.person}/{row.since.isoformat()}"
    ),
    ScoreRow: Table("scores", "engagement", lambda row: row.event_id),
    ReviewRow: Table("reviews", "engagement", lambda row: str(row.month)),
    PauseRow: Table("pauses", "engagement", lambda row: row.since.isoformat()),
    SignOffRow: Table("sign_offs", "engagement", lambda row: f"{row.document}/{row.role}"),
    DueRow: Table("due_items", "subject", lambda row: row.matter),
    MailRow: Table("upcoming_mails", "subject", lambda row: f"{row.item}/{row.person}"),
    QuestionRow: Table("open_questions", "subject", lambda row: f"{row.matter}/{row.window}"),
    IntroCourseRow: Table("intro_courses", "course"),
    BookingRow: Table("bookings", "course", lambda row: row.booking),
}


def by_key(rows: Iterable[Row]) -> Rows:
    """These rows by table and key."""
    found: Rows = {}
    for row in rows:
        name, _, key = TABLES[type(row)]
        found[name, str(key(row)) if key else ""] = row
    return found
