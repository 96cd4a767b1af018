"""Where an Introduction course's duties are derived: what they look at, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from lifecycle.calendar import Calendar
from lifecycle.intro_course.life import Booking, Life
from lifecycle.intro_course.state import State
from lifecycle.leave import back, once_back
from lifecycle.steps import Case, Done, Step, pending_steps, put_off
from schemas.due import DueItem
from schemas.words import Act, Matter, Role

OFFICE: Final = (Role.OFFICE,)
DELEGATE: Final = (Role.DELEGATE,)
MONTH: Final = 4
"""In weeks."""


@dataclass(frozen=True, slots=True)
class PlanContext:
    """Where duties are derived: the state, and what was carried out already."""

    state: State
    done: Done

    @property
    def life(self) -> Life:
        """What the facts say."""
        return self.state.life

    @property
    def calendar(self) -> Calendar:
        """The days and hours the course counts by."""
        return self.state.life.calendar

    def pending(self, case: Case, steps: Iterable[Step]) -> Iterator[DueItem]:
        """The steps of a case that are still to come."""
        return pending_steps(case, steps, self.done, self.state.now, self.calendar)

    def once(self, case: Case, at: datetime, act: Act, parameter: str) -> Iterator[DueItem]:
        """One message to a delegate at this very time: receipts and same-day changes wait for no hours."""
        item = DueItem(
            at=at, act=act, matter=case.matter, window=case.window, step=0, turn=Role.DELEGATE, to=DELEGATE,
            rule=case.rule, parameter=parameter, since=case.since, about=case.about, answer_by=case.answer_by,
            person=case.person,
        )  # fmt: skip
        if item.key not in self.done:
            yield item

    def once_back(self, booking: Booking, at: datetime, before: datetime) -> datetime:
        """When a delegate has what is due at a time: after their leave, unless it is over by then."""
        return once_back(self.life.leaves, booking.requested.person, self.calendar, at, before)

    def chased_once_back(self, booking: Booking, steps: list[Step]) -> Iterator[Step]:
        """The steps, but that nobody is asked again while they are away."""
        who, leaves = booking.requested.person, self.life.leaves
        later = put_off(steps[1:], self.calendar, lambda at: back(leaves, who, self.calendar, at))
        return chain(steps[:1], later)

    def said(self, matter: Matter, window: str) -> list[datetime]:
        """When something was said that may have to be said again, after a late fact or a correction."""
        found: list[datetime] = []
        while (at := self.done.get(f"{matter}/{numbered(window, len(found))}/0")) is not None:
            found.append(at)
        return found

    def told_of_a_move(self, booking: str) -> bool:
        """Whether a delegate was told of other days."""
        return any(key.startswith(f"{Matter.COURSE_CHANGED}/{booking}.moved.") for key in self.done)

    def said_since(self, matter: Matter, window: str, since: datetime) -> str:
        """A window that no notice about an earlier moment had, so that this moment is told as news."""
        return numbered(window, sum(at < since for at in self.said(matter, window)))


def numbered(window: str, before: int) -> str:
    """A window that was used so many times before."""
    return f"{window}#{before}" if before else window
