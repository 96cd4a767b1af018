"""Two records of one person become one and two again; one record of two people becomes two."""

from __future__ import annotations

import pytest

from schemas.words import Role
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import OTHER, Life
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_academy import stale
from tests.workflows.subjects import COACH, OFFICE
from worker.main import Engine

MERGED = "SELECT merged_into FROM people WHERE person = $1"
WHO = "SELECT person FROM engagement_people WHERE engagement = $1 AND role = $2"
BOTH = f"/people/{COACH}/merge/{OTHER}"
SPLIT = f"/people/{COACH}/split"


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


async def merged(browser: Browser, stays: str = COACH) -> Page:
    """Merge the coach's record with another."""
    await browser.open(BOTH)
    return await browser.press(BOTH, "merge.yes", **{"merge-stays": stays})


async def test_the_other_record_is_found_by_the_same_name_and_by_searching(site: Site, office: Browser) -> None:
    """Without a search those with the same name or address are offered; oneself never."""
    page = await office.open(f"/people/{COACH}/merge")
    assert "Nobody else has the same name or email address" in page.words
    await site.pool.execute("UPDATE people SET address = upper($1) WHERE person = $2", f"{COACH}@example.org", OTHER)
    assert (await office.open(f"/people/{COACH}/merge")).link(NAMES[OTHER]) == BOTH
    page = await office.open(f"/people/{COACH}/merge?q=example.org")
    assert page.link("Lena Lead")
    assert page.text.count("pages-entry") == 4


async def test_both_are_shown_and_the_one_that_stays_stands_for_the_other(
    site: Site, office: Browser, running: Engine
) -> None:
    """Until that is undone; nobody is merged with themselves."""
    _ = running
    await Life().agreed().put(site.pool)
    page = await office.open(BOTH)
    for words in ("Coach of Ward 12", "No role now", f"{OTHER}@example.org", "entries and", "undo this"):
        assert words in page.words
    assert "Say which record stays" in (await office.press(BOTH, "merge.yes")).words
    page = await merged(office)
    assert page.title == "The records are merged"
    assert await site.pool.fetchval(MERGED, OTHER) == COACH
    assert (await office.open(f"/people/{OTHER}")).status == 404
    await office.open(SPLIT)
    page = await office.press(SPLIT, f"undo-{OTHER}.yes")
    assert page.link(f"Go to {NAMES[OTHER]}") == f"/people/{OTHER}"
    assert await site.pool.fetchval(MERGED, OTHER) is None
    assert (await office.open(f"/people/{COACH}/merge/{COACH}")).status == 404


async def test_a_record_of_two_people_becomes_two(site: Site, office: Browser, running: Engine) -> None:
    """The other has the roles that are theirs, and may have the same mailbox."""
    _ = running
    one, two = [await Life().agreed().put(site.pool) for _ in range(2)]
    await office.open(SPLIT)
    given = {"other-who-name": "Ada Other", "other-who-email": f"{COACH}@example.org"}
    assert "Choose the roles that are theirs" in (await office.press(SPLIT, "other.yes", **given)).words
    page = await office.press(SPLIT, "other.yes", **given, **{"other-roles": f"coach-{two}"})
    assert page.title == "They are two records now"
    ada = await site.pool.fetchval("SELECT person FROM people WHERE name = 'Ada Other'")
    assert page.link("Go to Ada Other") == f"/people/{ada}"
    assert await site.pool.fetchval(WHO, one, Role.COACH) == COACH
    assert await site.pool.fetchval(WHO, two, Role.COACH) == ada


async def test_only_who_signed_in_just_now_merges_and_splits(site: Site, office: Browser) -> None:
    """Whoever signed in longer ago shows again that it is them."""
    await Life().agreed().put(site.pool)
    await office.open(BOTH)
    await stale(site)
    page = await office.press(BOTH, "merge.yes", **{"merge-stays": COACH})
    assert page.url.startswith("/sign-in")
    assert await site.pool.fetchval(MERGED, OTHER) is None
