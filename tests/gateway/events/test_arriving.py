"""CloudEvents in, by the official SDK: kept before they are answered, told once, and never dropped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from gateway.access.grants import Verb
from gateway.doors import Doors
from gateway.events import taking_in
from gateway.events.arriving import BATCH
from gateway.events.catalogue import catalogue
from gateway.events.taking_in import pause, take_in, take_in_once
from gateway.events.types import type_of
from gateway.examples import example_of
from records.database import Pool
from tests.faults.waiting import eventually
from tests.gateway.conftest import Callers, Town
from tests.workflows.subjects import COHORT, now, one_more


def event(subject: str | None, kind: str = "measure_defined", number: str | None = None, **data: Any) -> CloudEvent:
    """An event as another service sends it."""
    attributes = {
        "type": type_of(kind),
        "source": "urn:example:diary",
        "id": number or one_more("entry"),
        "time": now() - timedelta(minutes=1),
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


@asynccontextmanager
async def taking(doors: Doors) -> AsyncIterator[None]:
    """A gateway that takes in what was kept."""
    loop = asyncio.create_task(take_in(doors))
    try:
        yield
    finally:
        loop.cancel()
        await asyncio.wait([loop])
        assert loop.cancelled()


async def status(http: httpx.AsyncClient, event_id: str) -> tuple[str, str | None]:
    """What became of an arrival, and its code."""
    shown = (await http.get(f"/v1/arrivals/{event_id}")).json()
    return shown["status"], shown["code"]


@pytest.mark.parametrize("mode", ["structured", "binary", "batch"])
async def test_an_event_in_any_mode_becomes_one_fact(
    mode: str, http: httpx.AsyncClient, doors: Doors, town: Town
) -> None:
    """Sent three times, it is recorded once, at the time the event says."""
    engagement, sent = await town.started(at=now() - timedelta(hours=1)), event(None)
    sent = event(engagement.name, number=sent.get_id())
    async with taking(doors):
        answers = [await send(http, sent, mode=mode) for _ in range(3)]
        (became,) = answers[0].json()["events"]
        await eventually(lambda: _is(http, became["event_id"], "recorded"))

    assert [one.status_code for one in answers] == [202] * 3
    assert {one.json()["events"][0]["event_id"] for one in answers} == {became["event_id"]}
    assert await engagement.recorded() == [engagement.opening.event_id, became["event_id"]]
    assert (await send(http, sent, mode=mode)).json()["events"][0]["status"] == "recorded"


async def _is(http: httpx.AsyncClient, event_id: str, wanted: str) -> bool:
    return (await status(http, event_id))[0] == wanted


async def test_other_content_under_the_same_id_overwrites_nothing(http: httpx.AsyncClient) -> None:
    """The first content stands, and the sender hears of it."""
    first = event(f"{COHORT}.nobody", number="same")
    other = event(f"{COHORT}.nobody", number="same", measure="another", better="lower")
    kept = (await send(http, first)).json()["events"][0]

    alone, among = await send(http, other), await send(http, other, event(f"{COHORT}.nobody"), mode="batch")

    assert (alone.status_code, alone.json()["code"]) == (409, "different_content")
    assert [one["status"] for one in among.json()["events"]] == ["different_content", "waiting"]
    shown = (await http.get(f"/v1/arrivals/{kept['event_id']}")).json()
    assert shown["received"]["data"]["measure"] == "on_time"


async def test_an_event_of_something_not_known_yet_is_told_when_it_appears(
    http: httpx.AsyncClient, doors: Doors, town: Town
) -> None:
    """The engagement starts afterwards, and nobody sends anything again."""
    name = one_more(f"{COHORT}.P")
    (became,) = (await send(http, event(name))).json()["events"]
    async with taking(doors):
        await eventually(lambda: _waits(http, became["event_id"], "unknown"))
        engagement = await town.started(name, at=now() - timedelta(hours=1))
        await eventually(lambda: _is(http, became["event_id"], "recorded"))

    assert became["event_id"] in await engagement.recorded()


async def _waits(http: httpx.AsyncClient, event_id: str, code: str) -> bool:
    return await status(http, event_id) == ("waiting", code)


async def test_what_is_not_possible_yet_is_told_once_it_is(http: httpx.AsyncClient, doors: Doors, town: Town) -> None:
    """A pause cannot end before one began; the fact that makes it possible makes it be tried at once."""
    engagement = await town.started(at=now() - timedelta(hours=2))
    await engagement.agreed(now() - timedelta(hours=1))
    (became,) = (await send(http, event(engagement.name, "pause_ended", told_by={"role": "coach"}))).json()["events"]
    async with taking(doors):
        await eventually(lambda: _is_refused(http, became["event_id"]))
        begun = event(engagement.name, "pause_started", reason="staffing")
        begun.get_attributes()["time"] = now() - timedelta(minutes=5)
        await send(http, begun)
        await eventually(lambda: _is(http, became["event_id"], "recorded"))


async def _is_refused(http: httpx.AsyncClient, event_id: str) -> bool:
    found, code = await status(http, event_id)
    return found == "waiting" and code is not None


async def test_what_never_can_be_is_set_aside_mended_and_told(
    http: httpx.AsyncClient, doors: Doors, town: Town
) -> None:
    """An engagement is not proposed twice. The reason is listed; mended, it is told under the same event id."""
    engagement = await town.started(at=now() - timedelta(hours=1))
    again = {
        name: value for name, value in example_of("engagement_proposed").items() if name not in {"kind", "occurred_at"}
    }
    (became,) = (await send(http, event(engagement.name, "engagement_proposed", **again))).json()["events"]
    async with taking(doors):
        await eventually(lambda: _is(http, became["event_id"], "set_aside"))
        (listed,) = (await http.get("/v1/arrivals", params={"status": "set_aside"})).json()["arrivals"]
        assert listed["reason"]
        fact = {"kind": "measure_defined", "occurred_at": now().isoformat(), "measure": "m", "better": "lower"}
        mended = await http.post(f"/v1/arrivals/{became['event_id']}/replay", json={"fact": fact})
        assert mended.status_code == 202
        await eventually(lambda: _is(http, became["event_id"], "recorded"))

    assert await engagement.recorded() == [engagement.opening.event_id, became["event_id"]]
    assert (await http.post(f"/v1/arrivals/{became['event_id']}/replay")).status_code == 409


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (event(f"{COHORT}.P01", "session_held", day="not a day", attendance=-1), "invalid"),
        (event(None), "no_subject"),
        (CloudEvent({"type": "com.example.else", "source": "urn:x", "subject": f"{COHORT}.P01"}, {}), "unknown_type"),
        (CloudEvent({"type": type_of("pause_ended"), "source": "urn:x", "subject": f"{COHORT}.P01"}), "no_data"),
    ],
)
async def test_an_event_that_tells_no_fact_is_set_aside_with_every_fault(
    http: httpx.AsyncClient, sent: CloudEvent, code: str
) -> None:
    """It is kept as it came."""
    (became,) = (await send(http, sent)).json()["events"]
    assert (became["status"], became["code"]) == ("set_aside", code)
    if code == "invalid":
        assert "day" in became["reason"]
        assert "attendance" in became["reason"]


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"{", "application/cloudevents+json"),
        (b'{"type": "t", "source": "s", "specversion": "1.0"}', "application/cloudevents+json"),
        (b'{"type": "t", "source": "s", "id": "1"}', "application/cloudevents+json"),
        (b'{"type": "t", "source": "s", "id": "1", "specversion": "0.3"}', "application/cloudevents+json"),
        (b"[]", BATCH),
        (b'[{"id": "1"}]', BATCH),
        (b"[7]", BATCH),
    ],
)
async def test_what_is_no_event_is_refused_and_keeps_nothing(
    http: httpx.AsyncClient, pool: Pool, body: bytes, media: str
) -> None:
    """Neither is anything made up that is missing."""
    answer = await http.post("/events", content=body, headers={"content-type": media})
    assert answer.status_code == 400
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == 0


async def test_a_body_of_another_kind_is_refused(http: httpx.AsyncClient) -> None:
    """415, and what would be understood."""
    answer = await http.post("/events", json={"hello": 1})
    assert (answer.status_code, answer.headers["content-type"]) == (415, "application/problem+json")


async def test_a_caller_tells_only_where_it_may(callers: Callers, pool: Pool) -> None:
    """One event outside the grant, and nothing of the request is taken."""
    http = await callers.with_grants(f"{Verb.TELL}:{COHORT}")
    answer = await send(http, event(f"{COHORT}.P01"), event("leeds.2026-autumn.P01"), mode="batch")
    assert answer.status_code == 403
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == 0


async def test_two_gateways_tell_each_event_once_and_lose_none_when_one_is_killed(
    http: httpx.AsyncClient, doors: Doors, town: Town, pool: Pool
) -> None:
    """One is stopped in the middle: what it had claimed is the other's when the lease ends, here at once."""
    engagement = await town.started(at=now() - timedelta(hours=1))
    await send(http, *(event(engagement.name) for _ in range(30)), mode="batch")
    stopped = asyncio.create_task(take_in_once(doors))
    await asyncio.sleep(0)
    stopped.cancel()
    await asyncio.wait([stopped])
    await pool.execute("UPDATE arrivals SET next_at = arrived_at WHERE status = 'waiting'")
    async with taking(doors), taking(doors):
        await eventually(lambda: _all_recorded(pool))

    assert len(await engagement.recorded()) == 31


