"""What duties of every kind of subject look at, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic

from lifecycle.steps import Case, Deputy, Done, Step, digest, pending_steps
from lifecycle.subject_rules import StateT
from schemas.due import DueItem
from schemas.words import Role

OFFICE: Final = (Role.OFFICE,)


@dataclass(frozen=True, slots=True)
class PlanContext(Generic[StateT]):
    """The state, and what was carried out already: duties look at nothing else."""

    state: StateT
    done: Done

    def pending(self, case: Case, steps: Iterable[Step]) -> Iterator[DueItem]:
        """The steps of a case that are still to come."""
        life: Any = self.state.life
        days = life.programme.deputy_after_working_days
        deputy = Deputy(self.overdue_at, f"deputy_after_working_days = {days}")
        return pending_steps(case, steps, self.done, self.state.now, life.calendar, deputy)

    def overdue_at(self, since: datetime) -> datetime:
        """When something that the office owes since a time is so late that its deputy hears."""
        life: Any = self.state.life
        at: datetime = life.calendar.after_working_days(since, life.programme.deputy_after_working_days)
        return at

    def digest(self, at: datetime) -> datetime:
        """The weekly morning on or after a time."""
        life: Any = self.state.life
        return digest(life.programme, life.calendar, at)


def moment(at: datetime) -> str:
    """A moment as part of a window's name."""
    return at.strftime("%Y-%m-%dT%H%M%S")
