"""What lies ahead, as ranges: hand-offs and coaches freed by month, and sessions a week; by lives played many times.

Each open team is led on from what is known of it, again and again: to its hand-off, about the day that is planned and
as late as others were before it, or to an early end, as often as others had one. Until then it meets each week, and
more seldom once its coach steps back. The same knowledge gives the same ranges: what happens lies within them in about
eight of ten. Teams that begin later are not foreseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from math import sqrt
from random import Random
from typing import Final, NamedTuple

_DRAWS: Final = 400
_LOW, _HIGH = 0.1, 0.9
_USUAL_DELAYS: Final = (-14, 0, 7, 14, 14, 21, 28, 35, 45, 60, 90, 180)
"""Days after the planned one, until enough teams were handed off to know the academy's own."""
_ENOUGH: Final = 20
_FOUND_LATE: Final = (7, 120)
_SOONEST_END: Final = 60
_DAYS_A_MONTH: Final = 30.4375
_MEETS: Final = 0.8
_STEPS_BACK: Final = timedelta(weeks=26)
"""So long before the planned hand-off a coach begins to step back,"""
_BACK_LATER: Final = (0, 0, 0, 4, 8, 12, 16)
"""or so many weeks later: not every coach agrees when first asked."""
_RHYTHM: Final = ((timedelta(weeks=12), 0.25), (timedelta(weeks=4), 0.5), (timedelta(0), 1.0))
"""How many sessions a week are planned, so long after the coach has begun to step back."""
_ALL_THERE: Final = (0.8, 1.0)
"""What bank holidays, leave and closed weeks leave of a month, for all teams alike."""


class Team(NamedTuple):
    """A team that is coached: the day its hand-off is planned for, which part of the sessions expected of late it held,
    and since when its coach is stepping back.
    """

    planned: date
    held: float = _MEETS
    back: date | None = None


class Past(NamedTuple):
    """How many days after the planned one others were handed off, and how many ended before that."""

    delays: tuple[int, ...] = ()
    early: int = 0


class Range(NamedTuple):
    """From the one to the other, in about eight of ten cases."""

    low: int
    high: int


class Month(NamedTuple):
    """What a month will bring, by its first day: ``sessions`` are those of a week, on average over the month."""

    month: date
    hand_offs: Range
    freed: Range
    sessions: Range


def forecast(today: date, teams: Sequence[Team], past: Past, months: int = 12) -> tuple[Month, ...]:
    """The months to come, the rest of this one first."""
    ahead = [_month_on(today, number) for number in range(months)]
    chance = Random(len(teams))  # noqa: S311 - no secret
    lives = [_lived(today, teams, past, chance) for _ in range(_DRAWS)]
    handed_off = [Counter(end.replace(day=1) for end, well in ends if well) for ends in lives]
    freed = [Counter(end.replace(day=1) for end, _ in ends) for ends in lives]
    backs = [[_back(today, team, chance) for team in teams] for _ in lives]
    return tuple(
        Month(
            month,
            _range(counted[month] for counted in handed_off),
            _range(counted[month] for counted in freed),
            _range(_sessions(month, teams, ends, back, chance) for ends, back in zip(lives, backs, strict=True)),
        )
        for month in ahead
    )


def within(today: date, until: date, teams: Sequence[Team], past: Past) -> Range:
    """How many are handed off by a day."""
    chance = Random(len(teams))  # noqa: S311 - no secret
    lives = (_lived(today, teams, past, chance) for _ in range(_DRAWS))
    return _range(sum(well and end < until for end, well in ends) for ends in lives)


def _lived(today: date, teams: Sequence[Team], past: Past, chance: Random) -> list[tuple[date, bool]]:
    """When each team is no longer coached, and whether it was handed off."""
    delays = past.delays if len(past.delays) >= _ENOUGH else (*past.delays, *_USUAL_DELAYS)
    ends_early = (past.early + 1) / (past.early + len(past.delays) + len(teams) + 8)
    return [_end(today, team, delays, ends_early, chance) for team in teams]


def _end(today: date, team: Team, delays: Sequence[int], ends_early: float, chance: Random) -> tuple[date, bool]:
    left = max((team.planned - today).days, _SOONEST_END)
    if chance.random() < ends_early * min(1, left / 365):
        return today + timedelta(days=chance.randrange(left)), False
    possible = [day for delay in delays if (day := team.planned + timedelta(days=delay)) >= today]
    return (chance.choice(possible) if possible else today + timedelta(days=chance.randint(*_FOUND_LATE))), True


def _back(today: date, team: Team, chance: Random) -> date:
    """When its coach begins to step back."""
    if team.back is not None:
        return team.back
    return max(today, team.planned - _STEPS_BACK) + timedelta(weeks=chance.choice(_BACK_LATER))


def _sessions(
    month: date, teams: Sequence[Team], ends: Sequence[tuple[date, bool]], backs: Sequence[date], chance: Random
) -> int:
    middle = month + timedelta(days=14)
    likely = [
        team.held * _planned(middle - back) * min(1.0, (end - month).days / _DAYS_A_MONTH)
        for team, (end, _), back in zip(teams, ends, backs, strict=True)
        if end > month
    ]
    usual = sum(likely) * chance.uniform(*_ALL_THERE)
    return max(0, round(chance.gauss(usual, sqrt(sum(part * (1 - part) for part in likely) * 7 / _DAYS_A_MONTH))))


def _planned(since: timedelta) -> float:
    """How many a week, so long after the coach began to step back."""
    return next((often for after, often in _RHYTHM if since >= after), 1.0)


def _range(counted: Iterable[int]) -> Range:
    found = sorted(counted)
    return Range(found[round(_LOW * (len(found) - 1))], found[round(_HIGH * (len(found) - 1))])


def _month_on(today: date, number: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + number, 12)
    return date(year, month + 1, 1)
