"""What stands at a moment: the life the facts tell, seen from now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lifecycle.account import Account, account
from lifecycle.engagement.absences import away_on
from lifecycle.engagement.changes import COACHED
from lifecycle.engagement.facts import REDUCER
from lifecycle.engagement.life import Life
from lifecycle.engagement.progress import NoProgress, lacking_progress
from lifecycle.engagement.sessions import Run, Session, until_now
from lifecycle.steps import Done
from schemas.corrections import EngagementFact
from schemas.programme import HandOffAnchor
from schemas.words import Health, Phase, Stage

PHASES: Final[dict[Stage, Phase]] = {
    Stage.PROPOSED: Phase.PRE_PHASE,
    Stage.AGREED: Phase.PRE_PHASE,
    Stage.ACTION: Phase.ACTION,
    Stage.TRANSITION: Phase.TRANSITION,
    Stage.READINESS_REVIEW: Phase.TRANSITION,
    Stage.AFTERCARE: Phase.AFTERCARE,
    Stage.RELAPSED: Phase.AFTERCARE,
    Stage.SUSTAINED: Phase.AFTERCARE,
}


@dataclass(frozen=True, slots=True)
class State:
    """An engagement at ``now``. Everything here follows from the accepted facts and the time alone."""

    account: Account[Life]
    now: datetime
    stage: Stage
    sessions: tuple[Session, ...]
    run: Run
    lacking_progress: NoProgress | None = None

    @property
    def life(self) -> Life:
        """What the facts say, whatever the time."""
        return self.account.life

    @property
    def ended(self) -> bool:
        """Whether the engagement is over, well or early."""
        return self.life.ended_at is not None

    @property
    def health(self) -> Health:
        """While nothing is expected, that says so; it is no question but of a team that is coached."""
        if self.life.paused is not None:
            return Health.PAUSED
        if self.stage in COACHED and away_on(self.life, self.life.calendar.day(self.now)) is not None:
            return Health.ON_LEAVE
        return self.by_sessions

    @property
    def by_sessions(self) -> Health:
        """What the sessions alone say, whether one is expected now or not."""
        return self.run.health if self.stage in COACHED else Health.ON_TRACK

    @property
    def no_progress(self) -> NoProgress | None:
        """The lack of progress that stands now, beside health. A pause keeps it as it was; a stall says more."""
        found, paused = self.lacking_progress, self.life.paused
        if found is None or self.stage not in COACHED or self.run.stalled_since is not None:
            return None
        return found if found.since <= (paused.since if paused else self.now) else None

    @property
    def phase(self) -> Phase:
        """The phase of the stage; an early end stays in the phase it ended in."""
        if self.stage is not Stage.ENDED_EARLY:
            return PHASES[self.stage]
        life = self.life
        if life.handed_off_at is not None:
            return Phase.AFTERCARE
        if life.transition_at is not None:
            return Phase.TRANSITION
        begun = life.begins_action_at()
        worked = begun is not None and life.ended_at is not None and begun <= life.ended_at
        return Phase.ACTION if worked else Phase.PRE_PHASE

    def begins(self) -> datetime:
        """When weekly work begins; before the agreement, when it would if that were signed in time."""
        life = self.life
        begins = life.begins_action_at()
        if begins is not None:
            return begins
        in_time = life.opening.occurred_at + timedelta(weeks=life.programme.decisions.agreement.within_weeks)
        return max(in_time, life.course_opens(), self.now)

    def anchor(self) -> datetime:
        """The moment from which the months to hand-off count, as the programme chooses."""
        life, calendar = self.life, self.life.calendar
        start = life.course_opens()
        match life.programme.hand_off.anchor:
            case HandOffAnchor.COURSE_START:
                return start
            case HandOffAnchor.COURSE_END:
                return calendar.add_months(start, life.programme.course.length_months)
            case HandOffAnchor.FIRST_SESSION:
                return self.sessions[0].starts_at if self.sessions else self.begins()
            case _:
                return self.begins()

    def hand_off_planned(self) -> datetime:
        """When hand-off is planned; finished pauses move it by their length."""
        return self._months_on(self.life.programme.hand_off.planned_after_months)

    def limit(self) -> datetime:
        """When somebody must extend or close; extensions and finished pauses move it."""
        return self._months_on(self.life.programme.hand_off.limit_after_months + self.life.extended_months)

    def _months_on(self, months: int) -> datetime:
        anchor = self.anchor()
        return self.life.unpaused(anchor, self.life.calendar.add_months(anchor, months))


def fold(facts: Iterable[EngagementFact], now: datetime) -> State:
    """The state that these accepted facts give at ``now``, in whatever order they come.

    The opening fact carries the programme, later ones may revise it; the state names the bank-holiday table
    it counts by. Every question is supposed to have been put when it was due. Raises ValueError if there is no
    opening fact.
    """
    return assess(account(REDUCER, facts), now, None)


def assess(known: Account[Life], now: datetime, done: Done | None) -> State:
    """The state of an account at ``now`` (aware UTC).

    ``done`` is what was carried out by then, the questions that were put among it. None supposes that each was put
    when it was due.
    """
    life = known.life
    sessions, run = until_now(life, now, done)
    return State(known, now, life.stage_at(now), sessions, run, lacking_progress(life, now, done))
