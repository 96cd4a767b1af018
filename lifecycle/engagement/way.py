"""The way of one team from proposal to independence: what it has reached, when, and what is expected when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.state import State
from lifecycle.steps import Done
from schemas.words import Stage


class Step(StrEnum):
    """A station of the way."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    WEEKLY = "weekly"
    STEPPING_BACK = "stepping_back"
    READY = "ready"
    HANDED_OFF = "handed_off"
    CHECKED = "checked"
    RELAPSED = "relapsed"
    INDEPENDENT = "independent"
    ENDED = "ended"


class Station(NamedTuple):
    """One station: reached ``at`` a moment, or expected then. ``month`` counts a check from the hand-off."""

    step: Step
    at: datetime
    reached: bool
    month: int = 0


def way(state: State, done: Done) -> tuple[Station, ...]:
    """The stations in their order, those that were reached first. An early end is the last, wherever it came."""
    stations = tuple(_stations(state, done))
    if state.stage is not Stage.ENDED_EARLY or state.life.ended_at is None:
        return stations
    reached = tuple(station for station in stations if station.reached)
    return (*reached, Station(Step.ENDED, state.life.ended_at, reached=True))


def _stations(state: State, done: Done) -> Iterator[Station]:
    life, opening = state.life, state.life.opening
    agreed, begins = life.agreed_at, state.begins()
    yield Station(Step.PROPOSED, opening.occurred_at, reached=True)
    in_time = opening.occurred_at + timedelta(weeks=life.programme.decisions.agreement.within_weeks)
    yield Station(Step.AGREED, agreed or in_time, agreed is not None)
    yield Station(Step.WEEKLY, begins, agreed is not None and begins <= state.now)
    yield from _to_hand_off(state, done)
    yield from _afterwards(state)


def _to_hand_off(state: State, done: Done) -> Iterator[Station]:
    life, planned = state.life, state.hand_off_planned()
    over, assessed = life.handed_off_at is not None, life.assessed_at
    began = life.tapers[-1][0] if life.tapers and (over or life.transition_at) else None
    ready = over or state.stage is Stage.READINESS_REVIEW
    if began is not None or not ready:
        yield Station(Step.STEPPING_BACK, began or PlanContext(state, done).transition_opens(), began is not None)
    again = life.calendar.at(life.refused_until, life.calendar.opens) if life.refused_until else None
    yield Station(Step.READY, assessed if ready and assessed else again or planned, ready)
    yield Station(Step.HANDED_OFF, life.handed_off_at or max(planned, again or planned), over)


def _afterwards(state: State) -> Iterator[Station]:
    life = state.life
    begun = life.handed_off_at or state.hand_off_planned()
    told = [month for month in life.checked_after() if month in life.aftercare]
    for month in told:
        yield Station(Step.CHECKED, life.aftercare[month][1], reached=True, month=month)
    if state.stage is Stage.RELAPSED:
        yield Station(Step.RELAPSED, life.stage_since, reached=True)
    due = begun
    for month in life.checked_after():
        due = life.check_due(begun, month)
        if month not in told and state.stage is not Stage.SUSTAINED:
            yield Station(Step.CHECKED, due, reached=False, month=month)
    sustained = state.stage is Stage.SUSTAINED and life.ended_at is not None
    yield Station(Step.INDEPENDENT, life.ended_at if sustained and life.ended_at else due, sustained)
