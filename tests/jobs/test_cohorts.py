"""What the programme office comes for with a cohort: how it is, who is in it, who was there, who completed it.

Cohorts of which something is recorded have a name of their own: a workflow outlives the worker of its test.
"""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import Page, expect

from operations import certificates
from schemas.cohort_facts import EnrolmentCompleted
from schemas.subjects import cohort_name
from tests.faults.waiting import eventually
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course
from tests.jobs.conftest import AtWork
from tests.workflows.subjects import COACH, FACULTY, OFFICE, now, one_more


async def _cohort(page: Page, name: str, tab: str = "") -> None:
    """From the menu to a page of a cohort."""
    await page.get_by_role("link", name="Cohorts", exact=True).first.click()
    await page.get_by_role("link", name=name).click()
    if tab:
        await page.get_by_role("link", name=tab, exact=True).click()


async def test_the_office_sees_how_a_cohort_is(site: Site, at_work: AtWork) -> None:
    """In two clicks: its stage, what is open, and who was at which learning session."""
    await Course(8, name="sheffield.2027-autumn").missed().put(site.pool)
    page = await at_work(OFFICE)
    await _cohort(page, "Autumn 2027")
    await expect(page.get_by_text("Running")).to_be_visible()
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
    await _cohort(page, "Spring 2025", "Completion")
    await page.get_by_label("Otto Other").check()
    await page.get_by_label("Sue Specimen").check()
    await page.get_by_role("button", name="They have completed the course").click()
    await expect(page.get_by_text("Sue Specimen still needs a signed agreement")).to_have_count(1)
    await page.get_by_label("Sue Specimen").uncheck()
    await page.get_by_role("button", name="They have completed the course").click()
    await expect(page.get_by_text("Recorded as completed")).to_be_visible()


async def _moving(page: Page) -> None:
    """From the menu to the page that moves Anna to a later course, with the course chosen."""
    await _cohort(page, "Autumn 2027", "Participants")
    await page.get_by_role("link", name="Anna Example").click()
    await page.get_by_role("link", name="Move them to a later course").click()
    await page.get_by_label("Spring 2028").check()


async def test_the_office_moves_a_participant_to_a_later_course(site: Site, at_work: AtWork) -> None:
    """The places know of each other, and faculty stays."""
    await Course(8, name=one_more("sheffield.2027-autumn")).missed().put(site.pool)
    later = Course(-8, name=one_more("sheffield.2028-spring"))
    later.told = [fact for fact in later.told if getattr(fact, "person", None) != COACH]
    await later.put(site.pool)
    page = await at_work(OFFICE)
    await _moving(page)
    await page.get_by_role("button", name="Move them").click()
    await expect(page.get_by_text("Moved to a later course")).to_be_visible(timeout=30_000)
    await expect(page.get_by_text(cohort_name(later.name))).to_be_visible()
    place = "SELECT faculty FROM enrolments WHERE cohort = $1 AND person = $2"

    async def placed() -> bool:
        return bool(await site.pool.fetchval(place, later.name, COACH) == FACULTY)

    await eventually(placed)
    await _cohort(page, "Spring 2028", "Participants")
    await page.get_by_role("link", name="Anna Example").click()
    await expect(page.get_by_text("Farid Sample")).to_be_visible()


async def test_who_has_a_place_on_the_later_course_gets_no_second(site: Site, at_work: AtWork) -> None:
    """So a move that broke off midway can be made again."""
    await Course(8, name=one_more("sheffield.2027-autumn")).missed().put(site.pool)
    later = await Course(-8, name=one_more("sheffield.2028-spring")).put(site.pool)
    page = await at_work(OFFICE)
    await _moving(page)
    await page.get_by_role("button", name="Move them").click()
    await expect(page.get_by_text(cohort_name(later))).to_be_visible(timeout=30_000)
    await _cohort(page, "Spring 2028", "Participants")
    await expect(page.get_by_role("link", name="Anna Example")).to_have_count(1)


