"""What stands in a cohort at a moment: its stage, and the state of each enrolment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from lifecycle.account import Account, account
from lifecycle.cohort.facts import RULES
from lifecycle.cohort.life import Enrolment, Life
from schemas.cohort_facts import CohortFact
from schemas.words import CohortStage, EnrolmentState

FINAL: Final = frozenset(
    {EnrolmentState.ALUMNUS, EnrolmentState.DEFERRED, EnrolmentState.WITHDRAWN, EnrolmentState.NOT_COMPLETED}
)


@dataclass(frozen=True, slots=True)
class State:
    """A cohort at ``now``. Everything here follows from the accepted facts and the time alone."""

    account: Account[Life]
    now: datetime
    stage: CohortStage

    @property
    def life(self) -> Life:
        """What the facts say, whatever the time."""
        return self.account.life

    @property
    def today(self) -> date:
        """The local date."""
        return self.life.calendar.day(self.now)

    @property
    def ended(self) -> bool:
        """Cancelled; or closed, and everybody's coaching has come to its end."""
        if self.stage is CohortStage.CANCELLED:
            return True
        everybody = self.life.enrolments.values()
        return self.stage is CohortStage.CLOSED and all(self.enrolment(e) in FINAL for e in everybody)

    def enrolment(self, one: Enrolment) -> EnrolmentState:
        """The state of one enrolment."""
        if one.deferred_at is not None:
            return EnrolmentState.DEFERRED
        if one.withdrawn_at is not None:
            return EnrolmentState.WITHDRAWN
        if one.completed is False:
            return EnrolmentState.NOT_COMPLETED
        if any(first <= self.today <= last for first, last in one.leaves):
            return EnrolmentState.ON_LEAVE
        return self._after_course(one) if one.completed else self._in_course(one)

    def _in_course(self, one: Enrolment) -> EnrolmentState:
        started = self.stage not in (CohortStage.PLANNED, CohortStage.CONFIRMED)
        if one.has_team:
            return EnrolmentState.IN_TRAINING if started else EnrolmentState.READY
        return EnrolmentState.CONDITIONAL_START if one.may_start else EnrolmentState.MICROSYSTEM_PENDING

    def _after_course(self, one: Enrolment) -> EnrolmentState:
        coaching = one.coaching
        if coaching is None:
            return EnrolmentState.TRAINING_COMPLETE
        if not coaching.running:
            return EnrolmentState.ALUMNUS
        if self.lapsed(one):
            refreshing = one.refreshed_at is not None and self.lapsed_since(one) <= one.refreshed_at
            return EnrolmentState.REFRESHING if refreshing else EnrolmentState.LAPSED
        return EnrolmentState.PRACTISING

    def lapsed_since(self, one: Enrolment) -> datetime:
        """When a coach who coaches no more counts as lapsed, reckoned from the last time they did."""
        life = self.life
        last = one.coaching.last_coached if one.coaching and one.coaching.last_coached else life.opening.course_start
        return life.calendar.at(last, life.programme.quiet_hours.opens) + timedelta(
            weeks=life.programme.lapsed_after_weeks
        )

    def lapsed(self, one: Enrolment) -> bool:
        """No coaching for the programme's weeks, outside a pause, while an engagement runs."""
        coaching = one.coaching
        running = coaching is not None and coaching.running and not coaching.paused
        return running and self.now >= self.lapsed_since(one)


def fold(facts: Iterable[CohortFact], now: datetime) -> State:
    """The state that these accepted facts give at ``now``. Raises ValueError if there is no opening fact."""
    return assess(account(RULES, facts), now)


def assess(known: Account[Life], now: datetime) -> State:
    """The state of an account at ``now`` (aware UTC)."""
    return State(known, now, known.life.stage_at(now))
