"""CloudEvents in, by the official SDK: kept before they are answered, and never dropped."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import httpx
import jsonschema_rs
import pytest
from cloudevents.core.bindings.http import to_binary_event
from cloudevents.core.v1.event import CloudEvent

from gateway.context import AppContext
from gateway.events.catalogue import catalogue
from gateway.events.envelopes import BATCH, LONGEST_NAME, MOST_IN_A_BATCH, STRUCTURED
from gateway.events.taking_in import take_in_once
from gateway.settings import EVENT_SOURCE
from operations.event_types import PREFIX, type_of
from records.database import Pool
from tests.gateway.conftest import Callers, Town
from tests.gateway.events.sending import DIARY, event, send, status, taking, until
from tests.workflows.subjects import COHORT, now, one_more

SUBJECT = f"{COHORT}.P01"
THE_LEAST = {"specversion": "1.0", "id": "1", "source": DIARY, "type": "t"}
ENDED = {"type": type_of("pause_ended"), "source": DIARY, "subject": SUBJECT}


@pytest.mark.parametrize("mode", ["structured", "binary", "batch"])
async def test_an_event_in_any_mode_becomes_one_fact(
    mode: str, http: httpx.AsyncClient, context: AppContext, town: Town
) -> None:
    """Sent three times, it is recorded once, at the time the event says."""
    engagement = await town.started(at=now() - timedelta(hours=1))
    sent = event(engagement.name)
    async with taking(context):
        answers = [await send(http, sent, mode=mode) for _ in range(3)]
        (became,) = answers[0].json()["events"]
        await until(http, became["event_id"], "recorded")

    assert [one.status_code for one in answers] == [202] * 3
    assert {one.json()["events"][0]["event_id"] for one in answers} == {became["event_id"]}
    assert await engagement.recorded() == [engagement.opening.event_id, became["event_id"]]
    assert (await send(http, sent, mode=mode)).json()["events"][0]["status"] == "recorded"


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


@pytest.mark.parametrize(
    ("sent", "code", "faults"),
    [
        (event(SUBJECT, "session_held", day="x", attendance=-1, n="x"), "invalid", ("day", "attendance", "data.n")),
        (event(SUBJECT, "session_held", day="2027-10-04", attendance="7"), "invalid", ("attendance",)),
        (CloudEvent(ENDED | {"time": now()}, {"kind": "pause_started"}), "invalid", ("kind",)),
        (event(SUBJECT, "measure_defined", measure="a\x00b", better="higher"), "invalid", ("data",)),
        (event(SUBJECT, "measure_defined", measure="a\ud800b", better="higher"), "invalid", ("data",)),
        (event(None), "no_subject", ("subject",)),
        (event("Ward 7, on Mondays"), "no_subject", ("subject",)),
        (CloudEvent(ENDED | {"type": "com.example.else"}, {}), "unknown_type", ("type",)),
        (CloudEvent(dict(ENDED)), "no_data", ("data",)),
        (CloudEvent(dict(ENDED), "text"), "no_data", ("data",)),
        (CloudEvent(dict(ENDED), b"\xff\x00"), "no_data", ("data",)),
    ],
)  # fmt: skip
async def test_an_event_that_tells_no_fact_is_set_aside_with_every_fault(
    http: httpx.AsyncClient, sent: CloudEvent, code: str, faults: tuple[str, ...]
) -> None:
    """It is kept as it came, listed, and known again."""
    became, again = [(await send(http, sent)).json()["events"][0] for _ in range(2)]
    assert became == again
    assert (became["status"], became["code"]) == ("set_aside", code)
    assert all(fault in became["reason"] for fault in faults)
    (listed,) = (await http.get("/v1/arrivals", params={"status": "set_aside"})).json()["arrivals"]
    assert listed["received"]["id"] == sent.get_id()
    assert ("data" in listed["received"]) != ("data_base64" in listed["received"])


async def test_an_event_without_a_time_is_no_fact_unless_its_data_says_when(http: httpx.AsyncClient) -> None:
    """No time is made up."""
    timeless: dict[str, object] = THE_LEAST | {
        "type": type_of("pause_ended"),
        "subject": SUBJECT,
        "time": None,
        "data": {},
    }
    data = {"occurred_at": now().isoformat()}
    answers = [
        await http.post("/events", content=json.dumps(one), headers={"content-type": STRUCTURED})
        for one in (timeless, timeless | {"id": "2", "data": data})
    ]
    without, within = (answer.json()["events"][0] for answer in answers)
    assert (without["status"], within["status"]) == ("set_aside", "waiting")
    assert "occurred_at" in without["reason"]


async def test_json_that_came_as_bytes_is_data_too(http: httpx.AsyncClient) -> None:
    """As some SDKs send it."""
    said = json.dumps({"measure": "m", "better": "lower"}).encode()
    sent = event(SUBJECT)
    as_bytes = CloudEvent(sent.get_attributes(), said)
    assert (await send(http, as_bytes)).json()["events"][0]["status"] == "waiting"


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"{", STRUCTURED),
        (b"\xff\xfe", STRUCTURED),
        (b"[" * 100_000, STRUCTURED),
        (b"7", STRUCTURED),
        *(
            (json.dumps({**THE_LEAST, **wrong}).encode(), STRUCTURED)
            for wrong in (
                {"id": None},
                {"source": None},
                {"type": None},
                {"specversion": None},
                {"specversion": "0.3"},
                {"id": ""},
                {"id": 7},
                {"source": "x" * (LONGEST_NAME + 1)},
                {"subject": "a\x00b"},
                {"subject": "a\ud800"},
                {"time": "yesterday"},
                {"time": 7},
                {"time": "2027-10-04T10:00:00"},
                {"data_base64": "!"},
                {"data": 1, "data_base64": "AA=="},
                {"extension": [1]},
                {"Extension": "a"},
                {"\ud800": "a"},
                {"data": float("nan")},
            )
        ),
        (b"[]", BATCH),
        (b"{}", BATCH),
        (b"[7]", BATCH),
        (json.dumps([THE_LEAST, {"id": "1"}]).encode(), BATCH),
    ],
)
async def test_what_is_no_event_is_refused_and_keeps_nothing(
    http: httpx.AsyncClient, pool: Pool, body: bytes, media: str
) -> None:
    """Neither is anything made up that is missing. Nothing of a batch is taken that has one such in it."""
    answer = await http.post("/events", content=body, headers={"content-type": media})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == 0


@pytest.mark.parametrize(
    "wrong", [{"ce-id": ""}, {"ce-time": "yesterday"}, {"ce-subject": "a%00b"}, {"ce-specversion": "0.3"}]
)
async def test_headers_that_are_no_event_are_refused(http: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    """In binary mode the attributes are headers."""
    message = to_binary_event(event(SUBJECT))
    answer = await http.post("/events", content=message.body, headers={**message.headers, **wrong})
    assert answer.status_code == 400


async def test_a_batch_is_bounded(http: httpx.AsyncClient) -> None:
    """Larger ones come in parts."""
    whole = json.dumps([THE_LEAST] * (MOST_IN_A_BATCH + 1))
    answer = await http.post("/events", content=whole, headers={"content-type": BATCH})
    assert answer.status_code == 422


async def test_a_body_of_another_kind_is_refused(http: httpx.AsyncClient) -> None:
    """415, and what would be understood."""
    answer = await http.post("/events", json={"hello": 1})
    assert (answer.status_code, answer.headers["content-type"]) == (415, "application/problem+json")


async def test_a_caller_tells_only_where_it_may(callers: Callers, pool: Pool) -> None:
    """An event outside the grant is not kept, alone or among others; the others are."""
    http = await callers.with_grants(f"tell:{COHORT}:*", f"as:{COHORT}:*")
    outside = event("leeds.2026-autumn.P01")
    assert (await send(http, outside)).status_code == 403

    answer = await send(http, outside, event(SUBJECT), event(COHORT, "cohort_confirmed"), event(None), mode="batch")

    assert answer.status_code == 202
    became = [one["status"] for one in answer.json()["events"]]
    assert became == ["not_allowed", "waiting", "set_aside", "not_allowed"]
    assert await pool.fetchval("SELECT count(*) FROM arrivals WHERE subject LIKE 'leeds%'") == 0


@pytest.mark.parametrize("grant", ["read:*:*", "tell:leeds:*", "admin:leeds"])
async def test_arrivals_are_shown_to_administrators_of_their_place(
    http: httpx.AsyncClient, callers: Callers, grant: str
) -> None:
    """To nobody else, and nobody else tries them again."""
    (became,) = (await send(http, event(SUBJECT))).json()["events"]
    mine, other = await callers.with_grants("admin:sheffield"), await callers.with_grants(grant)
    path = f"/v1/arrivals/{became['event_id']}"
    assert [one["subject"] for one in (await mine.get("/v1/arrivals")).json()["arrivals"]] == [SUBJECT]
    assert (await mine.get(path)).status_code == 200
    assert (await mine.post(f"{path}/replay", json={"subject": "leeds.2026-autumn.P01"})).status_code == 403
    refused = {403} if grant != "admin:leeds" else {404}
    assert {(await other.get(path)).status_code, (await other.post(f"{path}/replay")).status_code} == refused
    if grant == "admin:leeds":
        assert (await other.get("/v1/arrivals")).json() == {"arrivals": []}


async def test_our_own_events_come_back_under_their_own_ids(
    http: httpx.AsyncClient, context: AppContext, town: Town
) -> None:
    """A subscriber that hands in what it got changes nothing."""
    engagement = await town.started(at=now() - timedelta(hours=1))
    told = await context.pool.fetchrow("SELECT * FROM events WHERE subject = $1", engagement.name)
    assert told is not None
    attributes = {
        "type": f"{PREFIX}{told['type']}",
        "source": EVENT_SOURCE,
        "id": told["id"],
        "subject": engagement.name,
    }
    ours = CloudEvent(attributes | {"time": told["occurred_at"]}, told["data"])
    (became,) = (await send(http, ours)).json()["events"]
    assert became["event_id"] == told["id"]
    await take_in_once(context)
    assert (await status(http, told["id"])) == ("recorded", None)
    assert await engagement.recorded() == [told["id"]]


async def test_two_batches_in_opposite_order_do_not_wait_for_each_other(http: httpx.AsyncClient, pool: Pool) -> None:
    """Each event is kept once, whoever is first."""
    sent = [event(SUBJECT) for _ in range(60)]
    answers = await asyncio.gather(
        *(send(http, *(sent if number % 2 else reversed(sent)), mode="batch") for number in range(6))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert [one["id"] for one in answers[1].json()["events"]] == [one.get_id() for one in sent]
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == len(sent)


async def test_the_catalogue_has_every_type_with_an_example_that_is_taken(http: httpx.AsyncClient) -> None:
    """Each example of a fact, sent as it stands, tells a fact."""
    types = (await http.get("/v1/event-types")).json()["types"]
    assert len(types) == len(catalogue()) == len({one["type"] for one in types})
    for one in types:
        jsonschema_rs.validate(one["data_schema"], one["example"]["data"])
        if one["taken_in"]:
            sent = one["example"] | {"id": one_more("example"), "source": "urn:example:try"}
            answer = await http.post(
                "/events", content=json.dumps(sent), headers={"content-type": "application/cloudevents+json"}
            )
            assert answer.json()["events"][0]["status"] == "waiting", answer.json()


async def test_a_sender_may_ask_before_it_sends(callers: Callers) -> None:
    """The handshake of CloudEvents' web hooks: it says that one may send, and opens nothing to who has no key."""
    stranger = await callers.anonymous()
    answered = await stranger.options("/events", headers={"WebHook-Request-Origin": "diary.example.org"})
    assert answered.status_code == 204
    assert answered.headers["WebHook-Allowed-Origin"] == "diary.example.org"
    assert answered.headers["WebHook-Allowed-Rate"] == "*"
    assert (await stranger.post("/events", json={})).status_code == 401


