"""Subscriptions through the API: for administrators of the place, with a secret that is shown once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from gateway.app import build_app
from gateway.context import AppContext
from gateway.webhooks.relay import relay
from records.database import Pool
from tests.faults.waiting import eventually
from tests.gateway.conftest import Callers
from tests.gateway.webhooks.subscriber import COHORT, Subscriber, listening, recorded
from tests.records.telling import at

ONE = f"{COHORT}.P01"
HELD = "org.coaching-lifecycle.fact.session_held"


@pytest.fixture
async def callers(own_context: AppContext, pool: Pool) -> AsyncIterator[Callers]:
    """Callers of a gateway that may send to this machine."""
    async with AsyncExitStack() as open_clients:
        yield Callers(build_app(own_context), pool, open_clients)


@pytest.fixture
async def http(callers: Callers) -> httpx.AsyncClient:
    """A caller who may do everything."""
    return await callers.with_grants("admin:*")


@pytest.fixture
async def relaying(own_context: AppContext) -> AsyncIterator[None]:
    """A gateway delivers."""
    loop = asyncio.create_task(relay(own_context))
    yield
    loop.cancel()
    await asyncio.wait([loop])


async def begun(http: httpx.AsyncClient, url: str, name: str = "dashboard", **more: Any) -> dict[str, Any]:
    """A subscription that has just begun."""
    answer = await http.put(f"/v1/subscriptions/{name}", json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def test_a_subscription_begins_with_a_secret_shown_once(http: httpx.AsyncClient, subscriber: Subscriber) -> None:
    """The same again, or something else to send, changes no secret and shows none."""
    made = await begun(http, subscriber.url, types=[HELD], within="sheffield")
    assert made["secret"].startswith("whsec_")
    assert made["types"] == [HELD]
    wanted = {"url": subscriber.url, "types": ["fact.session_held", "changed.health"], "within": COHORT}
    again = await http.put("/v1/subscriptions/dashboard", json=wanted)
    assert (again.status_code, again.json()["secret"], again.json()["within"]) == (200, None, COHORT)
    shown = (await http.get("/v1/subscriptions/dashboard")).json()
    assert "secret" not in shown
    assert shown["types"] == [HELD, "org.coaching-lifecycle.changed.health"]
    assert (await http.get("/v1/subscriptions")).json() == {"items": [shown], "next": None}


@pytest.mark.usefixtures("relaying")
async def test_a_test_says_what_came_of_it(http: httpx.AsyncClient, subscriber: Subscriber) -> None:
    """Delivered and signed, or what went wrong."""
    secret = (await begun(http, subscriber.url))["secret"]
    said = (await http.post("/v1/subscriptions/dashboard/test")).json()
    assert (said["status"], said["type"], said["attempts"]) == ("delivered", "org.coaching-lifecycle.test", 1)
    (message,) = subscriber.came
    assert Webhook(secret).verify(message.body, message.headers)["id"] == said["id"]
    subscriber.answer = lambda _: 500
    said = (await http.post("/v1/subscriptions/dashboard/test")).json()
    assert (said["status"], said["failure"]) == ("set_aside", "answered 500")


@pytest.mark.usefixtures("relaying")
async def test_a_fact_reaches_its_subscriber_and_is_listed(
    http: httpx.AsyncClient, pool: Pool, subscriber: Subscriber
) -> None:
    """What came before the subscription is sent by a replay; lists are paged, the newest first."""
    await recorded(pool, ONE, 1, 2)
    await begun(http, subscriber.url)
    await recorded(pool, ONE, 3)
    await eventually(lambda: _delivered(http, 1))
    assert subscriber.ids == [f"{ONE}-3"]
    span = {"from": at(2).isoformat(), "to": (at(2) + timedelta(seconds=1)).isoformat()}
    answer = await http.post("/v1/subscriptions/dashboard/replay", json=span)
    assert (answer.status_code, answer.json()) == (202, {"events": 3})
    await eventually(lambda: _delivered(http, 3))
    assert subscriber.ids == [f"{ONE}-{number}" for number in (3, 1, 2, 3)]

    first = await http.get("/v1/subscriptions/dashboard/deliveries", params={"status": "delivered", "limit": 2})
    assert [one["id"] for one in first.json()["items"]] == [f"{ONE}-3", f"{ONE}-2"]
    following = await http.get(first.links["next"]["url"])
    assert [one["id"] for one in following.json()["items"]] == [f"{ONE}-1"]
    assert following.json()["next"] is None


async def _delivered(http: httpx.AsyncClient, number: int) -> bool:
    answer = await http.get("/v1/subscriptions/dashboard/deliveries", params={"status": "delivered"})
    return len(answer.json()["items"]) == number


@pytest.mark.usefixtures("relaying")
async def test_a_rotation_shows_a_new_secret_and_both_sign(http: httpx.AsyncClient, subscriber: Subscriber) -> None:
    """Until the moment that is said."""
    before = (await begun(http, subscriber.url))["secret"]
    rotated = (await http.post("/v1/subscriptions/dashboard/rotate")).json()
    assert rotated["secret"] not in {None, before}
    assert rotated["previous_until"] is not None
    await http.post("/v1/subscriptions/dashboard/test")
    (message,) = subscriber.came
    for secret in (before, rotated["secret"]):
        Webhook(secret).verify(message.body, message.headers)


async def test_an_ended_subscription_is_sent_nothing_and_can_begin_anew(
    http: httpx.AsyncClient, pool: Pool, subscriber: Subscriber
) -> None:
    """Ending it again is harmless; what waited is set aside; begun anew it has another secret."""
    before = (await begun(http, subscriber.url))["secret"]
    await recorded(pool, ONE, 1)
    for _ in range(2):
        assert (await http.delete("/v1/subscriptions/dashboard")).status_code == 204
    await recorded(pool, ONE, 2)
    listed = (await http.get("/v1/subscriptions/dashboard/deliveries")).json()["items"]
    assert [(one["id"], one["status"], one["failure"]) for one in listed] == [
        (f"{ONE}-1", "set_aside", "the subscription was ended")
    ]
    for what in ("rotate", "test"):
        assert (await http.post(f"/v1/subscriptions/dashboard/{what}")).status_code == 404
    span = {"from": at(0).isoformat()}
    assert (await http.post("/v1/subscriptions/dashboard/replay", json=span)).status_code == 404
    assert (await begun(http, subscriber.url))["secret"] != before
    assert (await http.post("/v1/subscriptions/dashboard/replay", json=span)).json() == {"events": 2}


async def test_a_subscription_needs_the_grant_to_administer_its_place(
    http: httpx.AsyncClient, callers: Callers, subscriber: Subscriber
) -> None:
    """Elsewhere it is unknown, and its name is taken; nobody widens what may be sent beyond the own place."""
    await begun(http, subscriber.url, "leeds", within="leeds")
    await begun(http, subscriber.url, "all")
    here = await callers.with_grants("admin:sheffield")
    await begun(here, subscriber.url, "cohort", within=COHORT)
    wider: list[dict[str, str | None]] = [{"within": None}, {"within": "leeds"}, {}, {"within": "sheffield-2"}]
    for within in wider:
        for name in ("cohort", "new"):
            answer = await here.put(f"/v1/subscriptions/{name}", json={"url": subscriber.url, **within})
            assert answer.status_code == 403
    for name in ("leeds", "all"):
        answer = await here.put(f"/v1/subscriptions/{name}", json={"url": subscriber.url, "within": COHORT})
        assert answer.status_code == 409
        place = f"/v1/subscriptions/{name}"
        answers = [
            await here.get(place),
            await here.delete(place),
            await here.get(f"{place}/deliveries"),
            await here.post(f"{place}/rotate"),
            await here.post(f"{place}/test"),
            await here.post(f"{place}/replay", json={"from": at(0).isoformat()}),
        ]
        assert {answer.status_code for answer in answers} == {404}
    assert [one["subscription"] for one in (await here.get("/v1/subscriptions")).json()["items"]] == ["cohort"]
    assert len((await http.get("/v1/subscriptions")).json()["items"]) == 3


@pytest.mark.parametrize(("grants", "status"), [((), 401), (("read:*:*", "tell:*:*"), 403)])
async def test_nobody_else_sees_to_subscriptions(
    grants: tuple[str, ...], status: int, callers: Callers, subscriber: Subscriber
) -> None:
    """Neither nobody, nor who may read and tell."""
    http = await callers.with_grants(*grants) if grants else await callers.anonymous()
    place = "/v1/subscriptions/dashboard"
    answers = [
        await http.get("/v1/subscriptions"),
        await http.get(place),
        await http.put(place, json={"url": subscriber.url}),
        await http.delete(place),
        await http.get(f"{place}/deliveries"),
        await http.post(f"{place}/rotate"),
        await http.post(f"{place}/test"),
        await http.post(f"{place}/replay", json={"from": at(0).isoformat()}),
    ]
    assert {answer.status_code for answer in answers} == {status}


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({}, "body.url"),
        ({"url": "ftp://example.org/"}, "body.url"),
        ({"url": "https://"}, "body.url"),
        ({"url": "https://example.org:99999/"}, "body.url"),
        ({"url": "https://[::1"}, "body.url"),
        ({"url": "https://user:secret@example.org/"}, "body.url"),
        ({"url": "https://example.org/#part"}, "body.url"),
        ({"url": "https://example.org/a b"}, "body.url"),
        ({"url": "https://example.org/\r\nX: y"}, "body.url"),
        ({"url": "https://münchen.example/"}, "body.url"),
        ({"url": "https://127.0.0.2/"}, "body.url"),
        ({"url": "https://2130706434/"}, "body.url"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "body.url"),
        ({"url": "https://example.org@169.254.169.254/"}, "body.url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "body.url"),
        ({"url": "https://0.0.0.0/"}, "body.url"),
        ({"url": "http://93.184.216.34/"}, "body.url"),
        ({"url": "https://93.184.216.34/", "types": ["fact.nonsense"]}, "body.types.0"),
        ({"url": "https://93.184.216.34/", "types": ["test"]}, "body.types.0"),
        ({"url": "https://93.184.216.34/", "within": "a place"}, "body.within"),
        ({"url": "https://93.184.216.34/", "secret": "mine"}, "body.secret"),
    ],
)
async def test_what_cannot_be_sent_is_said_at_once(wanted: dict[str, Any], where: str, http: httpx.AsyncClient) -> None:
    """The field is named, nothing is kept, and what was sent is not repeated."""
    answer = await http.put("/v1/subscriptions/dashboard", json=wanted)
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["faults"]] == [where]
    assert "user:secret" not in answer.text
    assert (await http.get("/v1/subscriptions")).json() == {"items": [], "next": None}


async def test_https_to_a_public_address_is_kept_without_a_call(http: httpx.AsyncClient) -> None:
    """So is a name that has no address yet; it is judged whenever something is sent."""
    await begun(http, "https://93.184.216.34/hook", "public")
    await begun(http, "https://not-there-yet.invalid/hook", "later")


async def test_what_was_done_stands_in_the_audit(http: httpx.AsyncClient, pool: Pool, subscriber: Subscriber) -> None:
    """Who began, rotated and ended it; neither its URL nor a secret."""
    await begun(http, subscriber.url, within="sheffield")
    await http.post("/v1/subscriptions/dashboard/rotate")
    await http.delete("/v1/subscriptions/dashboard")
    rows = await pool.fetch("SELECT action, subject, caller FROM audit ORDER BY number")
    assert [row["action"].split()[0] for row in rows] == ["begin", "rotate", "end"]
    assert {row["subject"] for row in rows} == {"sheffield"}
    assert all(row["caller"].startswith("key_") and "hook" not in row["action"] for row in rows)


async def test_two_who_choose_one_name_get_one_subscription(callers: Callers) -> None:
    """At the same moment, for different places: one begins, the other is told that the name is taken."""
    one, other = await callers.with_grants("admin:sheffield"), await callers.with_grants("admin:leeds")
    async with listening() as subscriber:
        answers = await asyncio.gather(
            *(
                http.put("/v1/subscriptions/dashboard", json={"url": subscriber.url, "within": within})
                for http, within in ((one, "sheffield"), (other, "leeds"))
            )
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
