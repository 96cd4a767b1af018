"""Facts told through HTTP: recorded once, answered with the first answer, or refused with the reason."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client

from gateway.context import AppContext
from gateway.events.taking_in import take_in_once
from gateway.problems import MEDIA_TYPE
from gateway.settings import GatewaySettings
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from tests.gateway.conftest import Callers, Town
from tests.workflows.subjects import COACH, COHORT, now, one_more
from worker.main import engine


def _signed(role: str = "coach", **said: Any) -> dict[str, Any]:
    return {"kind": "agreement_signed", "occurred_at": now().isoformat(), "role": role} | said


def _left(event_id: str) -> dict[str, Any]:
    return {"kind": "coach_left", "event_id": event_id, "occurred_at": now().isoformat(), "person": COACH}


def _ended(event_id: str) -> dict[str, Any]:
    return {"kind": "ended_early", "event_id": event_id, "occurred_at": now().isoformat(), "reason": "silent"}


async def test_a_told_fact_is_recorded_and_answered_with_what_stands_now(http: httpx.AsyncClient, town: Town) -> None:
    """The answer names the next due item; the ledger and the audit have the fact."""
    life = await town.started()
    fact = _signed(event_id=one_more("signed"))
    told = await http.post(f"/v1/engagements/{life.name}/facts", json=fact)
    assert told.status_code == 200, told.text
    assert told.json()["event_id"].endswith(f"~{fact['event_id']}")
    assert told.json()["standing"]["next_due"]["matter"]
    assert await life.recorded() == [life.opening.event_id, told.json()["event_id"]]
    assert int(told.headers["RateLimit"].partition("r=")[2].partition(";")[0]) > 0
    entries = (await http.get("/v1/audit", params={"subject": life.name})).json()["items"]
    assert [(one["door"], one["action"], one["recorded"]) for one in entries] == [
        ("http", "tell agreement_signed", True)
    ]


async def test_a_repeat_gets_the_first_answer(http: httpx.AsyncClient, town: Town) -> None:
    """Though other facts came since, and it would not be legal a second time."""
    life, fact = await town.started(), _signed(event_id=one_more("signed"))
    path = f"/v1/engagements/{life.name}/facts"
    first = await http.post(path, json=fact)
    await http.post(path, json=_signed("sponsor", event_id=one_more("signed")))
    again = await http.post(path, json=fact)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(await life.recorded()) == 3


async def test_an_idempotency_key_names_a_telling(http: httpx.AsyncClient, town: Town, callers: Callers) -> None:
    """It is the caller's own, and the same key with other content is refused."""
    life, key = await town.started(), {"Idempotency-Key": "form 8841 / Tuesday"}
    path = f"/v1/engagements/{life.name}/facts"
    fact = _signed()
    first = await http.post(path, json=fact, headers=key)
    again = await http.post(path, json=fact, headers=key)
    assert first.status_code == 200
    assert first.content == again.content
    assert "~key-" in first.json()["event_id"]
    other = await http.post(path, json=_signed("sponsor"), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "different_content")
    somebody = await callers.with_grants("tell:*:*", "as:*:*")
    theirs = await somebody.post(path, json=_signed("sponsor"), headers=key)
    assert theirs.status_code == 200
    assert theirs.json()["event_id"] != first.json()["event_id"]


async def test_a_repeat_gets_the_first_answer_after_the_end_and_from_another_worker(
    http: httpx.AsyncClient, temporal: Client, settings: GatewaySettings, pool: Pool
) -> None:
    """The workflow has closed, the worker is gone: the ledger answers. A new worker changes nothing of it."""
    async with engine(temporal, settings):
        town = Town(temporal, pool, settings.task_queue, VirtualClocks(temporal))
        life = await town.started()
        path = f"/v1/engagements/{life.name}/facts"
        left, ended = _left(one_more("left")), _ended(one_more("ended"))
        first = [await http.post(path, json=fact) for fact in (left, ended)]
        await life.handle.result()
    without = [await http.post(path, json=fact) for fact in (left, ended)]
    async with engine(temporal, settings):
        with_another = [await http.post(path, json=fact) for fact in (left, ended)]
        late = await http.post(path, json=_left(one_more("left")))
    assert [one.content for one in without] == [one.content for one in first]
    assert [one.content for one in with_another] == [one.content for one in first]
    assert all(one.status_code == 200 for one in first)
    assert late.status_code == 409
    assert len(await life.recorded()) == 3


async def test_a_fact_told_by_fifty_at_once_is_recorded_once(http: httpx.AsyncClient, town: Town) -> None:
    """All get one answer."""
    life, fact = await town.started(), _left(one_more("left"))
    told = await asyncio.gather(*(http.post(f"/v1/engagements/{life.name}/facts", json=fact) for _ in range(50)))
    assert {one.status_code for one in told} == {200}
    assert len({one.content for one in told}) == 1
    assert len(await life.recorded()) == 2


