"""Whether it is a person who presses: programs that look for malware open every link of a mail, and press the buttons.

What may be theirs records nothing. One step is asked that a reader takes and a program does not, and only that records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from gateway.pages.asked import Choice, Field
from lifecycle.dates import long_date

DAY: Final = "the-day"
"""The input in which the day is chosen."""

SOON: Final = timedelta(seconds=60)
"""Nobody has read a mail, opened its page and answered so soon after it was sent."""

LATELY: Final = timedelta(minutes=5)
"""Who answers again within this time, and otherwise, may have pressed one button after the other."""

_OFF: Final = range(2, 10)
"""By so many days the others differ, so that nobody takes one of them for the right one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A tap on a button: when, and on which day where it was read.

    ``sent_at`` is when the mail was sent that led there, if that is known; ``contradicted`` when those answers were
    recorded that it contradicts.
    """

    at: datetime
    today: date
    sent_at: datetime | None = None
    contradicted: tuple[datetime, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether it may be a program's."""
        soon = self.sent_at is not None and self.at - self.sent_at < SOON
        return soon or any(self.at - told < LATELY for told in self.contradicted)


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked first: a day. ``said`` is the answer that waits for it, ``kept`` all that was filled in."""

    day: Field
    said: str
    state: str
    kept: tuple[tuple[str, str], ...]
    fault: str = ""


class Doubted(Exception):
    """Nothing was recorded: it may be a program that presses."""

    def __init__(self, step: Step) -> None:
        super().__init__("it may be a program that presses")
        self.step = step


def day_of(about: date | None, today: date, chance: Random) -> Field:
    """Asks for the day that a page is about, else for today: the right one of three, in any order."""
    right = about or today
    others = [right + chance.choice((-1, 1)) * timedelta(days=off) for off in chance.sample(_OFF, 2)]
    return Field(
        name=DAY,
        kind="radios",
        label="Which day is this about?" if about else "Which day is it today?",
        hint="The email says which." if about else "",
        choices=tuple(Choice(day.isoformat(), long_date(day)) for day in _shuffled((right, *others), chance)),
    )


def _shuffled(days: Iterable[date], chance: Random) -> list[date]:
    found = list(days)
    chance.shuffle(found)
    return found
