"""What the office comes for about people: what is held of them, who takes over, who leaves."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.async_api import expect

from operations.sheets import rows_of
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.jobs.conftest import AtWork
from tests.workflows.courses import eventually
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR


async def test_the_office_exports_all_that_is_held_about_somebody(site: Site, at_work: AtWork, tmp_path: Path) -> None:
    """Found by name; as a page for the person, and as files."""
    team = await Life().agreed().put(site.pool)
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="People", exact=True).click()
    await page.get_by_label("Find somebody").fill("anna")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="Anna Example").click()
    await page.get_by_role("link", name="Everything we hold about them").click()
    for button, kept in (("Download for Excel (XLSX)", "held.xlsx"), ("Download as JSON", "held.json")):
        async with page.expect_download() as download:
            await page.get_by_role("button", name=button).click()
        await (await download.value).save_as(tmp_path / kept)
    assert any(team in line.cells for line in rows_of((tmp_path / "held.xlsx").read_bytes(), ()).records)
    assert json.loads((tmp_path / "held.json").read_text())["person"] == COACH
    await page.get_by_role("button", name="Show it as a page").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("What we hold about Anna Example")


async def test_the_office_hands_each_part_on_from_whoever_has_it(site: Site, at_work: AtWork) -> None:
    """A coach, a team lead, faculty and a sponsor, one after the other; the team's page has each new name."""
    team = await Life().agreed().put(site.pool)
    page = await at_work(OFFICE)
    for person, role, part in (
        (COACH, "coach", "Coach of Ward 12"),
        (LEAD, "team_lead", "Team lead of Ward 12"),
        (FACULTY, "faculty", "Faculty member of Ward 12"),
        (SPONSOR, "sponsor", "Sponsor of Ward 12"),
    ):
        await page.goto(f"/people/{person}")
        await page.get_by_role("link", name="Hand their roles on").click()
        role_of = page.get_by_role("group", name=part)
        await role_of.get_by_label("Somebody else").check()
        await role_of.get_by_label("Their full name or email address").fill("Otto Other")
        await page.get_by_role("button", name="Record who takes over").click()
        await expect(page.get_by_text("They have no role in a team")).to_be_visible()
        has = "SELECT person FROM engagement_people WHERE engagement = $1 AND role = $2"
        assert await site.pool.fetchval(has, team, role) == "per_other"
    await page.goto(f"/teams/{team}/people")
    await expect(page.get_by_text("Otto Other")).to_have_count(4)


async def test_the_office_leaves_a_part_empty_until_somebody_is_found(site: Site, at_work: AtWork) -> None:
    """What follows is said before; faculty are asked who takes over."""
    team = await Life().agreed().put(site.pool)
    page = await at_work(OFFICE)
    await page.goto(f"/people/{SPONSOR}/roles")
    await expect(page.get_by_text("We'll ask faculty who takes over.")).to_be_visible()
    await page.get_by_label("Nobody yet").check()
    await page.get_by_role("button", name="Record who takes over").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sue Specimen")
    asked = "SELECT EXISTS (SELECT FROM due_items WHERE subject = $1 AND matter = 'role_vacancy')"
    await eventually(lambda: site.pool.fetchval(asked, team))