async def test_a_refusal_is_a_409_with_code_and_reason(http: httpx.AsyncClient, town: Town) -> None:
    """`never` and `not_yet` are told apart; nothing is changed, and the audit has the code."""
    life = await town.started()
    path = f"/v1/engagements/{life.name}/facts"
    early = {"kind": "handed_off", "event_id": one_more("off"), "occurred_at": now().isoformat()}
    refused = await http.post(path, json=early)
    assert (refused.status_code, refused.headers["content-type"]) == (409, MEDIA_TYPE)
    problem = refused.json()
    assert (problem["type"], problem["code"], problem["when"]) == (
        "/problems/refused",
        "handed_off_in_proposed",
        "not_yet",
    )
    assert problem["detail"]
    never = await http.post(path, json=_signed("office", event_id=one_more("signed")))
    assert (never.json()["when"], never.json()["code"]) == ("never", "no_signature")
    assert await life.recorded() == [life.opening.event_id]
    entries = (await http.get("/v1/audit", params={"subject": life.name})).json()["items"]
    assert [one["refused"] for one in entries] == ["no_signature", "handed_off_in_proposed"]


async def test_the_same_event_id_with_other_content_is_refused(http: httpx.AsyncClient, town: Town) -> None:
    """Of the same engagement, and of another one."""
    life, other = await town.started(), await town.started()
    event_id = one_more("signed")
    await http.post(f"/v1/engagements/{life.name}/facts", json=_signed(event_id=event_id))
    for where, role in ((life, "sponsor"), (other, "coach")):
        refused = await http.post(f"/v1/engagements/{where.name}/facts", json=_signed(role, event_id=event_id))
        assert (refused.status_code, refused.json()["code"]) == (409, "different_content")


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"kind": "session_held", "day": "2027-13-01"}, "body.day"),
        ({"kind": "session_held", "day": "2027-10-04", "attendance": 2000}, "body.attendance"),
        ({"kind": "session_held", "day": "2027-10-04", "attendance": "7"}, "body.attendance"),
        ({"kind": "session_held"}, "body.day"),
        ({"kind": "session_held", "day": "2027-10-04", "mood": "good"}, "body.mood"),
        ({"kind": "coach_left", "person": "Dr Alder <alder@example.org>"}, "body.person"),
        ({"kind": "coach_left", "person": COACH, "occurred_at": "2027-10-04T09:00:00"}, "body.occurred_at"),
        ({"kind": "coach_left", "person": COACH, "occurred_at": "0001-01-01T00:00:00+05:00"}, "body.occurred_at"),
        ({"kind": "coach_left", "person": COACH, "event_id": None}, "body.event_id"),
        ({"kind": "cohort_confirmed"}, "body.kind"),
        ({"kind": "went_well"}, "body.kind"),
        ({}, "body.kind"),
        ({"kind": "correction", "corrects": "a", "replacement": {"kind": "pause_ended"}}, "body.replacement.event_id"),
    ],
)
async def test_what_is_wrong_is_a_422_that_names_the_field(
    http: httpx.AsyncClient, said: dict[str, Any], where: str
) -> None:
    """And never says what was sent: it may be personal."""
    given = {"event_id": "diary-1", "occurred_at": "2026-10-04T09:00:00Z"} | said
    answered = await http.post(f"/v1/engagements/{COHORT}.P01/facts", json=given)
    assert (answered.status_code, answered.headers["content-type"]) == (422, MEDIA_TYPE)
    assert where in [fault["where"] for fault in answered.json()["faults"]]
    assert "Alder" not in answered.text
    assert "went_well" not in answered.text


async def test_a_number_beyond_all_numbers_is_refused(http: httpx.AsyncClient) -> None:
    """What no database can keep is no value of a measure."""
    said = (
        b'{"kind": "measurement_recorded", "event_id": "a", "occurred_at": "2026-10-04T09:00:00Z", "measure": "m", '
        b'"day": "2026-10-04", "value": 1e999}'
    )
    headers = {"content-type": "application/json"}
    answered = await http.post(f"/v1/engagements/{COHORT}.P01/facts", content=said, headers=headers)
    assert (answered.status_code, answered.json()["faults"][0]["where"]) == (422, "body.value")


