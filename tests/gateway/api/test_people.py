"""People over HTTP: found, made and changed; their roles handed on and vacated; who leaves."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from activities.links import Links, Purpose
from gateway.settings import GatewaySettings
from operations import signing_in
from operations.leavers import vacate_due
from operations.signing_in import Here, Secrets
from records import links
from records.database import Pool
from schemas.engagement_facts import People
from schemas.words import Role
from tests.activities.mail_servers import Behaviour
from tests.gateway.conftest import Callers, Town
from tests.workflows.subjects import FACULTY, LEAD, SPONSOR, now

PATH = "/v1/people"
KEY = "a key that signs the links of this test's mails"
ANNA = {"academy": "sheffield", "name": "Anna Example", "email": "anna@example.org"}
OTTO = {"academy": "sheffield", "name": "Otto Example", "email": "otto@example.org"}


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    """With links in mails."""
    return settings.model_copy(update={"public_url": "http://127.0.0.1:8080", "link_keys": SecretStr(KEY)})


async def _made(http: httpx.AsyncClient, **said: Any) -> str:
    made = await http.post(PATH, json=said)
    assert made.status_code == 201, made.text
    person: str = made.json()["person"]
    return person


async def _parts(pool: Pool, subject: str) -> dict[str, str]:
    rows = await pool.fetch("SELECT role, person FROM engagement_people WHERE engagement = $1", subject)
    return {row["role"]: row["person"] for row in rows if row["role"] != Role.OFFICE}


async def test_somebody_is_made_found_and_changed(http: httpx.AsyncClient) -> None:
    """By a part of the name, the address, the id, and the id of another system; what is left out stays."""
    anna = await _made(http, **ANNA, outside_ids={"Employee number": ["104233"]}, discipline="nurse")
    await _made(http, **OTTO)
    assert (await http.post(PATH, json=ANNA)).status_code == 200
    for asked in ({"q": "ANNA"}, {"q": "Anna@example.org"}, {"q": anna}, {"q": "104233", "kind": "employee_number"}):
        found = (await http.get(PATH, params={"academy": "sheffield", **asked})).json()["items"]
        assert [one["person"] for one in found] == [anna], asked
    assert (await http.get(PATH, params={"q": "104233", "kind": "directory_id"})).json()["items"] == []
    changed = await http.patch(
        f"{PATH}/{anna}", json={"name": "Anna Married", "outside_ids": {"directory_id": ["x-1"]}}
    )
    assert changed.json() == (await http.get(f"{PATH}/{anna}")).json()
    assert changed.json() | {} == changed.json() | {
        "name": "Anna Married", "email": "anna@example.org", "discipline": "nurse",
        "outside_ids": {"employee_number": ["104233"], "directory_id": ["x-1"]},
    }  # fmt: skip
    await http.patch(f"{PATH}/{anna}", json={"outside_ids": {"employee_number": []}})
    assert (await http.get(PATH, params={"q": "104233"})).json()["items"] == []


async def test_an_id_and_an_address_are_somebody_elses_until_it_is_said_otherwise(http: httpx.AsyncClient) -> None:
    """An outside id is one person's of an academy; a mailbox may be shared, if somebody says so."""
    anna = await _made(http, **ANNA, outside_ids={"employee_number": ["1"]})
    otto = await _made(http, **OTTO)
    await _made(http, **(OTTO | {"academy": "leeds"}), outside_ids={"employee_number": ["1"]})
    taken = await http.patch(f"{PATH}/{otto}", json={"name": "Otto", "outside_ids": {"employee_number": ["1"]}})
    assert (taken.status_code, anna in taken.json()["detail"]) == (409, True)
    shared = await http.patch(f"{PATH}/{otto}", json={"email": "Anna@example.org"})
    assert (shared.status_code, anna in shared.json()["detail"]) == (409, True)
    assert (await http.get(f"{PATH}/{otto}")).json()["name"] == "Otto Example"
    assert (await http.patch(f"{PATH}/{otto}", json={"email": "Anna@example.org", "shared": True})).status_code == 200
    asked = await http.post(PATH, json=ANNA | {"name": "Ada Third"})
    assert (asked.status_code, "several people" in asked.json()["detail"]) == (422, True)


