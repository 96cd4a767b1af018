"""What is most wrong with an engagement now: the order in which whoever looks after many teams should look at them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import NamedTuple

from lifecycle.engagement.absences import away_on
from lifecycle.engagement.changes import COACHED
from lifecycle.engagement.state import State
from schemas.words import Concern, Health


class Worst(NamedTuple):
    """What is wrong, and since when."""

    what: Concern
    since: datetime


def concern(state: State) -> Worst | None:
    """The worst of what is wrong; None where nothing is."""
    return None if state.ended else next(_concerns(state), None)


def _concerns(state: State) -> Iterator[Worst]:
    life, run = state.life, state.run
    resting = state.health in (Health.PAUSED, Health.ON_LEAVE)
    coached = state.stage in COACHED and not resting
    if coached and run.stalled_since is not None:
        yield Worst(Concern.STALLED, run.stalled_since)
    if life.vacant_since is not None:
        yield Worst(Concern.NO_COACH, life.vacant_since)
    if coached and run.at_risk_since is not None:
        yield Worst(Concern.AT_RISK, run.at_risk_since)
    if state.no_progress is not None:
        yield Worst(Concern.NO_PROGRESS, state.no_progress.since)
    if state.health is Health.ON_LEAVE and (away := away_on(life, life.calendar.day(state.now))) is not None:
        yield Worst(Concern.ON_LEAVE, life.calendar.at(away[0], time.min))
    if life.paused is not None:
        yield Worst(Concern.PAUSED, life.paused.since)
