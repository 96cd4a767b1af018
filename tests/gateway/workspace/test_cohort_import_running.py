"""A cohort that runs already is taken over on a page: only by the office, and only once it was looked at."""

from __future__ import annotations

import pytest

from operations.sheets import Kind, written
from schemas.past import COLUMNS as PAST
from schemas.roster import COLUMNS
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.workflows.subjects import COACH, OFFICE, now

WHERE = "/cohorts/import/running"


async def test_only_the_office_takes_over(browser: Browser, site: Site) -> None:
    """A coach is led nowhere."""
    await joined(site)
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.http.get(WHERE)).status_code == 404


@pytest.mark.usefixtures("site")
async def test_without_any_sheet_it_says_so(browser: Browser) -> None:
    """And keeps what was typed."""
    await browser.sign_in(f"{OFFICE}@example.org")
    said = {"cohort": "2020-autumn", "starts-day": "5", "starts-month": "10", "starts-year": str(now().year - 1)}
    answer = await browser.http.post(WHERE, data=said | {"do": "look"})
    assert answer.status_code == 422
    assert "Choose a sheet of participants" in answer.text
    assert "2020-autumn" in answer.text


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("name", ["sheet", "past"])
async def test_no_cohort_begins_empty(browser: Browser, name: str) -> None:
    """A sheet that has its headings alone, or none of its participants, starts none."""
    await browser.sign_in(f"{OFFICE}@example.org")
    await browser.open(WHERE)
    raw = written(Kind.CSV, name, COLUMNS if name == "sheet" else PAST, [] if name == "sheet" else [("P01",)])
    said = {"cohort": "2020-autumn", "starts-day": "5", "starts-month": "10", "starts-year": str(now().year - 1)}
    page = browser._see(await browser.http.post(WHERE, data=said | {"do": "look"}, files={name: ("file", raw)}))
    assert "no participant to start it with" in page.words
    assert "Import the cohort" not in page.words
