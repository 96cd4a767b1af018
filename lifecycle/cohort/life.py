"""The life of one cohort as its facts tell it: the course, and every enrolment. Independent of what time it is now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import NamedTuple

from lifecycle.calendar import Calendar, calendar
from lifecycle.holding import NOTHING_SAID, Mailing
from lifecycle.leave import Leaves
from schemas.cohort_facts import Coaching, CohortScheduled, EnrolmentAccepted, Team
from schemas.facts import CalendarRevised, RoleChanged
from schemas.programme import Completion, Programme
from schemas.words import Code, CohortId, CohortStage, EngagementId, EnrolmentId, EventId, PersonId, Role


@dataclass(frozen=True, slots=True)
class Found:
    """A microsystem found, and when: its engagement begins then, under the programme and table of that day.

    ``number`` tells a coach's engagements apart, ``by`` is the event that said so.
    """

    team: Team
    at: datetime
    programme: Programme
    table: Code
    number: int
    by: EventId


class Declined(NamedTuple):
    """A participant said when they would not come to a learning session: on which day, and when they said so."""

    day: date
    at: datetime


class Move(NamedTuple):
    """To which cohort a participant moves, who gets a place there: since when, and by which event."""

    cohort: CohortId
    at: datetime
    by: EventId

    def place(self, enrolment: EnrolmentId) -> EnrolmentId:
        """The id of the place: the same whenever it is asked for, and nobody else's."""
        return f"{self.cohort}.M{hashlib.sha256(enrolment.encode()).hexdigest()[:8]}"


