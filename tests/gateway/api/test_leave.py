"""Another service says when somebody is away: all that is theirs hears of it."""

from __future__ import annotations

import httpx
import pytest

from records.database import Pool
from tests.gateway.conftest import Town
from tests.workflows.subjects import COACH, now

DAYS = {"first_day": "2027-08-02", "last_day": "2027-08-13"}
PATH = f"/v1/people/{COACH}/leave"


@pytest.fixture
async def coach(pool: Pool) -> None:
    """The coach has a name."""
    await pool.execute(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at)"
        " VALUES ($1, 'sheffield', 'Anna Example', 'anna@example.org', $2, $2)",
        COACH,
        now(),
    )


@pytest.mark.usefixtures("coach")
async def test_leave_is_told_once_and_taken_back(http: httpx.AsyncClient, town: Town) -> None:
    """The engagement knows it; said again nobody is new; taken back, it is known no more."""
    life = await town.started()
    told = [(await http.post(PATH, json=DAYS)).json() for _ in range(2)]
    nobody: dict[str, list[str]] = {"refused": [], "late": []}
    assert told == [{"told": [life.name], **nobody}, {"told": [], **nobody}]
    assert (await http.delete(PATH, params=DAYS)).json()["told"] == [life.name]
    assert (await http.delete(PATH, params=DAYS)).json()["told"] == []


@pytest.mark.usefixtures("coach")
async def test_so_long_a_leave_must_be_confirmed(http: httpx.AsyncClient, town: Town) -> None:
    """More than 26 weeks are refused in a sentence; with the field, they are told."""
    life = await town.started()
    long = DAYS | {"last_day": "2028-02-10"}
    refused = await http.post(PATH, json=long)
    assert refused.status_code == 409
    assert "27 weeks and 4 days of leave" in refused.json()["detail"]
    assert (await http.post(PATH, json=long | {"confirmed": True})).json()["told"] == [life.name]


@pytest.mark.usefixtures("coach")
@pytest.mark.parametrize(
    ("path", "days", "status"),
    [
        (PATH, DAYS | {"last_day": "2027-08-01"}, 422),
        (PATH, DAYS | {"first_day": "1999-08-02"}, 422),
        ("/v1/people/per_nobody/leave", DAYS, 404),
    ],
)
async def test_what_cannot_be_is_refused(http: httpx.AsyncClient, path: str, days: dict[str, str], status: int) -> None:
    """Days in no order, in no calendar, of nobody: each with a reason, and nothing is told."""
    answered = await http.post(path, json=days)
    assert answered.status_code == status
    assert answered.json()["detail"]


async def test_nobody_outside_says_what_a_fact_follows_from(http: httpx.AsyncClient, town: Town) -> None:
    """Neither of a fact nor of what replaces one: what is withdrawn with its cause is the engine's own alone."""
    life = await town.started()
    said = {"occurred_at": now().isoformat(), "caused_by": {"subject": "sheffield", "event_id": "closed"}}
    forged = {"kind": "academy_closed", "event_id": "forged", **DAYS, **said}
    instead = {"kind": "correction", "event_id": "instead", "corrects": "proposed", "replacement": forged}
    for fact in (forged, instead | {"occurred_at": now().isoformat()}):
        answered = await http.post(f"/v1/engagements/{life.name}/facts", json=fact)
        assert (answered.status_code, answered.json()["code"]) == (409, "caused_by")
    assert len(await life.recorded()) == 1
