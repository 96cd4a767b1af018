"""A fact is told at the very moment something falls due."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from temporalio.client import Client

from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.engagement_facts import SessionHeld
from schemas.words import Matter
from tests.faults.waiting import eventually
from tests.workflows.subjects import Academy, Engagement, now, one_more, settings_for
from worker.main import engine

TRIES = 32
LEAD = timedelta(seconds=2)


@pytest.fixture
async def academy(temporal: Client, database_url: str, pool: Pool) -> AsyncIterator[Academy]:
    """Where the engagements of this test live."""
    settings = settings_for(database_url, one_more("moment"))
    async with engine(temporal, settings):
        yield Academy(temporal, pool, settings.task_queue, VirtualClocks(temporal, timeout_seconds=60))


async def test_a_session_told_when_it_is_asked_about_is_not_asked_after_the_answer(academy: Academy) -> None:
    """Many times over, some milliseconds before and after: asked before it was told or not at all, recorded once."""
    lives = await asyncio.gather(*(_about_to_be_asked(academy) for _ in range(TRIES)))
    asked = await asyncio.gather(*(_tell_around_the_moment(life, number) for number, life in enumerate(lives)))
    assert {True, False} == set(asked)


async def _about_to_be_asked(academy: Academy) -> Engagement:
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2))
    await life.agreed()
    return life


async def _tell_around_the_moment(life: Engagement, number: int) -> bool:
    """Whether the session was asked about, before it was told."""
    ask = next(due for due in await life.timeline() if due.matter is Matter.SESSION)
    await life.academy.clocks.advance(life.workflow_id, ask.at - LEAD)
    assert ask.about is not None
    held = life.says(SessionHeld, ask.at - timedelta(minutes=30), day=ask.about)
    if number == TRIES - 1:
        # However busy the machine is, one of them is surely asked first, as the first of them is surely told first.
        await eventually(lambda: _is_done(life, ask.key))
    elif number:
        left = ask.at - await life.academy.clocks.now(life.workflow_id)
        await asyncio.sleep(left.total_seconds() + (number - TRIES / 4) * 0.03)
    told = await life.tell(held)
    assert told.standing.next_due is None or told.standing.next_due.key != ask.key
    await _past(life, ask.at)
    done = await life.done()
    assert done.count(ask.key) <= 1
    assert (await life.recorded()).count(held.event_id) == 1
    order = await _told_and_done(life, held.event_id, ask.key)
    assert order in (["told"], ["done", "told"])
    await eventually(life.agrees)
    return order[0] == "done"


async def _is_done(life: Engagement, key: str) -> bool:
    return key in await life.done()


async def _past(life: Engagement, at: datetime) -> None:
    """Let the moment pass, and a little more."""
    await life.academy.clocks.advance(life.workflow_id, at + timedelta(minutes=10))


async def _told_and_done(life: Engagement, event_id: str, key: str) -> list[str]:
    """In which order the fact was recorded and the item carried out, by the history."""
    found = []
    for event in await life.events():
        given = event.activity_task_scheduled_event_attributes.input.payloads
        said = json.loads(given[0].data) if given else {}
        if said.get("fact", {}).get("event_id") == event_id:
            found.append("told")
        if key in said.get("items", ()):
            found.append("done")
    return found
