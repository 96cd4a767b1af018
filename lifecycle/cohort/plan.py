"""A cohort's timeline: every due item with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lifecycle import timeline
from lifecycle.cohort.duties import DUTIES, Desk
from lifecycle.cohort.state import State
from lifecycle.steps import Done
from schemas.due import DueItem


def plan(state: State, done: Done) -> list[DueItem]:
    """The whole timeline, earliest first. Empty once the cohort has ended."""
    return timeline.whole(_duties(state, done))


def upcoming(state: State, done: Done) -> list[DueItem]:
    """The next item of every matter, earliest first."""
    return timeline.firsts(_duties(state, done))


def due(state: State, done: Done) -> list[DueItem]:
    """The items whose time has come, earliest first."""
    return timeline.due(_duties(state, done), state.now)


def open_still(state: State, done: Done, keys: Collection[str]) -> list[DueItem]:
    """Of these items that were carried out, those that would be due now had they not been: what people still owe."""
    until = state.life.calendar.sendable(state.now)
    return timeline.open_still(_duties(state, timeline.revived(keys, dict(done))), set(keys), until)


def _duties(state: State, done: Done) -> list[Iterator[DueItem]]:
    desk = Desk(state, done)
    return [] if state.ended else [duty(desk) for duty in DUTIES]
