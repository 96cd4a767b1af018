"""A forecast against what the rehearsal then lived."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time
from typing import Any

from lifecycle import engagement
from lifecycle.engagement.state import State
from operations.forecast import Past, Team, forecast, within
from rehearsal.pure.subject import PureSubject
from rehearsal.pure.world import PureWorld
from rehearsal.register import OnPaper
from rehearsal.script import Script, alone, begins
from rehearsal.stage import Stage
from schemas.programme_file import shipped_programme
from schemas.roster import Contact
from schemas.roster_check import check_roster
from schemas.subjects import ENGAGEMENT
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


def test_what_was_lived_lies_within_the_range_in_eight_of_ten() -> None:
    """Hand-offs of the quarter to come, from the facts known at the first of each month; and sessions a week."""
    teams = [subject for subject in lived().subjects.values() if subject.kind is ENGAGEMENT]
    met = []
    for cut in CUTS:
        at = datetime.combine(cut, time(), UTC)
        until = date(cut.year + (cut.month + 2) // 12, (cut.month + 2) % 12 + 1, 1)
        states = [_known(team, at) for team in teams if team.told[0].at < at]
        open_ones = [
            state for state in states if state.life.agreed_at and not state.ended and not state.life.handed_off_at
        ]
        delays = tuple(
            (state.life.handed_off_at - state.hand_off_planned()).days for state in states if state.life.handed_off_at
        )
        early = sum(state.ended and not state.life.handed_off_at for state in states)
        known = [Team(state.hand_off_planned().date()) for state in open_ones]
        expected = within(cut, until, known, Past(delays, early))
        ends = [team.state.life.handed_off_at for team in teams]
        really = sum(cut <= end.date() < until for end in ends if end)
        met.append((cut, expected, really, expected.low <= really <= expected.high))
    assert sum(hit for *_, hit in met) >= 0.8 * len(met), met


def test_the_same_knowledge_gives_the_same_ranges() -> None:
    """Whoever asks, and however often; nobody to hand off is nothing to expect."""
    teams, past = [Team(date(2027, 3, 1)), Team(date(2027, 9, 1))], Past((10, 40), 1)
    first = forecast(date(2027, 1, 20), teams, past)
    assert first == forecast(date(2027, 1, 20), teams, past)
    assert [month.month for month in first][::11] == [date(2027, 1, 1), date(2027, 12, 1)]
    assert {month.hand_offs.high for month in forecast(date(2027, 1, 20), [], past)} == {0}
    assert all(month.hand_offs.high <= month.freed.high <= 2 for month in first)
