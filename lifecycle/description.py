"""What belongs to a matter, said once, beside the duties from which it falls due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, Flag, IntEnum, auto
from typing import Any, Final, TypeAlias

from schemas.due import DueItem
from schemas.programme import Attention
from schemas.words import Act, Matter

Duty: TypeAlias = Callable[[Any], Iterator[DueItem]]
"""Derives the items of a matter from the plan context of its kind of subject, in the order of time."""


NEVER_WAITS: Final = frozenset({Act.ESCALATE, Act.MOVE_ON})
"""What goes to somebody above is never held; what happens by itself is no mail."""


class During(Flag):
    """How a subject stands while a duty holds."""

    RUNNING = auto()
    PAUSED = auto()
    DAY_2_CANCELLED = auto()
    ENDED = auto()


class Loss(IntEnum):
    """What is lost by waiting, the worst first: it ranks the worklist, and what one mail says."""

    TEAM = 1
    """A team may stop for good."""

    DECISION = 2
    """Somebody cannot go on until a decision is made."""

    RECORD = 3
    """The records go wrong, or people are not reached."""

    LATER = 4
    """Nothing is lost this week."""


class Mail(Enum):
    """Which mail says it: one of its own at once, or the weekly one."""

    BY_PROGRAMME = auto()
    """At once if ``attention.at_once`` names the matter, else in the weekly mail."""

    AT_ONCE = auto()
    """A receipt, or what is of no use a week later."""

    FIRST_AT_ONCE = auto()
    """The first step at once, the later ones as the programme says."""

    NONE = auto()
    """Nobody is told: something happens by itself."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Description:
    """All that belongs to one matter. What has a default is missed by a test when it is forgotten and needed.

    ``duties`` says while which state of the subject each duty holds. ``suggestion`` is what the worklist says to do;
    None keeps the matter off it. ``rules`` are the rules of its items, in words. ``parameters`` are the programme's
    parameters, or groups of them, by which they are reckoned; ``facts`` what else they are reckoned by. ``page`` names
    the page where it is answered, by default its own; None if nothing is asked. ``dated``: it is of no use later.
    ``about_participant``: a mail names the participant where there is no team yet.
    """

    matter: Matter
    label: str
    duties: Mapping[Duty, During]
    loss: Loss
    suggestion: str | None
    rules: Mapping[str, str]
    parameters: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    mail: Mail = Mail.BY_PROGRAMME
    page: str | None = ""
    about_participant: bool = False
    dated: bool = False

    def __post_init__(self) -> None:
        if self.page == "":
            object.__setattr__(self, "page", self.matter.value)

    def may_hold(self, act: Act | None = None) -> bool:
        """Whether the office may have its mail wait: never an alarm, nor what is of no use later.

        ``act`` is what a step does, where that is known.
        """
        useful = not self.dated and self.mail in (Mail.BY_PROGRAMME, Mail.FIRST_AT_ONCE)
        return useful and self.loss is not Loss.TEAM and act not in NEVER_WAITS

    def may_skip(self, step: int, act: Act | None = None) -> bool:
        """Whether the office may leave the mail of a step out: never an alarm, nor the first asking."""
        return self.may_hold(act) and (step > 0 or self.page is None)

    @property
    def template(self) -> str:
        """The file of its words."""
        return f"matters/{self.matter}.txt"

    def gathered(self, item: DueItem, attention: Attention) -> bool:
        """Whether an item waits for the weekly mail of its reader."""
        if self.mail is Mail.BY_PROGRAMME:
            return self.matter not in attention.at_once
        return self.mail is Mail.FIRST_AT_ONCE and item.step > 0 and self.matter not in attention.at_once


Descriptions: TypeAlias = Mapping[Matter, Description]


def described(*descriptions: Description) -> Descriptions:
    """The matters of one kind of subject. Raises ValueError for a matter that is described twice."""
    table = {description.matter: description for description in descriptions}
    if len(table) < len(descriptions):
        raise ValueError("a matter is described twice; describe it once, with all its duties")
    return table


def in_time(items: Iterable[DueItem]) -> Iterator[DueItem]:
    """The items, earliest first, so that a search for what is due can stop at the first that is not."""
    return iter(sorted(items, key=lambda item: item.at))
