"""What duties of every kind of subject look at, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic

from lifecycle.steps import Case, Done, Step, digest, pending_steps
from lifecycle.subject_rules import StateT
from schemas.due import DueItem
from schemas.words import Role

OFFICE: Final = (Role.OFFICE,)
MONTH: Final = 4
"""In weeks."""


@dataclass(frozen=True, slots=True)
class PlanContext(Generic[StateT]):
    """The state, and what was carried out already: duties look at nothing else."""

    state: StateT
    done: Done

    def pending(self, case: Case, steps: Iterable[Step]) -> Iterator[DueItem]:
        """The steps of a case that are still to come."""
        return pending_steps(case, steps, self.done, self.state.now, self.state.life.calendar)

    def digest(self, at: datetime) -> datetime:
        """The weekly morning on or after a time."""
        life: Any = self.state.life
        return digest(life.programme, life.calendar, at)


def moment(at: datetime) -> str:
    """A moment as part of a window's name."""
    return at.strftime("%Y-%m-%dT%H%M%S")
