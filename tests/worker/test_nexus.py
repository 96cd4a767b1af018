"""Nexus: workflows of other task queues start, tell and ask, and read why a fact was refused."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from nexusrpc import HandlerError, HandlerErrorType
from temporalio import workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, NexusOperationError
from temporalio.exceptions import TimeoutError as TimedOut
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.made_up import known
from coaching_client import handles
from coaching_client.answers import CohortStarted
from coaching_client.nexus import (
    AskCohort,
    AskEngagement,
    CoachingService,
    StartCohort,
    TellCohort,
    TellEngagement,
    refusal_of,
)
from process.settings import Settings
from records.database import Pool
from schemas import subjects
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.cohort_facts import CohortConfirmed, CohortScheduled, EnrolmentAccepted
from schemas.due import CohortStanding, CohortTold, Refusal, Standing, Told
from schemas.engagement_facts import AgreementSigned, HandedOff
from schemas.words import CohortStage, Role, Said, Stage
from tests.process.test_connection import namespace
from tests.workflows.subjects import PROGRAMME, one_more, opening_of, settings_for
from worker import main, nexus
from worker.registration import register_endpoint

EXAMPLE = Path(__file__).parents[2] / "examples" / "nexus_caller" / "signing.py"
BOUND = timedelta(seconds=60)

pytestmark = pytest.mark.filterwarnings("ignore:.*TMPRL1102.*")  # a workflow of an unknown id ends under its update

ANSWERS: dict[str, type[Any]] = {
    "start_cohort": CohortStarted,
    "tell": Told,
    "tell_cohort": CohortTold,
    "state": Standing,
    "cohort_state": CohortStanding,
}


class Call(Said):
    """One operation to call, with what is sent, and for how long."""

    endpoint: str
    operation: str
    sent: dict[str, Any]
    seconds: float = 60


class Called(Said):
    """What the caller's workflow saw: the answer, the refusal, or the type of the handler's error."""

    answer: dict[str, Any] | None = None
    refusal: Refusal | None = None
    error: str | None = None


@workflow.defn
class Caller:
    """A workflow of somebody else."""

    @workflow.run
    async def run(self, call: Call) -> Called:
        """Call, and say what was seen."""
        client = workflow.create_nexus_client(service=CoachingService, endpoint=call.endpoint)
        try:
            answer = await client.execute_operation(
                call.operation,
                call.sent,
                output_type=ANSWERS[call.operation],
                schedule_to_close_timeout=timedelta(seconds=call.seconds),
            )
        except NexusOperationError as failed:
            return Called(refusal=refusal_of(failed), error=_named(failed.__cause__))
        return Called(answer=answer.model_dump(mode="json"))


def _named(cause: BaseException | None) -> str:
    match cause:
        case HandlerError():
            return cause.type.name
        case ApplicationError():
            return cause.type or ""
        case TimedOut():
            return "timeout"
        case _:
            return type(cause).__name__


@pytest.fixture
def now() -> datetime:
    """The present, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def queue() -> str:
    """This test's task queue and endpoint."""
    return one_more("nexus") + f"-{uuid4().hex[:8]}"


@pytest.fixture
async def engagement(queue: str, pool: Pool, now: datetime) -> str:
    """An engagement of this test's own. Whom its opening names is known."""
    found = f"sheffield.{queue}.P01"
    await known(pool, found, opening_of(found, now))
    return found


@pytest.fixture
def settings(database_url: str, queue: str) -> Settings:
    """This test's database and task queue, and no mail server."""
    return settings_for(database_url, queue)


@pytest.fixture
async def endpoint(temporal: Client, queue: str) -> str:
    """An endpoint that leads to this test's task queue."""
    assert await register_endpoint(temporal, queue, queue)
    return queue


@pytest.fixture
async def running(temporal: Client, settings: Settings) -> AsyncIterator[main.Engine]:
    """The engine, running."""
    async with main.engine(temporal, settings) as engine:
        yield engine


@pytest.fixture
async def caller(temporal: Client) -> AsyncIterator[str]:
    """The task queue of a worker of somebody else, with nothing of ours in it but the contract."""
    queue = one_more("caller") + f"-{uuid4().hex[:8]}"
    async with calling(temporal, queue):
        yield queue


