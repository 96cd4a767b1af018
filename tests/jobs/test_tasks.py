"""What an office, and a coach on the way to a ward, come for in the morning."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import ViewportSize, expect

from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_worklist_page import waiting
from tests.gateway.workspace.test_together import met
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import COACH, OFFICE, now

_SAVED = 20_000
"""Milliseconds within which the engine records what was told."""
_PHONE: ViewportSize = {"width": 320, "height": 640}


async def test_the_office_sees_what_to_do_today_takes_it_in_hand_and_snoozes_it(site: Site, at_work: AtWork) -> None:
    """And who has not answered, on the same page."""
    await waiting(site)
    page = await at_work(OFFICE)
    task = page.get_by_role("listitem").filter(has_text="agree with the coach and faculty")
    await task.locator("summary").click()
    await task.get_by_role("button", name="Take it in hand").click()
    await expect(task.get_by_text("You have this in hand")).to_be_visible()
    await page.get_by_role("link", name="Waiting for somebody else").click()
    await expect(page.get_by_text("find a new or interim coach").first).to_be_visible()
    await page.get_by_role("link", name="Yours to do").click()
    await task.locator("summary").click()
    day = (now() + timedelta(days=9)).date()
    for name in ("day", "month", "year"):
        await task.get_by_label(name.title(), exact=True).fill(str(getattr(day, name)))
    await task.get_by_label("Why can it wait?").fill("They meet soon")
    await task.get_by_role("button", name="Snooze").click()
    await page.get_by_role("link", name="Snoozed (1)").click()
    await expect(page.get_by_text("They meet soon")).to_be_visible()


async def test_a_coach_on_a_phone_sees_what_to_do_today_and_answers_it(site: Site, at_work: AtWork) -> None:
    """The first task is on the screen without scrolling; below the tasks stand the teams, with why and what's next."""
    item = await met(site)
    await Life().paused().put(site.pool)
    page = await at_work(COACH)
    await page.set_viewport_size(_PHONE)
    task = page.get_by_role("link", name="Ward 12: say whether the session went ahead")
    await expect(task.first).to_be_in_viewport(ratio=1)
    await expect(page.get_by_text("Paused: ")).to_be_visible()
    await task.first.click()
    await page.get_by_role("button", name="Yes, I led it").click()
    await expect(page.get_by_role("heading", name="What is recorded")).to_be_visible(timeout=_SAVED)
    assert (
        await site.pool.fetchval(
            "SELECT count(*) FROM facts WHERE subject = $1 AND kind = 'session_held'", item.partition("/")[0]
        )
        == 1
    )


async def test_a_coach_answers_for_two_teams_at_once(site: Site, at_work: AtWork) -> None:
    """On a phone, from their tasks."""
    for _ in range(2):
        await met(site)
    page = await at_work(COACH)
    await page.set_viewport_size(_PHONE)
    await page.get_by_role("link", name="Record sessions that went ahead").click()
    for number in range(2):
        await page.get_by_role("checkbox").nth(number).check()
    await page.get_by_label("The team", exact=True).check()
    await page.get_by_role("button", name="Record them").click()
    await expect(page.get_by_text("All 2 are done.")).to_be_visible(timeout=_SAVED)
