"""What duties of every kind of subject look at, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic

from lifecycle.calendar import Calendar
from lifecycle.steps import Case, Deputy, Done, Step, asked_at, digest, owed, owed_by, pending_steps
from lifecycle.subject_rules import StateT
from schemas.due import DueItem
from schemas.programme import Decision
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
        put_off = self.put_off if life.mailing.held else None
        return pending_steps(case, steps, self.done, self.state.now, life.calendar, deputy, put_off=put_off)

    def put_off(self, key: str, at: datetime) -> datetime:
        """When an item goes that is due at a time: later if the office has it wait."""
        life: Any = self.state.life
        goes: datetime = life.mailing.put_off(key, at, life.calendar)
        return goes

    def decision(self, case: Case, name: str, rule: Decision, opens: datetime) -> Iterator[DueItem]:
        """A decision that somebody owes, by the case's own date at the latest."""
        opens, since = self.counted_from(case, opens, opens)
        life: Any = self.state.life
        by = owed_by(rule, opens, since, life.calendar)
        case = case._replace(answer_by=min(by, case.answer_by or by))
        return self.pending(case, owed(name, rule, opens, since, (rule.by,)))

    def counted_from(self, case: Case, opens: datetime, due: datetime) -> tuple[datetime, datetime]:
        """When a case is asked first, and from when its weeks count: both by the rule, unless the ask was put late.

        ``due`` is when the ask falls due. A late fact or an outage takes nobody's time to answer.
        """
        late = self.late(case, due)
        return (opens, case.since) if late is None else (late, late)

    def late(self, case: Case, due: datetime, step: int = 0) -> datetime | None:
        """When a step of a case was put, or can be, if its day was missed."""
        life: Any = self.state.life
        calendar: Calendar = life.calendar
        key = f"{case.matter}/{case.window}/{step}"
        goes = self.put_off(key, due)
        can_be = goes if goes >= self.state.now else calendar.sendable(self.state.now)
        put = asked_at(self.done, key, can_be)
        return put if put > due and calendar.day(put) > calendar.day(calendar.sendable(due)) else None

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
