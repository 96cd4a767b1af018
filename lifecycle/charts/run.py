"""Run charts as Anhøj reads them: points around their median, too long a run or too few crossings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from math import comb, log2
from statistics import median
from typing import Final

FEWEST: Final = 10
"""With fewer useful points a run chart says little yet."""

_CHANCE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """What the points say around a centre. Those that lie on it are not useful, and count nowhere."""

    centre: float
    useful: int
    longest: int
    crossings: int

    @property
    def longest_allowed(self) -> int:
        """Longer runs are a signal."""
        return longest_allowed(self.useful)

    @property
    def crossings_needed(self) -> int:
        """Fewer crossings are a signal."""
        return crossings_needed(self.useful)

    @property
    def too_long(self) -> bool:
        """Whether the longest run is a signal."""
        return self.longest > self.longest_allowed

    @property
    def too_few(self) -> bool:
        """Whether the points cross the centre too seldom."""
        return self.crossings < self.crossings_needed

    @property
    def signal(self) -> bool:
        """Whether something other than chance is at work."""
        return self.too_long or self.too_few


def run(values: Sequence[float], centre: float | None = None) -> Run:
    """The points, of which there are some, around their median or around another centre."""
    middle = median(values) if centre is None else centre
    sides = [value > middle for value in values if value != middle]
    longest = max((len(list(same)) for _, same in groupby(sides)), default=0)
    return Run(middle, len(sides), longest, sum(before != after for before, after in pairwise(sides)))


def longest_allowed(useful: int) -> int:
    """The longest run that chance explains."""
    return round(log2(useful)) + 3 if useful else 0


@lru_cache
def crossings_needed(useful: int) -> int:
    """The fewest crossings that chance explains: the 5 % quantile of so many tosses of a coin."""
    tosses, below = max(0, useful - 1), 0
    for crossings in range(tosses + 1):
        below += comb(tosses, crossings)
        if below >= _CHANCE * 2**tosses:
            return crossings
    return tosses
