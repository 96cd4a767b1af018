"""The vocabulary of coaching: every word that facts, rules, records and notices share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints


class Said(BaseModel):
    """Base of everything that is said: immutable, and closed to fields nobody knows."""

    # What is wrong with something that is said may end in a log or a history: what was said may be personal.
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_timedelta="iso8601", allow_inf_nan=False, hide_input_in_errors=True
    )


_CODE = r"^[A-Za-z0-9][A-Za-z0-9._:@+-]*$"
Code = Annotated[str, StringConstraints(pattern=_CODE, max_length=80)]
"""An opaque code: letters, digits and ``. _ : @ + -``. Never a name, never an address."""

SCOPE: Final = "~"
"""Stands between the scope of an id and the id as its teller chose it."""

EventId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+~-]*$", max_length=220)]
"""Names one telling of one fact. The same id with the same content is harmless; with other content it is refused.

One chosen outside is 120 characters at most, without a ``~``; the ledger has it under its full id, ``scope~id``.
"""


class Named(StrEnum):
    """What an id in a fact names. The mark stands in the type of the field, so that every such id is looked up."""

    PERSON = "person"
    MICROSYSTEM = "microsystem"
    COHORT = "cohort"
    COHORT_TO_JOIN = "cohort_to_join"
    ENGAGEMENT = "engagement"
    ENROLMENT = "enrolment"
    NEW_ENROLMENT = "new_enrolment"
    INTRO_COURSE = "intro_course"
    BOOKING = "booking"
    NEW_BOOKING = "new_booking"
    ACADEMY = "academy"
    SUBJECT = "subject"


_ID = StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:+-]*$", max_length=80)
PersonId = Annotated[str, _ID, Named.PERSON]
MicrosystemId = Annotated[str, _ID, Named.MICROSYSTEM]
CohortId = Annotated[str, _ID, Named.COHORT]
CohortToJoin = Annotated[str, _ID, Named.COHORT_TO_JOIN]
"""A cohort that was not cancelled."""
EngagementId = Annotated[str, _ID, Named.ENGAGEMENT]
EnrolmentId = Annotated[str, _ID, Named.ENROLMENT]
NewEnrolmentId = Annotated[str, _ID, Named.NEW_ENROLMENT]
"""One that a cohort gives with this fact: it begins with the cohort's own."""
IntroCourseId = Annotated[str, _ID, Named.INTRO_COURSE]
BookingId = Annotated[str, _ID, Named.BOOKING]
NewBookingId = Annotated[str, _ID, Named.NEW_BOOKING]
"""One that a course gives with this fact: it begins with the course's own."""
AcademyId = Annotated[str, _ID, Named.ACADEMY]
SubjectId = Annotated[str, _ID, Named.SUBJECT]


def office_of(subject: str) -> PersonId:
    """The office of a subject's academy, with which its id begins: one mailbox, whatever its name and address are."""
    return f"{subject.partition('.')[0]}.office"


def deputy_of(subject: str) -> PersonId:
    """The deputy of a subject's academy, whoever that is: known when a mail goes to them, and not before."""
    return f"{subject.partition('.')[0]}.deputy"


class Group(StrEnum):
    """Kinds of fact that one grant allows to tell."""

    SESSIONS = "sessions"
    IMPROVEMENT = "improvement"
    DECISIONS = "decisions"
    ENDINGS = "endings"
    AFTERCARE = "aftercare"
    PEOPLE = "people"
    LEAVE = "leave"
    COURSES = "courses"
    ENROLMENTS = "enrolments"
    BOOKINGS = "bookings"
    FEEDBACK = "feedback"
    ACADEMY = "academy"


class Role(StrEnum):
    """A person's part. Notices go to roles; names are looked up at the moment of sending."""

    COACH = "coach"
    CO_COACH = "co_coach"
    INTERIM_COACH = "interim_coach"
    FACULTY = "faculty"
    SPONSOR = "sponsor"
    TEAM_LEAD = "team_lead"
    OFFICE = "office"
    DEPUTY = "deputy"
    PROCESS_OWNER = "process_owner"
    MEASURE_OWNER = "measure_owner"
    SERVICE = "service"
    OPERATOR = "operator"
    DELEGATE = "delegate"


COACHING: Final = frozenset({Role.COACH, Role.CO_COACH, Role.INTERIM_COACH})
"""The roles of whoever coaches a team."""


class Phase(StrEnum):
    """Godfrey's team-coaching phases, and aftercare."""

    PRE_PHASE = "pre_phase"
    ACTION = "action"
    TRANSITION = "transition"
    AFTERCARE = "aftercare"


class Stage(StrEnum):
    """Where an engagement is in its lifecycle. Every stage belongs to one phase."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    ACTION = "action"
    TRANSITION = "transition"
    READINESS_REVIEW = "readiness_review"
    AFTERCARE = "aftercare"
    RELAPSED = "relapsed"
    SUSTAINED = "sustained"
    ENDED_EARLY = "ended_early"


class RampStep(StrEnum):
    """Where the team's improvement work is. Cyclic: a new theme follows standardising."""

    ASSESSMENT = "assessment"
    THEME = "theme"
    GLOBAL_AIM = "global_aim"
    SPECIFIC_AIM = "specific_aim"
    CHANGE_IDEAS = "change_ideas"
    PDSA = "pdsa"
    SDSA = "sdsa"


