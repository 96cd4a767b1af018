"""What subjects share that never have anything due: they record what they are told, and others hear of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from lifecycle.description import Descriptions
from lifecycle.steps import Done
from lifecycle.subject_rules import Known
from schemas.due import DueItem, Notice, Why
from schemas.rows import Rows

MATTERS: Final[Descriptions] = {}


@dataclass(frozen=True, slots=True)
class State:
    """A subject at a moment. Nothing falls due of it by itself, so that its workflow rests between two facts."""

    account: Known
    now: datetime
    ended: bool = True

    @property
    def life(self) -> Any:  # noqa: ANN401 - of any kind
        """What the facts say."""
        return self.account.life


def assess(known: Known, now: datetime, _done: Done) -> State:
    """The subject at a moment."""
    return State(known, now)


def plan(_state: Any, _done: Done) -> list[DueItem]:  # noqa: ANN401 - of any kind
    """Nothing."""
    return []


upcoming = due = plan


def coming(_state: Any, _done: Done, _end: datetime) -> list[DueItem]:  # noqa: ANN401 - of any kind
    """Nothing."""
    return []


def open_still(_state: Any, _done: Done, _keys: Collection[str]) -> list[DueItem]:  # noqa: ANN401 - of any kind
    """Nothing."""
    return []


def why(_state: Any, _done: Done, question: str) -> tuple[Why, ...]:  # noqa: ANN401 - of any kind
    """That nothing is."""
    return (Why(question=question, answer="Nothing falls due here: updates are only passed on."),)


def notices(_state: Any, _item: DueItem) -> tuple[Notice, ...]:  # noqa: ANN401 - of any kind
    """None."""
    return ()


def away(_state: Any, _person: str) -> date | None:  # noqa: ANN401 - of any kind
    """Nobody: leave holds where somebody has a part, and is told there."""
    return None


def rows(_subject: str, _state: Any, _upcoming: list[DueItem]) -> Rows:  # noqa: ANN401 - of any kind
    """No rows: the ledger says it all."""
    return {}
