"""Where a cohort's duties are derived: what they look at, and what they share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from lifecycle import plan_context
from lifecycle.cohort.life import Enrolment
from lifecycle.cohort.state import State
from lifecycle.steps import Case, owed, owed_by
from schemas.due import DueItem
from schemas.programme import Decision
from schemas.words import Role

COACH: Final = (Role.COACH,)


class PlanContext(plan_context.PlanContext[State]):
    """What a cohort's duties look at."""

    __slots__ = ()

    def decision(self, case: Case, name: str, rule: Decision, opens: datetime) -> Iterator[DueItem]:
        """A decision that somebody owes."""
        by = owed_by(rule, opens, case.since, self.state.life.calendar)
        case = case._replace(answer_by=case.answer_by or by)
        return self.pending(case, owed(name, rule, opens, case.since, (rule.by,)))

    def here(self) -> Iterator[tuple[str, Enrolment]]:
        """The enrolments that are still in the cohort."""
        return ((key, enrolment) for key, enrolment in self.state.life.enrolments.items() if not enrolment.gone)
