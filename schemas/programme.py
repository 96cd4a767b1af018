"""The programme: the versioned parameters an engagement runs under. Every number an academy may change stands here."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from schemas.moments import WallTime
from schemas.programme_fit import broken_rules
from schemas.words import Code, Matter, Role, Said, Weekday


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"{name!r} is not a time zone; write one like {DEFAULT_ZONE}") from unknown
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
"""A time zone of the tz database, as in Asia/Tokyo."""
Weeks = Annotated[int, Field(ge=1, le=104)]
Months = Annotated[int, Field(ge=1, le=60)]
WorkingDays = Annotated[int, Field(ge=1, le=60)]

Decider = Literal[Role.COACH, Role.FACULTY, Role.SPONSOR, Role.TEAM_LEAD, Role.OFFICE]
"""Who can owe a decision about a team."""

Supervisor = Literal[Role.FACULTY, Role.OFFICE]
"""Who can find a coach, answer a relapse, or decide for a participant."""

Signer = Literal[
    Role.COACH,
    Role.TEAM_LEAD,
    Role.FACULTY,
    Role.SPONSOR,
    Role.OFFICE,
    Role.PROCESS_OWNER,
    Role.MEASURE_OWNER,
]
"""Who can sign that a team is ready: every team has somebody in these roles by then, or the office for them."""

DEFAULT_ZONE: Final = "Europe/London"
"""The zone of a programme that names none, and of what no programme or academy has."""


class Language(StrEnum):
    """In what emails are written, by its code (BCP 47)."""

    ENGLISH = "en-GB"
    WELSH = "cy"


class HandOffAnchor(StrEnum):
    """From which day the months to hand-off count. The sources leave it open."""

    COURSE_START_OR_AGREEMENT = "course_start_or_agreement"
    COURSE_START = "course_start"
    FIRST_SESSION = "first_session"
    COURSE_END = "course_end"


class Course(Said):
    """The taught course. Six learning sessions are Dartmouth's; the academy's own days are not published."""

    length_months: Months = 6
    learning_sessions: Annotated[int, Field(ge=1, le=24)] = 6
    learning_session_every_months: Annotated[int, Field(ge=1, le=12)] = 1
    learning_session_at: WallTime = time(9, 30)
    learning_session_minutes: Annotated[int, Field(ge=30, le=600)] = 210
    reminder_days_before: tuple[Annotated[int, Field(ge=1, le=60)], ...] = (7, 1)
    attendance_asked_every_weeks: Weeks = 1
    make_up_asked_again_after_weeks: Weeks = 4
    participants_at_least: Annotated[int, Field(ge=1, le=500)] = 25
    participants_at_most: Annotated[int, Field(ge=1, le=500)] = 30
    confirmed_weeks_before: Weeks = 2


class Sessions(Said):
    """The weekly improvement session of coach and team, and how the engine asks about it."""

    every_weeks: Annotated[int, Field(ge=1, le=8)] = 1
    minutes: Annotated[int, Field(ge=15, le=480)] = 60
    asked_after_minutes: Annotated[int, Field(ge=0, le=2880)] = 60
    chased_after_working_days: tuple[WorkingDays, ...] = (2, 5)
    unknown_after_working_days: WorkingDays = 7


class Microsystem(Said):
    """Finding a team: asked weeks before the course start; then grace; then somebody must decide.

    Whoever is accepted ``late_within_weeks`` of the start, or after it, is asked at once and then regularly;
    of whoever asked for help, nothing ``help_within_weeks``.
    """

    asked_weeks_before: tuple[Weeks, ...] = (8, 4, 1)
    late_within_weeks: Weeks = 4
    late_asked_every_weeks: Weeks = 1
    help_within_weeks: Weeks = 2
    asked_days_apart: Annotated[int, Field(ge=1, le=28)] = 3
    grace_weeks: Weeks = 4
    conditional_start_weeks: Weeks = 4


class HealthRules(Said):
    """How many consecutive expected sessions, not held and not excused, or unknown, make a team at risk or stalled."""

    at_risk_after: Annotated[int, Field(ge=1, le=20)] = 2
    stalled_after: Annotated[int, Field(ge=2, le=40)] = 4
    stalled_asked_every_weeks: Weeks = 4


class Ladder(Said):
    """Who hears that a team is at risk, and when: the coach at once, then these, in working days."""

    faculty_after_working_days: WorkingDays = 5
    office_after_working_days: WorkingDays = 10


class Decision(Said):
    """A decision owed: asked of ``by``, due within ``within_weeks``, then chased, then put to the office."""

    by: Decider
    within_weeks: Weeks
    office_after_working_days: WorkingDays = 5
    office_again_every_weeks: Weeks = 4


class Supervised(Decision):
    """A decision that faculty or the office can take, and nobody else."""

    by: Supervisor


class Owed(Said):
    """What only those can give whom it concerns: due, chased and put to the office as a decision is."""

    within_weeks: Weeks
    office_after_working_days: WorkingDays = 5
    office_again_every_weeks: Weeks = 4

    def owed_by(self, role: Decider) -> Decision:
        """The same as a decision of somebody."""
        return Decision.model_construct(**{**self.__dict__, "by": role})


class Decisions(Said):
    """The decisions that people owe the engine."""

    agreement: Owed = Owed(within_weeks=4)
    readiness: Decision = Decision(by=Role.FACULTY, within_weeks=4)
    relapse: Supervised = Supervised(by=Role.FACULTY, within_weeks=2)
    stalled: Decision = Decision(by=Role.OFFICE, within_weeks=8)
    vacancy: Supervised = Supervised(by=Role.FACULTY, within_weeks=2)
    conditional_start: Supervised = Supervised(by=Role.OFFICE, within_weeks=2)
    completion: Owed = Owed(within_weeks=4)
    review: Decision = Decision(by=Role.FACULTY, within_weeks=4)
    hand_off: Decision = Decision(by=Role.FACULTY, within_weeks=4)
    limit: Decision = Decision(by=Role.OFFICE, within_weeks=4)
    cohort_confirmation: Owed = Owed(within_weeks=2)
    cover: Decision = Decision(by=Role.OFFICE, within_weeks=2)


class Progress(Said):
    """The progress score (IHI scale, 0.5 to 5.0 in halves), asked of the team and of faculty."""

    asked_every_months: Months = 1
    stale_after_weeks: Weeks = 6
    unscored_months: Months = 3
    flat_months: Months = 4


class Improvement(Said):
    """How the team's improvement work is asked about: its cycles, and aims whose date has passed."""

    first_cycle_after_weeks: Weeks = 26
    next_cycle_after_weeks: Weeks = 8
    asked_again_every_weeks: Weeks = 4


