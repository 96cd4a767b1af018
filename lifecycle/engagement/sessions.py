"""The weekly sessions: which are expected, what is known of each, and what that says of the team's health.

"Not told" is not "not held": until it becomes unknown, a session nobody has spoken of counts for nothing. It becomes
so some working days after its question was put. While the question cannot be put, as in an outage, or before the engine
knows that the session was expected, the session stays expected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from lifecycle.calendar import Calendar
from lifecycle.engagement.life import Life, SessionReport
from lifecycle.engagement.weeks import FARTHEST_MOVE, day_of, expected, monday_of, stands
from lifecycle.leave import away_until
from lifecycle.steps import IN_TIME, Done
from schemas.engagement_facts import SessionHeld
from schemas.moments import SessionId
from schemas.programme import HealthRules
from schemas.words import Health, Matter, Outcome

_BEFORE = datetime.min.replace(tzinfo=UTC)


class Session(NamedTuple):
    """One expected session. ``week`` is its Monday; ``day`` where it stands now, after any move. Times in UTC.

    ``planned_on`` is the day it was first expected. ``asked_at`` is when its question was put, or is due; ``owed`` that
    it is still to be put. ``known_at`` is when its outcome counts: for a session that was told, its end; for one that
    was not, the moment it becomes unknown.
    """

    week: date
    planned_on: date
    day: date
    starts_at: datetime
    ends_at: datetime
    asked_at: datetime
    outcome: Outcome
    known_at: datetime
    report: SessionReport | None = None
    owed: bool = False

    @property
    def name(self) -> SessionId:
        """What it is called wherever it moves."""
        return self.planned_on.isoformat()


@dataclass(frozen=True, slots=True)
class Run:
    """The consecutive misses that stand at the end, and since when they make the team at risk or stalled."""

    misses: tuple[Session, ...] = ()
    at_risk_since: datetime | None = None
    stalled_since: datetime | None = None

    @property
    def health(self) -> Health:
        """Health follows from the sessions alone."""
        if self.stalled_since is not None:
            return Health.STALLED
        return Health.AT_RISK if self.at_risk_since is not None else Health.ON_TRACK


class Times(NamedTuple):
    """The moments of one session by the rule: ``asked_at`` is when its question falls due."""

    starts_at: datetime
    ends_at: datetime
    asked_at: datetime


def times(life: Life, on: date, at: time) -> Times:
    """The moments of a session on a date, at a local time."""
    programme, calendar = life.held_at(life.calendar.at(on, at)) if life.earlier else (life.programme, life.calendar)
    when = _times(calendar, on, at, programme.sessions.minutes, programme.sessions.asked_after_minutes)
    for adopted_at, programme, calendar in life.adopted() if life.earlier else ():
        if when.starts_at <= adopted_at < when.asked_at:
            asked_after = timedelta(minutes=programme.sessions.asked_after_minutes)
            when = when._replace(asked_at=calendar.sendable(max(adopted_at, when.ends_at + asked_after)))
    return when


@lru_cache(maxsize=16_384)
def _times(calendar: Calendar, on: date, at: time, minutes: int, asked_after: int) -> Times:
    """Kept, since every look at an engagement asks about the same weeks, and teams share their hours."""
    starts_at = calendar.at(on, at)
    ends_at = starts_at + timedelta(minutes=minutes)
    return Times(starts_at, ends_at, calendar.sendable(ends_at + timedelta(minutes=asked_after)))


def until_now(life: Life, now: datetime, done: Done | None) -> tuple[tuple[Session, ...], Run]:
    """Every session expected from the start of weekly work until now, what is known of each, and the run of misses.

    Without ``done`` every question is supposed to have been put when it was due.
    """
    planned = _planned(life, now)
    reports = _reports(life, planned)
    if life.moves:
        planned.sort(key=lambda session: session.times.starts_at)
    meetings = sorted(report.day for report in _beside(life, reports.values()).values())
    tally = _Tally(life)
    judged: list[Session] = []
    for session in planned:
        report = reports.get(session.planned_on)
        if report is None and session.times.ends_at <= life.opening.watched_from:
            continue
        while meetings and meetings[0] < session.day:
            tally.met()
            meetings.pop(0)
        judged.append(_judged(life, session, report, now, done, tally.stalled_since))
        tally.count(judged[-1])
    if meetings:
        tally.met()
    return tuple(judged), tally.run()


def _planned(life: Life, now: datetime) -> list[_Planned]:
    begins = life.begins_action_at()
    ends = min(moment for moment in (now, life.handed_off_at, life.ended_at) if moment is not None)
    found: list[_Planned] = []
    agreed_at = life.agreed_at
    if begins is None or agreed_at is None or begins > ends:
        return found
    for monday, day, slot in expected(life, begins):
        on, at = stands(life, day, slot)
        when = times(life, on, at)
        if when.starts_at < agreed_at:
            continue
        if when.starts_at <= ends:
            found.append(_Planned(monday, day, on, when))
        elif not life.moves or when.starts_at > ends + FARTHEST_MOVE:
            break
    return found


class _Planned(NamedTuple):
    week: date
    planned_on: date
    day: date
    times: Times

    @property
    def name(self) -> SessionId:
        """As that of the session."""
        return self.planned_on.isoformat()


def _reports(life: Life, found: list[_Planned]) -> dict[date, SessionReport]:
    """The report of each session, by its planned day: its own, else one that is no other session's of its week.

    A further meeting on a day, which has a number, is nobody else's report.
    """
    spare = dict(life.reports)
    matched = {s.planned_on: spare.pop(name) for s in found if (name := s.planned_on.isoformat()) in spare}
    weeks = {monday_of(day_of(name)): r for name, r in spare.items() if "." not in name}
    for session in found if weeks else ():
        if session.planned_on not in matched and session.week in weeks:
            matched[session.planned_on] = weeks.pop(session.week)
    return matched


def _judged(
    life: Life,
    planned: _Planned,
    report: SessionReport | None,
    now: datetime,
    done: Done | None,
    stalled_since: Callable[[], datetime | None],
) -> Session:
    week, planned_on, on, when = planned
    asked_at, known_at, owed = when.asked_at, when.ends_at, False
    # By its kind: workflows intercept isinstance, which makes it thirty times as dear, and there are many sessions.
    if report is not None and report.kind == "session_held":
        outcome = Outcome.HELD
    elif excused(life, on, when.starts_at):
        outcome = Outcome.EXCUSED
    elif report is not None:
        outcome = Outcome.NOT_HELD
    else:
        asked_at, owed = _asked_at(life, planned, now, done, stalled_since)
        known_at = becomes_unknown_at(life, asked_at)
        if life.mailing.held:
            known_at = max([known_at, *_after_held_reminders(life, planned.name, asked_at, done or {})])
        outcome = Outcome.UNKNOWN if now >= known_at and life.paused is None else Outcome.EXPECTED
    return Session(week, planned_on, on, when.starts_at, when.ends_at, asked_at, outcome, known_at, report, owed)


def _asked_at(
    life: Life, planned: _Planned, now: datetime, done: Done | None, stalled_since: Callable[[], datetime | None]
) -> tuple[datetime, bool]:
    """When the question of a session was put, or can be; and whether it is still owed.

    A team that had stalled by then is not asked: for it the rule's own time counts.
    """
    by_rule = planned.times.asked_at
    key = f"{Matter.SESSION}/{planned.name}/0"
    if done is None:
        return life.mailing.put_off(key, by_rule, life.calendar), False
    put = done.get(key)
    if put is None:
        stalled = stalled_since()
        if stalled is not None and stalled <= by_rule:
            return by_rule, False
        by_rule = life.mailing.put_off(key, by_rule, life.calendar)
    at = put or life.calendar.sendable(now)
    return (at if at > by_rule + IN_TIME else by_rule), put is None


def _after_held_reminders(life: Life, name: SessionId, asked_at: datetime, done: Done) -> Iterator[datetime]:
    """When a session would become unknown, counted from each reminder that was held: as long after it as ever.

    A reminder keeps its distance from the one before, if that went late.
    """
    rules, calendar = life.held_at(asked_at)[0].sessions, life.calendar
    late = 0
    for step, days in enumerate(rules.chased_after_working_days, start=1):
        key = f"{Matter.SESSION}/{name}/{step}"
        by_rule = life.unpaused(asked_at, calendar.after_working_days(asked_at, days))
        due = calendar.after_working_days(by_rule, late) if late else by_rule
        put = done.get(key) or life.mailing.put_off(key, due, calendar)
        late = max(0, calendar.working_days_between(calendar.day(calendar.sendable(by_rule)), calendar.day(put)))
        if key in life.mailing.held:
            left = rules.unknown_after_working_days - days
            yield life.unpaused(put, calendar.after_working_days(put, left))


@lru_cache(maxsize=16_384)
def _working_days_on(calendar: Calendar, at: datetime, days: int) -> datetime:
    """Kept, as the moments of sessions are."""
    return calendar.after_working_days(at, days)


def becomes_unknown_at(life: Life, asked_at: datetime) -> datetime:
    """When a session nobody told of becomes unknown: working days after the ask; a pause in between moves it."""
    held, calendar = life.held_at(asked_at)
    at = life.unpaused(asked_at, _working_days_on(calendar, asked_at, held.sessions.unknown_after_working_days))
    for adopted_at, held, calendar in life.adopted() if life.earlier else ():
        if asked_at <= adopted_at < at:
            days = held.sessions.unknown_after_working_days
            at = max(adopted_at, life.unpaused(asked_at, calendar.after_working_days(asked_at, days)))
    return at


def excused(life: Life, day: date, starts_at: datetime) -> bool:
    """Nobody owes a session on a bank holiday, in a closed week, in a pause, or while every coach is away."""
    calendar = life.held_at(starts_at)[1] if life.earlier else life.calendar
    if calendar.is_holiday(day) or calendar.is_closed(day):
        return True
    if life.pauses_at(starts_at):
        return True
    coaches = [a.person for a in life.assignments if a.since <= starts_at and (a.until is None or starts_at < a.until)]
    if not (coaches and life.leaves):
        return not coaches
    return all(away_until(life.leaves, coach, day) is not None for coach in coaches)


def extra(life: Life, sessions: Iterable[Session]) -> dict[SessionId, SessionHeld]:
    """Meetings that took place beside the expected ones: no session was held by them, yet the team has met."""
    return _beside(life, [session.report for session in sessions if session.report is not None])


def _beside(life: Life, reports: Collection[SessionReport]) -> dict[SessionId, SessionHeld]:
    if len(reports) == len(life.reports):
        return {}
    used = {report.event_id for report in reports}
    return {name: r for name, r in life.reports.items() if r.kind == "session_held" and r.event_id not in used}


class _Tally:
    """Counts the misses in the order of time.

    Whatever took place ends the run before it. A session still open to an answer may have taken place: the misses that
    follow it count anew, and the longer of both runs stands.
    """

    def __init__(self, life: Life) -> None:
        self._life = life
        self._before: list[Session] = []
        self._misses: list[Session] = []

    def count(self, session: Session) -> None:
        """One more session."""
        outcome = session.outcome
        if outcome is Outcome.HELD:
            self.met()
        elif outcome is Outcome.EXPECTED:
            self._before, self._misses = self._longest(), []
        elif outcome is not Outcome.EXCUSED:
            self._misses.append(session)

    def met(self) -> None:
        """The team met, whether a session was expected that day or not."""
        self._before, self._misses = [], []

    def stalled_since(self) -> datetime | None:
        """Since when the team is stalled by what was counted so far."""
        return _reached(self._life, self._longest(), lambda rules: rules.stalled_after)

    def run(self) -> Run:
        """The misses that stand."""
        misses = self._longest()
        at_risk_since = _reached(self._life, misses, lambda rules: rules.at_risk_after)
        return Run(tuple(misses), at_risk_since, self.stalled_since())

    def _longest(self) -> list[Session]:
        return self._misses if len(self._misses) > len(self._before) else self._before


def _reached(life: Life, misses: list[Session], enough: Callable[[HealthRules], int]) -> datetime | None:
    """When there were enough misses, each judged by the programme that held when it counted."""
    known_at = _BEFORE
    for number, miss in enumerate(misses, start=1):
        known_at = max(known_at, miss.known_at)
        if number >= enough(life.held_at(known_at)[0].health):
            return known_at
    return None
