"""The life of one engagement as its facts tell it. Nothing here depends on what time it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from lifecycle.calendar import Calendar
from lifecycle.holding import NOTHING_SAID, Mailing
from lifecycle.leave import Leaves
from schemas.engagement_facts import (
    CoachPart,
    EngagementProposed,
    PauseReason,
    SessionCancelledAhead,
    SessionHeld,
    SessionNotHeld,
    SessionRescheduled,
    Slot,
)
from schemas.moments import SessionId
from schemas.programme import Programme
from schemas.words import EndReason, RampStep, Role, Stage, deputy_of

SessionReport = SessionHeld | SessionNotHeld | SessionCancelledAhead


AGREEING: Final = (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD)
"""Who signs the coaching agreement."""

SUPPORTING: Final = (Role.FACULTY, Role.SPONSOR, Role.TEAM_LEAD)
"""The roles beside the coach on which coaching depends. They change hands, or fall vacant."""

OWNERS: Final = (Role.PROCESS_OWNER, Role.MEASURE_OWNER)
"""The roles on which aftercare depends. Who has them is named."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody coached in a part, from ``since`` until ``until`` (open while None).

    ``looked_at`` is when it was last said that an interim coach stays, ``review_on`` when that is to be asked.
    """

    person: str
    part: CoachPart
    since: datetime
    until: datetime | None = None
    looked_at: datetime | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Coaching rested from ``since`` until ``until`` (open while None). ``confirmed_until`` is by decision."""

    since: datetime
    reason: PauseReason
    event_id: str
    until: datetime | None = None
    looked_at: datetime | None = None
    review_on: date | None = None
    confirmed_until: date | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One progress score and who gave it."""

    event_id: str
    scorer: str
    score: float
    at: datetime


class Earlier(NamedTuple):
    """The programme and the calendar that held until a moment. What had begun by then is judged by them."""

    until: datetime
    programme: Programme
    calendar: Calendar


class Aim(NamedTuple):
    """The team's specific aim: what a measure should reach, by which day."""

    measure: str
    target: float
    by_day: date
    event_id: str


class Cycle(NamedTuple):
    """A plan-do-study-act cycle, or one that standardises. It runs until it is studied."""

    number: int
    standardise: bool
    from_day: date
    until_day: date
    idea: int | None
    event_id: str
    studied_at: datetime | None = None
    decision: str | None = None

    @property
    def adopted(self) -> bool:
        """Whether it was studied, and what it tested is kept."""
        return self.decision == "adopt"


_NONE: Final[Mapping[Any, Any]] = MappingProxyType({})


