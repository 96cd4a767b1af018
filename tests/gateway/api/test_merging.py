"""Two records that are one person are merged over HTTP, and split again; one that is two people is separated."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from operations.erasing import erase
from records.database import Pool
from schemas.engagement_facts import People
from tests.gateway.api.test_people import ANNA, OTTO, PATH, _made, _parts
from tests.gateway.conftest import Town
from tests.workflows.subjects import FACULTY, LEAD, SPONSOR, TESTER, now

ANN = ANNA | {"name": "Ann Example", "email": "ann@example.org"}


async def test_merged_records_are_one_person_in_all_that_was_recorded(
    http: httpx.AsyncClient, town: Town, pool: Pool
) -> None:
    """Roles, leave and look-ups are the kept one's; repeating changes nothing; splitting gives each their own again."""
    anna, ann = await _made(http, **ANNA), await _made(http, **ANN, outside_ids={"employee_number": ["7"]})
    life = await town.started(people=People(coach=ann, faculty=FACULTY, sponsor=SPONSOR, team_lead=LEAD))
    merged = await http.post(f"{PATH}/{ann}/merge", json={"into": anna})
    assert (merged.status_code, merged.json()["told"]) == (200, [life.name])
    assert (await http.post(f"{PATH}/{ann}/merge", json={"into": anna})).json()["told"] == []
    assert (await _parts(pool, life.name))["coach"] == anna
    found = (await http.get(PATH, params={"q": "7", "kind": "employee_number"})).json()["items"]
    assert [one["person"] for one in found] == [anna]
    assert (await http.get(f"{PATH}/{ann}")).json()["merged_into"] == anna
    assert (await http.get(PATH, params={"q": "ann@example.org"})).json()["items"] == []
    days = {"first_day": "2027-08-02", "last_day": "2027-08-13"}
    assert (await http.post(f"{PATH}/{anna}/leave", json=days)).json()["told"] == [life.name]
    left = await http.post(f"{PATH}/{anna}/roles/vacate", json={"roles": ["coach"]})
    assert left.json()["items"][0]["told"]
    assert "coach" not in await _parts(pool, life.name)

    assert (await http.post(f"{PATH}/{ann}/split", json={})).status_code == 200
    assert (await http.get(f"{PATH}/{ann}")).json()["merged_into"] is None
    assert (await _parts(pool, life.name))["coach"] == ann
    assert (await http.post(f"{PATH}/{ann}/split", json={})).status_code == 409


@pytest.mark.usefixtures("town")
async def test_what_cannot_be_merged_is_said(http: httpx.AsyncClient) -> None:
    """Nobody with themselves, an office, another academy, or twice."""
    anna, ann, otto = await _made(http, **ANNA), await _made(http, **ANN), await _made(http, **OTTO)
    leeds = await _made(http, **(ANNA | {"academy": "leeds"}))
    await http.put("/v1/academies/sheffield/office", json={"email": "office@example.org"})
    for person, into in ((anna, anna), (anna, leeds), (anna, "sheffield.office")):
        assert (await http.post(f"{PATH}/{person}/merge", json={"into": into})).status_code == 409
    assert (await http.post(f"{PATH}/{anna}/merge", json={"into": "per_nobody"})).status_code == 404
    await http.post(f"{PATH}/{ann}/merge", json={"into": anna})
    for person, into in ((ann, otto), (otto, ann)):
        assert (await http.post(f"{PATH}/{person}/merge", json={"into": into})).status_code == 409
    assert (await http.post(f"{PATH}/{anna}/split", json={"name": "Ada"})).status_code == 422


async def test_whoever_is_erased_is_erased_in_every_record(http: httpx.AsyncClient, town: Town, pool: Pool) -> None:
    """By either id."""
    anna, ann = await _made(http, **ANNA), await _made(http, **ANN)
    await http.post(f"{PATH}/{ann}/merge", json={"into": anna})
    assert await erase(town.engine, TESTER, ann, now() + timedelta(seconds=1)) is not None
    rows = await pool.fetch("SELECT name, address FROM people WHERE person = ANY ($1)", [anna, ann])
    assert [tuple(row) for row in rows] == [(None, None)] * 2


async def test_a_shared_record_is_separated(http: httpx.AsyncClient, town: Town, pool: Pool) -> None:
    """The other person has the roles that are theirs, and the first keeps the rest."""
    anna = await _made(http, **ANNA)
    people = People(coach=anna, faculty=FACULTY, sponsor=SPONSOR, team_lead=LEAD)
    first, second = await town.started(people=people), await town.started(people=people)
    body = {"name": "Ada Example", "email": ANNA["email"], "subjects": [second.name]}
    done = (await http.post(f"{PATH}/{anna}/split", json=body)).json()
    assert [(one["role"], one["told"]) for one in done["items"]] == [("coach", True)]
    assert (await _parts(pool, first.name))["coach"] == anna
    assert (await _parts(pool, second.name))["coach"] == done["person"] != anna
