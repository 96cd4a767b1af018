"""What participants come for when they cannot do what they were asked: help, and a session they cannot come to."""

from __future__ import annotations

from playwright.async_api import expect

from schemas.words import Act, Matter, Role
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import COACH, OFFICE, one_more

_SAVED = 30_000
"""Milliseconds within which the engine records what was told."""


async def test_a_participant_asks_for_help_to_find_a_team_and_the_office_finds_one(site: Site, at_work: AtWork) -> None:
    """By the mail's button; the office reads their words, and names the team."""
    course = Course(-4, name=one_more("sheffield.help-"))
    name = await course.put(site.pool)
    token = await site.asked(name, Matter.MICROSYSTEM, course.key(), act=Act.ASK, detail=course.key())
    page = await at_work(COACH)
    await page.goto(f"/a/{token}")
    await page.get_by_text("I need help to find a team").click()
    await page.get_by_label("What have you tried").fill("I've asked three wards")
    await page.get_by_role("button", name="Ask for help").click()
    await expect(page.get_by_text("The programme office is looking for a team")).to_be_visible(timeout=_SAVED)

    office = await at_work(OFFICE)
    await office.goto(f"/cohorts/{name}/participants/P01/help")
    await expect(office.get_by_text("I've asked three wards")).to_be_visible()
    await office.get_by_label("What is the team called?").fill("Eye clinic")
    await office.get_by_label("Friday").check()
    await office.get_by_label("At what time?").fill("8:30")
    await office.get_by_role("button", name="Send the team").click()
    await expect(office.get_by_text("Eye clinic").first).to_be_visible(timeout=_SAVED)


async def test_a_participant_says_that_they_cannot_come_and_takes_it_back(site: Site, at_work: AtWork) -> None:
    """By the button of the reminder."""
    course = Course(-4, name=one_more("sheffield.absent-"))
    name = await course.put(site.pool)
    token = await site.asked(name, Matter.LEARNING_SESSION, "1.7", role=Role.COACH, act=Act.REMIND)
    page = await at_work(COACH)
    await page.goto(f"/a/{token}")
    await page.get_by_role("button", name="I can't come").click()
    await expect(page.get_by_role("heading", name="You can't come to learning session 1")).to_be_visible(timeout=_SAVED)
    await expect(page.get_by_text("The next one is learning session 2")).to_be_visible()
    await page.get_by_role("link", name="This isn't right: correct it").click()
    await page.get_by_text("Take back:").click()
    await page.get_by_role("button", name="Take it back").click()
    await expect(page.get_by_role("button", name="I can't come")).to_be_visible(timeout=_SAVED)