class Life(NamedTuple):
    """What the facts say. ``stage_by`` is the event that brought the stage; action is reached by time, not told.

    A tuple, since each fact makes another, and copying a dataclass of so many fields is a dozen times as dear.
    ``cover_waived`` is when it was last said that nobody need stand in, and when that is asked again.
    ``vacated`` are the roles other than a coach's that nobody has, from the start or since somebody gave them up: since
    when, and by which event.
    ``reports`` and ``moves`` are what is known of each session, by its name; of a session moved twice, the last move.
    ``moved_and_begun`` are the moved sessions, by their week's Monday, that had begun when something new was adopted.
    ``programme`` and ``calendar`` hold now, ``earlier`` are those that held before.
    ``helped_at`` is when somebody last said what helps a team that makes no progress.
    ``tapers`` are the times in which sessions thin out, the open one last; ``slots`` the weekly hours, each from a day.
    """

    opening: EngagementProposed
    programme: Programme
    calendar: Calendar
    slots: tuple[tuple[date, Slot], ...]
    people: Mapping[Role, str]
    assignments: tuple[Assignment, ...]
    stage_since: datetime
    stage_by: str
    earlier: tuple[Earlier, ...] = ()
    stage: Stage = Stage.PROPOSED
    signed: Mapping[Role, datetime] = _NONE
    agreed_at: datetime | None = None
    vacant_since: datetime | None = None
    vacant_by: str = ""
    vacated: Mapping[Role, tuple[datetime, str]] = _NONE
    leaves: Leaves = ()
    cover_waived: tuple[datetime, date] | None = None
    reports: Mapping[SessionId, SessionReport] = _NONE
    moves: Mapping[SessionId, SessionRescheduled] = _NONE
    moved_and_begun: Mapping[date, tuple[date, Slot] | None] = _NONE
    ramp_step: RampStep | None = None
    aim: Aim | None = None
    ideas: frozenset[int] = frozenset()
    cycles: Mapping[int, Cycle] = _NONE
    measures: frozenset[str] = frozenset()
    scores: tuple[Score, ...] = ()
    helped_at: datetime | None = None
    reviews: Mapping[int, datetime] = _NONE
    pauses: tuple[Pause, ...] = ()
    tapers: tuple[tuple[datetime, datetime | None], ...] = ()
    assessed_at: datetime | None = None
    signed_off: Mapping[Role, datetime] = _NONE
    refused_until: date | None = None
    extensions: int = 0
    extended_months: int = 0
    handed_off_at: datetime | None = None
    aftercare: Mapping[int, tuple[bool, datetime]] = _NONE
    boosted_at: datetime | None = None
    sponsor_released_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    mailing: Mailing = NOTHING_SAID

    @property
    def paused(self) -> Pause | None:
        """The pause that is open, if any."""
        return self.pauses[-1] if self.pauses and self.pauses[-1].until is None else None

    def pauses_at(self, at: datetime) -> bool:
        """Whether a moment lies in a pause, finished or open."""
        return bool(self.pauses) and any(p.since <= at and (p.until is None or at < p.until) for p in self.pauses)

    @property
    def running(self) -> list[Cycle]:
        """The cycles that are planned and not yet studied."""
        return [cycle for cycle in self.cycles.values() if cycle.studied_at is None]

    @property
    def standardised(self) -> bool:
        """Whether the team made the standard what it had tested: one full way from PDSA to SDSA."""
        return any(cycle.standardise and cycle.adopted for cycle in self.cycles.values())

    @property
    def transition_at(self) -> datetime | None:
        """When the coach began to step back; None while the team is in its full weekly work."""
        return self.tapers[-1][0] if self.tapers and self.tapers[-1][1] is None else None

    @property
    def main_coach(self) -> str | None:
        """Who is main coach now."""
        return self.coaching(CoachPart.MAIN)

    @property
    def acting_coach(self) -> str | None:
        """Who runs the sessions: the interim coach if there is one, else the main coach, else the co-coach."""
        return self.coaching(CoachPart.INTERIM) or self.main_coach or self.coaching(CoachPart.CO)

    def coaching(self, part: CoachPart) -> str | None:
        """Who coaches in a part now."""
        return next((a.person for a in self.assignments if a.part == part and a.until is None), None)

    def person(self, role: Role) -> str | None:
        """Who has a role now. Roles are looked up at the moment a notice is issued."""
        match role:
            case Role.COACH:
                return self.acting_coach
            case Role.CO_COACH:
                return self.coaching(CoachPart.CO)
            case Role.INTERIM_COACH:
                return self.coaching(CoachPart.INTERIM)
            case Role.DEPUTY:
                return deputy_of(self.opening.cohort)
            case _:
                return self.people.get(role)

    def begins_action_at(self) -> datetime | None:
        """When weekly work begins: the later of agreement and course start. None until the agreement is signed."""
        if self.agreed_at is None:
            return None
        return max(self.agreed_at, self.course_opens())

    def course_opens(self) -> datetime:
        """The first sending minute of the course, by the hours that held on that morning."""
        day = self.opening.course_start
        for held in self.earlier:
            opens = held.calendar.at(day, held.programme.quiet_hours.opens)
            if opens <= held.until:
                return opens
        return self.calendar.at(day, self.programme.quiet_hours.opens)

    def held_at(self, at: datetime) -> tuple[Programme, Calendar]:
        """The programme and the calendar that held at a moment; of a time to come those that hold now."""
        for held in self.earlier:
            if at <= held.until:
                return held.programme, held.calendar
        return self.programme, self.calendar

    def listed(self, months: Callable[[Programme], tuple[int, ...]], since: datetime) -> tuple[int, ...]:
        """The months counted from a time: those gone by as they were listed when they fell due, those ahead as now."""
        if not self.earlier:
            return months(self.programme)
        found = {m for m in months(self.programme) if self.calendar.add_months(since, m) > self.earlier[-1].until}
        begins = since
        for held in self.earlier:
            due = {m: held.calendar.add_months(since, m) for m in months(held.programme)}
            found |= {month for month, at in due.items() if begins < at <= held.until}
            begins = held.until
        return tuple(sorted(found)) or months(self.programme)

    def reviewed_after(self) -> tuple[int, ...]:
        """The months from the course start after which there are reviews."""
        return self.listed(lambda programme: programme.reviews_after_months, self.course_opens())

    def checked_after(self) -> tuple[int, ...]:
        """The months from hand-off after which aftercare is asked about."""
        since = self.handed_off_at
        if since is None:
            return self.programme.aftercare.asked_after_months
        return self.listed(lambda programme: programme.aftercare.asked_after_months, since)

    def adopted(self) -> Iterator[tuple[datetime, Programme, Calendar]]:
        """What took the place of what held earlier, and from when on, in order."""
        for number, held in enumerate(self.earlier, start=1):
            following = self.earlier[number] if number < len(self.earlier) else self
            yield held.until, following.programme, following.calendar

    def unpaused(self, since: datetime, due: datetime) -> datetime:
        """``due``, moved by the finished pauses that lie between ``since`` and it: paused time does not count."""
        for pause in self.pauses:
            if pause.until is not None and since < pause.until and pause.since < due:
                due += pause.until - max(pause.since, since)
        return due

    def check_due(self, handed_off: datetime, month: int) -> datetime:
        """When an aftercare check is due. The last is as long after a booster as the first after hand-off, at least."""
        months = self.checked_after()
        due = self.calendar.add_months(handed_off, month)
        if self.boosted_at is None or month != months[-1]:
            return due
        return max(due, self.calendar.add_months(self.boosted_at, months[0]))

    def stage_at(self, at: datetime) -> Stage:
        """The stage at a moment after the last fact: agreed turns into action by time alone."""
        begins = self.begins_action_at() if self.stage is Stage.AGREED else None
        return Stage.ACTION if begins is not None and at >= begins else self.stage
