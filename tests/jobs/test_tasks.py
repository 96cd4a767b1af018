"""What an office comes for in the morning."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import expect

from tests.gateway.pages.conftest import Site
from tests.gateway.pages.test_worklist_page import waiting
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import OFFICE, now


async def test_the_office_sees_what_to_do_today_takes_it_in_hand_and_snoozes_it(site: Site, at_work: AtWork) -> None:
    """And who has not answered, on the same page."""
    await waiting(site)
    page = await at_work(OFFICE)
    task = page.get_by_role("listitem").filter(has_text="agree with the coach and faculty")
    await task.locator("summary").click()
    await task.get_by_role("button", name="Take this").click()
    await expect(task.get_by_text("You have this in hand")).to_be_visible()
    await page.get_by_role("link", name="Waiting for somebody else (1)").click()
    await expect(page.get_by_text("find a new or interim coach")).to_be_visible()
    await page.get_by_role("link", name="Yours to do (1)").click()
    await task.locator("summary").click()
    day = (now() + timedelta(days=9)).date()
    for name in ("day", "month", "year"):
        await task.get_by_label(name.title(), exact=True).fill(str(getattr(day, name)))
    await task.get_by_label("Why can it wait?").fill("They meet soon")
    await task.get_by_role("button", name="Snooze").click()
    await page.get_by_role("link", name="Snoozed (1)").click()
    await expect(page.get_by_text("They meet soon")).to_be_visible()
