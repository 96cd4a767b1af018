"""What an office comes for before mail goes: see who gets some, and spare a team."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import OFFICE


async def before_its_mail(at_work: AtWork) -> Page:
    """The office's window with the mail to come."""
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="Upcoming mail").click()
    return page


async def answered(page: Page, opener: str, why: str, button: str) -> None:
    """One way to change mail is unfolded, given its reason, and pressed."""
    fold = page.locator("details").filter(has=page.get_by_text(opener, exact=True))
    if await fold.count() and await fold.get_attribute("open") is None:
        await fold.locator("summary").click()
    place = fold if await fold.count() else page.locator("form").filter(has=page.get_by_role("button", name=button))
    await place.get_by_label("Why?").fill(why)
    await place.get_by_role("button", name=button).click()


async def test_an_office_sees_who_gets_mail_on_a_day_and_why(site: Site, at_work: AtWork) -> None:
    """From the menu, in two clicks."""
    await Life().adopted().put(site.pool)
    page = await before_its_mail(at_work)
    day = page.get_by_role("navigation", name="By day").get_by_role("link").first
    label = (await day.inner_text()).rpartition(" (")[0]
    await day.click()
    await expect(page.get_by_role("heading", level=2)).to_have_text([label])
    await expect(page.locator("li.pages-entry").first).to_contain_text("about")


async def test_an_office_spares_a_team_for_a_week_and_lets_one_go_sooner(site: Site, at_work: AtWork) -> None:
    """All of the team's mail at once, with the reason beside each; what is held can go after all."""
    team = await Life().adopted().put(site.pool)
    page = await before_its_mail(at_work)
    await page.get_by_label("About").select_option(team)
    await page.get_by_role("button", name="Show").click()
    await page.get_by_role("link", name=re.compile("^Hold .*emails?$")).click()
    await answered(page, "Hold", "Flu on the ward", "Hold until that morning")
    held = page.locator("li.pages-entry").filter(has_text="because: Flu on the ward")
    await expect(held.first).to_contain_text("Held until")
    facts = "SELECT count(*) FROM facts WHERE subject = $1 AND kind = 'mail_held'"
    assert await site.pool.fetchval(facts, team) >= 1
    await held.first.get_by_role("link", name="Change this").click()
    before = await site.pool.fetchval(facts, team)
    await answered(page, "Send it after all", "It is over", "Send it")
    await expect(page.get_by_role("status")).to_be_visible()
    assert await site.pool.fetchval(facts, team) == before + 1
