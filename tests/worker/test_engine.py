"""The whole engine as it is composed for a process: started, told, restarted and stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from benchmarks.made_up import known
from coaching_client import handles
from coaching_client.attributes import ACADEMY, COACH, COHORT
from coaching_client.handles import (
    FactRefusedError,
)
from process.settings import Settings
from records.database import Pool
from schemas import subjects
from schemas.corrections import Correction, EngagementFact
from schemas.due import Told
from schemas.engagement_facts import CoachLeft, EndedEarly, EngagementProposed, HandedOff, People, Slot
from schemas.programme import Programme
from schemas.words import EndReason, Stage, Weekday
from worker import main
from workflows.options import notices_queue

BOUND = 60
"""Seconds; everything here takes less than one."""

pytestmark = pytest.mark.filterwarnings("ignore:.*TMPRL1102.*")  # a workflow of an unknown id ends under its update


@pytest.fixture
def now() -> datetime:
    """The present, whole seconds: these workflows live on the wall clock."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
async def engagement(request: pytest.FixtureRequest, pool: Pool, now: datetime) -> str:
    """An engagement of this test's own. Whom its opening names is known."""
    found = f"sheffield.2026-autumn.{abs(hash(request.node.name)) % 10**8}"
    await known(pool, found, opening(found, now))
    return found


@pytest.fixture
def settings(database_url: str, engagement: str) -> Settings:
    """This test's database and task queue, and no mail server."""
    return Settings.from_environment(
        {
            "MCA_DATABASE_URL": database_url,
            "MCA_SMTP_URL": "smtp://127.0.0.1:1",
            "MCA_TASK_QUEUE": engagement,
        }
    )


@pytest.fixture
async def running(temporal: Client, settings: Settings) -> AsyncIterator[main.Engine]:
    """The engine, running."""
    async with main.engine(temporal, settings) as engine:
        yield engine


def opening(engagement: str, now: datetime) -> EngagementProposed:
    """An engagement proposed now, for a course in a month."""
    return EngagementProposed(
        event_id=f"{engagement}:proposed",
        occurred_at=now,
        programme=Programme(name="sheffield-mca", version=1),
        cohort="sheffield.2026-autumn",
        enrolment=engagement,
        microsystem="ms_1",
        course_start=now.date() + timedelta(days=30),
        slot=Slot(day=Weekday.TUESDAY, at=datetime(2026, 1, 1, 9, 0, tzinfo=UTC).time()),
        calendar="uk-2026-11",
        people=People(coach="per_coach"),
        watched_from=now,
    )


async def told(client: Client, engagement: str, fact: EngagementFact, *, task_queue: str) -> Told:
    """Tell, and fail the test rather than wait for ever."""
    return await asyncio.wait_for(
        handles.tell(client, subjects.ENGAGEMENT, engagement, fact, task_queue=task_queue), BOUND
    )


@pytest.mark.usefixtures("running")
async def test_starting_twice_starts_nothing_twice(temporal: Client, engagement: str, now: datetime) -> None:
    """Neither while it runs nor after it has ended; its opaque ids are search attributes from the start."""
    first = await handles.start(
        temporal, subjects.ENGAGEMENT, engagement, opening(engagement, now), task_queue=engagement
    )
    second = await handles.start(
        temporal, subjects.ENGAGEMENT, engagement, opening(engagement, now), task_queue=engagement
    )
    found = await first.describe()
    assert second.id == first.id == subjects.workflow_id(subjects.ENGAGEMENT, engagement)
    assert [found.typed_search_attributes[key] for key in (ACADEMY, COHORT, COACH)] == [
        "sheffield",
        "sheffield.2026-autumn",
        "per_coach",
    ]
    await told(temporal, engagement, ended(engagement, now), task_queue=engagement)
    await asyncio.wait_for(first.result(), BOUND)
    await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening(engagement, now), task_queue=engagement)
    assert (await handles.handle(temporal, subjects.ENGAGEMENT, engagement).describe()).run_id == found.run_id


def ended(engagement: str, now: datetime) -> EndedEarly:
    """The engagement ends."""
    return EndedEarly(event_id=f"{engagement}:ended", occurred_at=now, reason=EndReason.SILENT)


