"""Which weeks have a session, and when: by the slot, the programme and the moves that held then."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from lifecycle.engagement.life import Life
from schemas.engagement_facts import Slot
from schemas.moments import SessionId
from schemas.programme import Transition
from schemas.words import Weekday

_WEEK = timedelta(weeks=1)
_AHEAD = 520
_DAYS = {day: timedelta(days=day.number) for day in Weekday}
FARTHEST_MOVE = timedelta(weeks=8)
"""How far a session can be moved, either way."""


def expected(
    life: Life, since: datetime, taper_from: datetime | None = None, after: date | None = None
) -> Iterator[tuple[date, date, Slot]]:
    """The weeks with a session, counted from ``since``, without end: Monday, day, and the weekly hour that holds.

    ``taper_from`` supposes a step back at that time, for a timeline that looks ahead. ``after`` skips earlier weeks.
    """
    first = life.calendar.day(since)
    start = monday_of(first)
    skipped = max(0, (after - start).days // 7) if after is not None else 0
    tapers = life.tapers if taper_from is None else (*life.tapers, (taper_from, None))
    weeks = [(monday_of(opens.date()), closes.date() if closes else date.max) for opens, closes in tapers]
    slots = [(from_day, _DAYS[slot.day], slot) for from_day, slot in life.slots]
    rhythms = _rhythms(life, start, slots)
    following, counted_from, every, transition = rhythms.pop()
    for index in range(skipped, skipped + _AHEAD):
        while index >= following:
            following, counted_from, every, transition = rhythms.pop()
        monday = start + index * _WEEK
        if life.moved_and_begun and monday in life.moved_and_begun:
            begun = life.moved_and_begun[monday]
            if begun is not None:
                yield monday, *begun
            continue
        thinned = _meets(transition, weeks, monday, every) if weeks else None
        if not (thinned if thinned is not None else (index - counted_from) % every == 0):
            continue
        meeting = _meeting(slots, monday)
        if meeting is not None and meeting[0] >= first:
            yield monday, *meeting


def planned(life: Life, day: date) -> tuple[date, Slot] | None:
    """The session first planned for the week of a day: on which day, in which weekly hour."""
    begins = life.begins_action_at()
    if begins is None:
        return None
    monday, planned_on, slot = next(expected(life, begins, after=day))
    return (planned_on, slot) if monday == monday_of(day) else None


def moves_kept(life: Life, at: datetime) -> Life:
    """Nothing decided now changes a moved session that has begun, or brings one to a moment that is over.

    A moved session that began is kept by its week, None where none was expected. A move whose session was no longer
    planned when it would have begun is over: that session is never at its moment again.
    """
    begun, moves = dict(life.moved_and_begun), dict(life.moves)
    for name, move in life.moves.items():
        day = day_of(name)
        if life.calendar.at(move.to_day, move.to_time) <= at:
            regular = planned(life, day)
            if regular is None or regular[0] == day:
                begun[monday_of(day)] = regular
            else:
                del moves[name]
    return life._replace(moves=moves, moved_and_begun=begun)


class _Rhythm(NamedTuple):
    """How often sessions are, until the week of this number; counted from a week that had one."""

    until: int
    counted_from: int
    every: int
    transition: Transition


def _rhythms(life: Life, start: date, slots: list[tuple[date, timedelta, Slot]]) -> list[_Rhythm]:
    """The latest first. A new version counts on from the last week that had a session before it was adopted."""
    first = life.earlier[0].programme if life.earlier else life.programme
    found = [_Rhythm(sys.maxsize, 0, first.sessions.every_weeks, first.transition)]
    for adopted_at, programme, calendar in life.adopted():
        monday = monday_of(calendar.day(adopted_at))
        meeting = _meeting(slots, monday)
        begun = meeting is not None and calendar.at(meeting[0], meeting[1].at) <= adopted_at
        from_week = max(0, (monday - start).days // 7 + begun)
        before = found[-1]
        counted_from = max(0, from_week - 1 - (from_week - 1 - before.counted_from) % before.every)
        found[-1] = before._replace(until=from_week)
        found.append(_Rhythm(sys.maxsize, counted_from, programme.sessions.every_weeks, programme.transition))
    found.reverse()
    return found


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


def day_to_come(life: Life, at: datetime, slot: Slot) -> date:
    """The first day on which a slot told at a moment can hold: not today, if today's session would have begun by it."""
    today = life.calendar.day(at)
    todays = [each for each in (slot_on(life, today), slot) if each.day.number == today.weekday()]
    begun = any(life.calendar.at(today, each.at) <= at for each in todays)
    return today + timedelta(days=1) if begun else today


def slot_on(life: Life, day: date) -> Slot:
    """The weekly hour that holds on a day."""
    return next(slot for from_day, slot in reversed(life.slots) if from_day <= day)


def day_of(session: SessionId) -> date:
    """The day a session was first planned for, by its name."""
    return date.fromisoformat(session[:10])


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def _meets(rules: Transition, spans: Iterable[tuple[date, date]], monday: date, every: int) -> bool | None:
    """Sessions thin out after the step back: as before, then fortnightly, then every four weeks, never more often.

    None where nothing is thinned out.
    """
    for start, end in spans:
        if not start <= monday <= end:
            continue
        weeks = (monday - start).days // 7
        if weeks >= rules.monthly_after_weeks:
            return (weeks - rules.monthly_after_weeks) % max(4, every) == 0
        if weeks >= rules.fortnightly_after_weeks:
            return (weeks - rules.fortnightly_after_weeks) % max(2, every) == 0
    return None
