"""Where the installation has a key, nobody tells anything through Temporal itself without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from temporalio.client import Client, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.worker import Replayer

from benchmarks.made_up import known
from coaching_client import handles
from coaching_client.signing import Signing
from process.connection import DATA_CONVERTER
from process.settings import Settings
from records.database import Pool
from schemas.engagement_facts import AgreementSigned, EndedEarly
from schemas.facts import Teller
from schemas.subjects import ENGAGEMENT, workflow_id
from schemas.words import EndReason, Role
from tests.workflows.subjects import opening_of, settings_for
from worker import main
from worker.main import RUNNER, WORKFLOWS
from worker.signed import UNSIGNED, MustBeSigned

KEY = "a key of this test with thirty-two characters"
NEW = "another key of this test, which is newer than it"


@pytest.fixture
def now() -> datetime:
    """The second before."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """This test's database, queue and keys."""
    told = settings_for(database_url, f"signed-{uuid4().hex[:8]}")
    return told.model_copy(update={"telling_keys": SecretStr(f"{KEY},{NEW}")})


@pytest.fixture
def signing(temporal: Client) -> Client:
    """A client that has the key that is going out of use."""
    return with_key(temporal, KEY)


@pytest.fixture
async def engagement(settings: Settings, signing: Client, pool: Pool, now: datetime) -> AsyncIterator[str]:
    """An engagement that has begun, before an engine that runs."""
    name = f"sheffield.{settings.task_queue}.P01"
    await known(pool, name, opening_of(name, now))
    async with main.engine(with_key(signing, NEW), settings):
        queue = settings.task_queue
        await handles.start(signing, ENGAGEMENT, name, opening_of(name, now), scoped=True, task_queue=queue)
        await handles.tell(signing, ENGAGEMENT, name, opening_of(name, now), scoped=True, task_queue=queue)
        yield name


def with_key(client: Client, key: str) -> Client:
    """A client that signs."""
    return Client(**client.config() | {"interceptors": [Signing([key])]})


def ended(now: datetime) -> EndedEarly:
    """What ends an engagement, as the sponsor."""
    said: dict[str, Any] = {"reason": EndReason.TEAM_WITHDREW, "told_by": Teller(role=Role.SPONSOR)}
    return EndedEarly(event_id=f"e{uuid4().hex}", occurred_at=now, **said)


async def facts(pool: Pool, subject: str) -> int:
    """How many facts the ledger has."""
    return int(await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", subject))


async def refused(client: Client, engagement: str, update: str, now: datetime, **said: Any) -> str:
    """The type of the failure of an update."""
    handle = client.get_workflow_handle(workflow_id(ENGAGEMENT, engagement))
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await handle.execute_update(update, said.pop("fact", None) or ended(now), **said)
    assert "MCA_TELLING_KEYS" in f"{failed.value.cause}"
    return str(getattr(failed.value.cause, "type", None))


@pytest.mark.parametrize("update", ["tell", "tell_scoped"])
async def test_a_bare_client_tells_nothing(
    temporal: Client, settings: Settings, pool: Pool, engagement: str, now: datetime, update: str
) -> None:
    """Nor one with a key that nobody knows; a sentence says what to do. Whoever has the key tells."""
    for client in (temporal, with_key(temporal, "a key that nobody here knows, of any length")):
        assert await refused(client, engagement, update, now) == UNSIGNED
    assert await facts(pool, engagement) == 1
    signed = AgreementSigned(event_id="signed", occurred_at=now, role=Role.COACH)
    for key in (KEY, NEW):
        client = with_key(temporal, key)
        await handles.tell(client, ENGAGEMENT, engagement, signed, task_queue=settings.task_queue)
    assert await facts(pool, engagement) == 2


async def test_a_signature_is_for_one_content_alone(
    temporal: Client, signing: Client, settings: Settings, pool: Pool, engagement: str, now: datetime
) -> None:
    """Taken from a history, or from a call that was overheard, it tells nothing else."""
    caught: list[Any] = []

    class Catching(Signing):
        def intercept_client(self, next: Any) -> Any:  # noqa: A002
            signs = super().intercept_client(next)
            tells = next.start_workflow_update

            async def caught_on_the_way(input: Any) -> Any:  # noqa: A002
                caught.append(input.headers)
                return await tells(input)

            next.start_workflow_update = caught_on_the_way
            return signs

    listening = Client(**signing.config() | {"interceptors": [Catching([KEY])]})
    fact = AgreementSigned(event_id="mine", occurred_at=now, role=Role.COACH)
    await handles.tell(listening, ENGAGEMENT, engagement, fact, scoped=True, task_queue=settings.task_queue)
    assert await facts(pool, engagement) == 2

    class Stealing(Signing):
        def intercept_client(self, next: Any) -> Any:  # noqa: A002
            tells = next.start_workflow_update

            async def stolen(input: Any) -> Any:  # noqa: A002
                input.headers = caught[0]
                return await tells(input)

            next.start_workflow_update = stolen
            return next

    thief = Client(**temporal.config() | {"interceptors": [Stealing([KEY])]})
    assert await refused(thief, engagement, "tell_scoped", now) == UNSIGNED
    assert await facts(pool, engagement) == 2


async def test_a_bare_client_starts_nothing_that_says_anything(
    temporal: Client, settings: Settings, pool: Pool, engagement: str, now: datetime
) -> None:
    """The run fails at once, and nothing is recorded."""
    name = f"{engagement}-2"
    await known(pool, name, opening_of(name, now))
    started = await handles.start(
        temporal, ENGAGEMENT, name, opening_of(name, now), scoped=True, task_queue=settings.task_queue
    )
    with pytest.raises(WorkflowFailureError) as failed:
        await started.result()
    assert getattr(failed.value.cause, "type", None) == UNSIGNED
    assert await facts(pool, name) == 0


async def test_other_keys_replay_every_history(
    temporal: Client, signing: Client, settings: Settings, pool: Pool, engagement: str, now: datetime
) -> None:
    """So a key that is taken out of use stops no engagement."""
    signed = AgreementSigned(event_id="signed", occurred_at=now, role=Role.COACH)
    await handles.tell(signing, ENGAGEMENT, engagement, signed, scoped=True, task_queue=settings.task_queue)
    history = await temporal.get_workflow_handle(workflow_id(ENGAGEMENT, engagement)).fetch_history()
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=RUNNER,
        data_converter=DATA_CONVERTER,
        interceptors=[MustBeSigned(["a key that was made after all this happened"])],
    )
    await replayer.replay_workflow(history)
    assert await facts(pool, engagement) == 2
