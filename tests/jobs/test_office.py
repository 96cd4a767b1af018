"""What the programme office comes for: its courses, its calendar, its closed weeks."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.async_api import Page, expect

from lifecycle.calendar import calendar
from lifecycle.dates import date_range, long_date
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme import DEFAULT_ZONE, QuietHours
from schemas.words import HolidayDivision
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Intro, Life
from tests.jobs.conftest import AtWork
from tests.workflows.courses import eventually
from tests.workflows.subjects import OFFICE, now

DAYS = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, DEFAULT_ZONE, QuietHours())


def two_days() -> tuple[date, date]:
    """Two working days, one after the other, some five weeks ahead."""
    first = now().date() + timedelta(weeks=5)
    while not (DAYS.is_working_day(first) and DAYS.is_working_day(first + timedelta(days=1))):
        first += timedelta(days=1)
    return first, first + timedelta(days=1)


async def fill_date(page: Page, label: str, day: date) -> None:
    """Type a date into its three boxes."""
    group = page.get_by_role("group", name=label)
    for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        await group.get_by_label(part, exact=True).fill(str(value))


async def book(page: Page, name: str) -> None:
    """Book a place for somebody, from the course's page."""
    await page.get_by_role("button", name="Book a place for somebody").click()
    await page.get_by_label("Full name").fill(name)
    await page.get_by_label("Work email address").fill(f"{name.split(maxsplit=1)[0].lower()}@example.org")
    await page.get_by_label("Organisation", exact=True).fill("Example Trust")
    await page.get_by_label("No", exact=True).check()
    await (
        page.get_by_role("button", name="Book the place")
        .or_(page.get_by_role("button", name="Put them on the waiting list"))
        .click()
    )
    await expect(page.get_by_role("row").filter(has_text=name)).to_be_visible()


async def test_the_office_schedules_a_course_books_lets_wait_and_gives_the_place_on(
    site: Site,  # noqa: ARG001 - an office with a mailbox
    at_work: AtWork,
) -> None:
    """With one place: the second waits, and has it once the first has cancelled."""
    page = await at_work(OFFICE)
    first, second = two_days()
    await page.get_by_role("link", name="Introduction courses", exact=True).click()
    await page.get_by_role("button", name="Schedule a course").click()
    await fill_date(page, "Day 1", first)
    await fill_date(page, "Day 2", second)
    await page.get_by_label("How many places?").fill("1")
    await page.get_by_label("Where does it take place? (optional)").fill("Seminar room 3")
    await page.get_by_role("button", name="Schedule the course").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        f"Introduction course of {date_range(first, second)}"
    )
    await expect(page.get_by_text("Seminar room 3")).to_be_visible()
    await book(page, "Nora New")
    await book(page, "Walter Waits")
    waiting = page.get_by_role("row").filter(has_text="Walter Waits")
    await expect(waiting.get_by_text("Number 1 on the list")).to_be_visible()
    await page.get_by_role("link", name="Change the booking of Nora New").click()
    await page.get_by_text("Cancel this booking").click()
    await page.get_by_role("button", name="Cancel the booking").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Nora New: cancelled")
    await page.get_by_role("link", name="Introduction course of").click()

    async def offered() -> bool:
        await page.reload()
        return await waiting.get_by_text("Offered a place").is_visible()

    await eventually(offered)
    await page.get_by_role("link", name="Change the booking of Walter Waits").click()
    await page.get_by_role("button", name="They'd like the place: confirm it").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Walter Waits: has a place")


async def test_the_office_moves_a_booking_to_another_course(site: Site, at_work: AtWork) -> None:
    """The other course has it, and the place here is given back."""
    here, there = Intro(6).booked(1), Intro(9)
    for course in (here, there):
        await course.put(site.pool)
    page = await at_work(OFFICE)
    await page.goto(f"/introduction-courses/{here.name}")
    await page.get_by_role("link", name="Change the booking of Otto Other").click()
    await page.get_by_text("Move to another course").click()
    await page.get_by_role("radio").first.check()
    await page.get_by_role("button", name="Move the booking").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Otto Other: cancelled")
    await page.goto(f"/introduction-courses/{there.name}")
    await expect(page.get_by_role("row").filter(has_text="Otto Other").get_by_text("Has a place")).to_be_visible()


async def test_the_office_sees_what_next_month_holds(site: Site, at_work: AtWork) -> None:
    """From the menu; each line leads to what it is about."""
    course = Intro(5).booked()
    await course.put(site.pool)
    await Life().paused().put(site.pool)
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="Calendar", exact=True).click()
    await expect(page.get_by_role("heading", name=long_date(course.day_1))).to_be_visible()
    await expect(page.get_by_text("1 team is paused").first).to_be_visible()
    await page.get_by_role("link", name="Introduction course, day 1 (2 of 5 places taken)").click()
    await expect(page.get_by_role("row").filter(has_text="Otto Other")).to_be_visible()


async def test_the_office_closes_two_weeks_and_opens_them_again(site: Site, at_work: AtWork) -> None:
    """Too many weeks in a row are asked about first; what was a mistake is taken back."""
    team = await Life().agreed().put(site.pool)
    page = await at_work(OFFICE)
    first = now().date() + timedelta(weeks=3)
    last = first + timedelta(days=13)
    await page.get_by_role("link", name="Your academy", exact=True).click()
    await page.get_by_role("link", name="Close weeks, or open them again").click()
    await fill_date(page, "First day", first)
    await fill_date(page, "Last day", first + timedelta(weeks=9))
    await page.get_by_role("button", name="Close on these days").click()
    await expect(page.get_by_role("main").get_by_role("alert")).to_contain_text("The academy would be closed for")
    await fill_date(page, "Last day", last)
    await page.get_by_role("button", name="Close on these days").click()
    await expect(page.get_by_text(f"Closed: {date_range(first, last)}.")).to_be_visible()
    heard = "SELECT count(*) FROM facts WHERE subject = $1 AND kind = 'academy_closed'"
    assert await site.pool.fetchval(heard, team) == 1
    await page.get_by_text(f"Open again: {date_range(first, last)}").click()
    await page.get_by_role("button", name="Open these weeks again").click()
    await expect(page.get_by_text("No closed weeks are planned.")).to_be_visible()
