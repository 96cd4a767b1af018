"""A caller who may tell one academy learns nothing of another, changes nothing there, and stops nothing of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from cloudevents.core.v1.event import CloudEvent

from benchmarks.made_up import known
from gateway.settings import EVENT_SOURCE
from operations.event_types import type_of
from schemas.cohort_facts import EnrolmentAccepted
from tests.gateway.conftest import Callers, Town
from tests.gateway.events.sending import event, send
from tests.workflows.subjects import COACH, now, one_more

LEAVE = {"first_day": "2027-08-02", "last_day": "2027-08-13"}


@pytest.fixture
async def elsewhere(callers: Callers) -> httpx.AsyncClient:
    """Somebody of another academy."""
    return await callers.with_grants("tell:leeds:*", "as:leeds:*", "read:leeds:*")


async def knows(town: Town, cohort: str, person: str) -> None:
    """The records know a person of the cohort's academy."""
    told = EnrolmentAccepted(event_id="known", occurred_at=now(), enrolment=f"{cohort}.P99", person=person)
    await known(town.pool, cohort, told)


async def test_no_event_id_says_what_another_academy_has_recorded(town: Town, elsewhere: httpx.AsyncClient) -> None:
    """Handed in as if it came back: the answer is the same for one that is there and one that is not."""
    life = await town.started()
    handed_in = [
        CloudEvent(
            {
                "type": type_of("measure_defined"), "source": EVENT_SOURCE, "id": event_id, "subject": life.name,
                "time": now(),
            },
            {"measure": "m", "better": "lower"},
        )
        for event_id in (life.opening.event_id, "nothing")
    ]  # fmt: skip
    answered = (await send(elsewhere, *handed_in, mode="batch")).json()["events"]
    assert [one["status"] for one in answered] == ["not_allowed"] * 2
    assert life.opening.event_id not in {one["event_id"] for one in answered}


async def test_nobody_learns_who_is_of_another_academy(town: Town, elsewhere: httpx.AsyncClient) -> None:
    """A person there and nobody are refused alike, and the refusal names no academy."""
    await town.started()
    answered = [await elsewhere.post(f"/v1/people/{person}/leave", json=LEAVE) for person in (COACH, "per_nobody")]
    assert {one.status_code for one in answered} == {404}
    assert len({one.text.replace(COACH, "per_nobody") for one in answered}) == 1


async def test_one_academys_junk_is_on_nobody_elses_worklist(
    http: httpx.AsyncClient, elsewhere: httpx.AsyncClient
) -> None:
    """A whole batch of it, about itself, another academy, nothing, or from somebody who may tell everywhere."""
    junk = [
        event(subject, "no_such_kind") for subject in ("leeds.2027-autumn.P01", "sheffield.x", None, "", "leeds") * 20
    ]
    answered = (await send(elsewhere, *junk, mode="batch")).json()["events"]
    assert [one["status"] for one in answered] == [
        "set_aside",
        "not_allowed",
        "not_allowed",
        "not_allowed",
        "set_aside",
    ] * 20
    assert (await send(http, *(event(None) for _ in range(20)), mode="batch")).status_code == 202
    lines = {}
    for academy in ("sheffield", "leeds"):
        lines[academy] = len((await http.get("/v1/worklist", params={"academy": academy})).json()["items"])
    assert lines == {"sheffield": 0, "leeds": 40}
    assert (await send(elsewhere, event(None))).status_code == 403


async def test_a_cohort_enrols_under_its_own_ids_alone(town: Town, http: httpx.AsyncClient) -> None:
    """The id of another cohort's participant is refused in a sentence."""
    first, second = [await town.cohort_started() for _ in range(2)]
    await knows(town, first.name, COACH)
    said = {"kind": "enrolment_accepted", "person": COACH, "occurred_at": now().isoformat()}
    for number, (cohort, status) in enumerate(((first, 200), (second, 409))):
        fact = said | {"event_id": f"enrolled-{number}", "enrolment": f"{first.name}.P01"}
        answered = await http.post(f"/v1/cohorts/{cohort.name}/facts", json=fact)
        assert answered.status_code == status, answered.text
    assert answered.json()["code"] == "unknown_enrolment"


FAR: list[dict[str, Any]] = [
    {"kind": "session_cancelled_ahead", "day": "9999-12-31", "reason": "other"},
    {"kind": "session_rescheduled", "day": "9999-12-31", "to_day": "9999-12-31", "to_time": "09:00:00"},
    {"kind": "weekly_slot_changed", "slot": {"day": "monday", "at": "09:00:00"}, "from_day": "9999-12-31"},
    {"kind": "leave_agreed", "person": COACH, "first_day": "9999-12-30", "last_day": "9999-12-31"},
    {"kind": "academy_closed", "first_day": "0001-01-01", "last_day": "0001-12-31"},
]


async def test_no_day_stops_an_engagement(town: Town, http: httpx.AsyncClient) -> None:
    """However far it is: it is recorded or refused, and what is told next is recorded."""
    life = await town.started(at=now() - timedelta(hours=1))
    path = f"/v1/engagements/{life.name}/facts"
    signed = [{"kind": "agreement_signed", "role": role} for role in ("coach", "sponsor", "team_lead")]
    for number, fact in enumerate([*signed, *FAR, {"kind": "measure_defined", "measure": "m", "better": "lower"}]):
        said = {"event_id": one_more("far"), "occurred_at": (now() - timedelta(minutes=20 - number)).isoformat()}
        answered = await http.post(path, json=said | fact)
        assert answered.status_code in {200, 409}, (fact, answered.text)
    assert answered.status_code == 200, answered.text


async def test_no_day_stops_a_course(town: Town, http: httpx.AsyncClient) -> None:
    """As for an engagement."""
    cohort = await town.cohort_started()
    await knows(town, cohort.name, COACH)
    cohort_facts = f"/v1/cohorts/{cohort.name}/facts"
    accepted = {"kind": "enrolment_accepted", "enrolment": f"{cohort.name}.P01", "person": COACH}
    last = {"kind": "cohort_confirmed"}
    for fact in (accepted, *FAR[3:], last):
        said = {"event_id": one_more("far"), "occurred_at": now().isoformat()}
        answered = await http.post(cohort_facts, json=said | fact)
        assert answered.status_code in {200, 409}, (fact, answered.text)
    assert answered.status_code == 200, answered.text