async def test_nobody_is_lost_to_a_course_that_no_longer_takes_them(site: Site, at_work: AtWork) -> None:
    """Cancelled while the page was open: it says so, and they stay where they are."""
    name = await Course(8, name=one_more("sheffield.2027-autumn")).missed().put(site.pool)
    later = Course(-8, name=one_more("sheffield.2028-spring"))
    later.told = [fact for fact in later.told if getattr(fact, "person", None) != COACH]
    await later.put(site.pool)
    page = await at_work(OFFICE)
    await _moving(page)
    other = await page.context.new_page()
    await other.goto(f"/cohorts/{later.name}/changes/runs")
    await other.get_by_text("No, the course is cancelled").click()
    await other.get_by_label("Too few participants").check()
    await other.get_by_role("button", name="Cancel the course").click()
    await expect(other.get_by_text("We've recorded it")).to_be_visible(timeout=30_000)
    await page.get_by_role("button", name="Move them").click()
    await expect(page.get_by_text("There is a problem")).to_be_visible(timeout=30_000)
    await page.goto(f"/cohorts/{name}/participants/P01")
    await expect(page.get_by_text("Moved to a later course")).to_have_count(0)


async def test_the_office_records_that_somebody_left(site: Site, at_work: AtWork) -> None:
    """With the reason; nothing more is asked of them."""
    await Course(8, name=one_more("sheffield.2027-autumn")).missed().put(site.pool)
    page = await at_work(OFFICE)
    await _cohort(page, "Autumn 2027", "Participants")
    await page.get_by_role("link", name="Anna Example").click()
    await page.get_by_role("link", name="Record that they've left the course").click()
    await page.get_by_label("Not enough capacity").check()
    await page.get_by_role("button", name="Record that they've left").click()
    await expect(page.get_by_text("They've left this cohort")).to_be_visible(timeout=30_000)


async def test_the_office_revokes_a_certificate(site: Site, at_work: AtWork) -> None:
    """With a reason, which the list of certificates says."""
    course = Course(30, name="sheffield.2025-spring").taught()
    course.tell(EnrolmentCompleted, enrolment=course.key(2), completed=True)
    name = await course.put(site.pool)
    async with site.pool.acquire() as conn:
        await certificates.issue(conn, name, course.key(2), OTHER, now())
    page = await at_work(OFFICE)
    await _cohort(page, "Spring 2025", "Certificates")
    await page.get_by_role("link", name="Revoke it").click()
    await page.get_by_label("It was issued in error").check()
    await page.get_by_role("button", name="Revoke the certificate").click()
    await expect(page.get_by_text("It was issued in error. Revoked on")).to_be_visible()


async def test_the_office_takes_attendance_for_all_and_corrects_it(site: Site, at_work: AtWork) -> None:
    """On one page for everybody; the grid says who was there."""
    await Course(8, name=one_more("sheffield.2027-autumn")).confirmed().put(site.pool)
    page = await at_work(OFFICE)
    await _cohort(page, "Autumn 2027", "Attendance")
    await page.get_by_role("link", name="Take it").first.click()
    await page.get_by_label("Anna Example").check()
    await page.get_by_label("Otto Other").check()
    await page.get_by_role("button", name="Save the attendance").click()
    anna = page.get_by_role("row", name="Anna Example")
    await expect(anna.get_by_text("there")).to_have_count(1, timeout=30_000)
    await page.get_by_role("link", name="Correct it").first.click()
    await page.get_by_role("link", name="correct it").click()
    await page.get_by_label("Anna Example").uncheck()
    await page.get_by_role("button", name="Save the attendance").click()
    await expect(anna.get_by_text("missed")).to_have_count(1, timeout=30_000)
    await expect(page.get_by_role("row", name="Otto Other").get_by_text("there")).to_have_count(1)


async def test_the_office_takes_back_what_was_recorded_of_a_cohort(site: Site, at_work: AtWork) -> None:
    """From the line of its log, with a reason; the attendance is open again."""
    await Course(8, name=one_more("sheffield.2027-autumn")).missed().put(site.pool)
    page = await at_work(OFFICE)
    await _cohort(page, "Autumn 2027", "Log")
    line = page.get_by_role("listitem").filter(has_text="Learning session 1 took place")
    await line.get_by_role("link", name="Take it back").click()
    await page.locator("[name$='why']").fill("It was another cohort's session.")
    await page.get_by_role("button", name="Take it back").click()
    await expect(page.get_by_text("This has been taken back.")).to_be_visible(timeout=30_000)
    await page.get_by_role("link", name="Attendance", exact=True).click()
    await expect(page.get_by_role("link", name="Take it").first).to_be_visible()
