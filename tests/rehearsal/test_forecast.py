"""A forecast against what the rehearsal then lived."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import pytest

from lifecycle import engagement
from lifecycle.engagement.state import State
from operations.forecast import Past, Range, Team, forecast, within
from rehearsal.pure.subject import PureSubject
from rehearsal.pure.world import PureWorld
from rehearsal.register import OnPaper
from rehearsal.script import Script, alone, begins
from rehearsal.stage import Stage
from schemas.programme_file import shipped_programme
from schemas.roster import Contact
from schemas.roster_check import check_roster
from schemas.subjects import ENGAGEMENT
from schemas.words import Outcome
from tests.rehearsal.test_driver import EXAMPLE

CUTS = [date(2024 + (month - 1) // 12, (month - 1) % 12 + 1, 1) for month in range(3, 19)]
"""The first days of the months from a year after the course's start on."""


def lived() -> PureWorld:
    """The example cohort, with another chance than other tests have."""
    roster = check_roster(EXAMPLE.read_bytes()).roster
    assert roster is not None
    office = Contact("Programme office", "office@example.org")
    script = Script(
        "sheffield", "sheffield.2023-spring", roster, date(2023, 3, 6), shipped_programme(), office, seed=11
    )
    plot = alone(script)
    world = PureWorld(plot, OnPaper(), begins(plot))
    asyncio.run(Stage(plot, world, lambda _: None).play())
    return world


def _known(team: PureSubject, at: datetime) -> State:
    """A team by what had been told by then."""
    told: list[Any] = [told.fact for told in team.told if told.at < at]
    return engagement.fold(told, at)


def _month_after(first: date, months: int) -> date:
    return date(first.year + (first.month - 1 + months) // 12, (first.month - 1 + months) % 12 + 1, 1)


def _coached(state: State) -> bool:
    return bool(state.life.agreed_at) and not state.ended and not state.life.handed_off_at


def _lately(state: State, cut: date) -> Team:
    """As the records say it: of three months' sessions those that were held, and since when the coach steps back."""
    outcomes = [one.outcome for one in state.sessions if one.week >= cut - timedelta(weeks=12)]
    known = [outcome is Outcome.HELD for outcome in outcomes if outcome is not Outcome.EXPECTED]
    back, planned = state.life.transition_at, state.hand_off_planned().date()
    return Team(planned, sum(known) / len(known), back.date() if back else None) if known else Team(planned)


class Meant(NamedTuple):
    """What was said at the first of a month, and what then came, of the teams that were coached."""

    cut: date
    about: str
    said: Range
    really: int

    @property
    def right(self) -> bool:
        """Whether it lay within the range."""
        return self.said.low <= self.really <= self.said.high


def _meant(cut: date, teams: list[PureSubject]) -> Iterator[Meant]:
    """Hand-offs of the quarter to come, and of each month of it coaches freed and sessions a week."""
    at = datetime.combine(cut, time(), UTC)
    states = {team.name: _known(team, at) for team in teams if team.told[0].at < at}
    coached = [team for team in teams if team.name in states and _coached(states[team.name])]
    delays = tuple(
        (state.life.handed_off_at - state.hand_off_planned()).days
        for state in states.values()
        if state.life.handed_off_at
    )
    past = Past(delays, sum(state.ended and not state.life.handed_off_at for state in states.values()))
    known = [_lately(states[team.name], cut) for team in coached]
    ends = [team.state.life.handed_off_at for team in teams]
    until = _month_after(cut, 3)
    handed_off = sum(cut <= end.date() < until for end in ends if end)
    yield Meant(cut, "hand-offs", within(cut, until, known, past), handed_off)
    gone = [team.state.life.handed_off_at or team.state.life.ended_at for team in coached]
    held = [one.day for team in coached for one in team.state.sessions if one.outcome is Outcome.HELD]
    for said in forecast(cut, known, past, 3):
        following = _month_after(said.month, 1)
        freed = sum(said.month <= end.date() < following for end in gone if end)
        sessions = sum(said.month <= day < following for day in held)
        yield Meant(cut, "freed", said.freed, freed)
        yield Meant(cut, "sessions", said.sessions, round(sessions * 7 / (following - said.month).days))


@pytest.mark.long
def test_what_was_lived_lies_within_the_range_in_eight_of_ten() -> None:
    """Hand-offs, coaches freed and sessions a week, each by itself, from the facts known at the first of each month."""
    teams = [subject for subject in lived().subjects.values() if subject.kind is ENGAGEMENT]
    meant = [one for cut in CUTS for one in _meant(cut, teams)]
    for about in ("hand-offs", "freed", "sessions"):
        those = [one for one in meant if one.about == about]
        wrong = [one for one in those if not one.right]
        assert len(wrong) <= 0.2 * len(those), wrong


def test_the_same_knowledge_gives_the_same_ranges() -> None:
    """Whoever asks, and however often; nobody to hand off is nothing to expect."""
    teams, past = [Team(date(2027, 3, 1)), Team(date(2027, 9, 1))], Past((10, 40), 1)
    first = forecast(date(2027, 1, 20), teams, past)
    assert first == forecast(date(2027, 1, 20), teams, past)
    assert [month.month for month in first][::11] == [date(2027, 1, 1), date(2027, 12, 1)]
    assert {month.hand_offs.high for month in forecast(date(2027, 1, 20), [], past)} == {0}
    assert all(month.hand_offs.high <= month.freed.high <= 2 for month in first)