class Completion(Said):
    """What completes the course, beside the signed agreement. The office confirms it."""

    learning_sessions_attended: Annotated[int, Field(ge=0, le=24)] = 5
    sessions_held_percent: Annotated[int, Field(ge=0, le=100)] = 75


class Transition(Said):
    """When stepping back is proposed, and how sessions thin out after it has started."""

    proposed_after_months: Months = 12
    proposed_again_every_weeks: Weeks = 12
    fortnightly_after_weeks: Weeks = 4
    monthly_after_weeks: Weeks = 12


class HandOff(Said):
    """When the team is to carry on alone, counted from the anchor. Paused time does not count."""

    anchor: HandOffAnchor = HandOffAnchor.COURSE_START_OR_AGREEMENT
    planned_after_months: Months = 18
    limit_after_months: Months = 24
    extension_months: Months = 3
    extensions_at_most: Annotated[int, Field(ge=0, le=10)] = 2
    limit_announced_weeks_before: Weeks = 4


class Gate(Said):
    """What must be true before sign-off can become a hand-off."""

    progress_at_least: Annotated[float, Field(ge=0.5, le=5.0, multiple_of=0.5)] = 4.0
    chaired_by_team: Annotated[int, Field(ge=0, le=20)] = 3
    of_last_sessions: Annotated[int, Field(ge=1, le=20)] = 4
    sign_offs: tuple[Signer, ...] = (Role.COACH, Role.TEAM_LEAD, Role.FACULTY)


class PauseRules(Said):
    """How a pause is kept in sight."""

    reviewed_every_weeks: Weeks = 4
    decided_after_weeks: Weeks = 12


class Aftercare(Said):
    """When the team is asked whether the improvement holds."""

    asked_after_months: tuple[Months, ...] = (3, 6, 12)
    chased_after_working_days: WorkingDays = 10
    office_after_working_days: WorkingDays = 20
    office_again_every_weeks: Weeks = 4


class Absence(Said):
    """When somebody is asked about an absence, and how long one may be before its length must be confirmed.

    Pauses with less than ``pauses_joined_within_weeks`` between them are one pause for reviews and decisions.
    """

    cover_after_weeks: Weeks = 3
    cover_asked_weeks_before: Weeks = 4
    interim_reviewed_every_weeks: Weeks = 8
    closed_weeks_confirmed_after: Weeks = 6
    confirmed_after_weeks: Weeks = 26
    pauses_joined_within_weeks: Weeks = 2


class QuietHours(Said):
    """Notices go out from ``opens`` to ``closes``, local time, on working days only."""

    opens: WallTime = time(8, 0)
    closes: WallTime = time(18, 0)


