"""An academy's office over HTTP: changed once, it holds for all that runs there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from operations import signing_in
from operations.signing_in import Here, Secrets
from records import notices
from records.database import Pool
from schemas.due import Notice
from schemas.words import Act, Matter, Role
from tests.gateway.conftest import Callers, Town
from tests.workflows.subjects import COACH, now, one_more

OFFICE = "/v1/academies/sheffield/office"


def _cohort(**said: Any) -> dict[str, Any]:
    """A cohort in ten weeks with one participant."""
    row = {"participant": "P01", "name": "Coach Alder", "email": "alder@example.org"}
    start = (now() + timedelta(weeks=10)).date().isoformat()
    return {"academy": "sheffield", "cohort": one_more("c"), "course_start": start, "participants": [row]} | said


def _course() -> dict[str, Any]:
    """A course in ten weeks, on a Wednesday and a Thursday."""
    day = now().date() + timedelta(weeks=10)
    day += timedelta(days=-day.weekday() % 7 + 2)
    return {"academy": "sheffield", "day_1": f"{day}", "day_2": f"{day + timedelta(days=1)}"}


async def _writes_from(pool: Pool, subject: str) -> tuple[str | None, str | None]:
    """The office's name and address in the next mail about a subject."""
    asked = Notice(
        person=COACH, role=Role.COACH, act=Act.ASK, matter=Matter.SESSION, window=one_more("window"), step=0,
        turn=Role.COACH, reason="session_reported",
    )  # fmt: skip
    async with pool.acquire() as conn:
        (letter,) = await notices.letters(conn, await notices.issue(conn, subject, now(), (asked,)))
    return letter.office_name, letter.office_address


async def test_a_change_holds_for_all_that_runs(http: httpx.AsyncClient, town: Town, pool: Pool) -> None:
    """The next mail of an engagement, a cohort and a course comes from the new address; nothing was told to them."""
    made = await http.put(OFFICE, json={"email": "office@example.org"})
    assert made.json() == {"person": "sheffield.office", "name": "Programme office", "email": "office@example.org"}
    life, cohort = await town.started(), await town.cohort_started()
    course = (await http.post("/v1/intro-courses", json=_course())).json()["course"]
    subjects = (life.name, cohort.name, course)
    before = await pool.fetchval("SELECT count(*) FROM facts WHERE subject = ANY ($1)", subjects)
    assert {await _writes_from(pool, one) for one in subjects} == {("Programme office", "office@example.org")}
    changed = await http.put(OFFICE, json={"email": "new@example.org", "name": "Sheffield MCA"})
    assert changed.status_code == 200
    assert (await http.get(OFFICE)).json() == changed.json()
    assert {await _writes_from(pool, one) for one in subjects} == {("Sheffield MCA", "new@example.org")}
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = ANY ($1)", subjects) == before


async def test_another_address_signs_the_office_out(http: httpx.AsyncClient, pool: Pool) -> None:
    """Whoever read the old mailbox is nobody here any more. Another name changes nothing."""
    await http.put(OFFICE, json={"email": "office@example.org"})
    keep = Secrets("a key of this test")
    async with pool.acquire() as conn:
        code = await signing_in.new_code(conn, keep, "browser", "office@example.org", now())
        assert await signing_in.sign_in(conn, keep, "browser", code, now(), Here("Edge"))
    for said, left in (
        ({"email": "office@example.org", "name": "Sheffield MCA"}, 1),
        ({"email": "new@example.org"}, 0),
    ):
        assert (await http.put(OFFICE, json=said)).status_code == 200
        assert await pool.fetchval("SELECT count(*) FROM sign_ins WHERE ended_at IS NULL") == left


@pytest.mark.usefixtures("town")
async def test_a_second_cohort_has_the_same_office(http: httpx.AsyncClient) -> None:
    """It need not be named again; another address is refused, and starts nothing."""
    refused = await http.post("/v1/cohorts", json=_cohort())
    assert (refused.status_code, "has no office yet" in refused.json()["detail"]) == (422, True)
    assert (await http.post("/v1/cohorts", json=_cohort(office_email="office@example.org"))).status_code == 201
    assert (await http.post("/v1/cohorts", json=_cohort())).status_code == 201
    other = _cohort(office_email="other@example.org")
    refused = await http.post("/v1/cohorts", json=other)
    assert (refused.status_code, "has another address" in refused.json()["detail"]) == (409, True)
    assert (await http.get(f"/v1/cohorts/sheffield.{other['cohort']}")).status_code == 404


async def test_a_role_in_one_team_does_not_move_the_office(http: httpx.AsyncClient, town: Town) -> None:
    """The office belongs to the academy."""
    life = await town.started()
    said = {"kind": "role_changed", "event_id": "office", "occurred_at": now().isoformat()}
    refused = await http.post(
        f"/v1/engagements/{life.name}/facts", json=said | {"role": "office", "person": "per_other"}
    )
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "The office belongs to the academy: change it there.",
    )


async def test_only_who_runs_the_academy_changes_its_office(http: httpx.AsyncClient, callers: Callers) -> None:
    """Neither a teller, nor another academy's administrator; and nobody has one before it is named."""
    assert (await http.get(OFFICE)).status_code == 404
    for grant in ("tell:sheffield:*", "admin:leeds"):
        other = await callers.with_grants(grant)
        assert (await other.put(OFFICE, json={"email": "office@example.org"})).status_code == 403
        assert (await other.get(OFFICE)).status_code == 403


@pytest.mark.usefixtures("town")
async def test_members_and_a_deputy_are_named(http: httpx.AsyncClient) -> None:
    """A person who is known keeps their id; the office itself is neither."""
    await http.put(OFFICE, json={"email": "office@example.org"})
    at = "/v1/academies/sheffield"
    named = await http.put(f"{at}/deputy", json={"email": "dana@example.org", "name": "Dana Deputy"})
    assert (named.status_code, named.json()["deputy"]["name"]) == (200, "Dana Deputy")
    for body in ({"email": "olga@example.org", "name": "Olga Office"}, {"email": "Dana@example.org"}):
        assert (await http.post(f"{at}/office/people", json=body)).status_code == 200
    shown = (await http.get(f"{at}/office/people")).json()
    assert [member["name"] for member in shown["members"]] == ["Dana Deputy", "Olga Office"]
    assert shown["members"][0]["person"] == shown["deputy"]["person"]
    own = await http.put(f"{at}/deputy", json={"email": "office@example.org"})
    assert own.status_code == 422
    assert (await http.delete(f"{at}/office/people/per_nobody")).status_code == 404
    # Of two words in one second, the one that names somebody holds.
    async with asyncio.timeout(20):
        while (await http.delete(f"{at}/deputy")).json()["deputy"] is not None:
            continue