@pytest.mark.usefixtures("running")
async def test_ten_callers_of_one_fact_get_one_answer(
    temporal: Client, pool: Pool, engagement: str, now: datetime
) -> None:
    """It is recorded once."""
    await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening(engagement, now), task_queue=engagement)
    left = CoachLeft(event_id=f"{engagement}:left", occurred_at=now, person="per_coach")
    answers = await asyncio.gather(*(told(temporal, engagement, left, task_queue=engagement) for _ in range(10)))
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert answers[0].standing.coach_vacant
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE event_id = $1", answers[0].event_id) == 1


@pytest.mark.usefixtures("running")
async def test_a_refused_fact_is_a_refusal_in_words(temporal: Client, engagement: str, now: datetime) -> None:
    """Illegal, told before with other content, or of an engagement nobody knows."""
    await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening(engagement, now), task_queue=engagement)
    with pytest.raises(FactRefusedError, match="agreement wasn't signed"):
        await told(temporal, engagement, HandedOff(event_id="h", occurred_at=now), task_queue=engagement)
    with pytest.raises(FactRefusedError, match="under this event id"):
        other = CoachLeft(event_id=f"{engagement}:proposed", occurred_at=now, person="per_coach")
        await told(temporal, engagement, other, task_queue=engagement)
    with pytest.raises(FactRefusedError, match="Nothing is recorded") as unknown:
        await told(temporal, f"{engagement}.no", ended(f"{engagement}.no", now), task_queue=engagement)
    assert unknown.value.refusal.when == "never"


@pytest.mark.usefixtures("running")
async def test_a_refusal_that_no_longer_holds_is_not_repeated(temporal: Client, engagement: str, now: datetime) -> None:
    """The same telling, refused once, is judged anew when what it needed has happened."""
    await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening(engagement, now), task_queue=engagement)
    wrong = Correction(event_id=f"{engagement}:mended", occurred_at=now, corrects=f"{engagement}:left")
    with pytest.raises(FactRefusedError):
        await told(temporal, engagement, wrong, task_queue=engagement)
    left = CoachLeft(event_id=f"{engagement}:left", occurred_at=now, person="per_coach")
    await told(temporal, engagement, left, task_queue=engagement)
    answer = await told(temporal, engagement, wrong, task_queue=engagement)
    assert not answer.standing.coach_vacant


@pytest.mark.usefixtures("running")
async def test_a_late_fact_wakes_an_engagement_that_has_ended(temporal: Client, engagement: str, now: datetime) -> None:
    """It takes up its ledger under the same id and goes on."""
    handle = await handles.start(
        temporal, subjects.ENGAGEMENT, engagement, opening(engagement, now), task_queue=engagement
    )
    await told(temporal, engagement, ended(engagement, now), task_queue=engagement)
    await asyncio.wait_for(handle.result(), BOUND)
    mended = Correction(event_id=f"{engagement}:mended", occurred_at=now, corrects=f"{engagement}:ended")
    answer = await told(temporal, engagement, mended, task_queue=engagement)
    assert answer.standing.stage is Stage.PROPOSED
    assert (
        await handles.handle(temporal, subjects.ENGAGEMENT, engagement).describe()
    ).status is WorkflowExecutionStatus.RUNNING


async def test_a_stop_signal_ends_the_process_after_what_runs(
    temporal: Client, settings: Settings, pool: Pool, engagement: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fact told just before SIGTERM is recorded; afterwards nothing polls any more."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.service_client.config.target_host)
    monkeypatch.setattr(main, "set_up_logging", lambda *_: None)
    process = asyncio.create_task(main.run(settings))
    await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening(engagement, now), task_queue=engagement)
    left = CoachLeft(event_id=f"{engagement}:left", occurred_at=now, person="per_coach")
    await told(temporal, engagement, left, task_queue=engagement)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(process, timeout=20)
    assert await pool.fetchval("SELECT count(*) FROM facts") == 2


def test_mail_that_is_tried_again_has_a_queue_of_its_own() -> None:
    """Slow mail never holds up a record."""
    assert notices_queue("coaching") == "coaching-notices"
