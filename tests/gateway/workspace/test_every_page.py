"""Each page of the workspace can be reached by links, answers, and can be read by everybody."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from limits import RateLimitItemPerMinute
from playwright.async_api import Browser as Chromium
from starlette.routing import Route

from gateway.pages import pace
from gateway.settings import GatewaySettings
from gateway.workspace import WORKSPACE
from operations.keys import AT_MOST
from records import keys
from records.database import Pool
from tests.activities.mail_servers import Behaviour
from tests.gateway.pages.test_sign_in import opened
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.demonstrated import PEOPLE, put_in
from tests.gateway.workspace.test_engine import DESK
from tests.gateway.workspace.walking import walked
from tests.workflows.subjects import now

RARE = {
    "/search",
    "/introduction-courses/{course}/bookings/{booking}/coaching",
    "/introduction-courses/{course}/certificates/{booking}",
    "/people/{person}/merge/{other}",
}
"""What a form leads to, and what a course leads to once somebody asked: looked at elsewhere."""


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    """Somebody runs the installation."""
    return GatewaySettings.model_validate(settings.model_dump() | {"sign_in_operators": DESK})


@pytest.mark.long
async def test_every_page_is_found_by_links_and_axe_finds_nothing(
    app: FastAPI, pool: Pool, mail: Behaviour, chrome: Chromium, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As each of the demonstration, and whoever runs the installation; 320 pixels wide, with every fold open."""
    # Nobody opens so many pages from one address in one minute.
    monkeypatch.setattr(pace, "_OPENED", RateLimitItemPerMinute(1_000_000))
    await put_in(pool)
    reached: set[str] = set()
    async with pool.acquire() as conn:
        await keys.create(conn, "Board dashboard", ("read:sheffield:cohorts",), now(), now() + AT_MOST)
    for address in (*PEOPLE.values(), DESK):
        async with opened(app, mail) as theirs:
            await theirs.sign_in(address)
            found = await walked(theirs)
            fresh = {kind: address for kind, address in found.items() if kind not in reached or kind == "/home"}
            await Phone(app, theirs, chrome).looks_right(*fresh.values())
            reached |= {kind.partition("?")[0] for kind in found} | set(found)
    pages = {
        route.path for each in WORKSPACE for route in each.routes
        if isinstance(route, Route) and "GET" in (route.methods or ())
    }  # fmt: skip
    assert pages - RARE <= reached, pages - RARE - reached
