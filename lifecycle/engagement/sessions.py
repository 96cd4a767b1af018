"""The weekly sessions: which are expected, what is known of each, and what that says of the team's health.

"Not told" is not "not held": until it becomes unknown, a session nobody has spoken of counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from lifecycle.calendar import Calendar
from lifecycle.engagement.life import Life, SessionReport
from lifecycle.leave import away_until
from schemas.engagement_facts import SessionHeld, Slot
from schemas.programme import Transition
from schemas.words import Health, Outcome, SessionId, Weekday

_WEEK = timedelta(weeks=1)
_AHEAD = 520
_DAYS = {day: timedelta(days=day.number) for day in Weekday}
FARTHEST_MOVE = timedelta(weeks=8)
"""How far a session can be moved, either way."""


class Session(NamedTuple):
    """One expected session. ``week`` is its Monday; ``day`` where it stands now, after any move. Times in UTC.

    ``planned_on`` is the day it was first expected. ``known_at`` is when its outcome counts: for a session that was
    told, its end; for one that was not, the moment it becomes unknown.
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


def expected(
    life: Life, since: datetime, taper_from: datetime | None = None, after: date | None = None
) -> Iterator[tuple[date, date, Slot]]:
    """The weeks with a session, counted from ``since``, without end: Monday, day, and the weekly hour that holds.

    ``taper_from`` supposes a step back at that time, for a timeline that looks ahead. ``after`` skips earlier weeks.
    """
    first = life.calendar.day(since)
    start = monday_of(first)
    skipped = max(0, (after - start).days // 7) if after is not None else 0
    every = life.programme.sessions.every_weeks
    spans = life.tapers if taper_from is None else (*life.tapers, (taper_from, None))
    weeks = [(monday_of(opens.date()), closes.date() if closes else date.max) for opens, closes in spans]
    slots = [(from_day, _DAYS[slot.day], slot) for from_day, slot in life.slots]
    for index in range(skipped, skipped + _AHEAD):
        monday = start + index * _WEEK
        if index % every or (weeks and not _meets(life.programme.transition, weeks, monday)):
            continue
        meeting = _meeting(slots, monday)
        if meeting is not None and meeting[0] >= first:
            yield monday, *meeting


def _meeting(slots: list[tuple[date, timedelta, Slot]], monday: date) -> tuple[date, Slot] | None:
    """The day of a week's session. In the week of a change the earlier of both holds; there may be none."""
    from_day, days, slot = slots[-1]
    if from_day <= monday:
        return monday + days, slot
    until = date.max
    found = None
    for from_day, days, slot in reversed(slots):
        day = monday + days
        if from_day <= day < until:
            found = day, slot
        if from_day <= monday:
            break
        until = from_day
    return found


def stands(life: Life, planned_on: date, slot: Slot) -> tuple[date, time]:
    """The day and hour at which a session stands, after its last move."""
    move = life.moves.get(planned_on.isoformat()) if life.moves else None
    return (planned_on, slot.at) if move is None else (move.to_day, move.to_time)


def day_of(session: SessionId) -> date:
    """The day a session was first planned for, by its name."""
    return date.fromisoformat(session[:10])


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def _meets(rules: Transition, spans: Iterable[tuple[date, date]], monday: date) -> bool:
    """Sessions thin out after the step back: weekly, then fortnightly, then every four weeks."""
    for start, end in spans:
        if not start <= monday <= end:
            continue
        weeks = (monday - start).days // 7
        if weeks >= rules.monthly_after_weeks:
            return (weeks - rules.monthly_after_weeks) % 4 == 0
        if weeks >= rules.fortnightly_after_weeks:
            return (weeks - rules.fortnightly_after_weeks) % 2 == 0
    return True


class Times(NamedTuple):
    """The moments of one session, pauses aside: ``unknown_at`` is when silence about it makes it unknown."""

    starts_at: datetime
    ends_at: datetime
    asked_at: datetime
    unknown_at: datetime


def times(life: Life, on: date, at: time) -> Times:
    """The moments of a session on a date, at a local time."""
    rules = life.programme.sessions
    return _times(life.calendar, on, at, rules.minutes, rules.asked_after_minutes, rules.unknown_after_working_days)


@lru_cache(maxsize=16_384)
def _times(calendar: Calendar, on: date, at: time, minutes: int, asked_after: int, unknown_after: int) -> Times:
    """Kept, since every look at an engagement asks about the same weeks, and teams share their hours."""
    starts_at = calendar.at(on, at)
    ends_at = starts_at + timedelta(minutes=minutes)
    asked_at = calendar.sendable(ends_at + timedelta(minutes=asked_after))
    return Times(starts_at, ends_at, asked_at, calendar.after_working_days(asked_at, unknown_after))


def until_now(life: Life, now: datetime) -> tuple[Session, ...]:
    """Every session expected from the start of weekly work until now, with what is known of it."""
    begins = life.begins_action_at()
    ends = min(moment for moment in (now, life.handed_off_at, life.ended_at) if moment is not None)
    if begins is None or begins > ends:
        return ()
    found = []
    for monday, day, slot in expected(life, begins):
        on, at = stands(life, day, slot)
        when = times(life, on, at)
        if when.starts_at <= ends:
            found.append(_Planned(monday, day, on, when))
        elif not life.moves or when.starts_at > ends + FARTHEST_MOVE:
            break
    reports = _reports(life, found)
    judged = [_judged(life, planned, reports.get(planned.planned_on), now) for planned in found]
    return tuple([s for s in judged if s.report is not None or s.ends_at > life.opening.watched_from])


class _Planned(NamedTuple):
    week: date
    planned_on: date
    day: date
    times: Times


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


def _judged(life: Life, planned: _Planned, report: SessionReport | None, now: datetime) -> Session:
    week, planned_on, on, when = planned
    known_at = when.ends_at
    # By its kind: workflows intercept isinstance, which makes it thirty times as dear, and there are many sessions.
    if report is not None and report.kind == "session_held":
        outcome = Outcome.HELD
    elif excused(life, on, when.starts_at):
        outcome = Outcome.EXCUSED
    elif report is not None:
        outcome = Outcome.NOT_HELD
    else:
        known_at = becomes_unknown_at(life, when)
        outcome = Outcome.UNKNOWN if now >= known_at and life.paused is None else Outcome.EXPECTED
    return Session(week, planned_on, on, when.starts_at, when.ends_at, when.asked_at, outcome, known_at, report)


def becomes_unknown_at(life: Life, when: Times) -> datetime:
    """When a session nobody told of becomes unknown: working days after the ask; a pause in between moves it."""
    return life.unpaused(when.ends_at, when.unknown_at)


def excused(life: Life, day: date, starts_at: datetime) -> bool:
    """Nobody owes a session on a bank holiday, in a closed week, in a pause, or while every coach is away."""
    if life.calendar.is_holiday(day) or life.calendar.is_closed(day):
        return True
    if life.pauses_at(starts_at):
        return True
    coaches = [a.person for a in life.assignments if a.since <= starts_at and (a.until is None or starts_at < a.until)]
    if not (coaches and life.leaves):
        return not coaches
    return all(away_until(life.leaves, coach, day) is not None for coach in coaches)


def extra(life: Life, sessions: tuple[Session, ...]) -> dict[SessionId, SessionHeld]:
    """Meetings that took place beside the expected ones: they are kept, and count for nothing else."""
    used = {s.report.event_id for s in sessions if s.report is not None}
    return {name: r for name, r in life.reports.items() if r.event_id not in used and isinstance(r, SessionHeld)}


def run_of(life: Life, sessions: tuple[Session, ...]) -> Run:
    """The misses at the end. A session still open to an answer stops the counting: asking comes before alarm."""
    misses: list[Session] = []
    waiting = False
    for session in sessions:
        if session.outcome is Outcome.HELD:
            misses, waiting = [], False
        elif session.outcome is Outcome.EXPECTED:
            waiting = True
        elif session.outcome is not Outcome.EXCUSED and not waiting:
            misses.append(session)
    rules = life.programme.health
    return Run(
        tuple(misses),
        _reached(misses, rules.at_risk_after),
        _reached(misses, rules.stalled_after),
    )


def _reached(misses: list[Session], count: int) -> datetime | None:
    return max(s.known_at for s in misses[:count]) if len(misses) >= count else None
