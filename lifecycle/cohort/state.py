"""What stands in a cohort at a moment: its stage, and the state of each enrolment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lifecycle.account import Account, account
from lifecycle.cohort.facts import REDUCER
from lifecycle.cohort.life import Enrolment, Life
from lifecycle.leave import away_until
from lifecycle.steps import Done
from schemas.corrections import CohortFact
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

    def first_planned(self, number: int) -> datetime:
        """When a learning session was to start as the course was told first."""
        return self.life.learning_session_first_planned(number, self.account.first_told)

    @property
    def ended(self) -> bool:
        """Cancelled; or closed, and everybody's coaching has come to its end."""
        if self.stage is CohortStage.CANCELLED:
            return True
        everybody = self.life.enrolments.values()
        return self.stage is CohortStage.CLOSED and all(self.enrolment(e) in FINAL for e in everybody)

    def enrolment(self, enrolment: Enrolment) -> EnrolmentState:
        """The state of one enrolment. In a cancelled cohort nobody is in training, or on leave from it."""
        if enrolment.deferred_at is not None:
            return EnrolmentState.DEFERRED
        if enrolment.withdrawn_at is not None or (enrolment.left_at is not None and enrolment.completed is None):
            return EnrolmentState.WITHDRAWN
        if enrolment.completed is False:
            return EnrolmentState.NOT_COMPLETED
        if enrolment.left_at is not None:
            return EnrolmentState.ALUMNUS
        there = self._after_course(enrolment) if enrolment.completed else self._in_course(enrolment)
        if there in FINAL or self.stage is CohortStage.CANCELLED:
            return there
        away = away_until(self.life.leaves, enrolment.accepted.person, self.today) is not None
        return EnrolmentState.ON_LEAVE if away else there

    def _in_course(self, enrolment: Enrolment) -> EnrolmentState:
        started = self.stage not in (CohortStage.PLANNED, CohortStage.CONFIRMED, CohortStage.CANCELLED)
        if self.life.has_team(enrolment):
            return EnrolmentState.IN_TRAINING if started else EnrolmentState.READY
        return EnrolmentState.CONDITIONAL_START if enrolment.may_start else EnrolmentState.MICROSYSTEM_PENDING

    def _after_course(self, enrolment: Enrolment) -> EnrolmentState:
        coaching, seen_at = enrolment.coaching, self.life.seen_at
        if (
            coaching is None
            or seen_at is None
            or (enrolment.completed_at is not None and seen_at <= enrolment.completed_at)
        ):
            return EnrolmentState.TRAINING_COMPLETE
        if not coaching.running:
            return EnrolmentState.ALUMNUS
        if self.lapsed(enrolment):
            return EnrolmentState.LAPSED
        refreshed = enrolment.refreshed_at is not None and enrolment.refreshed_at >= self._lapse_after(
            self._coached_until(enrolment)
        )
        return EnrolmentState.REFRESHING if refreshed else EnrolmentState.PRACTISING

    def lapsed(self, enrolment: Enrolment) -> bool:
        """No coaching for the programme's weeks, outside a pause, when the records were last read."""
        coaching, seen_at = enrolment.coaching, self.life.seen_at
        running = coaching is not None and coaching.running and not coaching.paused
        return running and seen_at is not None and seen_at >= self.lapsed_since(enrolment)

    def lapsed_since(self, enrolment: Enrolment) -> datetime:
        """When a coach who coaches no more counts as lapsed; a refresher gives them the same weeks anew."""
        until = self._coached_until(enrolment)
        if enrolment.refreshed_at is not None:
            until = max(until, self.life.calendar.day(enrolment.refreshed_at))
        return self._lapse_after(until)

    def _coached_until(self, enrolment: Enrolment) -> date:
        """The last day on which a coach coached, paused, or was on leave."""
        life = self.life
        days = [
            life.opening.course_start,
            *(leave.last for leave in life.leaves_of(enrolment) if leave.last <= self.today),
        ]
        if enrolment.coaching is not None and enrolment.coaching.last_coached is not None:
            days.append(enrolment.coaching.last_coached)
        if enrolment.paused_at is not None:
            days.append(life.calendar.day(enrolment.paused_at))
        return max(days)

    def _lapse_after(self, day: date) -> datetime:
        life = self.life
        return life.calendar.add_weeks(life.calendar.at(day, life.calendar.opens), life.programme.lapsed_after_weeks)


def fold(facts: Iterable[CohortFact], now: datetime) -> State:
    """The state that these accepted facts give at ``now``. Raises ValueError if there is no opening fact."""
    return assess(account(REDUCER, facts), now, {})


def assess(known: Account[Life], now: datetime, _done: Done) -> State:
    """The state of an account at ``now`` (aware UTC)."""
    return State(known, now, known.life.stage_at(now))
