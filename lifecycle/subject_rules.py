"""What a workflow and the records ask of the rules of each kind of subject. The packages beside it offer it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias, TypeVar

from lifecycle.account import Account, Reducer
from lifecycle.calendar import Calendar
from lifecycle.description import Descriptions
from lifecycle.steps import Done
from schemas.due import AnyStanding, DueItem, Notice, Why
from schemas.rows import Rows

Known: TypeAlias = Account[Any]
"""The accepted facts of a subject, and the life they tell."""


class AnyLife(Protocol):
    """A life, as far as all kinds are alike."""

    @property
    def opening(self) -> Any:  # noqa: ANN401 - the first fact of its kind
        """The fact with which it began."""

    @property
    def calendar(self) -> Calendar:
        """The days and hours the subject counts by."""


class State(Protocol):
    """A subject at a moment."""

    @property
    def account(self) -> Known:
        """The facts it stands on."""

    @property
    def now(self) -> datetime:
        """The moment."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will fall due."""

    @property
    def life(self) -> AnyLife:
        """What the facts say."""


StateT = TypeVar("StateT", bound=State)


class SubjectRules(Protocol[StateT]):
    """The rules of one kind of subject, as a module offers them."""

    @property
    def REDUCER(self) -> Reducer[Any]:  # noqa: N802  # a module's constant
        """How facts change a life."""

    @property
    def MATTERS(self) -> Descriptions:  # noqa: N802  # as above
        """What may fall due of it."""

    def assess(self, known: Known, now: datetime, done: Done) -> StateT:
        """What stands at a moment; ``done`` is what was carried out by then, the questions that were put among it."""

    def plan(self, state: StateT, done: Done) -> list[DueItem]:
        """The whole timeline."""

    def upcoming(self, state: StateT, done: Done) -> list[DueItem]:
        """The next item of every matter."""

    def coming(self, state: StateT, done: Done, end: datetime) -> list[DueItem]:
        """The items of every matter until a time, and the next of each."""

    def due(self, state: StateT, done: Done) -> list[DueItem]:
        """The items whose time has come."""

    def open_still(self, state: StateT, done: Done, keys: Collection[str]) -> list[DueItem]:
        """Of these items that were carried out, those that people still owe."""

    def why(self, state: StateT, done: Done, question: str) -> tuple[Why, ...]:
        """The reasons of an item, a matter, or what is next."""

    def standing(self, state: StateT, upcoming: list[DueItem]) -> AnyStanding:
        """Where it stands, and whose turn it is."""

    def notices(self, state: StateT, item: DueItem) -> tuple[Notice, ...]:
        """The notices of an item."""

    def away(self, state: StateT, person: str) -> date | None:
        """The last day of the leave that somebody is on; None for whoever is there."""

    def rows(self, subject: str, state: StateT, upcoming: list[DueItem]) -> Rows:
        """What the projections say, by table and key."""
