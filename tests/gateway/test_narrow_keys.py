"""Keys attacked: each operation that there is, called by another academy's key, and by a service's narrow one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI

from records.database import Pool
from schemas.grants import PRESETS, preset
from tests.gateway.conftest import Callers
from tests.gateway.pages.lives import Course, Intro, Life
from tests.records.everything import ADDRESS, NAME, PERSON, WORDS, fill
from tests.workflows.subjects import now

LEEDS: Final = tuple(f"{verb}:leeds:*" for verb in ("tell", "as", "read", "manage"))
KINDS: Final = ("application/cloudevents+json", "application/json")
IN_BODIES: Final = ("academy", "engagement", "subject", "person", "into", "within")
SECRETS: Final = (NAME, ADDRESS, WORDS)


IDS: Final = {
    "academy": "sheffield",
    "engagement": "sheffield.c.P1",
    "cohort": "sheffield.c",
    "course": "sheffield.intro",
    "subject": "sheffield.c.P1",
    "within": "sheffield",
    "person": PERSON,
    "into": PERSON,
    "code": "7KQ2-9XWB-M4TR",
    "event_id": "e",
    "name": "sheffield-mca",
    "event_type": "org.coaching-lifecycle.fact.session_held",
    "subscription": "theirs",
    "number": "1",
    "day": "1",
}
"""What stands for each parameter and field."""


@dataclass(frozen=True)
class Operation:
    """What can be called, with an example of what it takes."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    kind: str = "application/json"

    async def call(self, http: httpx.AsyncClient, ids: dict[str, str], body: Any = None) -> httpx.Response:
        """Call it, with ids of ours in its path, its query and wherever its body names something."""
        path = re.sub(r"{(\w+)}", lambda found: ids[found[1]], self.path)
        query = {name: ids.get(name, value) for name, value in self.query.items()}
        said = _with(self.body, ids) if body is None else body
        if self.body is None:
            return await http.request(self.method, path, params=query)
        return await http.request(self.method, path, params=query, json=said, headers={"Content-Type": self.kind})

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _with(body: Any, ids: dict[str, str]) -> Any:
    match body:
        case dict():
            return {
                name: ids[name] if name in IN_BODIES and isinstance(value, str) else _with(value, ids)
                for name, value in body.items()
            }
        case list():
            return [_with(one, ids) for one in body]
    return body


def operations(app: FastAPI) -> Iterator[Operation]:
    """All that take a key."""
    described = app.openapi()
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            if "security" not in said or not said["security"]:
                continue
            query = {
                one["name"]: "2027-08-02"
                for one in said.get("parameters", ())
                if one["in"] == "query" and one["required"]
            }
            content = said.get("requestBody", {}).get("content", {})
            kind = next((kind for kind in KINDS if kind in content), "")
            yield Operation(method.upper(), path, query, _example(content.get(kind)), kind)


def _example(described: dict[str, Any] | None) -> Any:
    if described is None:
        return None
    return described.get("example") or next(iter(described["examples"].values()))["value"]


@pytest.fixture
async def ids(pool: Pool) -> dict[str, str]:
    """An academy at work, and what its ids are."""
    await fill(pool)
    engagement, cohort, course = (
        await Life().agreed().put(pool),
        await Course().put(pool),
        await Intro(4).booked().put(pool),
    )
    return IDS | {"engagement": engagement, "cohort": cohort, "course": course, "subject": engagement}


async def theirs(pool: Pool) -> dict[str, list[str]]:
    """Every row that is of the academy or its people; but for what is noted of whoever asks, and places in the feed."""
    tables = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        name: [
            row["said"]
            for row in await pool.fetch(
                "SELECT (to_jsonb(t) - 'sequence')::text AS said "  # noqa: S608 - a table
                f"FROM {name} AS t WHERE to_jsonb(t)::text ~ $1 ORDER BY 1",
                f"sheffield|{PERSON}",
            )
        ]
        for (name,) in tables
        if name not in ("audit", "api_keys")
    }


OF_NO_ACADEMY: Final = {
    "GET /v1/programmes", "GET /v1/programmes/{name}", "GET /v1/event-types", "POST /v1/cohorts/check",
    "POST /v1/bounces",
}  # fmt: skip
"""What is the installation's own, a roster that is only read, and mail that came back, which says by itself whose."""

EACH_BY_ITSELF: Final = {"POST /v1/facts", "POST /events"}


