"""Where a cohort's duties are derived: what they look at, and what they share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lifecycle import plan_context
from lifecycle.cohort.life import Enrolment
from lifecycle.cohort.state import State
from schemas.words import Role

COACH: Final = (Role.COACH,)


class PlanContext(plan_context.PlanContext[State]):
    """What a cohort's duties look at."""

    __slots__ = ()

    def here(self) -> Iterator[tuple[str, Enrolment]]:
        """The enrolments that are still in the cohort."""
        return ((key, enrolment) for key, enrolment in self.state.life.enrolments.items() if not enrolment.gone)
