"""Timelines: due items of several duties, brought into the order of time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from operator import attrgetter
from typing import Any

from lifecycle.steps import Done
from schemas.due import DueItem

_BY_TIME = attrgetter("at", "matter", "window", "step")


def whole(duties: Iterable[Iterator[DueItem]]) -> list[DueItem]:
    """Every item, earliest first."""
    return sorted((item for duty in duties for item in duty), key=_BY_TIME)


def firsts(duties: Iterable[Iterator[DueItem]]) -> list[DueItem]:
    """The next item of every matter, earliest first: what the engine sleeps towards."""
    found = (next(duty, None) for duty in duties)
    return sorted((item for item in found if item is not None), key=_BY_TIME)


def due(duties: Iterable[Iterator[DueItem]], now: datetime) -> list[DueItem]:
    """The items whose time has come, earliest first; of one case's ladder only the next step."""
    found: dict[tuple[str, str], DueItem] = {}
    for duty in duties:
        for item in duty:
            if item.at > now:
                break
            found.setdefault((item.matter, item.window), item)
    return sorted(found.values(), key=_BY_TIME)


def open_still(duties: Iterable[Iterator[DueItem]], keys: Container[str], until: datetime) -> list[DueItem]:
    """Of these items those that fall due by a time, earliest first."""
    found = [item for duty in duties for item in takewhile(lambda item: item.at <= until, duty) if item.key in keys]
    return sorted(found, key=_BY_TIME)


def revived(keys: Iterable[str], done: dict[str, datetime]) -> dict[str, datetime]:
    """What was done, as if these items had not been: whatever a plan still holds of them, somebody still needs."""
    gone = set(keys)
    return {key: at for key, at in done.items() if key not in gone}


@dataclass(frozen=True, slots=True)
class Planner:
    """What a rule book answers of time, from the duties that hold in a state."""

    duties: Callable[[Any, Done], list[Iterator[DueItem]]]

    def plan(self, state: Any, done: Done) -> list[DueItem]:  # noqa: ANN401 - a state of the rule book's own
        """The whole timeline, earliest first."""
        return whole(self.duties(state, done))

    def upcoming(self, state: Any, done: Done) -> list[DueItem]:  # noqa: ANN401 - as above
        """The next item of every matter, earliest first."""
        return firsts(self.duties(state, done))

    def due(self, state: Any, done: Done) -> list[DueItem]:  # noqa: ANN401 - as above
        """The items whose time has come, earliest first."""
        return due(self.duties(state, done), state.now)

    def open_still(self, state: Any, done: Done, keys: Collection[str]) -> list[DueItem]:  # noqa: ANN401 - as above
        """Of these items that were carried out, those that would be due now had they not been: what people owe."""
        until = state.life.calendar.sendable(state.now)
        return open_still(self.duties(state, revived(keys, dict(done))), set(keys), until)