async def test_what_happened_before_its_subject_began_is_set_aside_at_once(http: httpx.AsyncClient, town: Town) -> None:
    """The answer says so, and what to do; what is about nothing known yet waits; mended, it is taken up."""
    life = await town.started(at=now() - timedelta(hours=1))
    early, unknown = event(life.name, ago=7200), event(f"{COHORT}.nobody", ago=7200)
    said, other = (await send(http, early, unknown, mode="batch")).json()["events"]
    assert (said["status"], said["code"]) == ("set_aside", "before_the_beginning")
    assert f"before {life.name} began" in said["reason"]
    assert "replay it mended" in said["reason"]
    assert (other["status"], other["code"]) == ("waiting", None)
    assert (await send(http, early)).json()["events"] == [said]
    shown = (await http.get(f"/v1/arrivals/{said['event_id']}")).json()
    fact = shown["received"]["data"] | {"kind": "measure_defined", "occurred_at": now().isoformat()}
    mended = await http.post(f"/v1/arrivals/{said['event_id']}/replay", json={"fact": fact})
    assert (mended.status_code, mended.json()["status"]) == (202, "waiting")


async def test_whoever_may_not_tell_a_subject_is_not_told_when_it_began(callers: Callers, town: Town) -> None:
    """The refusal is the same for every time."""
    life = await town.started()
    outsider = await callers.with_grants("tell:leeds:*", "as:leeds:*")
    answer = await send(outsider, event(life.name, ago=7200))
    assert answer.status_code == 403
    assert "began" not in answer.text
