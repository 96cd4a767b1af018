"""Where an Introduction course's duties are derived: what they look at, and what they share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from lifecycle import plan_context
from lifecycle.calendar import Calendar
from lifecycle.intro_course.life import Booking, Life
from lifecycle.intro_course.state import State
from lifecycle.leave import back, once_back
from lifecycle.steps import Case, Step, put_off
from schemas.due import DueItem
from schemas.words import Act, Matter, Role

DELEGATE: Final = (Role.DELEGATE,)
AFTER: Final = timedelta(microseconds=1)
SECOND: Final = timedelta(seconds=1)
"""What is recorded in whole seconds is in order once a second lies between."""


class PlanContext(plan_context.PlanContext[State]):
    """What an Introduction course's duties look at."""

    __slots__ = ()

    @property
    def life(self) -> Life:
        """What the facts say."""
        return self.state.life

    @property
    def calendar(self) -> Calendar:
        """The days and hours the course counts by."""
        return self.state.life.calendar

    def once(self, case: Case, at: datetime, act: Act, parameter: str) -> Iterator[DueItem]:
        """One message to a delegate at this very time: receipts and same-day changes wait for no hours."""
        item = case.item(Step(act, at, Role.DELEGATE, DELEGATE, parameter), 0, at)
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

    def told_of_days(self, booking: str) -> dict[str, datetime]:
        """When a delegate was told of other days, by window."""
        start = f"{Matter.COURSE_CHANGED}/{booking}.moved."
        return {key.split("/")[1]: at for key, at in self.done.items() if key.startswith(start)}

    def told_of_a_move(self, booking: str) -> bool:
        """Whether a delegate was told of other days."""
        return bool(self.told_of_days(booking))

    def said_since(self, matter: Matter, window: str, since: datetime) -> str:
        """A window that no notice about an earlier moment had, so that this moment is told as news."""
        return numbered(window, sum(at < since for at in self.said(matter, window)))


def numbered(window: str, before: int) -> str:
    """A window that was used so many times before."""
    return f"{window}#{before}" if before else window