async def _all_recorded(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT bool_and(status = 'recorded') FROM arrivals"))


async def test_an_engine_that_is_away_is_waited_for(http: httpx.AsyncClient, doors: Doors, pool: Pool) -> None:
    """Without a worker nothing is recorded, nothing set aside, and it is tried again later."""
    settings = doors.settings.model_copy(update={"tell_seconds": 1})
    impatient = Doors(doors.client, doors.pool, settings)
    name = one_more(f"{COHORT}.P")
    await pool.execute(
        "INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer) "
        "VALUES ($1, 1, $1, 'engagement_proposed', $2, $2, 'office', '{}', '{}')",
        name,
        now(),
    )
    (became,) = (await send(http, event(name))).json()["events"]

    assert await take_in_once(impatient) == 1

    assert await status(http, became["event_id"]) == ("waiting", "away")
    assert await take_in_once(impatient) == 0


def test_the_pauses_between_tries_grow_to_a_quarter_of_a_day() -> None:
    """Soon at first, and never for good."""
    pauses = [pause(attempt) for attempt in range(1, 20)]
    assert pauses[:3] == [taking_in.FIRST_PAUSE, 2 * taking_in.FIRST_PAUSE, 4 * taking_in.FIRST_PAUSE]
    assert pauses == sorted(pauses)
    assert pauses[-1] == taking_in.LONGEST_PAUSE


async def test_the_catalogue_has_every_type_with_an_example_that_is_taken(http: httpx.AsyncClient) -> None:
    """Each example of a fact, sent as it stands, tells a fact."""
    types = (await http.get("/v1/event-types")).json()["types"]
    assert len(types) == len(catalogue()) == len({one["type"] for one in types})
    for one in types:
        if one["taken_in"]:
            sent = one["example"] | {"id": one_more("example"), "source": "urn:example:try"}
            answer = await http.post(
                "/events", content=json.dumps(sent), headers={"content-type": "application/cloudevents+json"}
            )
            assert answer.json()["events"][0]["status"] == "waiting", answer.json()