async def test_a_fact_without_a_name_is_not_complete(http: httpx.AsyncClient) -> None:
    """It needs an event id or an Idempotency-Key, and always the time it occurred."""
    unnamed = await http.post(f"/v1/engagements/{COHORT}.P01/facts", json=_signed())
    assert [fault["where"] for fault in unnamed.json()["faults"]] == ["body.event_id"]
    timeless = await http.post(
        f"/v1/engagements/{COHORT}.P01/facts",
        json={"kind": "coach_left", "person": COACH},
        headers={"Idempotency-Key": "1"},
    )
    assert [fault["where"] for fault in timeless.json()["faults"]] == ["body.occurred_at"]


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b'{"kind": ', "application/json", 400),
        (b"", "application/json", 400),
        (b'"\xff"', "application/json", 400),
        (b"[]", "application/json", 422),
        (b"kind=coach_left", "application/x-www-form-urlencoded", 415),
        (b"{}", "", 415),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    http: httpx.AsyncClient, content: bytes, media: str, status: int
) -> None:
    """400 for what cannot be read, 415 for another media type."""
    headers = {"content-type": media} if media else {}
    answered = await http.post(f"/v1/engagements/{COHORT}.P01/facts", content=content, headers=headers)
    assert (answered.status_code, answered.headers["content-type"]) == (status, MEDIA_TYPE)


async def test_nothing_is_told_to_what_is_unknown(http: httpx.AsyncClient, town: Town, temporal: Client) -> None:
    """Neither to an id of nothing, nor an engagement's fact to a cohort: no workflow is started for it."""
    cohort = await town.cohort_started()
    for name in (f"{COHORT}.nobody", cohort.name):
        told = await http.post(f"/v1/engagements/{name}/facts", json=_signed(event_id=one_more("signed")))
        assert (told.status_code, told.json()["type"]) == (404, "/problems/unknown")
    life = await town.started()
    confirmed = {"kind": "cohort_confirmed", "event_id": one_more("confirmed"), "occurred_at": now().isoformat()}
    assert (await http.post(f"/v1/cohorts/{life.name}/facts", json=confirmed)).status_code == 404
    running = [one.id async for one in temporal.list_workflows(f"TaskQueue = '{town.task_queue}'")]
    assert f"engagement:{cohort.name}" not in running


async def test_a_cohort_is_told_as_an_engagement_is(http: httpx.AsyncClient, town: Town) -> None:
    """The answer says where the cohort stands."""
    cohort = await town.cohort_started()
    confirmed = {"kind": "cohort_confirmed", "event_id": one_more("confirmed"), "occurred_at": now().isoformat()}
    told = await http.post(f"/v1/cohorts/{cohort.name}/facts", json=confirmed)
    assert (told.status_code, told.json()["standing"]["stage"]) == (200, "confirmed")


async def test_who_would_rather_not_wait_is_told_where_to_look(
    http: httpx.AsyncClient, town: Town, context: AppContext, callers: Callers
) -> None:
    """The fact is kept, then told; its place shows both, also to somebody who may only tell."""
    life, fact = await town.started(), _signed(event_id=one_more("signed"))
    path = f"/v1/engagements/{life.name}/facts"
    kept = await http.post(path, json=fact, headers={"Prefer": "respond-async, wait=10"})
    assert (kept.status_code, kept.headers["Preference-Applied"]) == (202, "respond-async")
    place = kept.headers["Location"]
    assert (await http.get(place)).json()["status"] == "waiting"
    await take_in_once(context)
    shown = (await http.get(place)).json()
    assert (shown["status"], shown["subject"]) == ("recorded", life.name)
    again = await http.post(path, json=fact)
    assert again.json() == shown["answer"]
    teller = await callers.with_grants("tell:sheffield:*", "as:sheffield:*")
    assert (await teller.get(place)).json() == shown
    elsewhere = await callers.with_grants("admin:leeds")
    assert (await elsewhere.get(place)).status_code == 404


async def test_another_fact_of_the_same_name_is_not_kept(http: httpx.AsyncClient, town: Town) -> None:
    """What was kept first stays."""
    life, event_id = await town.started(), one_more("signed")
    path, later = f"/v1/engagements/{life.name}/facts", {"Prefer": "respond-async"}
    assert (await http.post(path, json=_signed(event_id=event_id), headers=later)).status_code == 202
    other = await http.post(path, json=_signed("sponsor", event_id=event_id), headers=later)
    assert (other.status_code, other.json()["code"]) == (409, "different_content")


async def test_what_became_of_a_fact_is_shown(http: httpx.AsyncClient, town: Town, context: AppContext) -> None:
    """Set aside with its reason, and unknown."""
    life, fact = await town.started(), _signed("office", event_id=one_more("signed"))
    kept = await http.post(f"/v1/engagements/{life.name}/facts", json=fact, headers={"Prefer": "respond-async"})
    await take_in_once(context)
    shown = (await http.get(kept.headers["Location"])).json()
    assert (shown["status"], shown["code"]) == ("set_aside", "no_signature")
    assert shown["reason"]
    assert (await http.get("/v1/facts/nobody-told-this")).status_code == 404