async def test_another_address_is_told_to_the_old_one_which_can_undo_it(
    http: httpx.AsyncClient, mail: Behaviour, pool: Pool
) -> None:
    """They are signed in nowhere any more. While the old address cannot be told, nothing changes."""
    anna = await _made(http, **ANNA)
    async with pool.acquire() as conn:
        code = await signing_in.new_code(conn, Secrets(KEY), "browser", "anna@example.org", now())
        assert await signing_in.sign_in(conn, Secrets(KEY), "browser", code, now(), Here("Edge"))
    mail.to_recipient["anna@example.org"] = "451 Later"
    refused = await http.patch(f"{PATH}/{anna}", json={"name": "Ada", "email": "thief@example.org"})
    assert (refused.status_code, "Nothing was changed" in refused.json()["detail"]) == (503, True)
    assert (await http.get(f"{PATH}/{anna}")).json()["name"] == "Anna Example"
    mail.to_recipient.clear()
    assert (await http.patch(f"{PATH}/{anna}", json={"email": "thief@example.org"})).status_code == 200
    assert mail.recipients == ["anna@example.org"]
    assert await pool.fetchval("SELECT count(*) FROM sign_ins WHERE ended_at IS NULL") == 0
    body = mail.taken[0].get_body(("plain",))
    assert body is not None
    token = re.findall(r"/a/(\S+)", body.get_content())[0]
    undo = Links("http://127.0.0.1:8080", (KEY,)).read(token, now())
    assert (undo.purpose, undo.person) == (Purpose.UNDO, anna)
    async with pool.acquire() as conn:
        assert await links.undoable_since(conn, undo.about.partition(".")[0], anna)


async def test_people_are_paged_and_only_those_of_ones_own_academy(http: httpx.AsyncClient, callers: Callers) -> None:
    """Another academy's answer is that of nobody."""
    ids = sorted([await _made(http, **ANNA), await _made(http, **OTTO)])
    leeds = await _made(http, **(ANNA | {"academy": "leeds"}))
    own = await callers.with_grants("read:sheffield:people")
    first = await own.get(PATH, params={"limit": 1})
    second = await own.get(PATH, params={"limit": 1, "cursor": first.json()["next"]})
    assert [one["person"] for page in (first, second) for one in page.json()["items"]] == ids
    assert (second.json()["next"], 'rel="next"' in first.headers["Link"]) == (None, True)
    assert [(await own.get(f"{PATH}/{person}")).status_code for person in (leeds, "per_nobody")] == [404, 404]
    assert (await own.get(PATH, params={"academy": "leeds"})).status_code == 403
    assert (await (await callers.with_grants("tell:sheffield:people")).get(PATH)).status_code == 403


async def test_roles_are_listed_handed_on_and_vacated(http: httpx.AsyncClient, town: Town, pool: Pool) -> None:
    """Each by its own fact, in a team and in the office; repeating finds nothing more to do."""
    anna, otto = await _made(http, **ANNA), await _made(http, **OTTO)
    life = await town.started(people=People(coach=anna, faculty=FACULTY, sponsor=anna, team_lead=LEAD))
    await http.put("/v1/academies/sheffield/deputy", json={"email": ANNA["email"]})
    listed = (await http.get(f"{PATH}/{anna}/roles")).json()["items"]
    assert [(one["subject"], one["role"]) for one in listed] == [
        ("sheffield", "deputy"), (life.name, "coach"), (life.name, "sponsor"),
    ]  # fmt: skip
    only = await http.post(f"{PATH}/{anna}/roles/hand-on", json={"to": otto, "roles": ["sponsor"]})
    assert [(one["role"], one["told"]) for one in only.json()["items"]] == [("sponsor", True)]
    assert await _parts(pool, life.name) == {"coach": anna, "faculty": FACULTY, "sponsor": otto, "team_lead": LEAD}
    rest = await http.post(f"{PATH}/{anna}/roles/hand-on", json={"to": otto})
    assert {one["role"] for one in rest.json()["items"] if one["told"]} == {"coach", "deputy"}
    assert (await http.post(f"{PATH}/{anna}/roles/hand-on", json={"to": otto})).json()["items"] == []
    vacated = await http.post(f"{PATH}/{otto}/roles/vacate", json={"subjects": [life.name]})
    assert all(one["told"] for one in vacated.json()["items"])
    assert await _parts(pool, life.name) == {"faculty": FACULTY, "team_lead": LEAD}
    assert [one["role"] for one in (await http.get(f"{PATH}/{otto}/roles")).json()["items"]] == ["deputy"]