class Health(StrEnum):
    """How the weekly work goes, by the sessions; or that none is expected, as all coaches are away, or in a pause."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    STALLED = "stalled"
    ON_LEAVE = "on_leave"
    PAUSED = "paused"


class Concern(StrEnum):
    """What is most wrong with an engagement now, the worst first: its team may stop for good."""

    STALLED = "stalled"
    NO_COACH = "no_coach"
    AT_RISK = "at_risk"
    NO_PROGRESS = "no_progress"
    ON_LEAVE = "on_leave"
    PAUSED = "paused"


class Weekday(StrEnum):
    """Days a weekly session can be on."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """Monday is 0, as in :meth:`datetime.date.weekday`."""
        return _WEEKDAYS[self]


_WEEKDAYS = {day: number for number, day in enumerate(Weekday)}


class HolidayDivision(StrEnum):
    """The part of the United Kingdom whose bank holidays hold."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"


class NotHeldReason(StrEnum):
    """Why a session did not take place."""

    CLINICAL_PRESSURE = "clinical_pressure"
    STAFFING = "staffing"
    NO_QUORUM = "no_quorum"
    COACH_ABSENT = "coach_absent"
    TEAM_ABSENT = "team_absent"
    BANK_HOLIDAY = "bank_holiday"
    LEAVE = "leave"
    OTHER = "other"


class Outcome(StrEnum):
    """What is known of one session."""

    EXPECTED = "expected"
    HELD = "held"
    NOT_HELD = "not_held"
    UNKNOWN = "unknown"
    EXCUSED = "excused"


class EndReason(StrEnum):
    """Why an engagement ended without the team carrying on alone, or how it ended well."""

    SUSTAINED = "sustained"
    TEAM_DISBANDED = "team_disbanded"
    TEAM_MERGED = "team_merged"
    TEAM_WITHDREW = "team_withdrew"
    COACH_STOPPED = "coach_stopped"
    NO_COACH_FOUND = "no_coach_found"
    PARTICIPANT_WITHDREW = "participant_withdrew"
    PARTICIPANT_DEFERRED = "participant_deferred"
    COHORT_CANCELLED = "cohort_cancelled"
    STARTED_IN_ERROR = "started_in_error"
    SILENT = "silent"
    TIME_LIMIT = "time_limit"
    NEW_ENGAGEMENT = "new_engagement"
    OTHER = "other"


class Act(StrEnum):
    """What the engine does at a due moment."""

    ASK = "ask"
    REMIND = "remind"
    FLAG = "flag"
    ESCALATE = "escalate"
    MOVE_ON = "move_on"


class Matter(StrEnum):
    """What a due item or a notice is about."""

    AGREEMENT = "agreement"
    START = "start"
    SESSION = "session"
    LEAVE = "leave"
    ESCALATION = "escalation"
    RELIEF = "relief"
    ALARM_AGAIN = "alarm_again"
    STALL = "stall"
    PROGRESS_TEAM = "progress_team"
    PROGRESS_FACULTY = "progress_faculty"
    CYCLE = "cycle"
    AIM = "aim"
    NO_PROGRESS = "no_progress"
    REVIEW = "review"
    TRANSITION = "transition"
    READINESS = "readiness"
    SIGN_OFF = "sign_off"
    GATE = "gate"
    HAND_OFF = "hand_off"
    LIMIT = "limit"
    PAUSE_REVIEW = "pause_review"
    PAUSE_DECISION = "pause_decision"
    VACANCY = "vacancy"
    ROLE_VACANCY = "role_vacancy"
    COVER = "cover"
    INTERIM = "interim"
    AFTERCARE = "aftercare"
    RELAPSE = "relapse"
    CONTRADICTION = "contradiction"
    OFFICE_OVERDUE = "office_overdue"
    COHORT_CONFIRMATION = "cohort_confirmation"
    COHORT_SIZE = "cohort_size"
    LEARNING_SESSION = "learning_session"
    ATTENDANCE = "attendance"
    MAKE_UP = "make_up"
    CANNOT_COME = "cannot_come"
    TEAM_HELP = "team_help"
    MICROSYSTEM = "microsystem"
    CONDITIONAL_START = "conditional_start"
    TEACHING = "teaching"
    COMPLETION = "completion"
    COACHING_CHECK = "coaching_check"
    LAPSE = "lapse"
    INTRO_COURSE = "intro_course"
    BOOKING = "booking"
    OFFER = "offer"
    JOINING = "joining"
    COURSE_CHANGED = "course_changed"
    INTRO_ATTENDANCE = "intro_attendance"
    MISSING_DAY = "missing_day"
    CERTIFICATE = "certificate"
    FEEDBACK = "feedback"
    COACHING_WISH = "coaching_wish"


class CohortStage(StrEnum):
    """Where a cohort is."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    IN_TEACHING = "in_teaching"
    TEACHING_COMPLETE = "teaching_complete"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class EnrolmentState(StrEnum):
    """Where one participant is, from acceptance to alumnus."""

    MICROSYSTEM_PENDING = "microsystem_pending"
    READY = "ready"
    CONDITIONAL_START = "conditional_start"
    IN_TRAINING = "in_training"
    TRAINING_COMPLETE = "training_complete"
    PRACTISING = "practising"
    ON_LEAVE = "on_leave"
    LAPSED = "lapsed"
    REFRESHING = "refreshing"
    ALUMNUS = "alumnus"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    NOT_COMPLETED = "not_completed"


class IntroStage(StrEnum):
    """Where an Introduction course is. From day 2 it stays there until all of it is told and answered."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    FULL = "full"
    JOINING = "joining"
    DAY_1 = "day_1"
    DAY_2 = "day_2"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class BookingState(StrEnum):
    """Where one booking is, from the request to what came of it."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    OFFER_LAPSED = "offer_lapsed"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    PART_ATTENDED = "part_attended"
    NO_SHOW = "no_show"


class Delegate(StrEnum):
    """Whether a delegate comes from the academy's own organisations."""

    INTERNAL = "internal"
    EXTERNAL = "external"