async def test_each_fact_of_many_is_answered_by_itself(town: Town, callers: Callers) -> None:
    """Recorded, refused, invalid, unknown, forbidden: each has the status it would have alone, in the order given."""
    life, cohort = await town.started(), await town.cohort_started()
    caller = await callers.with_grants("tell:sheffield:*", "as:sheffield:*")
    ids = [one_more("batch") for _ in range(7)]
    confirmed = {"kind": "cohort_confirmed", "event_id": ids[4], "occurred_at": now().isoformat()}
    asked = [
        (life.name, _signed(event_id=ids[0])),
        (life.name, _signed(event_id=ids[1])),
        (life.name, {"kind": "session_held", "event_id": ids[2]}),
        (f"{COHORT}.nobody", _signed(event_id=ids[3])),
        (cohort.name, confirmed),
        ("leeds.2027-autumn.P01", _signed(event_id=ids[5])),
        (life.name, _signed("sponsor", event_id=ids[6])),
    ]
    body = {"facts": [{"subject": subject, "fact": fact} for subject, fact in asked]}
    answered = await caller.post("/v1/facts", json=body)
    assert answered.status_code == 200
    items = answered.json()["items"]
    assert [one["status"] for one in items] == [200, 409, 422, 404, 200, 403, 200]
    assert [one["event_id"] for one in items] == ids
    assert items[1]["problem"]["code"] == "signed_already"
    assert {fault["where"] for fault in items[2]["problem"]["faults"]} == {"fact.day", "fact.occurred_at"}
    assert await life.recorded() == [life.opening.event_id, *(items[number]["told"]["event_id"] for number in (0, 6))]
    again = (await caller.post("/v1/facts", json=body)).json()["items"]
    assert [(one["status"], one["told"]) for one in again] == [(one["status"], one["told"]) for one in items]


async def test_many_facts_may_be_named_by_one_key(http: httpx.AsyncClient, town: Town) -> None:
    """Each by its place in the list; a repeat records nothing twice."""
    life, key = await town.started(), {"Idempotency-Key": one_more("batch")}
    body = {"facts": [{"subject": life.name, "fact": _signed(role)} for role in ("coach", "sponsor")]}
    first = await http.post("/v1/facts", json=body, headers=key)
    again = await http.post("/v1/facts", json=body, headers=key)
    assert [one["status"] for one in first.json()["items"]] == [200, 200]
    assert again.content == first.content
    assert len(await life.recorded()) == 3


@pytest.mark.parametrize("body", [{"facts": []}, {}, {"facts": [{"subject": "a b", "fact": {}}]}, {"facts": [1]}])
async def test_a_batch_that_is_none_is_refused_as_a_whole(http: httpx.AsyncClient, body: Any) -> None:
    """422, and nothing of it is told."""
    assert (await http.post("/v1/facts", json=body)).status_code == 422


async def test_a_caller_tells_only_where_it_may(callers: Callers, town: Town) -> None:
    """A grant to read, or to tell elsewhere, records nothing."""
    life = await town.started()
    for grants in (("read:*:*",), ("tell:leeds:*",), ("tell:sheffield.2027-spring:*",)):
        told = await (await callers.with_grants(*grants)).post(
            f"/v1/engagements/{life.name}/facts", json=_signed(event_id=one_more("signed"))
        )
        assert (told.status_code, told.json()["type"]) == (403, "/problems/not-allowed")
    anonymous = await (await callers.anonymous()).post(f"/v1/engagements/{life.name}/facts", json=_signed())
    assert anonymous.status_code == 401
    assert await life.recorded() == [life.opening.event_id]


async def test_without_a_worker_the_outcome_is_unknown(
    callers: Callers, temporal: Client, settings: GatewaySettings, pool: Pool, app: FastAPI
) -> None:
    """503 with Retry-After; once a worker is back, the repeat is recorded once."""
    hasty = settings.model_copy(update={"tell_seconds": 2})
    app.state.context = AppContext(temporal, pool, hasty)
    http = await callers.with_grants("tell:*:*", "as:*:*")
    town = Town(temporal, pool, settings.task_queue, VirtualClocks(temporal))
    async with engine(temporal, settings):
        life = await town.started()
    fact = _left(one_more("left"))
    path = f"/v1/engagements/{life.name}/facts"
    away = await http.post(path, json=fact)
    assert (away.status_code, away.headers["Retry-After"], away.headers["content-type"]) == (503, "5", MEDIA_TYPE)
    async with engine(temporal, settings), asyncio.timeout(20):
        while (told := await http.post(path, json=fact)).status_code == 503:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.1)
    assert told.status_code == 200
    assert len(await life.recorded()) == 2
