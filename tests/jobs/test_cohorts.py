"""What the programme office comes for with a cohort: how it is, who is in it, who was there, who completed it."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import Page, expect

from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import OFFICE, now


async def _cohort(page: Page, name: str, tab: str = "") -> None:
    """From the menu to a page of a cohort."""
    await page.get_by_role("link", name="Cohorts", exact=True).click()
    await page.get_by_role("link", name=name).click()
    if tab:
        await page.get_by_role("link", name=tab, exact=True).click()


async def test_the_office_sees_how_a_cohort_is(site: Site, at_work: AtWork) -> None:
    """In two clicks: its stage, what is open, and who was at which learning session."""
    await Course(8, name="sheffield.2027-autumn").missed().put(site.pool)
    page = await at_work(OFFICE)
    await _cohort(page, "2027-autumn")
    await expect(page.get_by_text("Being taught")).to_be_visible()
    await expect(page.get_by_text("2 of 3 attended")).to_be_visible()


async def test_the_office_schedules_a_course_and_enrols_somebody(at_work: AtWork) -> None:
    """From the list of cohorts to the participant's own page."""
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="Cohorts", exact=True).click()
    await page.get_by_role("button", name="Schedule a cohort").click()
    starts = now().date() + timedelta(weeks=12)
    for part in ("day", "month", "year"):
        await page.locator(f"[name='schedule-starts-{part}']").fill(str(getattr(starts, part)))
    await page.get_by_role("button", name="Schedule the cohort").click()
    await expect(page.get_by_text("Nobody is enrolled yet.")).to_be_visible()
    await page.get_by_role("button", name="Enrol a participant").click()
    await page.locator("[name='enrol-person-name']").fill("Nora New")
    await page.locator("[name='enrol-person-email']").fill("nora@example.org")
    await page.get_by_role("button", name="Enrol them").click()
    await expect(page.get_by_role("link", name="Nora New")).to_be_visible()


async def test_the_office_records_completion_by_the_evidence(site: Site, at_work: AtWork) -> None:
    """Who lacks something is named, and nobody is recorded; who has it all is."""
    await Course(30, name="sheffield.2025-spring").taught().put(site.pool)
    page = await at_work(OFFICE)
    await _cohort(page, "2025-spring", "Completion")
    await page.get_by_label("Otto Other").check()
    await page.get_by_label("Sue Specimen").check()
    await page.get_by_role("button", name="They have completed the course").click()
    await expect(page.get_by_text("Sue Specimen still needs a signed agreement")).to_have_count(1)
    await page.get_by_label("Sue Specimen").uncheck()
    await page.get_by_role("button", name="They have completed the course").click()
    await expect(page.get_by_text("Recorded as completed")).to_be_visible()
