"""The feed by HTTP: by grant, from where somebody is, as CloudEvents whose schemas can be looked up."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI

from gateway.app import build_app
from gateway.context import AppContext
from records.database import Pool
from tests.gateway.conftest import Callers
from tests.records.telling import at, defined, record, told


@pytest.fixture
def app(context: AppContext) -> FastAPI:
    """The gateway of an installation with a public address."""
    public = context.settings.model_copy(update={"public_url": "https://coaching.example.org"})
    return build_app(AppContext(context.client, context.pool, public))


async def _published(pool: Pool, *subjects: str) -> None:
    for number, subject in enumerate(subjects, 1):
        await pool.execute(
            """
            INSERT INTO events (id, type, subject, occurred_at, recorded_at, data)
            VALUES ($1, 'changed.health', $2, $3, $3, '{"from": "on_track", "to": "at_risk"}')
            """,
            f"changed/{number}",
            subject,
            at(number),
        )


async def _read(http: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    answered = await http.get(f"/v1/events?{query}")
    assert answered.status_code == 200, answered.text
    said: dict[str, Any] = answered.json()
    return said


async def test_the_feed_is_read_on_from_where_one_is(callers: Callers, pool: Pool) -> None:
    """Part by part by `last`, or by the link; at the end `last` stays until there is more."""
    http = await callers.with_grants("read:sheffield:events")
    await _published(pool, *(f"sheffield.c.P{number}" for number in range(5)))
    first = await http.get("/v1/events?limit=3")
    assert first.json()["more"]
    linked = await http.get(first.headers["Link"].partition(">")[0].removeprefix("<"))
    rest = await _read(http, f"after={first.json()['last']}")
    assert linked.json()["items"] == rest["items"]
    subjects = [event["subject"] for event in (*first.json()["items"], *rest["items"])]
    assert subjects == [f"sheffield.c.P{number}" for number in range(5)]
    assert not rest["more"]
    assert await _read(http, f"after={rest['last']}") == {"items": [], "last": rest["last"], "more": False}


async def test_everybody_reads_where_they_may(callers: Callers, pool: Pool) -> None:
    """Another academy's events are not shown, and asking for them is refused; without the grant there is no feed."""
    await _published(pool, "sheffield.c.P1", "leeds.c.P1", "sheffield", "sheffield.d.P1")
    theirs = await callers.with_grants("read:sheffield:events")
    assert [event["subject"] for event in (await _read(theirs))["items"]] == [
        "sheffield.c.P1", "sheffield", "sheffield.d.P1",
    ]  # fmt: skip
    assert [event["subject"] for event in (await _read(theirs, "within=sheffield.d"))["items"]] == ["sheffield.d.P1"]
    assert (await theirs.get("/v1/events?within=leeds")).status_code == 403
    cohort = await callers.with_grants("read:sheffield.c:events")
    assert [event["subject"] for event in (await _read(cohort))["items"]] == ["sheffield.c.P1"]
    assert (await (await callers.with_grants("read:sheffield:engagements")).get("/v1/events")).status_code == 403


async def test_an_event_of_the_feed_is_a_cloudevent_with_its_schema(callers: Callers, pool: Pool) -> None:
    """It names its source, its place and when it was recorded; its schema is there for anybody, and fits its data."""
    http = await callers.with_grants("read:*:events")
    async with pool.acquire() as conn:
        await record(conn, told(defined(1), 0))
    (event,) = (await _read(http, "type=fact.measure_defined"))["items"]
    assert event["source"] == "https://coaching.example.org"
    assert (event["type"], event["recordedtime"]) == (
        "org.coaching-lifecycle.fact.measure_defined",
        at(365).isoformat().replace("+00:00", "Z"),
    )
    place = event["dataschema"].removeprefix("https://coaching.example.org")
    schema = await (await callers.anonymous()).get(place)
    assert schema.headers["content-type"] == "application/schema+json"
    jsonschema_rs.validator_for(schema.json()).validate(event["data"])
    assert (await http.get(place.replace("measure_defined", "made_up"))).status_code == 404


async def test_a_place_that_was_never_given_is_refused(http: httpx.AsyncClient) -> None:
    """As after a restored backup: who goes on from there would miss what is published next."""
    answered = await http.get("/v1/events?after=4711")
    assert answered.status_code == 422
    assert "restored" in answered.json()["faults"][0]["problem"]
