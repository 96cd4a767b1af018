"""What is refused is refused by every door alike, and the audit says who asked for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from cloudevents.core.v1.event import CloudEvent
from nexusrpc import Link, OperationError
from nexusrpc.handler import OperationTaskCancellation, StartOperationContext
from typer.testing import CliRunner

from coaching_client import handles
from coaching_client.nexus import TellEngagement, refusal_of
from gateway.context import AppContext
from gateway.events.taking_in import take_in_once
from gateway.settings import EVENT_SOURCE
from mca.main import app as command_line
from operations.event_types import type_of
from records.database import Pool
from schemas.subjects import ENGAGEMENT
from tests.gateway.conftest import Callers, Town
from tests.gateway.events.sending import send
from tests.workflows.courses import course
from tests.workflows.subjects import now, one_more
from worker.nexus import CoachingOperations

Tell = Callable[["Place", str, str, dict[str, Any]], Awaitable[None]]
PLACES = {"engagement": "engagements", "intro-course": "intro-courses"}


@dataclass
class Place:
    """Where facts are told, through whichever door."""

    http: httpx.AsyncClient
    context: AppContext
    state: Path

    @property
    def environment(self) -> dict[str, str]:
        """Of a command here."""
        settings = self.context.settings
        return {
            "MCA_DATABASE_URL": settings.database_url.get_secret_value(),
            "MCA_TASK_QUEUE": settings.task_queue,
            "MCA_STATE": str(self.state),
            "TEMPORAL_ADDRESS": self.context.client.service_client.config.target_host,
        }


async def by_http(place: Place, words: str, subject: str, fact: dict[str, Any]) -> None:
    """A call."""
    answer = await place.http.post(f"/v1/{PLACES[words]}/{subject}/facts", json=fact)
    assert answer.is_client_error, answer.text


async def by_event(place: Place, _words: str, subject: str, fact: dict[str, Any]) -> None:
    """An event that bears the fact's own id, kept and then taken in."""
    said = {name: value for name, value in fact.items() if name not in ("kind", "event_id", "occurred_at")}
    named = {"source": EVENT_SOURCE, "id": fact["event_id"], "time": now(), "subject": subject}
    await send(place.http, CloudEvent(named | {"type": type_of(fact["kind"])}, said))
    await take_in_once(place.context)


async def by_command_line(place: Place, words: str, subject: str, fact: dict[str, Any]) -> None:
    """A command."""
    typed = [words, "tell", subject, "--fact", json.dumps(fact)]
    said = await asyncio.to_thread(CliRunner(env=place.environment).invoke, command_line, typed)
    assert said.exit_code == 1, said.output


async def by_nexus(place: Place, _words: str, subject: str, fact: dict[str, Any]) -> None:
    """An operation that a workflow of another namespace calls."""
    link = Link(url="temporal:///namespaces/elsewhere/workflows/theirs/run/history", type="temporal.api.common.v1")
    called = StartOperationContext(
        service="coaching",
        operation="tell",
        headers={},
        request_id="1",
        inbound_links=[link],
        task_cancellation=cast("OperationTaskCancellation", None),
    )
    with pytest.raises(OperationError) as failed:
        sent = TellEngagement.model_validate({"engagement": subject, "fact": fact})
        await CoachingOperations(place.context.engine).tell(called, sent)
    assert refusal_of(failed.value.__cause__) is not None


DOORS: dict[str, tuple[Tell, str]] = {
    "http": (by_http, "key_"),
    "arrivals": (by_event, "key_"),
    "mca": (by_command_line, "cli:"),
    "nexus": (by_nexus, "nexus:elsewhere"),
}


@pytest.fixture
def place(http: httpx.AsyncClient, context: AppContext, tmp_path: Path) -> Place:
    """Where whoever calls may do everything."""
    return Place(http, context, tmp_path)


def signed(event_id: str, role: str = "coach") -> dict[str, Any]:
    """A signature, a minute ago."""
    at = now() - timedelta(minutes=1)
    return {"kind": "agreement_signed", "event_id": event_id, "occurred_at": at.isoformat(), "role": role}


async def refused(pool: Pool, subject: str, door: str) -> tuple[str, str]:
    """Who told the latest of a subject through a door, and the code of its refusal."""
    row = await pool.fetchrow(
        "SELECT caller, refused FROM audit WHERE subject = $1 AND door = $2 AND action LIKE 'tell %' "
        "ORDER BY number DESC LIMIT 1",
        subject,
        door,
    )
    assert row is not None
    return row["caller"], row["refused"]


@pytest.mark.parametrize("door", DOORS)
async def test_of_a_subject_that_nobody_knows(place: Place, town: Town, pool: Pool, door: str) -> None:
    """Unknown, and nothing is started for it."""
    tell, caller = DOORS[door]
    nowhere = one_more("sheffield.nowhere.P")
    await tell(place, "engagement", nowhere, signed(one_more("signed")))
    by, code = await refused(pool, nowhere, door)
    assert (by.startswith(caller), code) == (True, "unknown")
    assert not await handles.is_running(town.client, ENGAGEMENT, nowhere)
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", nowhere) == 0


@pytest.mark.parametrize("door", DOORS)
async def test_another_fact_under_a_known_event_id(place: Place, town: Town, pool: Pool, door: str) -> None:
    """Whichever door told the first."""
    tell, caller = DOORS[door]
    life, event_id = await town.started(at=now() - timedelta(hours=1)), one_more("signed")
    first = await place.http.post(f"/v1/engagements/{life.name}/facts", json=signed(event_id))
    assert first.status_code == httpx.codes.OK, first.text
    await tell(place, "engagement", life.name, signed(event_id, "office"))
    by, code = await refused(pool, life.name, door)
    assert (by.startswith(caller), code) == (True, "different_content")


@pytest.mark.parametrize("door", [name for name in DOORS if name != "nexus"])
async def test_a_delegate_handed_on_to_a_cohort_that_is_none(place: Place, town: Town, pool: Pool, door: str) -> None:
    """Of this academy; nor by a correction. Nexus tells courses nothing."""
    tell, caller = DOORS[door]
    one = await course(town, weeks=4)
    await one.book(1)
    booking = f"{one.name}.B01"
    handed = {
        "kind": "handed_on_to_cohort", "event_id": one_more("handed"), "occurred_at": now().isoformat(),
        "booking": booking, "cohort": "sheffield.2099-autumn",
    }  # fmt: skip
    instead = {
        "kind": "correction", "event_id": one_more("instead"), "occurred_at": now().isoformat(),
        "corrects": handed["event_id"], "replacement": handed | {"event_id": one_more("again")},
    }  # fmt: skip
    for fact in (handed, instead):
        await tell(place, "intro-course", one.name, fact)
        by, code = await refused(pool, one.name, door)
        assert (by.startswith(caller), code) == (True, "unknown_cohort")


@pytest.mark.parametrize("tell", [by_http, by_event])
async def test_by_somebody_without_a_grant(
    callers: Callers, context: AppContext, town: Town, pool: Pool, tmp_path: Path, tell: Tell
) -> None:
    """Of another academy, or to read only; nothing is noted, kept or told. The other doors let in whom they trust."""
    life = await town.started(at=now() - timedelta(hours=1))
    for grant in ("tell:leeds", "read:sheffield"):
        place = Place(await callers.with_grants(grant), context, tmp_path)
        await tell(place, "engagement", life.name, signed(one_more("signed")))
    assert await life.recorded() == [life.opening.event_id]
    assert await pool.fetchval("SELECT count(*) FROM audit WHERE subject = $1", life.name) == 0
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == 0
