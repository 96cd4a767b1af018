"""What those come for who improve something: measure it, score it, and hand the team off."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import Locator, Page, expect

from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import COACH, FACULTY, now


async def test_a_coach_enters_a_measure_and_sees_its_chart(site: Site, at_work: AtWork) -> None:
    """From their own page: what is measured, the values as a spreadsheet copies them, a value put right."""
    await Life(3).agreed().put(site.pool)
    page = await at_work(COACH)
    await page.get_by_role("link", name="Aims, change ideas and PDSA cycles").click()
    form = await _opened(page, "Add a measure")
    await form.get_by_label("What should improve").fill("Minutes until the first patient is seen")
    await form.get_by_label("A lower number").check()
    await form.get_by_role("button", name="Add the measure").click()
    form = await _opened(page, "Enter values of a measure")
    days = [now().date() - timedelta(weeks=weeks) for weeks in range(14, 0, -1)]
    values = [30 + number % 2 for number in range(13)] + [12]
    lines = [f"{day:%d/%m/%Y}\t{value}" for day, value in zip(days, values, strict=True)]
    await form.get_by_label("Dates and values").fill("\n".join(lines))
    await form.get_by_role("button", name="Record the values").click()
    chart = page.get_by_role("img", name="Minutes until the first patient is seen, XmR chart")
    await expect(page.get_by_role("heading", name="Better than before, and not by chance")).to_be_visible()
    await expect(chart).to_be_visible()
    form = await _opened(page, "Enter values of a measure")
    await form.get_by_label("Dates and values").fill(f"{days[-1]:%d %B %Y}, 31")
    await form.get_by_role("button", name="Record the values").click()
    await expect(page.get_by_role("heading", name="No change: these are the usual ups and downs")).to_be_visible()


async def test_faculty_score_progress_and_see_its_trend(site: Site, at_work: AtWork) -> None:
    """Beside the team's own, never averaged."""
    await Life().flat().put(site.pool)
    page = await at_work(FACULTY)
    await page.get_by_role("link", name="Teams", exact=True).click()
    await page.get_by_role("link", name="Ward 12").click()
    await page.get_by_role("link", name="Improvement").click()
    await page.get_by_role("button", name="Record values, scores, cycles or aims").click()
    form = await _opened(page, "Faculty's progress score")
    await form.get_by_label("3.5: improvement").check()
    await form.get_by_role("button", name="Record the score").click()
    await expect(page.get_by_text("We've recorded it.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Latest progress score: team 2.5, faculty 3.5")).to_be_visible()


async def test_faculty_hand_a_team_off(site: Site, at_work: AtWork) -> None:
    """Once nothing is missing, from the checklist."""
    team = await Life().signed().put(site.pool)
    page = await at_work(FACULTY)
    await page.get_by_role("link", name="Teams", exact=True).click()
    await page.get_by_role("link", name="Ward 12").click()
    await page.get_by_role("link", name="Hand-off").click()
    await expect(page.get_by_text("Nothing is missing.")).to_be_visible()
    await page.get_by_role("button", name="Decide about the hand-off").click()
    await page.locator("button[value='hand-off.yes']").click()
    await expect(page.get_by_text("We've recorded it.")).to_be_visible()
    await page.goto(f"/teams/{team}/hand-off")
    await expect(page.get_by_text("The team was handed off on")).to_be_visible()


async def _opened(page: Page, words: str) -> Locator:
    """An answer, unfolded."""
    fold = page.locator("details", has=page.locator("summary").get_by_text(words, exact=True))
    await fold.locator("summary").click()
    return fold