class Attention(Said):
    """One gathered mail a person a week for what can wait; the matters ``at_once`` go by themselves.

    It goes on ``digest_on``, so long after the hours open, when everybody has said what is due that morning. Of more
    than ``lines_at_most`` the most urgent are sent; the rest is withheld, and stands on the person's own page.
    """

    digest_on: Weekday = Weekday.MONDAY
    digest_after_minutes: Annotated[int, Field(ge=5, le=240)] = 30
    lines_at_most: Annotated[int, Field(ge=1, le=100)] = 20
    at_once: tuple[Matter, ...] = (
        Matter.SESSION,
        Matter.ESCALATION,
        Matter.VACANCY,
        Matter.RELAPSE,
        Matter.LEARNING_SESSION,
        Matter.MICROSYSTEM,
        Matter.MISSING_DAY,
        Matter.CERTIFICATE,
        Matter.FEEDBACK,
    )


class IntroCourse(Said):
    """The two-day Introduction to Quality Improvement course: when it is held, and how its delegates are looked after.

    It begins on ``first_day_on`` of the ``week_of_month``-th such day of each of the ``months``; day 2 is
    ``days_apart`` later. Where a bank holiday or a closed week is in the way, both days are a week later.
    """

    places: Annotated[int, Field(ge=1, le=500)] = 20
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = (1, 3, 5, 7, 9, 11)
    first_day_on: Weekday = Weekday.WEDNESDAY
    week_of_month: Annotated[int, Field(ge=1, le=4)] = 2
    days_apart: Annotated[int, Field(ge=1, le=28)] = 1
    starts_at: WallTime = time(9, 30)
    minutes: Annotated[int, Field(ge=60, le=600)] = 390
    opens_weeks_before: Weeks = 12
    joining_days_before: Annotated[int, Field(ge=1, le=60)] = 14
    reminder_days_before: Annotated[int, Field(ge=1, le=60)] = 2
    offer_stands_working_days: WorkingDays = 2
    attendance_asked_every_weeks: Weeks = 1
    missing_day_asked_again_after_weeks: Weeks = 4
    made_up_checked_every_weeks: Weeks = 4
    feedback_chased_after_working_days: WorkingDays = 5
    wish_asked_every_weeks: Weeks = 4
    feedback_shown_from: Annotated[int, Field(ge=3, le=100)] = 5
    closes_after_weeks: Weeks = 6


class Targets(Said):
    """What reports are held against. Nothing follows from missing them but what they show."""

    sessions_held_percent: Annotated[int, Field(ge=0, le=100)] = 75
    days_between_sessions: Annotated[int, Field(ge=1, le=60)] = 10
    days_to_answer: Annotated[int, Field(ge=1, le=90)] = 10
    days_to_decide: Annotated[int, Field(ge=1, le=180)] = 28
    still_coaching_percent: Annotated[int, Field(ge=0, le=100)] = 60
    sustained_percent: Annotated[int, Field(ge=0, le=100)] = 80
    places_used_percent: Annotated[int, Field(ge=0, le=100)] = 80


class Programme(Said):
    """The template an engagement runs under. A shipped version never changes; a new rule is a new version."""

    name: Annotated[Code, Field(max_length=60)]
    version: Annotated[int, Field(ge=1, le=9999)]
    zone: Zone = DEFAULT_ZONE
    language: Language = Language.ENGLISH
    course: Course = Course()
    sessions: Sessions = Sessions()
    microsystem: Microsystem = Microsystem()
    health: HealthRules = HealthRules()
    ladder: Ladder = Ladder()
    decisions: Decisions = Decisions()
    progress: Progress = Progress()
    improvement: Improvement = Improvement()
    reviews_after_months: tuple[Months, ...] = (6, 12, 18)
    completion: Completion = Completion()
    transition: Transition = Transition()
    hand_off: HandOff = HandOff()
    gate: Gate = Gate()
    pause: PauseRules = PauseRules()
    absence: Absence = Absence()
    aftercare: Aftercare = Aftercare()
    lapsed_after_weeks: Weeks = 8
    lapse_told_faculty_after_weeks: Weeks = 4
    coaching_checked_every_weeks: Weeks = 4
    deputy_after_working_days: WorkingDays = 10
    quiet_hours: QuietHours = QuietHours()
    attention: Attention = Attention()
    intro_course: IntroCourse = IntroCourse()
    targets: Targets = Targets()

    @property
    def label(self) -> str:
        """Name and version, as in ``sheffield-mca@1``."""
        return f"{self.name}@{self.version}"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        broken = broken_rules(self)
        if broken:
            raise ValueError("; ".join(broken))
        return self


def zone_of_programme(said: dict[str, Any]) -> str:
    """The zone of a subject that is told with its programme and no zone of its own."""
    zone: str = said["programme"].zone
    return zone


@lru_cache(maxsize=64)
def _kept_once(programme: Programme) -> Programme:
    return programme


SharedProgramme = Annotated[Programme, AfterValidator(_kept_once)]
"""A programme as facts carry it: equal ones are one object, so that a worker's engagements keep one between them."""
