"""Attendance over HTTP, from a sheet: shown first, recorded when that is wished, and what is wrong comes back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from records.database import Pool
from tests.gateway.conftest import Callers
from tests.gateway.pages.conftest import NAMES
from tests.gateway.pages.lives import Course, Intro
from tests.workflows.subjects import now
from worker.main import Engine

CSV = {"Content-Type": "text/csv"}


@pytest.fixture(autouse=True)
async def people(pool: Pool) -> None:
    """They have names and addresses."""
    said = [(person, name, f"{person}@example.org", now()) for person, name in NAMES.items()]
    await pool.executemany(
        """
        INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
        VALUES ($1, 'sheffield', $2, $3, $4, $4)
        """,
        said,
    )


async def taken(http: httpx.AsyncClient, path: str, text: str, **query: Any) -> dict[str, Any]:
    """What a sheet comes to."""
    answer = await http.post(path, content=text, headers=CSV, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_learning_session_is_looked_at_and_then_taken(
    http: httpx.AsyncClient, pool: Pool, running: Engine
) -> None:
    """By ids alone; the wrong row comes back as a sheet, and hinders nobody."""
    _ = running
    name = await Course(8).confirmed().put(pool)
    path, text = f"/v1/cohorts/{name}/attendance/1", "Name,Learning session 1\nAnna Example,yes\nNora Nobody,no\n"
    told = "SELECT count(*) FROM facts WHERE subject = $1 AND kind = 'learning_session_held'"
    seen = await taken(http, path, text)
    assert (seen["preview"], [one["there"] for one in seen["items"]], len(seen["unsaid"])) == (True, [True], 2)
    assert [(one["line"], one["column"]) for one in seen["faults"]] == [(3, "name")]
    assert "Anna" not in str(seen)
    assert await pool.fetchval(told, name) == 0
    done = await taken(http, path, text, preview="false")
    assert done["items"] == seen["items"]
    assert await pool.fetchval(told, name) == 1
    assert (await taken(http, path, text, preview="false"))["items"] == []
    back = await http.post(path, content=text, headers=CSV | {"Accept": "text/csv"})
    assert [line.partition(",")[0] for line in back.content.decode("utf-8-sig").splitlines()] == ["Name", "Nora Nobody"]


async def test_what_cannot_be_taken_is_said(http: httpx.AsyncClient, pool: Pool, callers: Callers) -> None:
    """Nothing of that name, a day to come, no sheet, no column, no grant."""
    name, later = await Course(8).confirmed().put(pool), await Intro(6).booked().put(pool)
    path = f"/v1/cohorts/{name}/attendance"
    assert (await http.post(f"{path}/40", content="name,there\n", headers=CSV)).status_code == 404
    assert (await http.post("/v1/cohorts/sheffield.none/attendance/1", content="a", headers=CSV)).status_code == 404
    assert (await http.post(f"{path}/1", json={"there": []})).status_code == 415
    wrong = await http.post(f"{path}/1", content="name,ward\nAnna,1\n", headers=CSV)
    assert (wrong.status_code, wrong.json()["faults"][0]["where"]) == (422, "line 1, column there")
    seen = await taken(http, f"/v1/intro-courses/{later}/attendance/1", "name,there\nOtto Other,yes\n")
    assert seen["refused"]
    reader = await callers.with_grants("read:sheffield:cohorts")
    assert (await reader.post(f"{path}/1", content="name,there\n", headers=CSV)).status_code == 403
