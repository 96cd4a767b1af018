"""The timeline: every due item from now to the end of the engagement, each with its reason.

Nothing else decides a deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from lifecycle import timeline
from lifecycle.engagement.desk import Desk
from lifecycle.engagement.duties import AFTER_THE_END, ALWAYS, IN_PAUSE
from lifecycle.engagement.state import State
from lifecycle.steps import Done
from schemas.due import DueItem


def plan(state: State, done: Done) -> list[DueItem]:
    """The whole timeline, earliest first, as if every future ask were answered in time, plus chases that run already.

    Once the engagement has ended, only what is to be put right is left. An item whose time has passed is due now.
    """
    return timeline.whole(_duties(state, done))


def upcoming(state: State, done: Done) -> list[DueItem]:
    """The next item of every matter, earliest first: what the engine sleeps towards."""
    return timeline.firsts(_duties(state, done))


def due(state: State, done: Done) -> list[DueItem]:
    """The items whose time has come, earliest first; of one case's ladder only the next step."""
    return timeline.due(_duties(state, done), state.now)


def open_still(state: State, done: Done, keys: Collection[str]) -> list[DueItem]:
    """Of these items that were carried out, those that would be due now had they not been: what people still owe."""
    until = state.life.calendar.sendable(state.now)
    return timeline.open_still(_duties(state, timeline.revived(keys, dict(done))), set(keys), until)


def _duties(state: State, done: Done) -> list[Iterator[DueItem]]:
    duties: tuple[Callable[[Desk], Iterator[DueItem]], ...] = ALWAYS
    if state.ended:
        duties = AFTER_THE_END
    elif state.life.paused:
        duties = IN_PAUSE
    desk = Desk(state, done)
    return [duty(desk) for duty in duties]
