"""What a page asks: a question, what is recorded of it already, and the answers that can be given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple

from records.database import Connection
from schemas.facts import Fact
from schemas.sentences import say

Kind = Literal[
    "radios", "checkboxes", "date", "time", "number", "decimal", "lines", "values", "person", "team", "email", "code",
    "note", "taker",
]  # fmt: skip

NOTE_LENGTH: Final = 300
BACK: Final = "back"
"""Begins the name of an answer that takes back what was told."""
NO_PATIENTS: Final = "Don't write anything about patients."
A_DAY: Final = "For example, 27 3 2027"


class Choice(NamedTuple):
    """One of several: the value that is sent, and its words."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something to fill in.

    ``missing`` is said where a required one is empty; ``least`` and ``most`` bound numbers. An optional one is folded
    away, unless it is to be ``seen``. What is the reader's ``own`` may be filled in by their browser (WCAG 1.3.5).
    """

    name: str
    kind: Kind
    label: str
    hint: str = ""
    missing: str = ""
    optional: bool = False
    seen: bool = False
    own: bool = False
    choices: tuple[Choice, ...] = ()
    least: int = 0
    most: int = 0
    value: str | date | tuple[str, ...] = ""


NOTE: Final = Field(
    name="note",
    kind="note",
    label="Add a note (optional)",
    hint=say("One sentence, for the programme's records. {no_patients}", no_patients=NO_PATIENTS),
    optional=True,
)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer somebody gave: which button, what was filled in, and when the page was shown."""

    choice: str
    values: dict[str, Any]
    at: datetime

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - each field has its own type
        """What was filled in; None for nothing."""
        return self.values.get(name)


@dataclass(frozen=True, slots=True)
class Telling:
    """A fact to be told. With ``replaces`` it is told as a correction, without ``fact`` as a withdrawal.

    ``subject`` is who is told, where it is another than the page's own.
    """

    fact: Fact | None
    replaces: str | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way to answer: its buttons, what goes with them, and the facts it means.

    An answer with an ``opener`` is folded away under these words, its optional fields under ``more``. ``keep`` keeps,
    before anything is told, what no fact may hold. In the workspace, only who showed just now that it is them gives one
    that is ``weighty``, or takes something back. What shows what is recorded, ``as_recorded``, tells nothing when it
    comes back as it was.
    """

    name: str
    buttons: tuple[Choice, ...]
    tell: Callable[[Given], tuple[Telling, ...]] = lambda _: ()
    fields: tuple[Field, ...] = ()
    opener: str = ""
    more: str = "Say more (optional)"
    hint: str = ""
    variant: Literal["primary", "secondary", "warning"] = "primary"
    note: bool = True
    keep: Callable[[Connection, Given], Awaitable[None]] | None = None
    weighty: bool = False
    as_recorded: bool = False

    @property
    def shown(self) -> tuple[Field, ...]:
        """The fields that stand before the buttons."""
        return tuple(asked for asked in self.all_fields if self.opener or asked.seen or not asked.optional)

    @property
    def folded(self) -> tuple[Field, ...]:
        """The fields that are folded away: nobody need fill them in."""
        return tuple(asked for asked in self.all_fields if asked not in self.shown)

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """The fields, the note last."""
        return (*self.fields, NOTE) if self.note else self.fields


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that is recorded: in words, and by whom and when it was told. ``own`` was told by the reader."""

    event_id: str
    words: str
    told: str
    own: bool


@dataclass(frozen=True, slots=True)
class Onward:
    """A link to another page."""

    label: str
    url: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A page.

    ``topic`` names what is asked, ``mark`` what is recorded of it: together they name the telling, so that it is made
    once. ``settled`` questions show what is recorded; the answers then correct it, if ``correctable``. Answers that are
    given ``together`` do not contradict each other. ``day`` is the one it is about, where its mail names one. ``text``
    is something to read before answering: what it is called, and its paragraphs. ``work`` is the team's
    improvement work, to be shown below.
    """

    title: str
    topic: str
    mark: tuple[str, ...]
    lead: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    recorded: tuple[Recorded, ...] = ()
    settled: bool = False
    correctable: bool = True
    context: tuple[tuple[str, str], ...] = ()
    onward: tuple[Onward, ...] = ()
    also: str = field(default="Other answers")
    together: bool = False
    day: date | None = None
    text: tuple[str, tuple[str, ...]] | None = None
    work: object = None

    @property
    def asks(self) -> bool:
        """Whether an answer is awaited, and not only something to be taken back."""
        return not self.settled and any(not answer.name.startswith(BACK) for answer in self.answers)

    def answer(self, name: str) -> Answer | None:
        """An answer by name; None where it is not offered."""
        return next((answer for answer in self.answers if answer.name == name), None)
