"""What the pages for other programs show is what a real gateway and a real engine do, line by line."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from gateway.events.envelopes import STRUCTURED
from schemas.due import Told
from schemas.grants import Grant
from tests.docs.examples import DOCS, Example, Page, moved
from tests.faults.waiting import eventually
from tests.gateway.api.test_cohorts import _row
from tests.gateway.conftest import Callers, Town
from tests.workflows.subjects import now, one_more

BOUND = 60
"""Seconds for one command."""


@pytest.fixture
def academy() -> str:
    """An academy of the test's own: the pages' ids would be those of others."""
    return one_more("documents")


@pytest.fixture
async def pages(http: httpx.AsyncClient, town: Town, academy: str) -> dict[str, Page]:  # noqa: ARG001
    """The pages of today, and what they speak of: a cohort under way with two teams, and the next one."""
    today = now().date()
    signed = {"kind": "agreement_signed", "occurred_at": "2027-08-09T09:00:00Z"}
    under_way = plan("2027-autumn", "2027-08-23") | {
        "past": [
            signed | {"subject": participant, "role": role}
            for participant in ("P01", "P02")
            for role in ("coach", "sponsor", "team_lead")
        ]
    }
    for path, body in (("/v1/cohorts/import", under_way), ("/v1/cohorts", plan("2028-spring", "2028-01-31"))):
        made = await http.post(path, json={"academy": academy} | json.loads(moved(json.dumps(body), today)))
        assert made.is_success, made.text
    return {name: Page.of(name, today, academy) for name in ("doors.md", "contract.md", "../README.md")}


def plan(label: str, course_start: str) -> dict[str, Any]:
    """A cohort of two participants, each with a team that meets on Mondays."""
    rows = [
        _row(number, session_day="Monday", session_time="09:00", sponsor_name="Sponsor Yew",
             sponsor_email="sponsor.yew@example.org", team_lead_name="Lead Fir", team_lead_email="lead.fir@example.org")
        for number in (1, 2)
    ]  # fmt: skip
    return {"cohort": label, "course_start": course_start, "office_email": "office@example.org", "participants": rows}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_every_command_and_call_of_the_doors_is_answered_as_the_page_says(
    url: str, http: httpx.AsyncClient, callers: Callers, pages: dict[str, Page], academy: str
) -> None:
    """In the order of the page; whatever is answered otherwise is named by file and line."""
    doors = pages["doors.md"]
    environment = os.environ | {"GATEWAY": url, "KEY": await callers.key("admin:*")}
    wrong = [one async for one in _failed(doors.commands(), environment)]
    environment["TEAM"] = f"{academy}.2027-autumn.P01"
    wrong += [one async for one in _failed(pages["../README.md"].commands(), environment)]
    wrong += [problem for event in doors.blocks("json") if (problem := await _not_recorded(http, event))]
    (person,) = (await http.get("/v1/people", params={"q": "coach.alder1@example.org"})).json()["items"]
    wrong += [problem for call in doors.calls() if (problem := await _refused(http, call, person["person"]))]
    assert not wrong, "\n".join(wrong)


async def _failed(commands: Iterable[Example], environment: dict[str, str]) -> AsyncIterator[str]:
    """Each command that curl ends with an error, or whose answer refuses a line."""
    for command in commands:
        program = await asyncio.create_subprocess_exec(
            "sh", "-c", command.text, stdout=PIPE, stderr=PIPE, cwd=DOCS.parent, env=environment
        )
        said, complaint = await asyncio.wait_for(program.communicate(), BOUND)
        if program.returncode or b'"refused"' in said:
            yield f"{command.place}: {command.text}{said.decode()}{complaint.decode()}"


async def _not_recorded(http: httpx.AsyncClient, event: Example) -> str | None:
    """Why an event of the page was not taken in and told; None where it was."""
    answer = await http.post("/events", content=event.text, headers={"Content-Type": STRUCTURED})
    if answer.status_code != httpx.codes.ACCEPTED:
        return f"{event.place}: {answer.text}"
    (became,) = answer.json()["events"]
    shown: dict[str, Any] = {}

    async def settled() -> bool:
        shown.update((await http.get(f"/v1/arrivals/{became['event_id']}")).json())
        return shown["status"] != "waiting" or shown["code"] is not None

    await eventually(settled)
    return None if shown["status"] == "recorded" else f"{event.place}: {shown['reason']}"


async def _refused(http: httpx.AsyncClient, call: Example, person: str) -> str | None:
    """What is wrong with a call of the running text; None where it is answered.

    A call with no body beside it must be there. Of a certificate nobody has, the answer is 404 once its body was read.
    """
    paths = (await http.get("/openapi.json")).json()["paths"]
    where, _, asked = call.path.partition("?")
    there = {path for path in paths if call.verb.lower() in paths[path] and fits(where, path)}
    if not there:
        return f"{call.place}: there is no {call.verb} {call.path}"
    if "…" in call.path.replace("=…", "") or (call.verb != "GET" and not call.text):
        return None
    path = where.replace("{person}", person)
    params = {name: "sheffield" for name in asked.replace("=…", "").split("&") if name}
    answer = await http.request(call.verb, path, params=params, json=call.read)
    missing = "{code}" in path and answer.status_code == httpx.codes.NOT_FOUND
    return None if answer.is_success or missing else f"{call.place}: {call.verb} {call.path}: {answer.text}"


def fits(written: str, path: str) -> bool:
    """Whether a path, as a page writes it, is this one of the description."""
    parts = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
    pattern = re.sub(r"\{[^}]*\}", "[^/]+", parts)
    return path.endswith(written[1:]) if written.startswith("…") else bool(re.fullmatch(pattern, written))


async def test_the_fact_the_answer_and_the_refusal_of_the_contract_are_those_of_the_engine(
    town: Town, academy: str, pages: dict[str, Page]
) -> None:
    """By a bare client of Temporal, through the names that the page gives."""
    fact, told, refusal = pages["contract.md"].blocks("json")
    team = town.client.get_workflow_handle(f"engagement:{academy}.2027-autumn.P01")
    answer = await team.execute_update("tell", fact.read, id=one_more("contract"))
    assert form(told.read) == form(answer), f"{told.place}: the engine says {json.dumps(answer, indent=1)}"
    assert told.read["event_id"] == answer["event_id"]
    Told.model_validate_json(told.text.replace("…", answer["recorded_at"]))
    for query in ("state", "timeline", "known"):
        assert await team.query(query)
    assert (await team.query("state"))["stage"] == told.read["standing"]["stage"]
    assert await team.query("why", "next")
    moment = {"occurred_at": f"{now():%Y-%m-%dT%H:%M:%SZ}", "told_by": {"role": "faculty"}}
    for step in ("transition_started", "readiness_assessed"):
        await team.execute_update("tell", moment | {"kind": step, "event_id": step}, id=one_more("contract"))
    early = moment | {"kind": "handed_off", "event_id": "too-early"}
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await team.execute_update("tell", early, id=one_more("contract"))
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.details[0].keys()) == (f"Refused.{refusal.read['when']}", refusal.read.keys())
    assert cause.details[0]["code"] == refusal.read["code"], f"{refusal.place}: {cause.details[0]}"


def form(answer: Any) -> Any:
    """The fields of an answer, whatever they hold today."""
    return {name: form(held) for name, held in answer.items()} if isinstance(answer, dict) else ...


@pytest.mark.parametrize("name", ["doors.md", "contract.md"])
def test_every_grant_written_on_a_page_is_one(name: str) -> None:
    """A grant copied from a page can be given to a key."""
    written = re.findall(
        r"`(?:coaching:)?((?:tell|as|read|manage|admin):[a-z*][^`\s…]*)`", Page.of(name, now().date()).text
    )
    assert written
    for grant in written:
        assert str(Grant.parse(grant)), grant
