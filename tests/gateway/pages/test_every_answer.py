"""What holds for every address that people open: nobody keeps or frames it, and no other site's form counts."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from starlette.routing import Route

from gateway.pages.router import ROUTERS
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course, Intro, Life
from tests.gateway.pages.test_sign_in import Browser, browser
from tests.gateway.workspace.test_strangers import IDS
from tests.workflows.subjects import COACH, OFFICE

__all__ = ["browser"]

KEPT = ("/assets/", ".ics")
"""Addresses of files that a browser or a calendar program may keep for a while."""


def addresses(method: str, **ids: str) -> Iterator[str]:
    """Every address of this kind, with ids that stand for something where it is known."""
    given = IDS | {"token": "forged", "secret": "forged", "code": "7KQ2-9XWB-M4TR", "academy": "sheffield"} | ids
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, Route) and method in (route.methods or ()) and not any(one in route.path for one in KEPT):
            yield route.path.replace(":int", "").format(**given | {"name": "x"})


async def ids(site: Site) -> dict[str, str]:
    """A team, a cohort and a course that the office has pages of."""
    course = await Intro(4).booked(1).put(site.pool)
    return {
        "engagement": await Life().agreed().put(site.pool),
        "cohort": await Course().put(site.pool),
        "course": course,
        "booking": f"{course}.B1",
    }


@pytest.mark.parametrize("person", [OFFICE, COACH, None])
async def test_nobody_keeps_or_frames_what_is_somebodys(site: Site, browser: Browser, person: str | None) -> None:
    """Pages, files, refusals and the way on alike; no script reads a cookie, and none is sent from other sites."""
    if person:
        await browser.sign_in(f"{person}@example.org")
    for address in addresses("GET", **await ids(site)):
        answer = await browser.http.get(address)
        said = answer.headers
        assert said.get("cache-control") == "no-store", (address, answer.status_code)
        assert "frame-ancestors 'none'" in said["content-security-policy"], address
        assert (said["x-content-type-options"], said["referrer-policy"]) == ("nosniff", "no-referrer"), address
        for cookie in said.get_list("set-cookie"):
            assert {"HttpOnly", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}, address


@pytest.mark.parametrize("where", ["cross-site", "same-site"])
async def test_no_form_of_another_site_counts(site: Site, browser: Browser, where: str) -> None:
    """At no address: nothing is recorded, no cookie is set, and no session lasts longer."""
    await browser.sign_in(f"{OFFICE}@example.org")
    named = await ids(site)
    await site.pool.execute("UPDATE sign_ins SET seen_at = seen_at - interval '10 minutes'")
    before = await _recorded(site)
    for address in addresses("POST", **named):
        form = {"answer": "yes.yes", "where": "everywhere", "do": "record"}
        answer = await browser.http.post(address, data=form, headers={"Sec-Fetch-Site": where})
        asked_by_script = address == "/signed-in/ends"
        assert answer.status_code == (httpx.codes.OK if asked_by_script else httpx.codes.FORBIDDEN), address
        assert "set-cookie" not in answer.headers, address
    assert await _recorded(site) == before


async def _recorded(site: Site) -> list[tuple[object, ...]]:
    told = await site.pool.fetch("SELECT event_id FROM facts ORDER BY event_id")
    signed_in = await site.pool.fetch("SELECT sign_in, seen_at, ended_at FROM sign_ins ORDER BY sign_in")
    asked = await site.pool.fetch("SELECT number FROM audit ORDER BY number")
    return [tuple(row) for row in (*told, *signed_in, *asked)]
