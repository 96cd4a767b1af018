"""What the office shows its board, and whom it asks to coach again."""

from __future__ import annotations

from playwright.async_api import expect

from schemas.cohort_facts import Coaching, CoachingSeen, EnrolmentCompleted
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course, Life
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import OFFICE, one_more


async def test_the_office_asks_a_dormant_coach_and_records_the_answer(site: Site, at_work: AtWork) -> None:
    """From their academy's page: the name, what they said, and it stands there from then on."""
    course = Course(40, name=one_more("sheffield.dormant-")).taught()
    # Of those who have a team the engine starts the engagement.
    seen = Coaching(enrolment=course.key(1), agreed=True, sessions_expected=20, sessions_held=19)
    course.tell(CoachingSeen, coaching=(seen,))
    await course.tell(EnrolmentCompleted, enrolment=course.key(1), completed=True).put(site.pool)
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="Your academy", exact=True).click()
    await page.get_by_role("link", name="Trained coaches without a team").click()
    await page.get_by_role("link", name="Record what they said").click()
    await page.get_by_label("Would like a refresher first").check()
    await page.get_by_role("button", name="Record the answer").click()
    await page.goto("/academy/dormant-coaches")
    await expect(page.get_by_text("When we asked: Would like a refresher first")).to_be_visible()


async def test_the_office_has_a_report_to_share(site: Site, at_work: AtWork) -> None:
    """The PDF is one click away from the report, and the report one from their academy's page."""
    await Life().handed_off().put(site.pool)
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="Your academy", exact=True).click()
    await page.get_by_role("link", name="The academy's report").click()
    await expect(page.get_by_text("1 team carried on alone after the hand-off.").first).to_be_visible()
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Download to share (PDF)").click()
    assert (await coming.value).suggested_filename == "Report Sheffield.pdf"
