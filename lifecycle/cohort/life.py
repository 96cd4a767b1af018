"""The life of one cohort as its facts tell it: the course, and every enrolment. Independent of what time it is now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from lifecycle.calendar import Calendar
from schemas.cohort_facts import Coaching, CohortScheduled, EnrolmentAccepted, Team
from schemas.programme import Programme
from schemas.words import CohortStage, EnrolmentId


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One participant in the cohort. ``teams`` are the microsystems found, with when and by which event."""

    accepted: EnrolmentAccepted
    teams: tuple[tuple[Team, datetime, str], ...] = ()
    may_start: bool | None = None
    may_start_until: date | None = None
    decided_at: datetime | None = None
    attended: frozenset[int] = frozenset()
    leaves: tuple[tuple[date, date], ...] = ()
    deferred_at: datetime | None = None
    deferred_to: str | None = None
    withdrawn_at: datetime | None = None
    completed: bool | None = None
    refreshed_at: datetime | None = None
    coaching: Coaching | None = None
    gone_by: str = ""

    @property
    def gone(self) -> bool:
        """Deferred or withdrawn: nothing more is asked here."""
        return self.deferred_at is not None or self.withdrawn_at is not None

    @property
    def has_team(self) -> bool:
        """Whether the participant coaches a microsystem, as main or as co-coach."""
        return bool(self.teams) or self.accepted.joins is not None


@dataclass(frozen=True, slots=True)
class Life:
    """What the facts say of the course and its people."""

    opening: CohortScheduled
    programme: Programme
    calendar: Calendar
    enrolments: dict[EnrolmentId, Enrolment] = field(default_factory=dict)
    moved: dict[int, tuple[date, time]] = field(default_factory=dict)
    held: dict[int, datetime] = field(default_factory=dict)
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str = ""
    seen_at: datetime | None = None

    @property
    def starts_at(self) -> datetime:
        """The first sending minute of the first day of the course."""
        return self.calendar.at(self.opening.course_start, self.programme.quiet_hours.opens)

    def learning_session(self, number: int) -> datetime:
        """When a learning session starts: monthly from the course start, on a working day, unless it was moved."""
        course = self.programme.course
        if number in self.moved:
            return self.calendar.at(*self.moved[number])
        start = self.calendar.at(self.opening.course_start, course.learning_session_at)
        planned = self.calendar.add_months(start, (number - 1) * course.learning_session_every_months)
        return self.calendar.after_working_days(planned, 0)

    def learning_session_ends(self, number: int) -> datetime:
        """When a learning session ends."""
        return self.learning_session(number) + timedelta(minutes=self.programme.course.learning_session_minutes)

    @property
    def numbers(self) -> range:
        """The numbers of the learning sessions."""
        return range(1, self.programme.course.learning_sessions + 1)

    @property
    def teaching_ends_at(self) -> datetime:
        """When the taught course is over: its months are up and the last learning session has ended."""
        months = self.calendar.add_months(self.starts_at, self.programme.course.length_months)
        return max(months, *(self.learning_session_ends(number) for number in self.numbers))

    def with_enrolment(self, enrolment: EnrolmentId, **changes: object) -> Life:
        """The life with one enrolment changed."""
        changed = replace(self.enrolments[enrolment], **changes)  # type: ignore[arg-type]
        return replace(self, enrolments={**self.enrolments, enrolment: changed})

    def settled(self) -> bool:
        """Whether it is decided of everybody if they completed the course."""
        return all(e.gone or e.completed is not None for e in self.enrolments.values())

    def stage_at(self, at: datetime) -> CohortStage:
        """The stage at a moment: the course starts, ends and closes by time and decisions."""
        if self.cancelled_at is not None:
            return CohortStage.CANCELLED
        if at >= self.teaching_ends_at:
            return CohortStage.CLOSED if self.settled() else CohortStage.TEACHING_COMPLETE
        if at >= self.starts_at:
            return CohortStage.IN_TEACHING
        return CohortStage.CONFIRMED if self.confirmed_at is not None else CohortStage.PLANNED