class Helped(NamedTuple):
    """A participant asked for help to find a team, and perhaps the office answered that it found none."""

    asked_at: datetime
    by: EventId
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One participant in the cohort, and the teams they found.

    ``left_at`` is when they left for good: their teams hear of that by themselves. ``paused_at`` is when the coach was
    last seen to pause: that time does not count towards a lapse. ``changes`` say who is faculty or sponsor since.
    ``offered`` is what came of the last offer to coach again, and when.
    """

    accepted: EnrolmentAccepted
    teams: tuple[Found, ...] = ()
    may_start: bool | None = None
    may_start_until: date | None = None
    decided_at: datetime | None = None
    attended: frozenset[int] = frozenset()
    declined: Mapping[int, Declined] = field(default_factory=dict)
    helped: Helped | None = None
    deferred_at: datetime | None = None
    deferred_to: str | None = None
    moves: Move | None = None
    withdrawn_at: datetime | None = None
    left_at: datetime | None = None
    gone_by: EventId = ""
    completed: bool | None = None
    completed_at: datetime | None = None
    refreshed_at: datetime | None = None
    offered: tuple[str, datetime] | None = None
    coaching: Coaching | None = None
    paused_at: datetime | None = None
    changes: tuple[RoleChanged, ...] = ()

    def person(self, role: Role, at: datetime | None = None) -> PersonId | None:
        """Who is participant, faculty or sponsor, now or at a moment."""
        if role is Role.COACH:
            return self.accepted.person
        person = {Role.FACULTY: self.accepted.faculty, Role.SPONSOR: self.accepted.sponsor}.get(role)
        for change in self.changes:
            if change.role is role and (at is None or change.occurred_at <= at):
                person = change.person
        return person

    def numbered(self, wanted: int) -> int:
        """The number of a team that is found now: the one it was told with if that is free, else the first free one."""
        taken = {found.number for found in self.teams}
        free = (number for number in count(1) if number not in taken)
        return wanted if wanted and wanted not in taken else next(free)

    @property
    def gone_at(self) -> datetime | None:
        """When the participant deferred or withdrew."""
        return self.deferred_at or self.withdrawn_at

    @property
    def gone(self) -> bool:
        """Deferred, withdrawn or no longer there at all: nothing more is asked here."""
        return self.gone_at is not None or self.left_at is not None


@dataclass(frozen=True, slots=True)
class Behind:
    """What of the course had happened when another version or table was last adopted: it stays as it was.

    ``sessions`` are the learning sessions that had begun, with start and end. Those to come count on from the last of
    them, ``last`` by its number, which was planned ``months`` after the course start, or later than by their rhythm.
    """

    adopted_at: datetime
    started_at: datetime | None
    sessions: dict[int, tuple[datetime, datetime]]
    ended_at: datetime | None
    completion: Completion | None
    last: int
    months: int


@dataclass(frozen=True, slots=True)
class Life:
    """What the facts say of the course and its people. ``revised`` are tables that were told to this cohort alone."""

    opening: CohortScheduled
    programme: Programme
    calendar: Calendar
    enrolments: dict[EnrolmentId, Enrolment] = field(default_factory=dict)
    moved: dict[int, tuple[date, time]] = field(default_factory=dict)
    held: dict[int, datetime] = field(default_factory=dict)
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_by: EventId = ""
    seen_at: datetime | None = None
    leaves: Leaves = ()
    left: frozenset[PersonId] = frozenset()
    revised: tuple[CalendarRevised, ...] = ()
    behind: Behind | None = None
    mailing: Mailing = NOTHING_SAID

    def leaves_of(self, enrolment: Enrolment) -> Leaves:
        """When a participant is away."""
        return tuple(leave for leave in self.leaves if leave.person == enrolment.accepted.person)

    @property
    def starts_at(self) -> datetime:
        """The first sending minute of the first day of the course."""
        if self.behind is not None and self.behind.started_at is not None:
            return self.behind.started_at
        return self.calendar.at(self.opening.course_start, self.programme.quiet_hours.opens)

    def learning_session(self, number: int) -> datetime:
        """When a learning session starts: monthly from the course start, on a working day, unless it was moved."""
        if self.behind is not None and number in self.behind.sessions:
            return self.behind.sessions[number][0]
        if number in self.moved:
            return self.calendar.at(*self.moved[number])
        return self.learning_session_planned(number)

    def learning_session_planned(self, number: int) -> datetime:
        """When a learning session would start, were it never moved."""
        course = self.programme.course
        start = self.calendar.at(self.opening.course_start, course.learning_session_at)
        planned = self.calendar.add_months(start, self._months_to(number))
        return self.calendar.after_working_days(planned, 0)

    def _months_to(self, number: int) -> int:
        """How many months after the course start a learning session is planned."""
        every = self.programme.course.learning_session_every_months
        last, months = (self.behind.last, self.behind.months) if self.behind is not None else (0, 0)
        return max(0, months + (number - max(1, last)) * every)

    def learning_session_first_planned(self, number: int, opening: CohortScheduled) -> datetime:
        """When a learning session was first planned to start, before anything moved it or put the first fact right."""
        days = calendar(opening.calendar, opening.division, opening.zone, opening.programme.quiet_hours)
        first = replace(self, opening=opening, programme=opening.programme, calendar=days, behind=None)
        return first.learning_session_planned(number)

    def reminded_at(self, starts_at: datetime) -> list[datetime]:
        """When participants are reminded of a learning session that starts then, in order."""
        days = sorted(self.programme.course.reminder_days_before, reverse=True)
        return [self.calendar.sendable_before(self.calendar.add_days(starts_at, -before)) for before in days]

    def learning_session_ends(self, number: int) -> datetime:
        """When a learning session ends."""
        if self.behind is not None and number in self.behind.sessions:
            return self.behind.sessions[number][1]
        return self.learning_session(number) + timedelta(minutes=self.programme.course.learning_session_minutes)

    @property
    def numbers(self) -> range:
        """The numbers of the learning sessions: once the course was over, as many as there were."""
        behind = self.behind
        begun = max(behind.sessions, default=0) if behind is not None else 0
        over = behind is not None and behind.ended_at is not None
        return range(1, (begun if over else max(begun, self.programme.course.learning_sessions)) + 1)

    @property
    def teaching_ends_at(self) -> datetime:
        """When the taught course is over: its months are up and the last learning session has ended."""
        months = self.calendar.add_months(self.starts_at, self.programme.course.length_months)
        if self.behind is not None:
            if self.behind.ended_at is not None:
                return self.behind.ended_at
            months = max(months, self.behind.adopted_at)
        return max(months, *(self.learning_session_ends(number) for number in self.numbers))

    @property
    def completion(self) -> Completion:
        """What it takes to complete the course: as it held when the teaching ended."""
        over = self.behind.completion if self.behind is not None else None
        return over or self.programme.completion

    def behind_at(self, at: datetime) -> Behind:
        """What of the course has happened, when something new is adopted."""
        begun = [number for number in self.numbers if self.learning_session(number) <= at]
        over, last = self.teaching_ends_at <= at, max(begun, default=0)
        return Behind(
            adopted_at=at,
            started_at=self.starts_at if self.starts_at <= at else None,
            sessions={number: (self.learning_session(number), self.learning_session_ends(number)) for number in begun},
            ended_at=self.teaching_ends_at if over else None,
            completion=self.completion if over else None,
            last=last,
            months=self._months_to(last) if last else 0,
        )

    def to_be_held(self, number: int) -> Life:
        """The life with a learning session that is still to come, whenever it was to begin before."""
        if self.behind is None or number not in self.behind.sessions:
            return self
        sessions = {other: times for other, times in self.behind.sessions.items() if other != number}
        return replace(self, behind=replace(self.behind, sessions=sessions))

    def ahead_of(self, behind: Behind) -> Life:
        """The life with what is behind as it was, and no learning session to come dated before the adoption."""
        life = replace(self, behind=behind)
        ahead = [number for number in life.numbers if number not in behind.sessions and number not in self.moved]
        while ahead and life.learning_session_planned(ahead[0]) <= behind.adopted_at:
            behind = replace(behind, months=behind.months + 1)
            life = replace(self, behind=behind)
        return life

    def grace_ends(self, enrolment: Enrolment) -> datetime:
        """Until when a participant may look for a team: weeks from the course start, or from a later acceptance."""
        begins = max(self.starts_at, enrolment.accepted.occurred_at)
        return self.calendar.add_weeks(begins, self.programme.microsystem.grace_weeks)

    def declined(self, enrolment: Enrolment, number: int) -> Declined | None:
        """What a participant said who cannot come to a learning session; None once it is on another day."""
        said = enrolment.declined.get(number)
        return said if said and said.day == self.calendar.day(self.learning_session(number)) else None

    def help_ends(self, helped: Helped) -> datetime:
        """Until when a participant who asked for help is not asked for their team: answered, or not in time."""
        weeks = self.programme.microsystem.help_within_weeks
        return helped.answered_at or self.calendar.add_weeks(helped.asked_at, weeks)

    def found(self, engagement: EngagementId) -> Found | None:
        """The team of an engagement of this cohort; None while it has not begun."""
        main = self.enrolments.get(engagement) or self.enrolments.get(engagement.rpartition("-")[0])
        if main is None:
            return None
        key = main.accepted.enrolment
        return next((found for found in main.teams if engagement_id(key, found.number) == engagement), None)

    def here(self, engagement: EngagementId) -> bool:
        """Whether an engagement belongs to this cohort, begun or not."""
        return any(engagement.rpartition(".")[0] == key.rpartition(".")[0] for key in self.enrolments)

    def co_coach(self, engagement: EngagementId, at: datetime) -> Enrolment | None:
        """The participant who co-coaches an engagement at a moment."""
        return next(
            (
                enrolment
                for enrolment in self.enrolments.values()
                if enrolment.accepted.joins == engagement
                and enrolment.accepted.occurred_at <= at
                and (enrolment.gone_at is None or enrolment.gone_at > at)
            ),
            None,
        )

    def ended_by_deferral(self, engagement: EngagementId, main: Enrolment) -> bool:
        """Whether an engagement ends because its coach moved to a later cohort: with a co-coach there it goes on."""
        return main.deferred_at is not None and self.co_coach(engagement, main.deferred_at) is None

    def has_team(self, enrolment: Enrolment) -> bool:
        """Whether a participant coaches a microsystem, as main or as co-coach of an engagement that has begun."""
        joins = enrolment.accepted.joins
        if enrolment.teams or joins is None or not self.here(joins):
            return bool(enrolment.teams) or joins is not None
        if self.found(joins) is None:
            return False
        main = self.enrolments.get(joins) or self.enrolments[joins.rpartition("-")[0]]
        return not self.ended_by_deferral(joins, main)

    def with_enrolment(self, enrolment: EnrolmentId, **changes: object) -> Life:
        """The life with one enrolment changed."""
        changed = replace(self.enrolments[enrolment], **changes)  # type: ignore[arg-type]
        return replace(self, enrolments={**self.enrolments, enrolment: changed})

    def outside_numbers(self) -> tuple[datetime, str] | None:
        """Since when there are too few participants, having been enough, or too many; None while there are not."""
        course, number, enough = self.programme.course, 0, False
        found: tuple[datetime, str] | None = None
        for at, change in sorted(self._comings_and_goings()):
            number += change
            enough = enough or number >= course.participants_at_least
            few, many = enough and number < course.participants_at_least, number > course.participants_at_most
            rule = "too_few_participants" if few else "too_many_participants" if many else ""
            if not rule:
                found = None
            elif found is None or found[1] != rule:
                found = at, rule
        return found

    def _comings_and_goings(self) -> Iterator[tuple[datetime, int]]:
        for enrolment in self.enrolments.values():
            yield enrolment.accepted.occurred_at, 1
            gone = [at for at in (enrolment.deferred_at, enrolment.withdrawn_at, enrolment.left_at) if at is not None]
            if gone:
                yield min(gone), -1

    def settled(self) -> bool:
        """Whether it is decided of everybody if they completed the course."""
        return all(e.gone or e.completed is not None for e in self.enrolments.values())

    def stage_at(self, at: datetime) -> CohortStage:
        """The stage at a moment: the course starts, ends and closes by time and decisions."""
        if self.cancelled_at is not None:
            return CohortStage.CANCELLED
        if at < self.starts_at:
            return CohortStage.CONFIRMED if self.confirmed_at is not None else CohortStage.PLANNED
        if at < self.teaching_ends_at:
            return CohortStage.IN_TEACHING
        return CohortStage.CLOSED if self.settled() else CohortStage.TEACHING_COMPLETE


def engagement_id(enrolment: EnrolmentId, number: int) -> EngagementId:
    """The id of an enrolment's first, second … engagement."""
    return enrolment if number == 1 else f"{enrolment}-{number}"
