"""Two records that are one person are merged over HTTP, and split again; one that is two people is separated."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from operations import people, signing_in
from operations.erasing import erase
from operations.signing_in import Account, Here
from records import access_needs, channels, digests, links, notices, sign_ins
from records.database import Pool
from schemas.due import Notice
from schemas.engagement_facts import People
from schemas.words import Act, Matter, Role
from tests.gateway.api.test_bookings import ADA, book, course
from tests.gateway.api.test_people import ANNA, OTTO, PATH, _made, _parts
from tests.gateway.conftest import Town
from tests.workflows.subjects import FACULTY, LEAD, SPONSOR, TESTER, now

__all__ = ["course"]

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
    found = (await http.get(PATH, params={"q": "ann@example.org"})).json()["items"]
    assert [one["person"] for one in found] == [anna]
    days = {"first_day": "2027-08-02", "last_day": "2027-08-13"}
    assert (await http.post(f"{PATH}/{anna}/leave", json=days)).json()["told"] == [life.name]
    left = await http.post(f"{PATH}/{anna}/roles/vacate", json={"roles": ["coach"]})
    assert left.json()["items"][0]["told"]
    assert "coach" not in await _parts(pool, life.name)

    assert (await http.post(f"{PATH}/{ann}/split", json={})).status_code == 200
    assert (await http.get(f"{PATH}/{ann}")).json()["merged_into"] is None
    assert (await _parts(pool, life.name))["coach"] == ann
    assert (await http.post(f"{PATH}/{ann}/split", json={})).status_code == 409


async def test_a_chain_is_split_where_it_was_merged(http: httpx.AsyncClient, town: Town, pool: Pool) -> None:
    """Whoever was merged into a record that is split stays with it."""
    anna, ann, otto = await _made(http, **ANNA), await _made(http, **ANN), await _made(http, **OTTO)
    life = await town.started(people=People(coach=ann, faculty=FACULTY, sponsor=SPONSOR, team_lead=LEAD))
    await http.post(f"{PATH}/{ann}/merge", json={"into": anna})
    await http.post(f"{PATH}/{anna}/merge", json={"into": otto})
    assert (await _parts(pool, life.name))["coach"] == otto
    assert (await http.post(f"{PATH}/{anna}/split", json={})).status_code == 200
    merged = [(await http.get(f"{PATH}/{person}")).json()["merged_into"] for person in (ann, anna, otto)]
    assert merged == [anna, None, None]
    assert (await _parts(pool, life.name))["coach"] == anna


@pytest.mark.usefixtures("town")
async def test_a_split_gives_back_what_was_each_ones(http: httpx.AsyncClient, pool: Pool) -> None:
    """A session, texts and a calendar end with the merge; what waits to be mailed goes to the kept one meanwhile."""
    anna, ann = await _made(http, **ANNA), await _made(http, **ANN)
    notice = Notice(
        person=ann, role=Role.COACH, act=Act.ASK, matter=Matter.SESSION, window="w", turn=Role.COACH, reason="asked",
        gathered=True,
    )  # fmt: skip
    async with pool.acquire() as conn:
        for person in (anna, ann):
            await notices.issue(conn, "sheffield.c.P1", now(), [notice.model_copy(update={"person": person})])
        await channels.choose(conn, ann, "text", "+447700900123", now())
        await links.make_feed(conn, ann, b"token", now())
        account = Account("https://idp.example", "a-1")
        await sign_ins.match(conn, account.issuer, account.subject, ann, now())
        await signing_in.sign_in_account(conn, account, now(), Here("Edge on Windows"))

    async def readers() -> list[str]:
        async with pool.acquire() as conn:
            found = await digests.gathered(conn, "sheffield", now() + timedelta(seconds=1))
            mailed = await notices.letters(conn, [each.id for each in found])
        assert {letter.recipient_address for letter in mailed} == {address[each.notice.person] for each in found}
        return sorted(each.notice.person for each in found)

    address = {anna: ANNA["email"], ann: ANN["email"]}
    assert (await http.post(f"{PATH}/{ann}/merge", json={"into": anna})).status_code == 200
    assert await readers() == [anna, anna]
    assert (await http.post(f"{PATH}/{ann}/split", json={})).status_code == 200
    assert await readers() == sorted([anna, ann])
    for table in ("person_channels", "calendar_feeds", "sign_ins WHERE ended_at IS NULL"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608 - the test's own


async def test_needs_of_a_merged_delegate_stay_on_the_offices_list(
    http: httpx.AsyncClient, course: str, pool: Pool
) -> None:
    """Through the merge and through its split."""
    assert (await book(http, course, "form-1", ADA, needs="a hearing loop")).status_code == 201
    ada = await pool.fetchval("SELECT person FROM bookings WHERE course = $1", course)
    into = await _made(http, **ANNA)
    for path, said, delegate in (("merge", {"into": into}, into), ("split", {}, ada)):
        assert (await http.post(f"{PATH}/{ada}/{path}", json=said)).json().get("told", [course]) == [course]
        assert await pool.fetchval("SELECT person FROM bookings WHERE course = $1", course) == delegate
        async with pool.acquire() as conn:
            assert list((await access_needs.of_course(conn, course)).values()) == ["a hearing loop"]


async def test_what_is_done_to_a_merged_record_is_done_to_the_kept_one(
    http: httpx.AsyncClient, town: Town, pool: Pool
) -> None:
    """Under its id or address: a change, roles, leave, an export, a list of leavers."""
    anna, ann = await _made(http, **ANNA), await _made(http, **ANN)
    life = await town.started(people=People(coach=anna, faculty=FACULTY, sponsor=SPONSOR, team_lead=LEAD))
    await http.post(f"{PATH}/{ann}/merge", json={"into": anna})
    changed = (await http.patch(f"{PATH}/{ann}", json={"name": "Anna Married", "email": "new@example.org"})).json()
    assert (changed["person"], changed["name"], changed["email"]) == (anna, "Anna Married", "new@example.org")
    days = {"first_day": "2027-08-02", "last_day": "2027-08-13"}
    assert (await http.post(f"{PATH}/{ann}/leave", json=days)).json()["told"] == [life.name]
    exported = [(await http.get(f"{PATH}/{person}/export")).json() for person in (ann, anna)]
    assert exported[0]["person"] == anna
    assert exported[0]["state"] == exported[1]["state"]
    leavers = [{"person": said, "last_day": "2027-03-31"} for said in (ann, ANN["email"], "Anna Married")]
    listed = (await http.post(f"{PATH}/leavers", json={"academy": "sheffield", "leavers": leavers})).json()["items"]
    assert [one["people"] for one in listed] == [[anna], [anna], []]
    async with pool.acquire() as conn:
        await people.forget_links(conn, TESTER, ann, now())
    assert await pool.fetchval("SELECT links_epoch FROM people WHERE person = $1", anna) > 0
    left = (await http.post(f"{PATH}/{ann}/roles/vacate", json={})).json()["items"]
    assert [(one["role"], one["told"]) for one in left] == [("coach", True)]


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
    done = await erase(town.engine, TESTER, ann, now() + timedelta(seconds=1))
    assert done is not None
    assert done.proof.rows["people"] == 2
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
