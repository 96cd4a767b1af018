"""Engagements through HTTP: lists, one of them, what comes, why, and what was told."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import httpx
import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.service import RPCError

from gateway.problems import MEDIA_TYPE
from records import admitting, notices, projections
from records.database import Pool
from schemas.due import Notice
from schemas.engagement_facts import AgreementSigned, EndedEarly
from schemas.rows import EngagementPersonRow
from schemas.words import Act, EndReason, Health, Matter, Phase, Role
from tests.gateway.conftest import Callers, Town
from tests.records.telling import START, at, changes, engagement
from tests.workflows.subjects import COACH, SIGNING, now

_LINK = re.compile(r'<(?P<path>[^>]+)>; rel="next"')


async def _recorded(pool: Pool, name: str, coach: str = COACH, **said: object) -> None:
    """A row as an engagement writes it."""
    row = engagement(engagement=name, enrolment=name, cohort=name.rpartition(".")[0], **said)
    async with pool.acquire() as conn:
        theirs = EngagementPersonRow(role=Role.COACH, person=coach)
        await projections.write(conn, name, START, *changes(row, theirs))


async def _paged(http: httpx.AsyncClient, path: str) -> list[str]:
    """The engagements of every page, by the links."""
    found: list[str] = []
    following: str | None = path
    while following:
        answered = await http.get(following)
        assert answered.status_code == 200, answered.text
        found += [one["engagement"] for one in answered.json()["items"]]
        link = _LINK.fullmatch(answered.headers.get("Link", ""))
        following = link["path"] if link else None
        assert (following is None) == (answered.json()["next"] is None)
    return found


async def test_engagements_are_found_by_what_they_are(http: httpx.AsyncClient, pool: Pool) -> None:
    """Each filter narrows the list, and all of them together."""
    await _recorded(pool, "sheffield.2026-autumn.P01", health=Health.AT_RISK, next_due=at(3))
    await _recorded(pool, "sheffield.2026-autumn.P02", coach="per_other", phase=Phase.TRANSITION, next_due=at(9))
    await _recorded(pool, "leeds.2026-autumn.P01", next_due=at(9))
    due = at(5).isoformat()
    for query, expected in {
        "": ["leeds.2026-autumn.P01", "sheffield.2026-autumn.P01", "sheffield.2026-autumn.P02"],
        "cohort=sheffield.2026-autumn": ["sheffield.2026-autumn.P01", "sheffield.2026-autumn.P02"],
        "phase=transition": ["sheffield.2026-autumn.P02"],
        "health=at_risk": ["sheffield.2026-autumn.P01"],
        "coach=per_other": ["sheffield.2026-autumn.P02"],
        f"due_before={due.replace('+', '%2B')}": ["sheffield.2026-autumn.P01"],
        f"coach={COACH}&health=on_track&phase=action": ["leeds.2026-autumn.P01"],
        "coach=per_nobody": [],
        "academy=leeds": ["leeds.2026-autumn.P01"],
        "stage=action&turn=coach&academy=sheffield": ["sheffield.2026-autumn.P01", "sheffield.2026-autumn.P02"],
        "turn=sponsor": [],
        "stage=relapsed": [],
        f"updated_since={START.isoformat().replace('+', '%2B')}&academy=leeds": ["leeds.2026-autumn.P01"],
        f"updated_since={at(1).isoformat().replace('+', '%2B')}": [],
    }.items():
        assert await _paged(http, f"/v1/engagements?{query}") == expected, query


async def test_a_list_holds_ids_and_no_names(http: httpx.AsyncClient, pool: Pool) -> None:
    """Also where names are recorded."""
    async with pool.acquire() as conn:
        known = await admitting.admit(
            conn, "sheffield", START, admitting.Roster((admitting.Person("Coach Alder", "a@example.org"),), ("Ward 7",))
        )
    coach = known.people["a@example.org"]
    await _recorded(pool, "sheffield.2026-autumn.P01", coach=coach, microsystem=known.microsystems["Ward 7"])
    answered = await http.get("/v1/engagements")
    assert answered.json()["items"][0]["coach"] == coach
    assert not {"Alder", "Ward", "example.org"} & set(re.findall(r"[A-Za-z.]+", answered.text))


async def test_pages_stay_what_they_are_while_others_are_added(http: httpx.AsyncClient, pool: Pool) -> None:
    """Nothing is shown twice or left out, though engagements come in before and after the page."""
    names = [f"sheffield.2026-autumn.P{number:02}" for number in range(1, 8)]
    for name in names:
        await _recorded(pool, name)
    first = await http.get("/v1/engagements?limit=3")
    assert [one["engagement"] for one in first.json()["items"]] == names[:3]
    await _recorded(pool, "leeds.2026-autumn.P01")
    await _recorded(pool, "sheffield.2026-autumn.P03-2")
    rest = await _paged(http, f"/v1/engagements?limit=3&cursor={first.json()['next']}")
    assert rest == ["sheffield.2026-autumn.P03-2", *names[3:]]
    assert await _paged(http, "/v1/engagements?limit=2&cohort=sheffield.2026-autumn") == sorted(
        [*names, "sheffield.2026-autumn.P03-2"]
    )


@pytest.mark.parametrize(
    "query",
    ["cursor=%00", "cursor=a", "cursor=ZnJlZCBmcmVk", "limit=0", "limit=201", "health=poor", "colour=red",
     "due_before=2027-10-04T09:00:00", "coach=Dr%20Alder"],
)  # fmt: skip
async def test_a_question_that_cannot_be_is_refused(http: httpx.AsyncClient, query: str) -> None:
    """422 that names the parameter; one that nobody knows is not passed over."""
    answered = await http.get(f"/v1/engagements?{query}")
    assert (answered.status_code, answered.headers["content-type"]) == (422, MEDIA_TYPE)
    assert answered.json()["faults"][0]["where"] == f"query.{query.partition('=')[0]}"


async def test_a_caller_sees_only_what_it_may(callers: Callers, pool: Pool) -> None:
    """A cohort's reader sees that cohort; an academy's, the academy; a teller reads nothing."""
    for name in ("leeds.2026-autumn.P01", "sheffield.2026-autumn.P01", "sheffield.2027-autumn.P01"):
        await _recorded(pool, name)
    cohort = await callers.with_grants("read:sheffield.2026-autumn:*")
    academy = await callers.with_grants("read:sheffield:*", "tell:*:*", "as:*:*")
    assert await _paged(cohort, "/v1/engagements?limit=1") == ["sheffield.2026-autumn.P01"]
    assert await _paged(academy, "/v1/engagements") == ["sheffield.2026-autumn.P01", "sheffield.2027-autumn.P01"]
    for path in (
        "/v1/engagements?cohort=leeds.2026-autumn",
        "/v1/engagements/leeds.2026-autumn.P01",
        "/v1/engagements/leeds.2026-autumn.P01/timeline",
        "/v1/engagements/leeds.2026-autumn.P01/why",
        "/v1/engagements/leeds.2026-autumn.P01/facts",
        "/v1/cohorts/leeds.2026-autumn",
        "/v1/audit?subject=leeds.2026-autumn.P01",
    ):
        assert (await academy.get(path)).status_code == 403, path
    teller = await callers.with_grants("tell:*:*", "as:*:*")
    assert (await teller.get("/v1/engagements")).status_code == 403
    anonymous = await (await callers.anonymous()).get("/v1/engagements")
    assert (anonymous.status_code, anonymous.headers["WWW-Authenticate"][:6]) == (401, "Bearer")


async def test_an_engagement_is_shown_with_where_it_stands(http: httpx.AsyncClient, town: Town) -> None:
    """As its workflow says, with who is in it by id, and what could not be sent."""
    life = await town.started()
    shown = (await http.get(f"/v1/engagements/{life.name}")).json()
    standing = await life.state()
    assert shown["standing"]["next_due"]["key"] == (standing.next_due.key if standing.next_due else None)
    assert {"role": "coach", "person": COACH} in shown["people"]
    assert shown["engagement"]["stage"] == "proposed"
    timeline = (await http.get(f"/v1/engagements/{life.name}/timeline")).json()["items"]
    assert [one["key"] for one in timeline] == [due.key for due in await life.timeline()]
    for path in ("", "/timeline", "/why", "/facts"):
        assert (await http.get(f"/v1/engagements/sheffield.2026-autumn.nobody{path}")).status_code == 404


async def test_why_tells_what_is_due_and_why_nothing_is(http: httpx.AsyncClient, town: Town) -> None:
    """By what is next, a matter, a key, and health; also for what the rules do not ask for."""
    life = await town.started()

    async def why(about: str) -> list[dict[str, str]]:
        answered = await http.get(f"/v1/engagements/{life.name}/why", params={"about": about})
        assert answered.status_code == 200, answered.text
        items: list[dict[str, str]] = answered.json()["items"]
        return items

    (following,) = await why("next")
    assert "Set by the programme: " in following["answer"]
    assert await why(following["question"]) == [following]
    assert following in await why(following["question"].partition("/")[0])
    assert "On track" in (await why("health"))[0]["answer"]
    assert "Nothing of this kind is due" in (await why("relapse"))[0]["answer"]
    assert "No notice of this id" in (await why("ntc_0123456789ab"))[0]["answer"]


async def test_why_tells_what_became_of_a_notice(http: httpx.AsyncClient, town: Town, pool: Pool) -> None:
    """Sent, failed, withheld or waiting, with the rule behind it."""
    life = await town.started()

    async def issued(step: int) -> str:
        notice = Notice(
            person=COACH,
            role=Role.COACH,
            act=Act.ASK,
            matter=Matter.AGREEMENT,
            window="signatures",
            step=step,
            turn=Role.COACH,
            reason="agreement_owed",
        )
        async with pool.acquire() as conn:
            (made,) = await notices.issue(conn, life.name, now(), [notice])
        return made

    sent, failed, withheld, waiting = [await issued(step) for step in (90, 91, 92, 93)]
    async with pool.acquire() as conn:
        await notices.settle(conn, sent, "sent", now(), message_id="<1@example.org>")
        await notices.settle(conn, failed, "failed", now(), failure="550 no such user alder@example.org")
        await notices.settle(conn, withheld, "withdrawn", now())
    for notice, word in ((sent, "Sent on"), (failed, "could not be sent"), (withheld, "Not sent"), (waiting, "waits")):
        answered = await http.get(f"/v1/engagements/{life.name}/why", params={"about": notice})
        assert word in answered.json()["items"][0]["answer"]
        assert "alder" not in answered.text
    await pool.execute("UPDATE notices SET gathered = true WHERE notice = $1", waiting)
    gathered = await http.get(f"/v1/engagements/{life.name}/why", params={"about": waiting})
    assert "weekly mail (attention.at_once" in gathered.json()["items"][0]["answer"]
    await pool.execute("UPDATE notices SET because = 'superseded' WHERE notice = $1", withheld)
    superseded = await http.get(f"/v1/engagements/{life.name}/why", params={"about": withheld})
    assert "a later step of the same matter" in superseded.json()["items"][0]["answer"]
    by_key = await http.get(f"/v1/engagements/{life.name}/why", params={"about": "agreement/signatures/90"})
    assert sent in [one["question"] for one in by_key.json()["items"]]


async def test_facts_are_listed_as_they_were_recorded(http: httpx.AsyncClient, town: Town) -> None:
    """Page by page, also those recorded while somebody reads."""
    life = await town.started()
    for role in SIGNING:
        await life.told(AgreementSigned, role=role)
    path = f"/v1/engagements/{life.name}/facts"
    first = (await http.get(path, params={"limit": 2})).json()
    assert [one["fact"]["kind"] for one in first["items"]] == ["engagement_proposed", "agreement_signed"]
    await life.told(EndedEarly, reason=EndReason.SILENT)
    second = (await http.get(path, params={"limit": 2, "cursor": first["next"]})).json()
    third = (await http.get(path, params={"limit": 2, "cursor": second["next"]})).json()
    found = [one["number"] for page in (first, second, third) for one in page["items"]]
    assert (found, third["next"]) == ([1, 2, 3, 4, 5], None)


@pytest.mark.long
async def test_an_engagement_that_temporal_keeps_no_more_is_read_from_its_ledger(
    http: httpx.AsyncClient, town: Town
) -> None:
    """After the retention of the server, by the same rules."""
    life = await town.started()
    await life.told(EndedEarly, now(), reason=EndReason.SILENT)
    await life.handle.result()
    path = f"/v1/engagements/{life.name}"
    before = (await http.get(path)).json()["standing"]
    await _forgotten(town, life.workflow_id)
    after = (await http.get(path)).json()["standing"]
    assert {**after, "as_of": None} == {**before, "as_of": None}
    assert after["end_reason"] == "silent"
    assert (await http.get(f"{path}/timeline")).json() == {"items": []}
    (why,) = (await http.get(f"{path}/why", params={"about": "session"})).json()["items"]
    assert "has ended" in why["answer"]


async def _forgotten(town: Town, workflow_id: str) -> None:
    client = town.client
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow_id)
        )
    )
    async with asyncio.timeout(timedelta(seconds=60).total_seconds()):
        while True:
            try:
                await client.get_workflow_handle(workflow_id).describe()
            except RPCError:
                return
            await asyncio.sleep(0.1)
