"""The engine's own page: for whoever runs the installation, about no person."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI

from gateway.settings import GatewaySettings
from records import accounts, incidents
from records.accounts import Accounted
from schemas.incidents import Finding, IncidentKind
from tests.gateway.conftest import running, temporal, unheard
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.workflows.subjects import COACH, OFFICE, now
from worker.main import Engine

__all__ = ["running", "temporal", "unheard"]

DESK = "desk@trust.example"
UI = "https://temporal.example/ui"


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    """Somebody runs the installation, and the Temporal UI is known."""
    return GatewaySettings.model_validate(settings.model_dump() | {"sign_in_operators": DESK, "temporal_ui_url": UI})


async def gone_wrong(site: Site) -> None:
    """Something is wrong, something is over, and a day was accounted for."""
    wrong = Finding(kind=IncidentKind.NOT_RUNNING, subject="leeds.c.P01", facts={"status": "terminated"})
    over = wrong.model_copy(update={"subject": "leeds.c.P02", "done": "restarted", "mended": True})
    async with site.pool.acquire() as conn:
        await incidents.open_incidents(conn, [wrong, over], now())
        await accounts.note(conn, now().date(), [Accounted("engagement", 41, 2)], now())


async def test_an_operator_sees_what_is_wrong_and_what_was_done(site: Site, browser: Browser) -> None:
    """What is over apart from what is wrong; each day's account; versions; and nobody's name."""
    await Life().agreed().put(site.pool)
    await gone_wrong(site)
    words = (await browser.sign_in(DESK)).words
    assert browser.shown.url == "/engine"
    assert "What's wrong now (1)" in words
    now_wrong, _, over = words.partition("What's over, and what was done (1)")
    assert "leeds.c.P01 was no longer running in Temporal" in now_wrong
    assert "It was started again from the records." in over
    assert "Engagement 43 41 2" in words
    assert "Coaching lifecycle engine" in words
    assert "Not ready" in words
    assert not [name for name in NAMES.values() if name in words]


async def test_an_operator_is_told_plainly_that_no_academy_is_theirs(site: Site, browser: Browser) -> None:
    """They are signed in, and nobody asks them to do so again."""
    await Life().agreed().put(site.pool)
    await browser.sign_in(DESK)
    for address in ("/teams", "/academy", "/people"):
        assert (await browser.open(address)).title == "You can't see this page"


async def test_nobody_else_has_it(site: Site, browser: Browser) -> None:
    """Neither in the menu nor by its address; who isn't signed in signs in first."""
    await Life().agreed().put(site.pool)
    assert (await browser.open("/engine")).url == "/sign-in"
    for person in (OFFICE, COACH):
        page = await browser.sign_in(f"{person}@example.org")
        assert "/engine" not in str(page.links)
        assert (await browser.open("/engine")).title == "You can't see this page"
        await browser.sign_out()


async def test_links_lead_to_lists_that_temporal_can_make(
    app: FastAPI,
    site: Site,  # noqa: ARG001 - people with names
    browser: Browser,
    running: Engine,  # noqa: ARG001
) -> None:
    """Each carries its query."""
    links = [href for href, _ in (await browser.sign_in(DESK)).links if href.startswith(UI)]
    assert len(links) > 8
    for link in links:
        there = urlsplit(link)
        assert there.path == f"/ui/namespaces/{app.state.context.client.namespace}/workflows"
        (query,) = parse_qs(there.query)["query"]
        assert (await app.state.context.client.count_workflows(query)).count >= 0


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """With something in every part."""
    await gone_wrong(site)
    async with site.pool.acquire() as conn:
        await accounts.note(conn, now().date() - timedelta(days=1), [Accounted("notice", 3, 0)], now())
    await browser.sign_in(DESK)
    await phone.looks_right("/engine")
