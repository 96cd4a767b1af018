"""What stands in an Introduction course at a moment: its stage, and the state of each booking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lifecycle.account import Account, account
from lifecycle.intro_course.facts import REDUCER
from lifecycle.intro_course.life import DAYS, Booking, Life
from lifecycle.steps import Done
from schemas.corrections import IntroCourseFact
from schemas.words import BookingState, IntroStage


@dataclass(frozen=True, slots=True)
class State:
    """An Introduction course at ``now``. Everything here follows from the accepted facts and the time alone."""

    account: Account[Life]
    now: datetime
    stage: IntroStage

    @property
    def life(self) -> Life:
        """What the facts say, whatever the time."""
        return self.account.life

    @property
    def ended(self) -> bool:
        """Cancelled or closed: whoever is owed an answer still gets it, and nothing more is asked.

        A course whose day 2 alone was cancelled ends as a whole one does: who was there on day 1 is owed the other.
        """
        if self.stage is IntroStage.CANCELLED:
            return not self.life.held(1) or self.life.settled(self.now)
        return self.stage is IntroStage.CLOSED

    def booking(self, booking: Booking) -> BookingState:
        """The state of one booking."""
        standing = booking.standing(self.now)
        if standing is not BookingState.CONFIRMED or not self.life.held(booking.days[0]):
            return standing
        attended = [self.life.present(booking, day) for day in booking.days]
        if None in attended:
            return BookingState.CONFIRMED
        if all(attended):
            return BookingState.ATTENDED
        return BookingState.PART_ATTENDED if any(attended) else BookingState.NO_SHOW


def fold(facts: Iterable[IntroCourseFact], now: datetime) -> State:
    """The state that these accepted facts give at ``now``. Raises ValueError if there is no opening fact."""
    return assess(account(REDUCER, facts), now, {})


def assess(known: Account[Life], now: datetime, _done: Done) -> State:
    """The state of an account at ``now`` (aware UTC)."""
    return State(known, now, _stage(known.life, now))


def _stage(life: Life, now: datetime) -> IntroStage:
    if life.cancelled_at is not None:
        return IntroStage.CANCELLED
    if life.settled(now):
        return IntroStage.CLOSED
    if now >= life.starts(2):
        return IntroStage.DAY_2
    if now >= life.starts(1):
        return IntroStage.DAY_1
    if now >= life.joining_at:
        return IntroStage.JOINING
    if now < life.opens_at:
        return IntroStage.SCHEDULED
    return IntroStage.OPEN if life.free(DAYS, now) > 0 else IntroStage.FULL
