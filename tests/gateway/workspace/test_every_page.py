"""Each page of the workspace can be reached by links, answers, and can be read by everybody."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import Route

from gateway.workspace import WORKSPACE
from tests.activities.mail_servers import Behaviour
from tests.browser import needs_browser
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.test_sign_in import opened
from tests.gateway.workspace.academy import PEOPLE, lived_in
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.walking import walked

RARE = {
    "/search",
    "/engine",
    "/introduction-courses/{course}/bookings/{booking}/coaching",
    "/introduction-courses/{course}/certificates/{booking}",
    "/people/{person}/merge/{other}",
}
"""What a form leads to, what is the operator's, and what a course leads to once somebody asked: looked at elsewhere."""


@needs_browser
async def test_every_page_is_found_by_links_and_axe_finds_nothing(
    app: FastAPI, site: Site, mail: Behaviour, phone: Phone
) -> None:
    """As the office, faculty, a coach, a lead and a sponsor; 320 pixels wide, with every fold open."""
    await lived_in(site)
    reached: set[str] = set()
    for person in PEOPLE:
        async with opened(app, mail) as theirs:
            await theirs.sign_in(f"{person}@example.org")
            found = await walked(theirs)
            fresh = {kind: address for kind, address in found.items() if kind not in reached or kind == "/home"}
            await phone.looks_right(*fresh.values(), browser=theirs)
            reached |= {kind.partition("?")[0] for kind in found} | set(found)
    pages = {
        route.path for each in WORKSPACE for route in each.routes
        if isinstance(route, Route) and "GET" in (route.methods or ())
    }  # fmt: skip
    assert pages - RARE <= reached, pages - RARE - reached
