"""Whoever has no part in an academy sees nothing of it, and changes nothing, whatever address they know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import httpx
from fastapi import FastAPI
from starlette.routing import Route

from gateway.workspace import WORKSPACE
from tests.activities.mail_servers import Behaviour
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import Course, Intro, Life
from tests.gateway.pages.test_sign_in import Browser, opened
from tests.gateway.workspace.academy import lived_in
from tests.gateway.workspace.walking import DOWNLOAD, kind_of, walked
from tests.workflows.subjects import COACH, LEAD, OFFICE, SPONSOR, now

STRANGER = "per_leeds"
_THEIRS = ("/teams/{engagement}", "/people/")
"""Of their teams a sponsor sees what faculty released, and what they recorded themselves; of people, themselves."""


IDS: Final = {
    "person": COACH,
    "other": LEAD,
    "code": "P01",
    "number": "1",
    "day": "1",
    "role": "coach",
    "kind": "session_held",
    "what": "withdrawn",
    "slug": "sessions",
    "key": "key_3f2a90b1c4",
}


def pages() -> Iterator[tuple[str, str]]:
    """Each way to ask for each page that names something."""
    for router in WORKSPACE:
        for route in router.routes:
            if isinstance(route, Route) and "{" in route.path:
                yield from ((method, route.path) for method in sorted(route.methods or ()) if method != "HEAD")


async def neighbour(site: Site) -> None:
    """Somebody in the office of another academy."""
    await site.pool.execute(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
        "VALUES ($1, 'leeds', 'Lee Stranger', $2, $3, $3)",
        STRANGER,
        f"{STRANGER}@example.org",
        now(),
    )
    await site.pool.execute(
        "INSERT INTO academy_people (academy, key, part, person, changed_at) VALUES ('leeds', $1, 'member', $2, $3)",
        f"member:{STRANGER}",
        STRANGER,
        now(),
    )


async def test_the_office_of_another_academy_sees_nothing_and_changes_nothing(
    app: FastAPI, site: Site, mail: Behaviour
) -> None:
    """Every page that the office finds, every list as a file, and every form, tried by a neighbour's office."""
    await lived_in(site)
    await neighbour(site)
    async with opened(app, mail) as theirs:
        await theirs.sign_in(f"{OFFICE}@example.org")
        addresses = [address for kind, address in (await walked(theirs)).items() if not kind.startswith("/a/")]
    before = await _all_of(site)
    async with opened(app, mail) as stranger:
        await stranger.sign_in(f"{STRANGER}@example.org")
        for address in addresses:
            for tried in (address, f"{address}{'&' if '?' in address else '?'}{DOWNLOAD}=csv"):
                await _sees_nothing(stranger, tried)
        for address in addresses:
            path = address.partition("?")[0]
            answered = await stranger.http.post(path, data={"answer": "yes.yes"})
            assert answered.status_code in (303, 404, 405, 409, 422, 200), (path, answered.status_code)
    assert await _all_of(site) == before


async def test_ids_of_another_academy_are_answered_as_ids_that_nobody_has(site: Site, browser: Browser) -> None:
    """By every page that names something, also those to which no link leads: looked at, and sent."""
    engagement, cohort = await Life().agreed().put(site.pool), await Course().put(site.pool)
    course = await Intro(4).booked(1).put(site.pool)
    await neighbour(site)
    await browser.sign_in(f"{STRANGER}@example.org")
    ours = IDS | {"engagement": engagement, "cohort": cohort, "course": course, "booking": f"{course}.B1"}
    made_up = {name: re.sub("sheffield|per_", r"\g<0>x", value) for name, value in ours.items()}
    before = await _all_of(site)
    for method, path in pages():
        first, second = [
            await browser.http.request(method, path.replace(":int", "").format(**ids)) for ids in (ours, made_up)
        ]
        assert first.status_code == second.status_code == httpx.codes.NOT_FOUND, (method, path)
        assert _content(first) == _content(second), (method, path)
    assert await _all_of(site) == before


def _content(answer: httpx.Response) -> str:
    """What a page says, without its frame, which says when the session ends."""
    return answer.text.partition('id="maincontent"')[2]


async def test_a_sponsor_is_shown_no_page_of_the_office(app: FastAPI, site: Site, mail: Behaviour) -> None:
    """Of what the office finds they open their teams' own pages; all else is not there."""
    await lived_in(site)
    async with opened(app, mail) as office:
        await office.sign_in(f"{OFFICE}@example.org")
        found = await walked(office)
    async with opened(app, mail) as sponsor:
        await sponsor.sign_in(f"{SPONSOR}@example.org")
        own = await walked(sponsor)
        assert "/teams/{engagement}" in own
        for kind in found.keys() - own.keys():
            route = kind.partition("?")[0]
            if route not in own and not route.startswith(("/a/", *_THEIRS)):
                assert (await sponsor.open(found[kind])).status == 404, kind


async def _sees_nothing(stranger: Browser, address: str) -> None:
    page = await stranger.open(address)
    if _names_something(address):
        assert page.status == 404, (address, page.words)
    for name in (*NAMES.values(), "Ward 12"):
        assert name not in page.words, (address, name)


def _names_something(address: str) -> bool:
    """Whether its path names a subject or a person."""
    kind = kind_of(address) or ""
    return "{" in kind and not kind.startswith("/academy")


async def _all_of(site: Site) -> list[tuple[object, ...]]:
    """What is recorded of anything."""
    rows = await site.pool.fetch("SELECT subject, seq, event_id FROM facts ORDER BY subject, seq")
    people = await site.pool.fetch("SELECT person, name, address FROM people ORDER BY person")
    return [tuple(row) for row in (*rows, *people)]
