"""Timelines: due items of several duties, brought into the order of time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from lifecycle.description import Descriptions, During
from lifecycle.steps import Done, Revived, case_of
from lifecycle.why import why
from schemas.due import DueItem, Why

_BY_TIME = attrgetter("at", "matter", "window", "step")

NOTHING: Final = "Nothing of this kind is due, and nothing was done: the rules do not ask for it as things stand."


def whole(duties: Iterable[Iterator[DueItem]]) -> list[DueItem]:
    """Every item, earliest first."""
    return sorted((item for duty in duties for item in duty), key=_BY_TIME)


def firsts(duties: Iterable[Iterator[DueItem]]) -> list[DueItem]:
    """The next item of every matter, earliest first: what the engine sleeps towards."""
    found = (next(duty, None) for duty in duties)
    return sorted((item for item in found if item is not None), key=_BY_TIME)


def coming(duties: Iterable[Iterator[DueItem]], end: datetime) -> list[DueItem]:
    """The items of every matter until a time, and the next of each whenever that is, earliest first."""
    found: list[DueItem] = []
    for duty in duties:
        for number, item in enumerate(duty):
            if number and item.at > end:
                break
            found.append(item)
    return sorted(found, key=_BY_TIME)


def due(duties: Iterable[Iterator[DueItem]], now: datetime) -> list[DueItem]:
    """The items whose time has come, earliest first; of one case's ladder only the next step."""
    found: dict[tuple[str, str], DueItem] = {}
    for duty in duties:
        for item in duty:
            if item.at > now:
                break
            found.setdefault((item.matter, item.window), item)
    return sorted(found.values(), key=_BY_TIME)


def open_still(duties: Iterable[Iterator[DueItem]], keys: Container[str]) -> list[DueItem]:
    """Of these items those that are still in the plan, earliest first."""
    return sorted((item for duty in duties for item in duty if item.key in keys), key=_BY_TIME)


def revived(keys: Iterable[str], done: Done) -> Revived:
    """What was done, without these items: those that the plan then still holds, somebody still needs."""
    return Revived(frozenset(keys), done)


class Planner:
    """What the rules of a kind answer of time, from its matters.

    ``context`` is what its duties look at; ``during`` says how a subject that has not ended stands; ``over`` is said
    of one that has.
    """

    def __init__(
        self,
        matters: Descriptions,
        context: Callable[[Any, Done], Any],
        over: str,
        during: Callable[[Any], During] = lambda _: During.RUNNING,
    ) -> None:
        self._matters, self._context, self._over, self._during = matters, context, over, during
        self._holding = {
            held: [(matter, duty) for matter, said in matters.items() for duty, at in said.duties.items() if held in at]
            for held in During
        }

    def plan(self, state: Any, done: Done) -> list[DueItem]:  # noqa: ANN401 - a state of the kind's own
        """The whole timeline, earliest first."""
        return whole(self._duties(state, done))

    def upcoming(self, state: Any, done: Done) -> list[DueItem]:  # noqa: ANN401 - as above
        """The next item of every matter, earliest first."""
        return firsts(self._duties(state, done))

    def coming(self, state: Any, done: Done, end: datetime) -> list[DueItem]:  # noqa: ANN401 - as above
        """The items of every matter until a time, and the next of each, earliest first."""
        return coming(self._duties(state, done), end)

    def due(self, state: Any, done: Done) -> list[DueItem]:  # noqa: ANN401 - as above
        """The items whose time has come, earliest first."""
        return due(self._duties(state, done), state.now)

    def open_still(self, state: Any, done: Done, keys: Collection[str]) -> list[DueItem]:  # noqa: ANN401 - as above
        """Of these items that were carried out, those that the plan would hold had they not been: what people owe.

        What was asked stays asked, even if a late fact puts off its time: it is not asked again then.
        """
        asked = {case_of(key).partition("/")[0] for key in keys}
        return open_still(self._duties(state, revived(keys, done), asked), set(keys))

    def why(self, state: Any, done: Done, question: str, nothing: str = NOTHING) -> tuple[Why, ...]:  # noqa: ANN401
        """Why something is due, was done, or is not: by item key, by matter, or ``next``."""
        return why(state, done, self.plan(state, done), question, self._matters, self._over if state.ended else nothing)

    def _duties(
        self,
        state: Any,  # noqa: ANN401 - as above
        done: Done,
        matters: Container[str] | None = None,
    ) -> list[Iterator[DueItem]]:
        """The items of the duties that hold, of these matters or of all."""
        context, held = self._context(state, done), During.ENDED if state.ended else self._during(state)
        return [duty(context) for matter, duty in self._holding[held] if matters is None or matter in matters]
