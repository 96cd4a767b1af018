"""What was measured of a team's work, as series to be charted: each measure's values, and the days between sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from lifecycle.engagement.state import State
from schemas import improvement_facts as facts
from schemas.facts import Fact
from schemas.words import Code, Outcome


class Value(NamedTuple):
    """One value of a day. What is left out is shown, and counts nowhere."""

    day: date
    value: float
    event_id: str = ""
    left_out: bool = False


class Series(NamedTuple):
    """The values of one measure by day, one a day: the one that was told last.

    ``target`` is what the latest aim would reach; ``rebased`` the days from which a new baseline holds, each with the
    event that said so; ``event_id`` is whose note says what is measured.
    """

    measure: Code
    event_id: str
    higher_is_better: bool
    values: tuple[Value, ...]
    rebased: tuple[tuple[date, str], ...] = ()
    target: float | None = None

    @property
    def breaks(self) -> tuple[int, ...]:
        """The numbers of the points at which lines begin anew."""
        days = [value.day for value in self.values]
        return tuple(sum(day < since for day in days) for since, _ in self.rebased)


def series(told: Iterable[Fact]) -> tuple[Series, ...]:
    """Every measure that the team has defined, in the order in which it did, from the facts that hold."""
    found: dict[Code, Series] = {}
    for fact in told:
        match fact:
            case facts.MeasureDefined(measure=code):
                before = found.get(code) or Series(code, "", higher_is_better=True, values=())
                higher = fact.better == "higher"
                found[code] = before._replace(event_id=fact.event_id, higher_is_better=higher)
            case facts.MeasurementRecorded(measure=code) if code in found:
                value = Value(fact.day, fact.value, fact.event_id)
                others = [other for other in found[code].values if other.day != fact.day]
                found[code] = found[code]._replace(values=tuple(sorted([*others, value])))
            case facts.ChartRebased(measure=code) if code in found:
                rebased = dict(found[code].rebased) | {fact.from_day: fact.event_id}
                found[code] = found[code]._replace(rebased=tuple(sorted(rebased.items())))
            case facts.AimSet(measure=str() as code) if code in found:
                found[code] = found[code]._replace(target=fact.target)
    return tuple(found.values())


def days_between(state: State) -> Series:
    """How many days passed from each held session to the next. What an excused session lay in is left out.

    Where the coach began to step back, or no longer does, the plan is another one, and lines begin anew.
    """
    life = state.life
    held = sorted({report.day for report in life.reports.values() if report.kind == "session_held"})
    excused = [session.day for session in state.sessions if session.outcome is Outcome.EXCUSED]
    values = tuple(
        Value(day, (day - before).days, left_out=any(before < each < day for each in excused))
        for before, day in pairwise(held)
    )
    moments = {moment for taper in life.tapers for moment in taper if moment is not None}
    rebased = tuple((life.calendar.day(moment), "") for moment in sorted(moments))
    return Series("sessions", "", higher_is_better=False, values=values, rebased=rebased)
