"""Sending events as another service does, by the official SDK, and seeing what becomes of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from gateway.context import AppContext
from gateway.events.envelopes import BATCH
from gateway.events.taking_in import take_in
from operations.event_types import type_of
from records.database import Pool
from tests.faults.waiting import eventually
from tests.workflows.subjects import now, one_more

DIARY = "urn:example:diary"


def event(
    subject: str | None, kind: str = "measure_defined", number: str | None = None, ago: int = 60, **data: Any
) -> CloudEvent:
    """An event of a diary, of something that happened some seconds ago."""
    attributes = {
        "type": type_of(kind),
        "source": DIARY,
        "id": number or one_more("entry"),
        "time": now() - timedelta(seconds=ago),
    }
    said = data or {"measure": "on_time", "better": "higher"}
    return CloudEvent(attributes | ({"subject": subject} if subject else {}), said)


async def send(http: httpx.AsyncClient, *events: CloudEvent, mode: str = "structured") -> httpx.Response:
    """Send them as the SDK does."""
    if mode == "batch":
        bodies = [json.loads(to_structured_event(one).body) for one in events]
        return await http.post("/events", content=json.dumps(bodies), headers={"content-type": BATCH})
    (one,) = events
    message = to_binary_event(one) if mode == "binary" else to_structured_event(one)
    return await http.post("/events", content=message.body, headers=message.headers)


async def kept(http: httpx.AsyncClient, *events: CloudEvent) -> list[str]:
    """Send them as a batch; the event ids under which they are kept."""
    answer = await send(http, *events, mode="batch")
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    return [one["event_id"] for one in answer.json()["events"]]


async def status(http: httpx.AsyncClient, event_id: str) -> tuple[str, str | None]:
    """What became of an arrival, and its code."""
    shown = (await http.get(f"/v1/arrivals/{event_id}")).json()
    return shown["status"], shown["code"]


async def until(http: httpx.AsyncClient, event_id: str, wanted: str, code: str | None = None) -> None:
    """Wait until this became of an arrival; of one that waits, for a reason."""

    async def holds() -> bool:
        found, why = await status(http, event_id)
        return found == wanted and (why == code if code else wanted != "waiting" or why is not None)

    await eventually(holds)


async def all_recorded(pool: Pool) -> None:
    """Wait until everything that was kept is recorded."""

    async def holds() -> bool:
        return bool(await pool.fetchval("SELECT bool_and(status = 'recorded') FROM arrivals"))

    await eventually(holds, 60)


@asynccontextmanager
async def taking(context: AppContext) -> AsyncIterator[asyncio.Task[None]]:
    """A gateway that takes in what was kept; it ends when it is told to."""
    loop = asyncio.create_task(take_in(context))
    try:
        yield loop
    finally:
        loop.cancel()
        await asyncio.wait([loop])
        assert loop.cancelled()
