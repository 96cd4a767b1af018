"""One team and its people, rehearsed: what truly happens week by week, and what they tell of it, when, by behaviour.

The truth kept here (``meetings``) is what stalls and alarms are judged against.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from lifecycle.calendar import Calendar
from rehearsal import behaviours
from rehearsal.acts import Agenda, Desk, Telling, occurred, stop_at
from rehearsal.behaviours import Character, Dice
from rehearsal.meetings import Diary, Meeting
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.engagement_facts import ChairedBy, PauseReason, Slot
from schemas.facts import Fact, Teller
from schemas.programme import Programme
from schemas.words import EndReason, EngagementId, MicrosystemId, NotHeldReason, PersonId, RampStep, Role

DAYS_A_MONTH: Final = 30.4375
_LONGEST: Final = timedelta(days=366)
_AFTERCARE: Final = (facts.AftercareReported, facts.BoosterHeld)
_SESSIONS: Final = (facts.SessionHeld, facts.SessionNotHeld)
_MEASURE: Final = "waiting-days"
_WORK: Final[tuple[tuple[float, type[Fact], dict[str, object]], ...]] = (
    (0.02, improvement.RampStepReached, {"step": RampStep.ASSESSMENT}),
    (0.07, improvement.RampStepReached, {"step": RampStep.THEME}),
    (0.11, improvement.AimSet, {"aim": "global"}),
    (0.16, improvement.MeasureDefined, {"measure": _MEASURE, "better": "lower"}),
    (0.17, improvement.AimSet, {"aim": "specific", "target": 14.0, "measure": _MEASURE}),
    (0.22, improvement.RampStepReached, {"step": RampStep.CHANGE_IDEAS}),
    (0.6, improvement.MeasurementRecorded, {"measure": _MEASURE, "value": 17.5}),
    (0.9, improvement.MeasurementRecorded, {"measure": _MEASURE, "value": 13.0}),
)
"""The improvement work, by how far along the team is to the day it is ready."""

_FIRST_CYCLE: Final = 0.3
_AIMED_AT: Final = 0.95
CYCLES: Final = 3
"""So many cycles a team plans one after the other: one that is adapted, one that is adopted, and its SDSA."""


@dataclass(frozen=True, slots=True)
class Cast:
    """People around a team, and another team. ``stand_in`` coaches for a while, ``successor`` for good."""

    coach: PersonId
    stand_in: PersonId
    successor: PersonId
    owner: PersonId
    merged_into: MicrosystemId


@dataclass(slots=True)
class Team:
    """The people of one engagement. ``begins`` is when weekly work begins, known once the agreement is to be signed."""

    engagement: EngagementId
    participant: str
    character: Character
    dice: Dice
    calendar: Calendar
    programme: Programme
    course_start: date
    slot: Slot
    cast: Cast
    withdraws_at: datetime | None = None
    agenda: Agenda = field(default_factory=Agenda)
    meetings: list[Meeting] = field(default_factory=list)
    answered: set[tuple[str, ...]] = field(default_factory=set)
    diary: Diary | None = None
    met_until: date | None = None
    silent_from: datetime | None = None
    recovers_on: date | None = None
    vacant_from: datetime | None = None
    vacant_until: datetime | None = None
    rests: list[tuple[datetime, datetime]] = field(default_factory=list)
    extensions: int = 0
    refusals: int = 0
    cycles: int = 0
    assessed_on: date | None = None
    ended_at: datetime | None = None
    handed_off: bool = False
    _told: int = 0
    _misses: int = 0

    @property
    def desk(self) -> Desk:
        """When this team's people act."""
        return Desk(self.calendar, self.dice)

    @property
    def ready_month(self) -> float:
        """The month from which progress scores reach the gate."""
        return self.dice.on("ready").uniform(*self.character.ready)

    def month(self, day: date) -> float:
        """How many months the team had been at work on a day."""
        begins = self.calendar.day(self.diary.begins) if self.diary else self.course_start
        return (day - begins).days / DAYS_A_MONTH

    def day_of(self, month: float) -> date:
        """The day on which a month of the team's work is over."""
        begins = self.calendar.day(self.diary.begins) if self.diary else self.course_start
        return begins + timedelta(days=round(month * DAYS_A_MONTH))

    def tell(self, at: datetime, kind: type[Fact], when: datetime | None = None, **said: object) -> None:
        """Put a fact on the agenda: told at ``at``, occurred at ``when`` or a little before the telling."""
        self._told += 1
        chance = self.dice.on("fact", self.engagement, self._told)
        happened = occurred(when or at - timedelta(minutes=chance.randint(5, 25)), chance)
        about = {
            "event_id": f"{self.engagement}:r{self._told}",
            "occurred_at": happened,
            "told_by": Teller(role=Role(str(said.pop("by", Role.OFFICE)))),
        }
        telling = Telling(at, kind.model_validate(about | said))
        if not self._too_late(telling):
            self.agenda.add(telling)

    def _too_late(self, telling: Telling) -> bool:
        """After the end nothing is told; after a hand-off only of aftercare, and of sessions before it."""
        if self.ended_at is None or telling.at <= self.ended_at:
            return False
        if not self.handed_off:
            return True
        before = isinstance(telling.fact, _SESSIONS) and telling.fact.occurred_at < self.ended_at.replace(second=0)
        return not (before or isinstance(telling.fact, _AFTERCARE))

    def answers(self, role: Role, at: datetime) -> bool:
        """Whether somebody in this role answers at a moment: faculty and office always, a silent team never."""
        return role in (Role.FACULTY, Role.OFFICE) or self.silent_from is None or at < self.silent_from

    def agree(self, signed_at: datetime) -> None:
        """The agreement is signed by then: weekly work begins, and the people know what lies ahead."""
        opening = self.calendar.at(self.course_start, self.calendar.opens)
        begins = max(signed_at, opening)
        self.diary = Diary(self.calendar, self.programme, self.slot, begins)
        self.met_until = self.calendar.day(begins)
        silent = self.character.silent_after_weeks
        if silent is not None:
            self.silent_from = self.calendar.at(self.met_until + timedelta(weeks=silent), self.calendar.opens)
        for share, kind, words in _WORK:
            at = self.desk.on(self.day_of(share * self.ready_month), self.dice.on("work", self.engagement, share))
            said = dict(words)
            if kind is improvement.MeasurementRecorded:
                said["day"] = self.calendar.day(at)
            if words.get("aim") == "specific":
                said["by_day"] = self.day_of(_AIMED_AT * self.ready_month)
            if self.answers(Role.COACH, at):
                self.tell(at, kind, None, by=Role.COACH, **said)
        self.plan_cycle(self.day_of(_FIRST_CYCLE * self.ready_month))
        if self.character.rests_in_winter:
            self._declare_rests(begins)
        if self.character.pauses_in_months is not None:
            self._pause(*map(self.day_of, self.character.pauses_in_months))
        self.vacant_from = self.withdraws_at
        if self.character.coach_leaves_in_month is not None:
            self._lose_coach(self.character.coach_leaves_in_month)
        if self.character.merges_in_month is not None:
            at = self.desk.on(self.day_of(self.character.merges_in_month), self.dice.on("merge"))
            self.end(at, EndReason.TEAM_MERGED, successor=self.cast.merged_into)

    def plan_cycle(self, on: date) -> None:
        """A cycle is planned on a day, for some weeks: shorter ones where the team is ready sooner."""
        at = self.desk.on(on, self.dice.on("cycle", self.engagement, self.cycles))
        if not self.answers(Role.COACH, at):
            return
        self.cycles += 1
        begins = self.calendar.day(at)
        self.tell(
            at, improvement.PdsaPlanned, None, by=Role.COACH, cycle=self.cycles, standardise=self.cycles == CYCLES,
            from_day=begins, until_day=begins + self.apart * 3,
        )  # fmt: skip

    @property
    def apart(self) -> timedelta:
        """How long the team takes from a study to the next plan."""
        return timedelta(days=round(0.8 * self.ready_month))

    def _declare_rests(self, begins: datetime) -> None:
        first = self.calendar.day(begins).year
        for winter in range(first, first + 4):
            if not behaviours.declares_pause(self.dice, winter):
                continue
            starts = self.desk.on(
                self.calendar.add_working_days(date(winter, 12, 15), -1), self.dice.on("rest", winter)
            )
            ends = self.desk.on(date(winter + 1, 2, 1), self.dice.on("back", winter))
            if starts > begins:
                self._rest(starts, ends)

    def _pause(self, first: date, last: date) -> None:
        self._rest(self.desk.on(first, self.dice.on("rest")), self.desk.on(last, self.dice.on("back")))

    def _rest(self, starts: datetime, ends: datetime) -> None:
        self.tell(starts, facts.PauseStarted, by=Role.COACH, reason=PauseReason.WINTER_PRESSURE)
        self.tell(ends, facts.PauseEnded, by=Role.COACH)
        self.rests.append((starts, ends))

    def _lose_coach(self, month: float) -> None:
        at = self.desk.on(self.day_of(month), self.dice.on("leaves"))
        self.tell(at, facts.CoachLeft, person=self.cast.coach)
        self.vacant_from = at

    def end(self, at: datetime, reason: EndReason, **said: object) -> None:
        """The engagement ends early: nobody meets or tells anything after."""
        self.tell(at, facts.EndedEarly, None, by=Role.FACULTY, reason=reason, **said)
        self.over(at)

    def over(self, at: datetime) -> None:
        """No meetings with a coach from then on: handed off, or ended."""
        self.ended_at = at
        self.agenda.drop(self._too_late)
        if self.diary is not None:
            self.diary.ends = at

    def part(self, at: datetime) -> None:
        """The engagement is over, by whatever fact: nothing more is told."""
        self.handed_off = False
        self.over(min(at, self.ended_at) if self.ended_at else at)

    def live_until(self, barrier: datetime) -> None:
        """Let the weeks before a barrier happen: meetings that took place or did not go on the agenda."""
        if self.diary is None or self.met_until is None:
            return
        for meeting in self.diary.days(self.met_until, barrier):
            self.met_until = meeting.day + timedelta(days=1)
            if not self._at_rest(meeting.starts_at):
                self._happen(meeting)
        self.met_until = max(self.met_until, self.calendar.day(barrier))

    def _at_rest(self, at: datetime) -> bool:
        back = self.vacant_until is not None and self.vacant_until <= at
        if self.vacant_from is not None and self.vacant_from <= at and not back:
            return True
        return any(start <= at < end for start, end in self.rests)

    def _happen(self, planned: Meeting) -> None:
        met = self._met(planned)
        meeting = Meeting(planned.day, planned.starts_at, planned.ends_at, met)
        self.meetings.append(meeting)
        reported = self._misses < self.programme.health.stalled_after
        self._misses = 0 if met else self._misses + 1
        at = self._told_at(meeting)
        if not self.answers(Role.COACH, at) or not (met or reported):
            return
        chance = self.dice.on("meeting", self.engagement, meeting.day)
        if met:
            self.tell(
                at,
                facts.SessionHeld,
                meeting.ends_at,
                by=Role.COACH,
                day=meeting.day,
                attendance=chance.randint(4, 9),
                chaired_by=self._chair(meeting.day),
                evaluation=chance.randint(6, 10),
            )
        else:
            reason = chance.choice((NotHeldReason.CLINICAL_PRESSURE, NotHeldReason.STAFFING, NotHeldReason.NO_QUORUM))
            self.tell(at, facts.SessionNotHeld, meeting.ends_at, by=Role.COACH, day=meeting.day, reason=reason)

    def _chair(self, day: date) -> ChairedBy:
        return behaviours.chaired_by(self.dice, day, self.month(day), self.ready_month)

    def _met(self, planned: Meeting) -> bool:
        if self.silent_from is not None and planned.starts_at >= self.silent_from:
            return False
        if self.character.rests_in_winter and behaviours.in_winter(planned.day):
            return False
        week = len(self.meetings)
        stops = self.character.stops_meeting_after_weeks
        if stops is not None and planned.day >= self.day_of(0) + timedelta(weeks=stops):
            return False
        since = self.character.drifts_after_weeks
        if since is not None and week >= since and not (self.recovers_on and planned.day >= self.recovers_on):
            gave_up = any(not a.met and not b.met for a, b in zip(self.meetings, self.meetings[1:], strict=False))
            return not gave_up and behaviours.drifting_met(self.dice, week, since)
        return behaviours.steadily_met(self.dice, week)

    def _told_at(self, meeting: Meeting) -> datetime:
        """The same day for most; a late logger tells after the second chase, and before the session is unknown."""
        rules = self.programme.sessions
        asked = self.calendar.sendable(meeting.ends_at + timedelta(minutes=rules.asked_after_minutes))
        chance = self.dice.on("told", self.engagement, meeting.day)
        if self.character.answers_when_chased:
            asked = self.calendar.after_working_days(asked, rules.chased_after_working_days[-1])
        return stop_at(asked + timedelta(minutes=chance.randint(12, 110)), chance)
