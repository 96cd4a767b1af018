"""Whoever answers a subject access request has all that is held, on a page and as files, and the audit says so."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from gateway.pages.export import COLUMNS
from operations.sheets import rows_of
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_academy import stale
from tests.workflows.subjects import COACH, OFFICE, now

HERE = f"/people/{COACH}/export"
READ = "SELECT count(*) FROM audit WHERE action = $1 AND caller = $2"


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


async def noted(site: Site) -> int:
    """How often it was read."""
    found = await site.pool.fetchval(READ, f"read everything held of {COACH}", f"person:{OFFICE}")
    return int(found)


async def test_it_is_read_as_a_page_a_workbook_and_json_and_each_time_noted(site: Site, office: Browser) -> None:
    """The same in each: what they are called, and the records that name them. The form alone reads nothing."""
    await Life().agreed().put(site.pool)
    assert "subject access" in (await office.open(HERE)).words
    assert await noted(site) == 0
    page = await office.open(f"{HERE}?as=page")
    assert page.title == "What we hold about Anna Example"
    assert page.link("People") == "/people"
    book = await office.http.get(f"{HERE}?as=xlsx")
    header, *lines = rows_of(book.content, COLUMNS).records
    assert header.cells == COLUMNS
    assert ("Name and address", "1", "Address", f"{COACH}@example.org") in {line.cells for line in lines}
    answer = await office.http.get(f"{HERE}?as=json")
    assert "Everything%20we%20hold%20about%20Anna%20Example.json" in answer.headers["content-disposition"]
    assert json.loads(answer.text)["person"] == COACH
    assert await noted(site) == 3


async def test_a_period_has_what_stood_when_it_began_and_what_happened_in_it(office: Browser) -> None:
    """One that ends before it begins is asked about again."""
    today = now().date()
    days = "&".join(
        f"days-{which}-{part}={getattr(day, part)}"
        for which, day in (("first", today - timedelta(days=9)), ("last", today))
        for part in ("day", "month", "year")
    )
    assert "How things stood when the period began" in (await office.open(f"{HERE}?as=page&{days}")).words
    swapped = days.replace("first", "x").replace("last", "first").replace("x", "last")
    page = await office.open(f"{HERE}?as=page&{swapped}")
    assert (page.status, "The last day must be the same" in page.words) == (422, True)
    assert (
        await office.open(f"{HERE}?as=page&days-first-day=31&days-first-month=2&days-first-year=2026")
    ).status == 422


async def test_it_asks_again_who_it_is_that_reads(site: Site, office: Browser) -> None:
    """Whoever signed in longer ago shows again that it is them, and is brought back."""
    await stale(site)
    assert (await office.open(f"{HERE}?as=page")).url.startswith("/sign-in")
    assert await noted(site) == 0