def calling(client: Client, queue: str) -> Worker:
    """A worker of somebody else."""
    runner = UnsandboxedWorkflowRunner()  # test modules cannot be imported again by their name
    return Worker(client, task_queue=queue, workflows=[Caller], workflow_runner=runner)


async def called(
    client: Client, caller: str, endpoint: str, operation: str, sent: Said | dict[str, Any], name: str | None = None
) -> Called:
    """Call an operation from a workflow of a name."""
    said = sent if isinstance(sent, dict) else sent.model_dump(mode="json")
    call = Call(endpoint=endpoint, operation=operation, sent=said)
    running = client.execute_workflow(Caller.run, call, id=name or f"caller-{uuid4()}", task_queue=caller)
    return await asyncio.wait_for(running, BOUND.total_seconds())


def signed(engagement: str, now: datetime, role: Role = Role.COACH) -> AgreementSigned:
    """A signature."""
    return AgreementSigned(event_id=f"{engagement}:signed:{role}", occurred_at=now, role=role)


@pytest.mark.usefixtures("running")
async def test_a_workflow_tells_and_asks(
    temporal: Client, pool: Pool, engagement: str, endpoint: str, caller: str, now: datetime
) -> None:
    """Through the endpoint alone; a repeat from another workflow gets the first answer, and one fact is recorded."""
    await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening_of(engagement, now), task_queue=endpoint)
    tell = TellEngagement(engagement=engagement, fact=signed(engagement, now))
    first = await called(temporal, caller, endpoint, "tell", tell)
    assert Told.model_validate(first.answer).event_id.endswith(f"~{tell.fact.event_id}")
    assert await called(temporal, caller, endpoint, "tell", tell) == first
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", engagement) == 2
    asked = await called(temporal, caller, endpoint, "state", AskEngagement(engagement=engagement))
    assert Standing.model_validate(asked.answer).stage is Stage.PROPOSED


@pytest.mark.usefixtures("running")
async def test_a_workflow_of_another_namespace_tells(
    temporal: Client, pool: Pool, engagement: str, endpoint: str, now: datetime
) -> None:
    """It knows the endpoint's name, and not where it leads."""
    await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening_of(engagement, now), task_queue=endpoint)
    elsewhere = await namespace(temporal, f"callers-{endpoint}")
    while True:
        try:
            await elsewhere.count_workflows()
            break
        except RPCError:
            await asyncio.sleep(0.05)
    async with calling(elsewhere, "callers"):
        tell = TellEngagement(engagement=engagement, fact=signed(engagement, now))
        told = await called(elsewhere, "callers", endpoint, "tell", tell)
    noted = await pool.fetchrow("SELECT caller, door FROM audit WHERE subject = $1", engagement)
    assert noted is not None
    assert tuple(noted) == (f"nexus:{elsewhere.namespace}", "nexus")
    assert Told.model_validate(told.answer).event_id.endswith(f"~{tell.fact.event_id}")
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", engagement) == 2


async def test_a_workflow_may_do_what_its_namespace_is_granted(
    temporal: Client, pool: Pool, settings: Settings, engagement: str, endpoint: str, caller: str, now: datetime
) -> None:
    """Where the settings say so: elsewhere it neither tells nor asks, and it is not tried again."""
    granted = settings.model_copy(
        update={"nexus_grants": f"{temporal.namespace}=read:{engagement.rpartition('.')[0]}:*"}
    )
    async with main.engine(temporal, granted):
        await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening_of(engagement, now), task_queue=endpoint)
        asked = await called(temporal, caller, endpoint, "state", AskEngagement(engagement=engagement))
        assert asked.answer is not None
        tell = TellEngagement(engagement=engagement, fact=signed(engagement, now))
        assert (await called(temporal, caller, endpoint, "tell", tell)).error == "UNAUTHORIZED"
        for operation, sent in (
            ("state", AskEngagement(engagement="leeds.2027-autumn.P01")),
            ("cohort_state", AskCohort(cohort="leeds.2027-autumn")),
        ):
            assert (await called(temporal, caller, endpoint, operation, sent)).error == "UNAUTHORIZED"
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", engagement) == 1


