"""Runs hand over to the next: nothing told around it is lost or recorded twice, and no history grows without end."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta

from temporalio.api.sdk.v1 import WorkflowMetadata

from schemas.due import Told
from schemas.engagement_facts import Slot, WeeklySlotChanged
from schemas.facts import LeaveAgreed
from schemas.improvement_facts import MeasureDefined, MeasurementRecorded
from schemas.words import Weekday
from tests.workflows.subjects import COACH, Academy, now

FEW = 60
"""So few events does a run have here before it hands over: a handful of facts."""


async def test_nothing_of_a_burst_is_lost_or_recorded_twice(academy: Academy) -> None:
    """Two hundred facts by many callers, over many hand-overs: each is answered and recorded once."""
    life = await academy.engagement(events_at_most=3 * FEW)
    at = now()
    facts = [life.says(MeasureDefined, at, measure=f"m{number}", better="lower") for number in range(220)]
    room = asyncio.Semaphore(9)

    async def tell(fact: MeasureDefined) -> Told:
        async with room:
            return await life.tell(fact)

    answers = await asyncio.gather(*(tell(fact) for fact in facts))
    assert [answer.event_id for answer in answers] == [fact.event_id for fact in facts]
    assert sorted(await life.recorded()) == sorted([life.opening.event_id, *(fact.event_id for fact in facts)])
    runs = await life.runs()
    assert len(runs) > 5
    for fact, answer in zip(facts[::20], answers[::20], strict=True):
        assert await life.tell(fact) == answer


async def test_a_run_hands_over_though_somebody_is_always_telling(academy: Academy) -> None:
    """A stream of overlapping facts does not hold the hand-over back: no run becomes much longer than it may."""
    life = await academy.engagement(events_at_most=FEW)
    at = now()

    async def keep_telling(name: str) -> None:
        for number in range(15):
            await life.told(MeasureDefined, at, measure=f"{name}{number}", better="lower")

    await asyncio.gather(*(keep_telling(name) for name in "abcd"))
    lengths = []
    for run in await life.runs():
        history = await academy.client.get_workflow_handle(life.workflow_id, run_id=run).fetch_history()
        lengths.append(len(history.events))
    assert max(lengths) < FEW + 120
    assert len(await life.recorded()) == 61


async def test_a_repeat_gets_the_first_answer_in_a_later_run(academy: Academy) -> None:
    """What a run knew, the next one knows, and so does the ledger."""
    life = await academy.engagement(events_at_most=FEW)
    leave = life.says(LeaveAgreed, now(), person=COACH, first_day=now().date(), last_day=now().date())
    first = await life.tell(leave)
    for number in range(12):
        await life.told(MeasureDefined, now(), measure=f"m{number}", better="lower")
    assert len(await life.runs()) > 1
    assert await life.tell(leave) == first
    assert len(await life.recorded()) == 14


async def test_a_long_life_has_short_histories(academy: Academy) -> None:
    """Weeks of asks and answers go by, each run within its bounds, and what was done once is not done again."""
    life = await academy.engagement(at=now(), course_start=now().date() + timedelta(weeks=2), events_at_most=FEW)
    await life.agreed()
    for week in range(12):
        await life.night_of(now().date() + timedelta(weeks=3 + week))
        await life.told(MeasureDefined, measure=f"m{week}", better="higher")
        await life.told(MeasurementRecorded, measure=f"m{week}", value=week, day=(await life.clock()).date())
    runs = await life.runs()
    assert len(runs) > 3
    for run in runs:
        history = await academy.client.get_workflow_handle(life.workflow_id, run_id=run).fetch_history()
        assert len(history.events) < FEW + 60
    done = await life.done()
    assert len(done) == len(set(done)) > 8
    assert len(await life.recorded()) == 4 + 24


async def test_what_stands_in_the_records_is_known_to_the_next_run(academy: Academy) -> None:
    """After a hand-over only rows that changed are written."""
    life = await academy.engagement(events_at_most=FEW)
    for number in range(8):
        await life.told(MeasureDefined, now(), measure=f"m{number}", better="lower")
    assert len(await life.runs()) > 1
    before = await life.versions()
    slot = Slot(day=Weekday.WEDNESDAY, at=time(9, 0))
    await life.told(WeeklySlotChanged, slot=slot, from_day=life.opening.course_start)
    after = await life.versions()
    changed = {key for key in after if before.get(key) != after[key]}
    assert {key for key in changed if key[0] != "upcoming_mails"} <= {("engagements", ""), ("due_items", "session")}


async def test_the_next_run_shows_what_the_last_one_showed(academy: Academy) -> None:
    """The panel, which belongs to a run, and the names of its timers are there again before anything happens."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2), events_at_most=FEW)
    await life.agreed()
    first = (await life.handle.describe()).run_id
    while (await life.handle.describe()).run_id == first:
        await life.told(MeasureDefined, measure=f"m{len(await life.recorded())}", better="lower")
    shown = await life.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert "**Stage:** agreed" in shown.current_details
    assert f"/teams/{life.name}" in shown.current_details
    timers = [event for event in await life.events() if event.HasField("timer_started_event_attributes")]
    assert all(event.user_metadata.summary.data for event in timers)
