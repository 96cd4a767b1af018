"""What those who look after teams come for."""

from __future__ import annotations

from playwright.async_api import expect

from schemas.words import Matter, Role
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import FACULTY, OFFICE


async def test_faculty_see_which_teams_are_at_risk_and_why(site: Site, at_work: AtWork) -> None:
    """From the menu, in two clicks, with the reason beside the team."""
    await Life().stalled().put(site.pool)
    await Life().handed_off().put(site.pool)
    page = await at_work(FACULTY)
    await page.get_by_role("link", name="Teams", exact=True).click()
    await page.get_by_role("link", name="Stalled (1)").click()
    await expect(page.get_by_role("row")).to_have_count(2)
    await expect(page.get_by_text("4 sessions in a row didn't go ahead")).to_be_visible()


async def test_faculty_change_a_sponsor_and_undo_a_mistake(site: Site, at_work: AtWork) -> None:
    """On the team's page; the log says who recorded what, and why it was taken back."""
    team = await Life().agreed().put(site.pool)
    page = await at_work(FACULTY)
    await page.goto(f"/teams/{team}/people")
    await page.get_by_role("link", name="Change the sponsor").click()
    await page.get_by_text("Somebody else has taken over").click()
    form = page.locator("form#who")
    await form.locator("[name=who-who-name]").fill("Otto Other")
    await form.locator("[name=who-who-email]").fill("per_other@example.org")
    await form.get_by_role("button", name="Record the name").click()
    await expect(page.get_by_text("Otto Other, since")).to_be_visible()
    await page.get_by_role("link", name="Log", exact=True).click()
    await page.get_by_role("link", name="There's a new sponsor (Otto Other)").click()
    await page.get_by_label("Why are you taking this back?").fill("It's somebody of the same name")
    await page.get_by_role("button", name="Take it back").click()
    await expect(page.get_by_text("This has been taken back.")).to_be_visible()
    await expect(page.get_by_text("It's somebody of the same name")).to_be_visible()


async def test_faculty_who_supervise_eight_teams_see_who_has_not_answered(site: Site, at_work: AtWork) -> None:
    """All on one page; on the team's own, whose answer is missing, apart from what is theirs to do."""
    for _ in range(7):
        await Life().agreed().put(site.pool)
    team = await Life().stalled().put(site.pool)
    window = await site.pool.fetchval(
        "SELECT split_part(item, '/', 2) FROM due_items WHERE subject = $1 AND matter = 'stall'", team
    )
    await site.notice(team, Matter.STALL, window, person=OFFICE, role=Role.OFFICE, turn=Role.OFFICE)
    page = await at_work(FACULTY)
    await page.get_by_role("link", name="Teams", exact=True).click()
    await expect(page.get_by_text("All teams (8)")).to_be_visible()
    await page.get_by_role("link", name="Stalled (1)").click()
    await page.get_by_role("link", name="Ward 12").click()
    waiting = page.get_by_role("region", name="Stalled team")
    await expect(waiting.get_by_text("The programme office. Last asked on")).to_be_visible()
