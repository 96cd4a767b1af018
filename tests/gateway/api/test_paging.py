"""Every list and every address that is read: what is no question, no place in the list, or no moment; and ETags."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from gateway.problems import MEDIA_TYPE
from records import projections
from records.database import Pool
from schemas.rows import ScoreRow
from tests.gateway.pages.lives import Course, Intro, Life
from tests.gateway.test_narrow_keys import IDS, Operation, operations
from tests.records.everything import fill
from tests.records.telling import START, at, changes

EARLIEST, LATEST = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"


@pytest.fixture
async def ids(pool: Pool) -> dict[str, str]:
    """Something of every kind."""
    await fill(pool)
    life, cohort, course = Life().agreed(), await Course().put(pool), await Intro(4).booked().put(pool)
    name = await life.put(pool)
    await Life().agreed().put(pool)
    return IDS | {"engagement": name, "cohort": cohort, "course": course, "subject": name}


def read(app: FastAPI, parameter: str = "") -> Iterator[Operation]:
    """All that are read, or those that take a parameter."""
    described = app.openapi()["paths"]
    for operation in operations(app):
        taken = {one["name"] for one in described[operation.path].get("get", {}).get("parameters", ())}
        if operation.method == "GET" and (not parameter or parameter in taken):
            yield operation


async def test_no_list_passes_over_a_question_or_a_cursor_of_another(
    http: httpx.AsyncClient, app: FastAPI, ids: dict[str, str]
) -> None:
    """What nobody knows, what is asked twice, and a place that is none of this list: each is a 422 that names it."""
    other = (await http.get("/v1/engagements", params={"limit": 1})).json()["next"]
    forged = urlsafe_b64encode(b"00000000/sheffield.c.P1").decode()
    wrong = []
    lists = list(read(app, "cursor"))
    for operation in lists:
        strange = [("colour", "red"), ("cursor", forged), ("cursor", f"{forged}!"), ("cursor", "MTIz"), ("cursor", "")]
        if operation.path != "/v1/engagements":
            strange.append(("cursor", other))
        for name, value in strange:
            said = await Operation("GET", operation.path, operation.query | {name: value}, None).call(http, ids)
            if said.status_code != 422 or said.json()["faults"][0]["where"] != f"query.{name}":
                wrong.append(f"{operation} {name}={value}: {said.status_code} {said.text[:200]}")
        twice = Operation("GET", f"{operation.path}?limit=1&limit=2", {}, None)
        said = await http.get(httpx.URL(twice.path.format(**ids)), params=None)
        if said.status_code != 422:
            wrong.append(f"{twice}: {said.status_code}")
    assert len(lists) > 12
    assert not wrong, "\n".join(wrong)


async def test_every_answer_that_is_read_has_its_tag_and_its_head(
    http: httpx.AsyncClient, app: FastAPI, ids: dict[str, str]
) -> None:
    """HEAD says what GET would; whoever has it already is told so, compressed or not, whichever tags they name."""
    wrong, tagged = [], 0
    for operation in read(app):
        got = await operation.call(http, ids)
        head = await Operation("HEAD", operation.path, operation.query, None).call(http, ids)
        if (head.status_code, head.content) != (got.status_code, b""):
            wrong.append(f"HEAD {operation.path}: {head.status_code}, and not {got.status_code}")
        if got.status_code != 200 or "/export" in operation.path:
            # What is held about somebody is so at a moment, and says who has looked: it is never the same twice.
            continue
        tagged += 1
        for encoding in ("gzip", "identity"):
            said = [("If-None-Match", '"other"'), ("If-None-Match", got.headers["ETag"]), ("Accept-Encoding", encoding)]
            again = await http.get(got.request.url, headers=said)
            same = again.headers["ETag"] == got.headers["ETag"]  # unless it says as of when, and that has passed
            if (again.status_code, again.content) != (304, b"") and same:
                wrong.append(f"{operation} {encoding}: {again.status_code}")
    assert tagged > 25
    assert not wrong, "\n".join(wrong)


async def test_a_moment_in_any_zone_is_taken_and_one_that_is_none_is_refused(
    http: httpx.AsyncClient, app: FastAPI, ids: dict[str, str]
) -> None:
    """The ends of the calendar too: none breaks a list."""
    lists = list(read(app, "updated_since"))
    for operation in lists:
        for moment, status in (
            ("2027-01-01T00:00:00+05:45", 200), ("2027-01-01T00:00:00-12:00", 200), ("2027-01-01T00:00:00z", 200),
            ("2027-01-01T00:00:00 01:00", 422), ("2027-01-01T00:00:00", 422), ("2027-01-01T00:00:00+99:00", 422),
            ("1767225600", 422), (EARLIEST, 422), (LATEST, 422),
        ):  # fmt: skip
            said = await http.get(operation.path, params={"updated_since": moment})
            assert said.status_code == status, (operation.path, moment, said.text)
            assert status == 200 or said.headers["content-type"] == MEDIA_TYPE
    assert len(lists) > 2
    assert ids


async def test_a_page_after_the_longest_event_id_is_found(http: httpx.AsyncClient, pool: Pool) -> None:
    """Whatever ends a page, its cursor leads on."""
    name = await Life().agreed().put(pool)
    given = [ScoreRow(f"{number}".ljust(220, "e"), "team", 2.5, at(30 * number)) for number in (1, 2)]
    async with pool.acquire() as conn:
        await projections.write(conn, name, START, *changes(*given))
    first = (await http.get(f"/v1/engagements/{name}/scores", params={"limit": 1})).json()
    rest = await http.get(f"/v1/engagements/{name}/scores", params={"limit": 1, "cursor": first["next"]})
    assert rest.status_code == 200, rest.text
    assert [line["event_id"][0] for line in first["items"] + rest.json()["items"]] == ["1", "2"]
