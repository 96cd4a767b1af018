"""The API's description: complete, true to the models, and readable."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from typing import Any

import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.api.description import REFERENCE, operations
from gateway.problems import MEDIA_TYPE
from operations.event_types import TYPES
from records import reconciliations
from records.database import Pool
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, AnyKind
from tests.workflows.subjects import now

OPEN = {"live", "ready", "show_event_schema", "allow_sender"}
"""Operations that anybody may call."""


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document."""
    made: dict[str, Any] = app.openapi()
    _documents[id(made)] = made
    return made


def _everywhere(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document."""
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from _everywhere(inner)
    if isinstance(part, list):
        for inner in part:
            yield from _everywhere(inner)


def _faults(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    return [str(fault.message) for fault in _validator(id(document), json.dumps(schema)).iter_errors(value)]


_documents: dict[int, dict[str, Any]] = {}


@cache
def _validator(document: int, schema: str) -> Any:
    whole = json.loads(schema) | {"components": _documents[document]["components"]}
    return jsonschema_rs.Draft202012Validator(whole)


async def test_the_document_is_served_as_openapi_3_1(http: httpx.AsyncClient, document: dict[str, Any]) -> None:
    """The same that the application has; nobody need say who they are."""
    served = await http.get("/openapi.json")
    assert served.json() == document
    assert document["openapi"].startswith("3.1.")


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """Also those of the bodies, which are described beside the framework."""
    schemas = document["components"]["schemas"]
    references = {str(part["$ref"]) for part in _everywhere(document) if "$ref" in part}
    mapped = {to for part in _everywhere(document) for to in part.get("discriminator", {}).get("mapping", {}).values()}
    assert {one.removeprefix(REFERENCE) for one in references | mapped} <= set(schemas)


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    """What it is called and does, what its parameters mean, and who may call it."""
    seen = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(seen) == len(set(seen))
    for _, _, operation in operations(document):
        name = operation["operationId"]
        assert all(operation.get(said) for said in ("summary", "description", "tags")), name
        assert bool(operation["security"]) == (name not in OPEN), name
        assert all(parameter.get("description") for parameter in operation.get("parameters", [])), name


def test_every_failure_is_a_problem(document: dict[str, Any]) -> None:
    """Each operation names those it can have, with an example and the header that goes with it."""
    for _, _, operation in operations(document):
        name, found = operation["operationId"], operation["responses"]
        if name not in OPEN:
            assert {"400", "401", "403", "413", "422", "429", "503"} <= set(found), name
        for status, answer in found.items():
            if status >= "400":
                assert list(answer["content"]) == [MEDIA_TYPE], (name, status)
                content = answer["content"][MEDIA_TYPE]
                for example in content["examples"].values():
                    assert example["value"]["status"] == int(status)
                    assert not _faults(document, content["schema"], example["value"])
            if status in {"429", "503"}:
                assert "Retry-After" in answer["headers"], (name, status)


def test_every_example_is_what_would_be_sent_or_answered(document: dict[str, Any]) -> None:
    """It holds against its schema; every operation has one for its body and for its answer."""
    for _, _, operation in operations(document):
        name = operation["operationId"]
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        answers = [answer for status, answer in operation["responses"].items() if status < "400"]
        for described in (*bodies, *answers):
            for media, content in described.get("content", {}).items():
                shown = [example["value"] for example in content.get("examples", {}).values()]
                shown += [content["example"]] if "example" in content else []
                assert shown, (name, media)
                for example in shown:
                    assert not _faults(document, content["schema"], example), (name, example)


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("/v1/engagements/{engagement}/facts", ENGAGEMENT),
        ("/v1/cohorts/{cohort}/facts", COHORT),
        ("/v1/intro-courses/{course}/facts", INTRO_COURSE),
    ],
)
def test_every_kind_of_fact_has_an_example_that_can_be_told(
    document: dict[str, Any], path: str, subject: AnyKind
) -> None:
    """As the strict reading of the door takes it; and the schema knows no other kind."""
    content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert set(content["examples"]) == set(subject.kinds)
    for kind, example in content["examples"].items():
        assert example["summary"]
        assert subject.facts.validate_json(json.dumps(example["value"]), strict=True).kind == kind
    union = document["components"]["schemas"][content["schema"]["$ref"].removeprefix(REFERENCE)]
    assert set(union["discriminator"]["mapping"]) == set(subject.kinds)
    unnamed = {name: said for name, said in example["value"].items() if name != "event_id"}
    assert not _faults(document, content["schema"], unnamed)
    assert _faults(document, content["schema"], unnamed | {"occurred_at": None})


async def test_people_read_it_as_a_page_without_scripts(http: httpx.AsyncClient, document: dict[str, Any]) -> None:
    """Every operation is on it, every link within it leads somewhere, and nothing but its own style is allowed."""
    page = await http.get("/v1")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["content-security-policy"]
    anchors = set(re.findall(r'id="([^"]+)"', page.text))
    assert {operation["operationId"] for _, _, operation in operations(document)} <= anchors
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= anchors


async def test_whoever_types_the_address_finds_where_to_go_on(http: httpx.AsyncClient) -> None:
    """The first page is for people: to sign in, to check a certificate, and for engineers to the description."""
    page = await http.get("/")
    assert 'href="/sign-in"' in page.text
    for address in ("/certificates", "/v1"):
        assert f'href="{address}"' in page.text
        assert (await http.get(address)).status_code == 200


async def test_a_browser_at_no_address_or_with_too_big_a_file_is_shown_a_page(http: httpx.AsyncClient) -> None:
    """A program is told the same as a problem."""
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    lost = await http.get("/nowhere", headers=browser)
    assert (lost.status_code, "You can't see this page" in unescape(lost.text)) == (404, True)
    assert (await http.get("/nowhere")).json()["type"] == "/problems/unknown"
    full = await http.post("/people/leavers", headers=browser, content=b"x" * 2_000_000)
    assert (full.status_code, "The file is too big" in full.text) == (413, True)
    assert (await http.post("/people/leavers", content=b"x" * 2_000_000)).json()["type"] == "/problems/too-large"


async def test_health_needs_no_key(http: httpx.AsyncClient, pool: Pool) -> None:
    """Live and ready are for whoever watches; an unknown address is a problem like any other."""
    assert (await http.get("/health/live")).json() == {"status": "live"}
    unready = await http.get("/health/ready")
    assert (unready.status_code, unready.json()["type"]) == (503, "/problems/not-ready")
    assert "no worker has compared" in unready.json()["detail"]
    async with pool.acquire() as conn:
        await reconciliations.note(conn, now(), 0)
    assert (await http.get("/health/ready")).json() == {"status": "ready"}
    unknown = await http.get("/v1/nothing/here")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, MEDIA_TYPE)
    wrong = await http.delete("/health/live")
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET")


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    """By the standard's own validator, which also holds every default against its schema."""
    assert [str(fault.message) for fault in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_what_is_sent_is_described_as_webhooks(document: dict[str, Any]) -> None:
    """With examples that fit, and the headers by which a subscriber knows them."""
    post = document["webhooks"]["event"]["post"]
    (content,) = post["requestBody"]["content"].values()
    assert {parameter["name"] for parameter in post["parameters"]} == {
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip
    for example in content["examples"].values():
        assert not _faults(document, content["schema"], example["value"])


async def test_events_are_described_by_asyncapi(http: httpx.AsyncClient) -> None:
    """A message for each type that is published, each with an example that fits its schema."""
    served = (await http.get("/asyncapi.json")).json()
    assert served["asyncapi"].startswith("3.")
    messages = served["components"]["messages"]
    assert set(messages) == set(TYPES)
    for name, message in messages.items():
        whole = message["payload"] | {"components": served["components"]}
        faults = jsonschema_rs.Draft202012Validator(whole).iter_errors(message["examples"][0]["payload"])
        assert [fault.message for fault in faults] == [], name