async def test_a_key_of_another_academy_opens_no_operation(
    app: FastAPI, callers: Callers, ids: dict[str, str], pool: Pool
) -> None:
    """Each there is, with ids of ours in path, query and body: refused or empty, and nothing has changed."""
    http, before = await callers.with_grants(*LEEDS), await theirs(pool)
    wrong = []
    for operation in operations(app):
        if str(operation) in OF_NO_ACADEMY:
            continue
        answer = await operation.call(http, ids)
        refused = answer.status_code in (403, 404) or _empty(answer) or _each_refused(str(operation), answer)
        if not refused or any(secret in answer.text for secret in SECRETS):
            wrong.append(f"{operation}: {answer.status_code} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)
    assert await theirs(pool) == before


def _empty(answer: httpx.Response) -> bool:
    """A list of what the caller may see, without a line."""
    said = answer.json() if answer.status_code == httpx.codes.OK else {"": [""]}
    return (
        not any(said.get(name) for name in ("", "items", "arrivals")) and {"items", "arrivals"} & said.keys() != set()
    )


def _each_refused(operation: str, answer: httpx.Response) -> bool:
    """One answer for each fact or event."""
    if operation not in EACH_BY_ITSELF or answer.status_code != httpx.codes.OK:
        return False
    return {one["status"] for one in answer.json()["items"]} <= {403, 404}


MIXED: Final[list[tuple[str, str, Any]]] = [
    ("POST", "/v1/people/per_leeds/roles/hand-on", {"to": "THEM"}),
    ("POST", "/v1/people/per_leeds/merge", {"into": "THEM"}),
    ("POST", "/v1/people/per_leeds/split", {"name": "Lee Ds", "email": "lee@example.org", "subjects": ["TEAM"]}),
    ("POST", "/v1/people", {"academy": "leeds", "person": "THEM", "name": "Lee Ds", "email": "lee@example.org"}),
    ("POST", "/v1/academies/leeds/office/people", {"person": "THEM", "name": "Lee Ds", "email": "lee@example.org"}),
    ("PUT", "/v1/academies/leeds/deputy", {"person": "THEM", "name": "Lee Ds", "email": "lee@example.org"}),
    ("POST", "/v1/people/leavers", {"academy": "leeds", "leavers": [{"person": "THEM", "last_day": "2026-01-05"}]}),
    ("POST", "/v1/people/leavers", {"academy": "leeds", "leavers": [{"person": ADDRESS, "last_day": "2026-01-05"}]}),
    ("POST", "/v1/worklist/snoozes", {"academy": "leeds", "item": "TEAM/session/x", "until": "SOON", "reason": "r"}),
    ("PUT", "/v1/subscriptions/mine", {"url": "https://example.org/hook", "within": "sheffield"}),
    ("PUT", "/v1/subscriptions/mine", {"url": "https://example.org/hook"}),
    ("POST", "/v1/facts", {"items": [{"subject": "leeds.c.P1", "kind": "role_changed", "event_id": "x", "role": "coach",
                            "occurred_at": "2026-11-02T09:00:00Z", "person": "THEM"}]}),
    ("GET", "/v1/engagements?coach=THEM", None),
    ("GET", "/v1/engagements?cohort=TEAM", None),
    ("GET", "/v1/people?academy=leeds&q=THEM", None),
    ("GET", "/v1/people?academy=leeds&q=zq.canary", None),
    ("GET", "/v1/worklist?academy=leeds&person=THEM", None),
    ("GET", "/v1/academies/leeds/notices?person=THEM", None),
    ("GET", "/v1/events?within=sheffield", None),
    ("GET", "/v1/audit?subject=TEAM", None),
]  # fmt: skip


async def test_nobody_is_reached_by_being_named_beside_ones_own(
    callers: Callers, ids: dict[str, str], pool: Pool
) -> None:
    """In a body, a filter or a fact within: answered as if they were nobody, and nothing of theirs has changed."""
    http, before = await callers.with_grants(*LEEDS), await theirs(pool)
    await pool.execute(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
        "VALUES ('per_leeds', 'leeds', 'Lee Ds', 'lee@example.org', $1, $1)",
        now(),
    )
    soon = (now() + timedelta(days=3)).date().isoformat()
    for method, path, body in MIXED:
        said = []
        for them, team in ((PERSON, ids["engagement"]), ("per_nobody", "sheffield.none.P1")):
            written = json.dumps([path, body]).replace("THEM", them).replace("TEAM", team).replace("SOON", soon)
            there, sent = json.loads(written)
            given = {} if sent is None else {"json": sent}
            answer = await http.request(method, there, **given)
            said.append(answer.text.replace(them, "THEM").replace(team, "TEAM"))
        assert said[0] == said[1], (method, path)
        assert not any(secret in said[0] for secret in SECRETS), said[0]
    assert await theirs(pool) == before


TELLING: Final = r"POST /v1/(facts|\w[\w-]*/{\w+}/facts)|POST /events|GET /v1/facts/{event_id}"
SUBJECTS: Final = r"GET /v1/(engagements|cohorts|intro-courses)(/.*)?|GET /v1/would-be-coaches"
ACADEMIES: Final = r"GET /v1/academies/{academy}/(notices|people)|GET /v1/facts/{event_id}"
OPENED: Final = {
    "diary": rf"{TELLING}|GET /v1/engagements(/.*)?|(POST|DELETE) /v1/people/{{person}}/leave",
    "survey": TELLING,
    "leavers": "POST /v1/people/leavers|GET /v1/facts/{event_id}",
    "dashboard": f"{SUBJECTS}|{ACADEMIES}",
    "warehouse": f"{SUBJECTS}|{ACADEMIES}|GET /v1/events",
}
"""What a service may ask for; a fact is then judged by its group, and by whom it names."""


@pytest.mark.parametrize("service", PRESETS)
async def test_a_services_key_opens_what_it_needs_alone(
    app: FastAPI, callers: Callers, ids: dict[str, str], service: str
) -> None:
    """Of all operations there are; and none reads a name, an address or a word."""
    http = await callers.with_grants(*map(str, preset(service, "sheffield")))
    asked = [operation for operation in operations(app) if str(operation) not in OF_NO_ACADEMY]
    opened = set()
    for operation in asked:
        answer = await operation.call(http, ids, {})
        if answer.status_code != httpx.codes.FORBIDDEN:
            opened.add(str(operation))
        assert not any(secret in answer.text for secret in SECRETS), operation
    assert opened == {str(one) for one in asked if re.fullmatch(OPENED[service], str(one))}
