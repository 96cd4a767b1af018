"""What the office comes for about people: what is held of them, who takes over, who leaves."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.async_api import expect

from operations.sheets import rows_of
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import COACH, OFFICE


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