async def test_what_could_not_be_told_says_why(http: httpx.AsyncClient, town: Town, pool: Pool) -> None:
    """Line by line, by the rules of each subject; and nobody is handed anything whom we don't know."""
    anna, otto = await _made(http, **ANNA), await _made(http, **OTTO)
    life = await town.started(
        people=People(coach=otto, co_coach=anna, faculty=FACULTY, sponsor=SPONSOR, team_lead=anna)
    )
    assert (await http.post(f"{PATH}/{anna}/roles/hand-on", json={"to": "per_nobody"})).status_code == 404
    became = (await http.post(f"{PATH}/{anna}/roles/hand-on", json={"to": otto})).json()["items"]
    assert [(one["role"], one["told"]) for one in became] == [("co_coach", False), ("team_lead", True)]
    assert "main coach" in became[0]["reason"]
    assert (await _parts(pool, life.name))["co_coach"] == anna


async def test_leavers_are_shown_first_and_then_leave_on_their_day(
    http: httpx.AsyncClient, town: Town, pool: Pool
) -> None:
    """Unknown and ambiguous lines are named and do nothing; a list may be sent again; a day to come is waited for."""
    anna = await _made(http, **ANNA, outside_ids={"employee_number": ["1"]})
    otto = await _made(http, **OTTO)
    await _made(http, **(OTTO | {"name": "Ada Example", "person": "another person"}))
    began = now() - timedelta(days=5)
    life = await town.started(at=began, people=People(coach=anna, faculty=otto, sponsor=SPONSOR, team_lead=LEAD))
    gone, ahead = (now() - timedelta(days=2)).date(), (now() + timedelta(days=9)).date()

    def said(*lines: tuple[str, Any]) -> dict[str, Any]:
        return {"academy": "sheffield", "leavers": [{"person": who, "last_day": f"{day}"} for who, day in lines]}

    body = said(("1", gone), (otto, ahead), ("otto@example.org", gone), ("nobody", gone), ("Anna Example", gone))
    expected = ["vacated", "ahead", "ambiguous", "unknown", "unknown"]
    shown = (await http.post(f"{PATH}/leavers", json=body)).json()
    assert [one["outcome"] for one in shown["items"]] == expected
    assert (await _parts(pool, life.name))["coach"] == anna
    done = (await http.post(f"{PATH}/leavers", json=body | {"preview": False})).json()
    assert [one["outcome"] for one in done["items"]] == expected
    assert [(one["role"], one["told"]) for one in done["items"][0]["roles"]] == [("coach", True)]
    assert await _parts(pool, life.name) == {"faculty": otto, "sponsor": SPONSOR, "team_lead": LEAD}
    facts = await pool.fetchval("SELECT count(*) FROM facts")
    again = (await http.post(f"{PATH}/leavers", json=body | {"preview": False})).json()
    assert [one["outcome"] for one in again["items"]] == ["already", "already", "ambiguous", "unknown", "unknown"]
    assert await pool.fetchval("SELECT count(*) FROM facts") == facts
    await pool.execute("UPDATE leavers SET last_day = $1 WHERE person = $2", gone, otto)
    assert await vacate_due(town.engine, "sheffield")
    assert await _parts(pool, life.name) == {"sponsor": SPONSOR, "team_lead": LEAD}


@pytest.mark.parametrize("body", [{"leavers": []}, {"leavers": [{"person": "", "last_day": "2027-03-31"}]}])
async def test_a_list_that_says_nothing_is_refused(http: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """With the field that is wrong."""
    refused = await http.post(f"{PATH}/leavers", json={"academy": "sheffield"} | body)
    assert (refused.status_code, bool(refused.json()["faults"])) == (422, True)