@pytest.mark.usefixtures("running")
async def test_a_refusal_fails_the_operation_and_can_be_read(
    temporal: Client, pool: Pool, engagement: str, endpoint: str, caller: str, now: datetime
) -> None:
    """Once, with code, when and reason; nothing is recorded. The same for an id of which nothing is known."""
    await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening_of(engagement, now), task_queue=endpoint)
    early = HandedOff(event_id="h", occurred_at=now)
    refused = await called(temporal, caller, endpoint, "tell", TellEngagement(engagement=engagement, fact=early))
    assert refused.refusal is not None
    assert (refused.refusal.when, refused.refusal.code) == ("not_yet", "handed_off_in_proposed")
    assert refused.refusal.reason
    for operation, sent in (
        ("tell", TellEngagement(engagement=f"{engagement}.no", fact=early)),
        ("state", AskEngagement(engagement=f"{engagement}.no")),
        ("state", AskEngagement(engagement=f"{engagement}.never")),
        ("cohort_state", AskCohort(cohort=f"{engagement}.never")),
    ):
        unknown = await called(temporal, caller, endpoint, operation, sent)
        assert unknown.refusal is not None, operation
        assert (unknown.refusal.when, unknown.refusal.code) == ("never", "unknown")
    assert await pool.fetchval("SELECT count(*) FROM facts") == 1


@pytest.mark.usefixtures("running")
async def test_a_cohort_starts_once_and_takes_late_enrolments(
    temporal: Client, pool: Pool, queue: str, endpoint: str, caller: str, now: datetime
) -> None:
    """A repeat changes nothing; another opening is refused; whom the cohort does not take is named with the reason."""
    cohort = f"sheffield.{queue}"
    start = StartCohort(cohort=cohort, opening=scheduled(cohort, now), enrolments=(accepted(cohort, 1, now),))
    await known(pool, cohort, accepted(cohort, 1, now), accepted(cohort, 2, now))
    first = await called(temporal, caller, endpoint, "start_cohort", start)
    assert CohortStarted.model_validate(first.answer).standing.enrolments == 1
    late = start.model_copy(update={"enrolments": (accepted(cohort, 1, now), accepted(cohort, 2, now))})
    again = CohortStarted.model_validate((await called(temporal, caller, endpoint, "start_cohort", late)).answer)
    assert (again.standing.enrolments, again.refused) == (2, ())
    other = accepted(cohort, 2, now).model_copy(update={"person": "per_other"})
    told = await called(temporal, caller, endpoint, "start_cohort", late.model_copy(update={"enrolments": (other,)}))
    assert [one.enrolment for one in CohortStarted.model_validate(told.answer).refused] == [other.enrolment]
    moved = start.model_copy(update={"opening": scheduled(cohort, now, course_start=now.date())})
    differs = await called(temporal, caller, endpoint, "start_cohort", moved)
    assert differs.refusal is not None
    assert differs.refusal.code == "different_content"
    confirm = TellCohort(cohort=cohort, fact=CohortConfirmed(event_id=f"{cohort}:yes", occurred_at=now))
    assert (await called(temporal, caller, endpoint, "tell_cohort", confirm)).refusal is None
    asked = await called(temporal, caller, endpoint, "cohort_state", AskCohort(cohort=cohort))
    assert CohortStanding.model_validate(asked.answer).stage is CohortStage.CONFIRMED
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", cohort) == 4


@pytest.mark.usefixtures("running")
async def test_a_cohort_of_the_future_is_refused_at_once(
    temporal: Client, queue: str, endpoint: str, caller: str, now: datetime
) -> None:
    """Its workflow would answer only when it begins."""
    opening = scheduled(f"sheffield.{queue}", now + timedelta(days=1))
    start = StartCohort(cohort=f"sheffield.{queue}", opening=opening)
    refused = await called(temporal, caller, endpoint, "start_cohort", start)
    assert refused.refusal is not None
    assert refused.refusal.code == "in_the_future"


@pytest.mark.usefixtures("running")
async def test_what_cannot_be_read_is_a_bad_request(
    temporal: Client, engagement: str, endpoint: str, caller: str
) -> None:
    """Tried once only, and no refusal."""
    sent = {"engagement": engagement, "fact": {"kind": "agreement_signed", "role": "coach"}}
    wrong = await called(temporal, caller, endpoint, "tell", sent)
    assert (wrong.refusal, wrong.error) == (None, HandlerErrorType.BAD_REQUEST.name)


