"""What rehearsed people do: moments of telling, questions they got, and the days on which they act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from heapq import heapify, heappop, heappush
from random import Random
from typing import Final

from lifecycle.calendar import Calendar
from operations.callers import Caller
from rehearsal.behaviours import Dice
from schemas.facts import Fact
from schemas.words import Act, Matter, Role

REHEARSED: Final = Caller.trusted("rehearsal", "rehearsal")
"""Who tells and schedules, for the audit."""

_STOP_SECONDS: Final = (30, 44)
_FACT_SECONDS: Final = (1, 9)
_DESK_HOURS: Final = (9 * 60, 16 * 60 + 30)


@dataclass(frozen=True, slots=True)
class Telling:
    """A fact, and the virtual moment (UTC) at which somebody tells it."""

    at: datetime
    fact: Fact


@dataclass(frozen=True, slots=True)
class Asked:
    """A notice that was issued: who was told or asked what. ``subject`` is the engagement's or cohort's id."""

    subject: str
    role: Role
    act: Act
    matter: Matter
    window: str
    step: int
    issued_at: datetime
    about: date | None = None
    number: int | None = None
    detail: str | None = None

    @property
    def question(self) -> tuple[str, ...]:
        """The same for every repeat of one question, whoever is asked."""
        return (self.matter.value, self.window)


@dataclass(slots=True)
class Agenda:
    """Tellings still to come, handed out in the order of their moments."""

    _heap: list[tuple[datetime, int, Telling]] = field(default_factory=list)
    _count: int = 0

    def add(self, telling: Telling) -> None:
        """Put a telling on the agenda."""
        self._count += 1
        heappush(self._heap, (telling.at, self._count, telling))

    def until(self, barrier: datetime) -> list[Telling]:
        """Take off everything that is told before the barrier."""
        found = []
        while self._heap and self._heap[0][0] < barrier:
            found.append(heappop(self._heap)[2])
        return found

    @property
    def first(self) -> datetime | None:
        """When something is told next."""
        return self._heap[0][0] if self._heap else None

    def drop(self, unwanted: Callable[[Telling], bool]) -> None:
        """Forget tellings that will not happen any more."""
        self._heap = [entry for entry in self._heap if not unwanted(entry[2])]
        heapify(self._heap)


@dataclass(frozen=True, slots=True)
class Desk:
    """Turns days into moments: people act in office hours of working days.

    Clocks are stopped only in the later half of a minute and facts occur in its first seconds, so that no clock ever
    stops on, or just after, a moment at which the engine is to act.
    """

    calendar: Calendar
    dice: Dice

    def reply(self, asked: date, working_days: tuple[int, int], not_before: datetime, *question: object) -> datetime:
        """A moment some working days after a question, and after ``not_before``."""
        chance = self.dice.on("reply", *question)
        day = self.calendar.add_working_days(asked, chance.randint(*working_days))
        earliest = self.calendar.add_working_days(self.calendar.day(not_before) + timedelta(days=1), 0)
        return self.on(max(day, earliest), chance)

    def on(self, day: date, chance: Random) -> datetime:
        """A moment in the office hours of a day, or of the next working day."""
        day = self.calendar.add_working_days(day, 0)
        minute = chance.randint(*_DESK_HOURS)
        return stop_at(self.calendar.at(day, time(minute // 60, minute % 60)), chance)


def stop_at(moment: datetime, chance: Random) -> datetime:
    """A moment at which a clock may be stopped, in the minute of ``moment``."""
    return moment.astimezone(UTC).replace(second=chance.randint(*_STOP_SECONDS), microsecond=0)


def occurred(moment: datetime, chance: Random) -> datetime:
    """A moment at which a fact may have occurred, in the minute of ``moment``."""
    return moment.astimezone(UTC).replace(second=chance.randrange(*_FACT_SECONDS, 2), microsecond=0)
