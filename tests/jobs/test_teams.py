"""What those who look after teams come for."""

from __future__ import annotations

from playwright.async_api import expect

from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import FACULTY


async def test_faculty_see_which_teams_are_at_risk_and_why(site: Site, at_work: AtWork) -> None:
    """From the menu, in two clicks, with the reason beside the team."""
    await Life().stalled().put(site.pool)
    await Life().handed_off().put(site.pool)
    page = await at_work(FACULTY)
    await page.get_by_role("link", name="Teams", exact=True).click()
    await page.get_by_role("link", name="Stalled (1)").click()
    await expect(page.get_by_role("row")).to_have_count(2)
    await expect(page.get_by_text("The last 4 sessions didn't go ahead")).to_be_visible()