async def test_an_engine_that_is_away_is_waited_for(
    temporal: Client,
    pool: Pool,
    settings: Settings,
    engagement: str,
    endpoint: str,
    caller: str,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While nothing can be recorded the operation is tried again; then it is answered, and recorded once."""
    monkeypatch.setattr(nexus, "BOUND", timedelta(seconds=1))
    async with main.engine(temporal, settings):
        await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening_of(engagement, now), task_queue=endpoint)
        async with pool.acquire() as held, held.transaction():
            await held.execute("LOCK TABLE facts IN EXCLUSIVE MODE")
            tell = TellEngagement(engagement=engagement, fact=signed(engagement, now))
            telling = asyncio.create_task(called(temporal, caller, endpoint, "tell", tell, name=f"{endpoint}:waits"))
            assert await asyncio.wait_for(second_attempt(temporal, f"{endpoint}:waits"), BOUND.total_seconds())
            assert not telling.done()
        answer = await telling
        assert Told.model_validate(answer.answer).event_id.endswith(f"~{tell.fact.event_id}")
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", engagement) == 2


async def second_attempt(client: Client, caller: str) -> str:
    """Wait until an operation of a workflow is tried again; what the first attempt failed with."""
    while True:
        try:
            found = (await client.get_workflow_handle(caller).describe()).raw_description.pending_nexus_operations
        except RPCError:
            continue
        if found and found[0].attempt > 1:
            return found[0].last_attempt_failure.message
        await asyncio.sleep(0.05)


async def test_an_endpoint_that_leads_elsewhere_is_left_alone(temporal: Client, endpoint: str) -> None:
    """The registration is harmless when repeated, and says whether the endpoint leads here."""
    assert await register_endpoint(temporal, endpoint, endpoint)
    assert not await register_endpoint(temporal, "another-queue", endpoint)
    assert await register_endpoint(temporal, endpoint, endpoint)


@pytest.mark.usefixtures("running")
async def test_the_example_reports_a_signature(temporal: Client, engagement: str, endpoint: str, now: datetime) -> None:
    """A program of its own, in its own task queue: the standing, and for a second signature the refusal."""
    await handles.start(temporal, subjects.ENGAGEMENT, engagement, opening_of(engagement, now), task_queue=endpoint)
    first = await example(temporal, engagement, "coach", "--endpoint", endpoint, "--signed-at", now.isoformat())
    assert (first["standing"]["stage"], first["refusal"]) == ("proposed", None)
    again = await example(temporal, engagement, "coach", "--endpoint", endpoint, "--signed-at", now.isoformat())
    assert again["refusal"] is None
    other = (now - timedelta(minutes=1)).isoformat()
    second = await example(temporal, engagement, "coach", "--endpoint", endpoint, "--signed-at", other)
    assert second["refusal"]["code"] == "different_content"


async def example(client: Client, *arguments: str) -> Any:
    """What the example prints."""
    root = EXAMPLE.parents[2]
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        EXAMPLE,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"TEMPORAL_ADDRESS": client.service_client.config.target_host, "PYTHONPATH": str(root)},
    )
    said, _ = await asyncio.wait_for(program.communicate(), BOUND.total_seconds())
    assert program.returncode == 0
    return json.loads(said)


def scheduled(cohort: str, now: datetime, **said: Any) -> CohortScheduled:
    """A cohort scheduled now, for a course in ten weeks."""
    given = {
        "event_id": f"{cohort}:scheduled",
        "occurred_at": now,
        "academy": "sheffield",
        "programme": PROGRAMME,
        "course_start": (now + timedelta(weeks=10)).date(),
        "calendar": LATEST_HOLIDAY_TABLE,
    }
    return CohortScheduled.model_validate(given | said)


def accepted(cohort: str, number: int, now: datetime) -> EnrolmentAccepted:
    """A participant without a team yet."""
    enrolment = f"{cohort}.P{number:02}"
    return EnrolmentAccepted(
        event_id=f"{enrolment}:accepted", occurred_at=now, enrolment=enrolment, person=f"per_{number}"
    )
