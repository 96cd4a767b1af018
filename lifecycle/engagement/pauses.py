"""Pauses with little time between them are one pause: from its first beginning it is reviewed, decided and confirmed.

Deadlines of everything else move by the time that coaching really rested.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from lifecycle.engagement.life import Life, Pause
from schemas.engagement_facts import PauseReviewed, PauseStarted


class OnePause(NamedTuple):
    """The open pause, with those before it that are one with it.

    It was looked at last at ``looked_at``, at its beginning at the latest, when ``review_on`` was named, if at all.
    """

    since: datetime
    event_id: str
    looked_at: datetime
    review_on: date | None
    confirmed_until: date | None


def one_pause(life: Life, at: datetime) -> tuple[Pause, ...]:
    """The pauses that are one with the pause of a moment, the first of them first; none where none is near."""
    least = timedelta(weeks=life.programme.absence.pauses_joined_within_weeks)
    found: list[Pause] = []
    for pause in reversed(life.pauses):
        if pause.until is not None and at - pause.until >= least:
            break
        found.append(pause)
        at = pause.since
    return tuple(reversed(found))


def open_pause(life: Life) -> OnePause | None:
    """The pause that is open, counted from the first of those that are one with it.

    Beginning it anew is no look at it, unless its length was confirmed: the date named then can only be an earlier one.
    """
    if life.paused is None:
        return None
    parts = one_pause(life, life.paused.since)
    looked_at, review_on = parts[0].since, parts[0].review_on
    for part in parts:
        if part.looked_at is not None:
            looked_at, review_on = part.looked_at, part.review_on
        elif part.confirmed_until is not None:
            looked_at, review_on = part.since, part.review_on
        elif part.review_on is not None and review_on is not None:
            review_on = min(part.review_on, review_on)
    confirmed = max((part.confirmed_until for part in parts if part.confirmed_until is not None), default=None)
    return OnePause(parts[0].since, life.paused.event_id, looked_at, review_on, confirmed)


def confirmed_until(life: Life, fact: PauseStarted | PauseReviewed) -> date | None:
    """Until when a fact confirms a pause: until the day it names, else until the next look; None if it does not."""
    if not fact.confirmed:
        return None
    every = timedelta(weeks=life.programme.pause.reviewed_every_weeks)
    return fact.review_on or life.calendar.day(fact.occurred_at) + every
