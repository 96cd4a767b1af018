# ruff: noqa: F811 - fixtures that are imported are named again by whoever asks for them
"""Who somebody is follows from the facts: an office by its members' names, a deputy, and who runs the installation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi import FastAPI

from activities.links import Purpose
from gateway.settings import GatewaySettings
from records import incidents, roles
from schemas.incidents import Finding, IncidentKind
from schemas.words import Matter, Role
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Life
from tests.gateway.pages.test_sign_in import Browser, browser, opened  # noqa: F401 - a fixture
from tests.gateway.pages.test_worklist_page import waiting
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR, now
from worker.main import Engine


async def joined(site: Site, person: str = OTHER, part: str = "member") -> None:
    """Somebody works in the office, or is its deputy."""
    await site.pool.execute(
        "INSERT INTO academy_people (academy, key, part, person, changed_at) VALUES ('sheffield', $1, $2, $3, $4)",
        f"{part}:{person}",
        part,
        person,
        now(),
    )


async def test_who_works_in_the_office_answers_for_it_by_name(site: Site, browser: Browser, running: Engine) -> None:  # noqa: ARG001
    """The fact says which person told it for the office, and the audit that they were signed in."""
    course = Course(-1)
    await course.put(site.pool)
    notice = await site.notice(course.name, Matter.COHORT_CONFIRMATION, "confirmed", person=OFFICE, role=Role.OFFICE)
    await joined(site)
    await browser.sign_in(f"{OTHER}@example.org")
    path = f"/a/{site.token(Purpose.NOTICE, OTHER, course.name, notice)}"
    page = await browser.open(path)
    assert (page.status, page.title) == (200, "Will the course run?")
    await browser.press(path, "confirm.yes")
    assert "We've recorded it." in browser.shown.words
    told = await site.pool.fetchval("SELECT body->'told_by' FROM facts WHERE event_id LIKE 'page-%'")
    assert told == {"role": "office", "person": OTHER}
    audit = await site.pool.fetchrow("SELECT caller, door FROM audit ORDER BY number DESC LIMIT 1")
    assert audit is not None
    assert tuple(audit) == (f"person:{OTHER}", "signed_in")


async def test_who_works_in_the_office_has_its_list_until_they_leave(site: Site, browser: Browser) -> None:
    """From the moment the facts say so, and no longer."""
    await waiting(site)
    await joined(site)
    page = await browser.sign_in(f"{OTHER}@example.org")
    assert "Stalled team, since" in page.words
    assert page.link("Ward 12: agree with the coach and faculty what should happen next")
    await site.pool.execute("DELETE FROM academy_people")
    page = await browser.open("/home")
    assert (page.status, page.title) == (403, "You don't have a role at the moment")
    assert "ask the programme office" in page.words


async def test_every_part_is_a_role_where_it_is_held(site: Site) -> None:
    """In teams, and in the office of an academy."""
    life = Life(1)
    await life.put(site.pool)
    await joined(site, OTHER, "deputy")
    async with site.pool.acquire() as conn:
        held = {person: await roles.roles_of(conn, person) for person in (COACH, FACULTY, LEAD, SPONSOR, OTHER)}
    expected = {COACH: "coach", FACULTY: "faculty", LEAD: "team_lead", SPONSOR: "sponsor"}
    assert {person: [(part.role, part.subject) for part in held[person]] for person in expected} == {
        person: [(role, life.name)] for person, role in expected.items()
    }
    assert [(part.role, part.academy) for part in held[OTHER]] == [(Role.DEPUTY, "sheffield")]


async def test_another_academys_page_says_so_whether_it_exists_or_not(site: Site, browser: Browser) -> None:
    """Nothing is learned of academies; who is somebody there says first who they are."""
    await browser.sign_in()
    assert (await browser.open("/home/sheffield")).title == "Your tasks"
    pages = [await browser.open(f"/home/{academy}") for academy in ("leeds", "atlantis")]
    assert {(page.status, page.title) for page in pages} == {(403, "This page belongs to another academy")}
    assert pages[0].words == pages[1].words
    await site.pool.execute(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
        "VALUES ('per_leeds', 'leeds', 'Anna of Leeds', $1, $2, $2)",
        f"{COACH}@example.org",
        now(),
    )
    await browser.sign_out()
    await browser.sign_in()
    await browser.press("/sign-in/who", "who.yes", **{"who-person": COACH})
    assert (await browser.open("/home/leeds")).url == "/sign-in/who"


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    """Somebody runs the installation who has no part in any academy, and somebody who has."""
    return GatewaySettings.model_validate(
        settings.model_dump() | {"sign_in_operators": f"Desk@trust.example, {LEAD}@example.org"}
    )


async def test_the_operator_sees_what_is_wrong_anywhere(site: Site, browser: Browser) -> None:
    """Named by the settings, and nobody in any academy; others are told that this is not for them."""
    found = Finding(kind=IncidentKind.NOT_RUNNING, subject="leeds.c.P01", facts={"status": "terminated"})
    async with site.pool.acquire() as conn:
        await incidents.open_incidents(conn, [found], now())
    page = await browser.sign_in("desk@trust.example")
    assert (page.url, page.title) == ("/engine", "The engine")
    assert "leeds.c.P01 was no longer running in Temporal" in page.words
    assert "(this browser)" in (await browser.open("/signed-in")).words
    await browser.sign_out()
    await browser.sign_in()
    assert (await browser.open("/engine")).status == 404


async def test_who_is_named_no_longer_is_no_operator_from_then_on(
    app: FastAPI, browser: Browser, settings: GatewaySettings
) -> None:
    """Nor until their session ends: what the settings name counts at every page. Others stay signed in."""
    for address, after in (("desk@trust.example", "/sign-in"), (f"{LEAD}@example.org", "/engine")):
        await browser.sign_in(address)
        assert (await browser.open("/engine")).status == 200
        context = app.state.context
        unnamed = GatewaySettings.model_validate(settings.model_dump() | {"sign_in_operators": "others@trust.example"})
        app.state.context = replace(context, settings=unnamed)
        page = await browser.open("/engine")
        assert (page.url, page.title == "The engine") == (after, False)
        app.state.context = context
        await browser.sign_out()


async def test_every_page_of_their_own_leads_an_operator_to_what_is_wrong(site: Site, browser: Browser) -> None:
    """Also one below the top, as their academy's, or a link's."""
    await browser.sign_in(f"{LEAD}@example.org")
    for path in ("/home", "/home/sheffield", f"/a/{site.token(Purpose.HOME, LEAD)}"):
        page = await browser.open(path)
        there = str(browser.http.base_url.join(page.url).join(page.link("Engine")))
        assert (await browser.open(there)).url == "/engine", path
