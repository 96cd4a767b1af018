"""Whether the team makes progress: scores that were asked for and not given, or that have not risen below the gate.

It stands beside health, which looks at the sessions alone: a team may meet every week and get nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from lifecycle.engagement.gate import SCORERS
from lifecycle.engagement.life import Life
from lifecycle.steps import Done, digest

_ANSWERED_BEFORE: Final = timedelta(days=14)
"""A score that was given so shortly before it is asked for is the answer."""


class NoProgress(NamedTuple):
    """From when a team counts as one without progress, if nothing is told until then, and why."""

    since: datetime
    why: Literal["unscored", "flat"]


def lacking_progress(life: Life, now: datetime, done: Done | None) -> NoProgress | None:
    """When a team counts, or will count, as one without progress: on the morning of a weekly mail."""
    begins, rules = life.begins_action_at(), life.programme.progress
    if begins is None:
        return None
    found: list[NoProgress] = []
    for scorer in SCORERS:
        asked = _unanswered_since(life, begins, scorer, now, done)
        if asked is not None:
            found.append(NoProgress(_months_on(life, asked, rules.unscored_months), "unscored"))
    rose = _rose_at(life)
    if rose is not None:
        found.append(NoProgress(_months_on(life, rose, rules.flat_months), "flat"))
    return min(found, default=None)


def _months_on(life: Life, since: datetime, months: int) -> datetime:
    at = life.unpaused(since, life.calendar.add_months(since, months))
    return digest(life.programme, life.calendar, max(at, life.opening.watched_from))


def _unanswered_since(life: Life, begins: datetime, scorer: str, now: datetime, done: Done | None) -> datetime | None:
    """When a score was first asked for and not given since; without ``done``, when it should have been asked for."""
    answered = answered_until(life, begins, scorer)
    return next((at for at in _asked(life, begins, scorer, now, done) if at > answered), None)


def answered_until(life: Life, begins: datetime, scorer: str) -> datetime:
    """Until when a question for a score is answered by the last one given; none is asked before work ``begins``."""
    last = max((score.at for score in life.scores if score.scorer == scorer), default=begins - _ANSWERED_BEFORE)
    return last + _ANSWERED_BEFORE


def _asked(life: Life, begins: datetime, scorer: str, now: datetime, done: Done | None) -> Iterator[datetime]:
    every = life.programme.progress.asked_every_months
    for month in range(every, (now - begins).days // 28 + 1, every):
        if done is not None:
            at = done.get(f"{SCORERS[scorer]}/month-{month}/0")
            if at is not None:
                yield at
            continue
        opens = life.calendar.add_months(begins, month)
        if opens <= now and opens >= life.opening.watched_from and not life.pauses_at(opens):
            yield opens


def _rose_at(life: Life) -> datetime | None:
    """When either score last rose above all before it; None without scores, or once both are at the gate."""
    best: dict[str, float] = {}
    latest: dict[str, float] = {}
    rose: datetime | None = None
    for score in life.scores:
        latest[score.scorer] = score.score
        if score.score > best.get(score.scorer, 0.0):
            best[score.scorer], rose = score.score, score.at
    least = life.programme.gate.progress_at_least
    return None if all(latest.get(scorer, 0.0) >= least for scorer in SCORERS) else rose
