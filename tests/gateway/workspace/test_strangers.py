"""Whoever has no part in an academy sees nothing of it, and changes nothing, whatever address they know."""

from __future__ import annotations

from fastapi import FastAPI

from tests.activities.mail_servers import Behaviour
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.test_sign_in import Browser, opened
from tests.gateway.workspace.academy import lived_in
from tests.gateway.workspace.walking import DOWNLOAD, kind_of, walked
from tests.workflows.subjects import OFFICE, SPONSOR, now

STRANGER = "per_leeds"
_THEIRS = ("/teams/{engagement}", "/people/")
"""Of their teams a sponsor sees what faculty released, and what they recorded themselves; of people, themselves."""


async def _stranger(site: Site) -> None:
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
    await _stranger(site)
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
