"""A small run of what `make chaos` does at length: every kind of trouble, and nothing left of it."""

from __future__ import annotations

import pytest

from tests.chaos.run import live, plot
from tests.chaos.servers import servers
from tests.chaos.trouble import BESIDE, STANDSTILL

SEED = 3
COHORTS = (("P01", "P12"), ("P26",))


@pytest.mark.long
async def test_an_academy_in_trouble_loses_nothing_and_sends_nothing_twice() -> None:
    """Two cohorts and a course live on while every kind of trouble is drawn for them; in the end all agrees."""
    async with servers() as running:
        outcome = await live(running, plot(1, SEED, COHORTS, bookings=3), SEED, each_week=1.5)

    assert outcome.findings == [], outcome.drawn
    assert set(outcome.counts) == set(STANDSTILL) | set(BESIDE)
