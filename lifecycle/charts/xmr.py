"""XmR charts as NHS England's "Making Data Count" reads them: limits, four signals, variation and assurance."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import isclose
from statistics import fmean
from typing import Final

TRIAL_BELOW: Final = 13
"""With fewer points, limits are trial limits."""

FEWEST: Final = 2
"""With fewer points there are no limits: nothing moves yet."""

RUN: Final = 7
"""So many points in a row on one side of the mean, or rising or falling, are a signal."""

_TO_LIMIT: Final = 2.66
_TO_SCREEN: Final = 3.267


class Signal(StrEnum):
    """What says that something has changed."""

    OUTSIDE = "outside"
    SHIFT = "shift"
    TREND = "trend"
    NEAR_LIMIT = "near_limit"


class Variation(StrEnum):
    """What the last point says."""

    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    COMMON_CAUSE = "common_cause"


class Assurance(StrEnum):
    """Whether the target will be met while nothing changes."""

    PASSES = "passes"
    FAILS = "fails"
    HIT_AND_MISS = "hit_and_miss"


@dataclass(frozen=True, slots=True)
class Limits:
    """The mean, the mean moving range, and where chance alone ends."""

    mean: float
    mean_range: float

    @property
    def lower(self) -> float:
        """The lower limit."""
        return self.mean - _TO_LIMIT * self.mean_range

    @property
    def upper(self) -> float:
        """The upper limit."""
        return self.mean + _TO_LIMIT * self.mean_range


@dataclass(frozen=True, slots=True)
class Point:
    """A value in its phase; its signals, each with its direction (1 up, -1 down). What is left out counts nowhere."""

    value: float
    left_out: bool = False
    signals: tuple[tuple[Signal, int], ...] = ()

    @property
    def direction(self) -> int:
        """Where the signals point: up, down, or nowhere. A side of the mean says more than a trend."""
        sides = sorted(self.signals, key=lambda found: found[0] is Signal.TREND)
        return sides[0][1] if sides else 0


@dataclass(frozen=True, slots=True)
class Phase:
    """The points between two rebases, with limits of their own; None for too few."""

    points: tuple[Point, ...]
    limits: Limits | None

    @property
    def trial(self) -> bool:
        """Whether its limits are trial limits."""
        return sum(not point.left_out for point in self.points) < TRIAL_BELOW


def limits(values: Sequence[float], *, screened: bool = False) -> Limits | None:
    """As the NHS Excel tool has them. ``screened``, as in NHSRplotthedots: without moving ranges that are extreme."""
    if len(values) < FEWEST:
        return None
    ranges = [abs(after - before) for before, after in pairwise(values)]
    mean_range = fmean(ranges)
    if screened:
        kept = [found for found in ranges if found <= _TO_SCREEN * mean_range]
        mean_range = fmean(kept)
    return Limits(fmean(values), mean_range)


def signals(values: Sequence[float], found: Limits) -> list[tuple[tuple[Signal, int], ...]]:
    """The signals of each value, in front of these limits."""
    flags: list[dict[Signal, int]] = [{} for _ in values]
    sides = [_side(value, found.mean) for value in values]
    for number, direction in _outside(values, found):
        flags[number][Signal.OUTSIDE] = direction
    for number, direction in _runs(sides, RUN):
        flags[number][Signal.SHIFT] = direction
    steps = [_side(after, before) for before, after in pairwise(values)]
    for number, direction in _runs(steps, RUN - 1):
        flags[number][Signal.TREND] = flags[number + 1][Signal.TREND] = direction
    for number, direction in _near(values, found):
        flags[number][Signal.NEAR_LIMIT] = direction
    return [tuple((signal, flag[signal]) for signal in Signal if signal in flag) for flag in flags]


def phases(
    values: Sequence[float], *, left_out: Collection[int] = (), breaks: Collection[int] = (), screened: bool = False
) -> tuple[Phase, ...]:
    """The chart: at each of ``breaks`` (numbers of points) limits begin anew."""
    starts = [0, *sorted({start for start in breaks if 0 < start < len(values)}), len(values)]
    return tuple(
        _phase(values[start:end], {number - start for number in left_out}, screened=screened)
        for start, end in pairwise(starts)
        if start < end
    )


def _phase(values: Sequence[float], left_out: Collection[int], *, screened: bool) -> Phase:
    counted = [value for number, value in enumerate(values) if number not in left_out]
    found = limits(counted, screened=screened)
    flags = iter(signals(counted, found) if found else [()] * len(counted))
    points = (
        Point(value, left_out=True) if number in left_out else Point(value, signals=next(flags))
        for number, value in enumerate(values)
    )
    return Phase(tuple(points), found)


def variation(point: Point, *, higher_is_better: bool) -> Variation:
    """What a point says: the last one gives the chart its icon."""
    if point.direction == 0:
        return Variation.COMMON_CAUSE
    return Variation.IMPROVEMENT if (point.direction > 0) is higher_is_better else Variation.CONCERN


def assurance(found: Limits, target: float, *, higher_is_better: bool) -> Assurance:
    """Whether chance alone would miss the target, or meet it."""
    good, bad = (found.lower, found.upper) if higher_is_better else (found.upper, found.lower)
    sign = 1 if higher_is_better else -1
    if _side(good, target) * sign >= 0:
        return Assurance.PASSES
    return Assurance.FAILS if _side(bad, target) * sign < 0 else Assurance.HIT_AND_MISS


def _side(value: float, line: float) -> int:
    """Above (1), below (-1) or on the line: what sums leave in the last digits is no side."""
    if isclose(value, line, rel_tol=1e-9, abs_tol=1e-12):
        return 0
    return 1 if value > line else -1


def _outside(values: Sequence[float], found: Limits) -> Iterator[tuple[int, int]]:
    for number, value in enumerate(values):
        if _side(value, found.upper) > 0:
            yield number, 1
        elif _side(value, found.lower) < 0:
            yield number, -1


def _runs(sides: Sequence[int], least: int) -> Iterator[tuple[int, int]]:
    """The numbers of those that stand in a run of the same side, which is long enough."""
    begins = 0
    for number in range(1, len(sides) + 1):
        if number < len(sides) and sides[number] == sides[begins]:
            continue
        if sides[begins] and number - begins >= least:
            yield from ((each, sides[begins]) for each in range(begins, number))
        begins = number


def _near(values: Sequence[float], found: Limits) -> Iterator[tuple[int, int]]:
    """The two or three of three in a row that lie beyond two thirds of the way to one limit."""
    for direction, limit in ((1, found.upper), (-1, found.lower)):
        line = found.mean + (limit - found.mean) * 2 / 3
        beyond = [_side(value, line) == direction for value in values]
        for number in range(len(values) - 2):
            if sum(beyond[number : number + 3]) >= 2:
                yield from ((each, direction) for each in range(number, number + 3) if beyond[each])
