"""A cohort that runs already is taken over through HTTP: looked at, refused with every fault, recorded, added to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from records.database import Pool
from tests.gateway.api.test_cohorts import _row
from tests.workflows.subjects import now, one_more

pytestmark = pytest.mark.usefixtures("town", "running")
WHERE = "/v1/cohorts/import"
START = (now() - timedelta(weeks=20)).date()


def signed(participant: str = "P01") -> list[dict[str, Any]]:
    """The three signatures."""
    at = datetime(START.year, START.month, START.day, 9, tzinfo=UTC) - timedelta(weeks=3)
    fact = {"subject": participant, "kind": "agreement_signed", "occurred_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    return [fact | {"role": role} for role in ("coach", "sponsor", "team_lead")]


def held(weeks: int, participant: str = "P01") -> dict[str, Any]:
    """A session some weeks into the course, on its Tuesday."""
    tuesday = START + timedelta(days=(1 - START.weekday()) % 7, weeks=weeks)
    return {"subject": participant, "kind": "session_held", "day": tuesday.isoformat()}


def cohort(*past: dict[str, Any], **said: Any) -> dict[str, Any]:
    """One participant with a team, and what happened."""
    row = _row(1, sponsor_name="Sponsor Yew", sponsor_email="sponsor.yew@example.org", team_lead_name="Lead Fir",
               team_lead_email="lead.fir@example.org")  # fmt: skip
    return {
        "academy": "sheffield",
        "cohort": one_more("past"),
        "course_start": START.isoformat(),
        "office_email": "office@example.org",
        "participants": [row],
        "past": list(past),
    } | said


async def test_a_dry_run_says_what_would_become_of_it_and_records_nothing(http: httpx.AsyncClient, pool: Pool) -> None:
    """Also of what cannot be, with its place."""
    body = cohort(*signed(), held(2), {"subject": "P01", "kind": "pause_ended", "occurred_at": f"{START}T09:00:00Z"})
    said = await http.post(WHERE, json=body, params={"dry_run": True})
    assert said.status_code == 200, said.text
    assert (said.json()["facts"], [one["line"] for one in said.json()["faults"]]) == (7, [5])
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject LIKE $1", f"%{body['cohort']}%") == 0


async def test_with_any_fault_nothing_is_taken_over(http: httpx.AsyncClient) -> None:
    """Every fault is named."""
    body = cohort(held(2, "P99"), {"subject": "P01", "kind": "dance_held", "occurred_at": f"{START}T09:00:00Z"})
    said = await http.post(WHERE, json=body)
    assert said.status_code == 422
    assert "line 2" in [fault["where"] for fault in said.json()["faults"]]
    assert (await http.get(f"/v1/cohorts/sheffield.{body['cohort']}")).status_code == 404


@pytest.mark.parametrize("past", [(), (held(2),)])
async def test_no_cohort_begins_empty(http: httpx.AsyncClient, past: tuple[dict[str, Any], ...]) -> None:
    """Somebody may have forgotten its participants, or misspelt its name."""
    body = cohort(*past, participants=[])
    for query in ({}, {"dry_run": True}):
        said = await http.post(WHERE, json=body, params=query)
        assert (said.status_code, "no participant to start it with" in said.text) == (422, True), said.text
    assert (await http.get(f"/v1/cohorts/sheffield.{body['cohort']}")).status_code == 404


async def test_a_cohort_is_taken_over_and_more_of_its_past_is_added(http: httpx.AsyncClient) -> None:
    """Its teams stand where they are; the same again changes nothing; what was forgotten is added, by workflow too."""
    body = cohort(*signed(), held(2))
    team = f"sheffield.{body['cohort']}.P01"
    first = await http.post(WHERE, json=body)
    assert first.status_code == 200, first.text
    assert (first.json()["fresh"], first.json()["facts"]) == (True, 7)
    assert (await http.get(f"/v1/engagements/{team}")).json()["engagement"]["stage"] == "action"
    again = await http.post(WHERE, json=body)
    assert (again.json()["fresh"], again.json()["facts"]) == (False, 0)
    more = await http.post(WHERE, json=body | {"participants": [], "past": [held(3)]})
    assert (more.json()["engagements"], more.json()["facts"]) == (1, 1)
    fact = {name: said for name, said in held(4).items() if name != "subject"} | {"event_id": "four"}
    told = await http.post(f"/v1/engagements/{team}/facts", json=fact | {"occurred_at": f"{held(4)['day']}T20:00:00Z"})
    assert told.status_code in {200, 201}, told.text


async def test_what_happened_is_read_from_a_sheet(http: httpx.AsyncClient, pool: Pool) -> None:
    """Who attended the same learning session is one fact of the cohort; a later sheet adds others to it."""
    body = cohort()
    await http.post(WHERE, json=body | {"participants": [*body["participants"], _row(2)]})
    plan = {name: body[name] for name in ("academy", "cohort", "course_start")}
    for code, count in (("P01", 1), ("P02", 2)):
        rows = f"participant,date,what_happened,detail,words\n{code},{START},learning session attended,1,\n"
        said = await http.post(WHERE, content=rows, params=plan, headers={"Content-Type": "text/csv"})
        assert said.status_code == 200, said.text
        there = "SELECT attended FROM learning_sessions WHERE cohort = $1 AND number = 1"
        assert await pool.fetchval(there, f"sheffield.{body['cohort']}") == count
    wrong = "participant,date,what_happened\nP01,soon,session held\nP01,2025-01-01,dance\n"
    kinds = {"Content-Type": "text/csv", "Accept": "text/csv"}
    back = await http.post(WHERE, content=wrong, params=plan | {"dry_run": True}, headers=kinds)
    assert "this isn't a date" in back.text
    assert "we don't know this" in back.text
