"""What an asked-and-answered week leaves in a history: figures that no load of the machine changes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from benchmarks.ground import Ground, ground
from benchmarks.histories import Measured
from benchmarks.life import steady_life
from benchmarks.recording import live_week

MOST_EVENTS = 26
MOST_BYTES = 16_000


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[Ground]:
    """Servers of this module's own."""
    async with ground() as made:
        yield made


@pytest.fixture(scope="module")
async def week(place: Ground) -> Measured:
    """A week lived with the engine as it is."""
    async with place.worker() as worker:
        return await live_week(place, worker.task_queue)


def test_week_stays_within_its_events(week: Measured) -> None:
    """One wake and one told fact, each with one activity, and little else."""
    assert week.events <= MOST_EVENTS


def test_week_stays_within_its_bytes(week: Measured) -> None:
    """Only what changed is written, so that a life of any length grows by the same each week."""
    assert week.bytes <= MOST_BYTES


async def test_week_recorded_by_local_activities_is_shorter(place: Ground, week: Measured) -> None:
    """What is compared is really the other way of recording."""
    async with place.worker("local") as worker:
        local = await live_week(place, worker.task_queue)

    assert local.events < week.events


@pytest.mark.long
async def test_life_is_measured_beside_the_week(place: Ground, week: Measured) -> None:
    """Both belong to one academy, and are measured one after the other on the same servers."""
    async with place.worker() as worker:
        life = await steady_life(place, worker.task_queue, months=3)

    assert life.history.events > week.events
