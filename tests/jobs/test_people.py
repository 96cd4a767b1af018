"""What the office comes for about people: what is held of them, who takes over, who leaves."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from playwright.async_api import expect

from operations.sheets import Kind, rows_of, written
from tests.browser import faults, picture
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.jobs.conftest import AtWork
from tests.workflows.courses import eventually
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR, now


async def test_the_office_exports_all_that_is_held_about_somebody(site: Site, at_work: AtWork, tmp_path: Path) -> None:
    """Found by name; as a page for the person, and as files."""
    team = await Life().agreed().put(site.pool)
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="People", exact=True).click()
    await page.get_by_label("Search this list").fill("anna")
    await page.get_by_role("main").get_by_role("button", name="Search").click()
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


async def test_the_office_loads_a_list_of_leavers_and_mends_it(site: Site, at_work: AtWork, tmp_path: Path) -> None:
    """One left, one is still to go, and one nobody knows: that row comes back, and is sent again."""
    team = await Life().agreed().put(site.pool)
    page = await at_work(OFFICE)
    today = now().date()
    file = tmp_path / "leavers.xlsx"
    rows = [(f"{COACH}@example.org", today - timedelta(days=2)), (f"{LEAD}@example.org", today + timedelta(days=30))]
    header = ("Employee", "Leaving date")
    file.write_bytes(written(Kind.XLSX, "Leavers", header, [*rows, ("otto.other@example.net", today)]))
    await page.get_by_role("link", name="People", exact=True).click()
    await page.get_by_role("link", name="Record leavers from a list").click()
    await page.get_by_label("The list of leavers").set_input_files(file)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_label("Employee").select_option("person")
    await page.get_by_role("button", name="Continue").click()
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await picture(page, "narrow")
    await page.set_viewport_size({"width": 1100, "height": 900})
    await page.get_by_role("button", name="Record 2 leavers").click()
    await expect(page.get_by_text("The last day of 2 people is recorded.")).to_be_visible()
    assert await faults(page) == []
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the rows to correct").click()
    back = tmp_path / "mend.xlsx"
    await (await download.value).save_as(back)
    known, wrong = (list(record.cells) for record in rows_of(back.read_bytes(), ()).records)
    back.write_bytes(written(Kind.XLSX, "Leavers", known, [["per_other@example.org", *wrong[1:]]]))
    await page.get_by_role("link", name="Choose another list").click()
    await page.get_by_label("The list of leavers").set_input_files(back)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Record 1 leaver").click()
    await expect(page.get_by_text("The last day of 1 person is recorded.")).to_be_visible()
    left = "SELECT count(*) FROM engagement_people WHERE engagement = $1 AND role = 'coach'"
    assert await site.pool.fetchval(left, team) == 0


async def test_the_office_merges_two_records_and_makes_two_of_one(site: Site, at_work: AtWork) -> None:
    """One record stands for both until that is undone; somebody who shares a mailbox gets a record of their own."""
    team = await Life().agreed().put(site.pool)
    page = await at_work(OFFICE)
    await page.goto(f"/people/{COACH}")
    await page.get_by_role("link", name="Merge with another record").click()
    await page.get_by_label("Find another record").fill("otto")
    await page.get_by_role("main").get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="Otto Other").click()
    await page.get_by_label("Anna Example, ").check()
    await page.get_by_role("button", name="Merge").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The records are merged")
    assert await site.pool.fetchval("SELECT merged_into FROM people WHERE person = 'per_other'") == COACH
    await page.get_by_role("link", name="Go to Anna Example").click()
    await page.get_by_role("link", name="Separate two people").click()
    await page.get_by_role("button", name="Make this a record of its own: Otto Other").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("They are two records now")
    await page.goto(f"/people/{COACH}/split")
    await page.get_by_text("Two people share this record", exact=True).click()
    await page.get_by_label("Name").fill("Ada Other")
    await page.get_by_label("Email").fill(f"{COACH}@example.org")
    await page.get_by_label("Coach of Ward 12").check()
    await page.get_by_role("button", name="Make two records").click()
    await page.get_by_role("link", name="Go to Ada Other").click()
    await expect(page.get_by_role("link", name="Ward 12")).to_be_visible()
    assert await faults(page) == []
    coach = "SELECT name FROM engagement_people JOIN people USING (person) WHERE engagement = $1 AND role = 'coach'"
    assert await site.pool.fetchval(coach, team) == "Ada Other"


async def test_the_office_erases_somebody_and_gives_their_role_to_another(site: Site, at_work: AtWork) -> None:
    """What goes and what stays is shown first; afterwards a search finds nothing of them."""
    team = await Life().agreed().put(site.pool)
    page = await at_work(OFFICE)
    await page.goto(f"/people/{LEAD}")
    await page.get_by_role("link", name="Erase their record permanently").click()
    await expect(page.get_by_text("You can't undo this.")).to_be_visible()
    role_of = page.get_by_role("group", name="Team lead of Ward 12")
    await role_of.get_by_label("Somebody else").check()
    await role_of.get_by_label("Their full name or email address").fill("per_other@example.org")
    await page.get_by_label("They asked us to").check()
    await page.get_by_role("button", name="Erase Lena Lead permanently").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Lena Lead is erased")
    await expect(page.get_by_text("and found nothing more.")).to_be_visible()
    assert await faults(page) == []
    await page.goto("/people?q=lena")
    await expect(page.get_by_text("Nobody matches")).to_be_visible()
    has = "SELECT person FROM engagement_people WHERE engagement = $1 AND role = 'team_lead'"
    assert await site.pool.fetchval(has, team) == "per_other"


async def test_the_office_finds_somebody_and_their_team_from_any_page(site: Site, at_work: AtWork) -> None:
    """One box at the top of the page; what is found says what it is."""
    await Life().agreed().put(site.pool)
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="Calendar", exact=True).click()
    await page.get_by_role("searchbox", name="Search people, teams").fill("lena")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="Lena Lead").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Lena Lead")
    await page.get_by_role("searchbox", name="Search people, teams").fill("ward 1")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Ward 12").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ward 12")
