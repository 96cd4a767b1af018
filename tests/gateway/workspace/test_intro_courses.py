"""Introduction courses for their office: what needs doing, who has booked, and what can be done about each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from records.database import Pool
from schemas import intro_course_facts as facts
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Intro
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_teams import queries
from tests.workflows.courses import eventually
from tests.workflows.subjects import COACH, OFFICE, SPONSOR, now
from worker.main import Engine


async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


async def test_courses_to_come_stand_apart_from_those_that_are_over(site: Site, browser: Browser) -> None:
    """With what needs doing: attendance that is missing, a wish to become a coach, a venue."""
    await Intro(6).booked().put(site.pool)
    over = Intro(-2).booked()
    await over.put(site.pool)
    page = await (await office(browser)).open("/introduction-courses")
    assert "Upcoming (1)" in page.words
    assert "2 of 5 places taken" in page.words
    assert "Add the venue" in page.words
    page = await browser.open("/introduction-courses" + page.link("Finished (1)"))
    assert "Record who was there on day 1: 2 people" in page.words
    assert page.link("Record who was there on day 2: 2 people") == f"/introduction-courses/{over.name}/day-2"


async def test_a_course_shows_who_has_booked_with_the_reason_of_each_state(site: Site, browser: Browser) -> None:
    """The place on the waiting list, until when an offer stands, what somebody needs."""
    course = Intro(6, places=1).booked(2, 1)
    await course.put(site.pool)
    await site.pool.execute(
        "INSERT INTO access_needs (booking, course, person, needs, told_at) VALUES ($1, $2, $3, 'A ramp', $4)",
        course.key(2), course.name, SPONSOR, now(),
    )  # fmt: skip
    page = await (await office(browser)).open(f"/introduction-courses/{course.name}")
    assert page.status == 200
    for words in ("Sue Specimen", "Has a place", "Otto Other", "Number 1 on the list", "A ramp", "1 of 1 taken"):
        assert words in page.words
    assert "A ramp" not in (await browser.open(f"/introduction-courses/{course.name}/list")).words
    assert "A ramp" in (await browser.open(f"/introduction-courses/{course.name}/list?show=needs")).words
    read = "SELECT count(*) FROM audit WHERE action = 'read access needs' AND subject = $1"
    assert await site.pool.fetchval(read, course.name) == 2


async def test_who_is_offered_a_place_stands_with_how_long(site: Site, browser: Browser) -> None:
    """The office can confirm it for them, or cancel."""
    course = Intro(6, places=1).offered()
    await course.put(site.pool)
    page = await (await office(browser)).open(f"/introduction-courses/{course.name}")
    assert "Kept for them until" in page.words
    assert "Cancelled bookings (1)" in page.words
    page = await browser.open(f"/introduction-courses/{course.name}/bookings/{course.key()}")
    assert page.title == "Otto Other: offered a place"
    assert "They'd like the place: confirm it" in page.words.replace("&#39;", "'")


@pytest.mark.parametrize(
    "at",
    ["", "/list", "/change", "/day-1", "/day-3", "/held", "/venue", "/book", "/certificates", "/bookings/none"],
)
async def test_nobody_else_sees_a_course(site: Site, browser: Browser, at: str) -> None:
    """Not a coach; nor the office what is no course, or another academy's."""
    course = Intro(6).booked()
    await course.put(site.pool)
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open(f"/introduction-courses/{course.name}{at}")).status == 404
    await browser.sign_out()
    await office(browser)
    for other in ("sheffield.none", "leeds.intro-2027-01", "sheffield.2026-autumn"):
        page = await browser.open(f"/introduction-courses/{other}{at}")
        assert (page.status, page.title) == (404, "You can't see this page")


@pytest.mark.parametrize("at", ["", "/new"])
async def test_a_coach_does_not_see_the_courses(site: Site, browser: Browser, at: str) -> None:
    """They are the office's."""
    await Intro(6).put(site.pool)
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open(f"/introduction-courses{at}")).status == 404


async def test_the_deputy_sees_them_too(site: Site, browser: Browser) -> None:
    """And the bookings that were held back."""
    course = Intro(6).booked()
    await course.put(site.pool)
    await joined(site, part="deputy")
    await browser.sign_in(f"{OTHER}@example.org")
    assert (await browser.open(f"/introduction-courses/{course.name}")).status == 200
    assert (await browser.open(f"/introduction-courses/{course.name}/held")).title == "Bookings we held back"


async def test_the_attendance_of_all_is_one_page(site: Site, browser: Browser) -> None:
    """A box for each delegate, and one button."""
    course = Intro(-2).booked()
    await course.put(site.pool)
    page = await (await office(browser)).open(f"/introduction-courses/{course.name}/day-1")
    boxes = [one["value"] for one in page.inputs if one.get("type") == "checkbox"]
    assert boxes == [course.key(1), course.key(2)]
    assert "Save the list" in page.words


async def test_feedback_is_shown_only_once_nobody_is_recognised(site: Site, browser: Browser) -> None:
    """Of fewer answers only the number."""
    course = Intro(-2).attended(1, 2).tell(facts.FeedbackGiven, booking="x")
    course.told[-1] = course.told[-1].model_copy(update={"booking": course.key(1)})
    await course.put(site.pool)
    await site.pool.execute(
        """
        INSERT INTO feedback (booking, course, useful, confident, recommends, comment, given_at)
        VALUES ($1, $2, 1, 1, 1, 'Too hot', $3)
        """,
        course.key(1), course.name, now(),
    )  # fmt: skip
    page = await (await office(browser)).open(f"/introduction-courses/{course.name}")
    assert "1 answered; shown once there are 5 or more" in page.words
    assert "Too hot" not in page.words


async def test_a_certificate_is_revoked_with_a_reason_and_can_be_valid_again(site: Site, browser: Browser) -> None:
    """The first is asked of who signed in just now."""
    course = Intro(-2).attended(1, 2)
    await course.put(site.pool)
    await site.pool.execute(
        "INSERT INTO certificates (code, subject, about, person, issued_at) VALUES ('7KQ2-9XWB-M4TR', $1, $2, $3, $4)",
        course.name, course.key(1), OTHER, now(),
    )  # fmt: skip
    await office(browser)
    here = f"/introduction-courses/{course.name}/certificates"
    assert "Not opened yet" in (await browser.open(here)).words
    own = f"{here}/{course.key(1)}"
    await browser.open(own)
    assert "Select why" in (await browser.press(own, "revoke.yes")).words
    page = await browser.press(own, "revoke.yes", **{"revoke-because": "issued_in_error"})
    assert "It was issued in error. Revoked on" in page.words
    assert await site.pool.fetchval("SELECT action FROM audit ORDER BY number DESC LIMIT 1") == (
        "certificate 7KQ2-9XWB-M4TR revoke issued_in_error"
    )
    await browser.open(own)
    assert "Revoked" not in (await browser.press(own, "restore.yes")).words
    await site.pool.execute("UPDATE sign_ins SET proved_at = proved_at - $1::interval", timedelta(minutes=6))
    assert (await browser.open(own)).url != own


async def test_a_course_cannot_be_scheduled_on_days_that_are_none(site: Site, browser: Browser) -> None:
    """In the past, or in the wrong order: what was typed is kept."""
    await Intro(6).put(site.pool)
    await (await office(browser)).open("/introduction-courses/new")
    assert "joining instructions 14 days before" in browser.shown.words
    when = {"new-first-day": "6", "new-first-month": "1", "new-second-day": "7", "new-second-month": "1"}
    past = {**when, "new-first-year": "2026", "new-second-year": "2026", "new-places": "12"}
    page = await browser.press("/introduction-courses/new", "new.yes", **past)
    assert "Day 1 must be in the future" in page.words
    assert any(one.get("value") == "2026" for one in page.inputs)


async def test_who_would_like_to_coach_is_put_on_a_list(site: Site, browser: Browser) -> None:
    """From the course's page."""
    course = Intro(-2).attended(1, 2).before(Course(-9))
    course.tell(facts.CoachingWished, booking=course.key(1))
    await course.put(site.pool)
    page = await (await office(browser)).open(f"/introduction-courses/{course.name}")
    page = await browser.open(page.link("Put Otto Other on a cohort's list"))
    assert page.title == "Otto Other would like to become a coach"
    assert "Put on the list" in page.words


async def test_the_lists_can_be_had_as_files(site: Site, browser: Browser) -> None:
    """What somebody needs stays on the page."""
    course = Intro(-2).attended(1)
    await course.put(site.pool)
    await office(browser)
    page = await browser.open(f"/introduction-courses/{course.name}/list?as=csv")
    assert page.text.splitlines()[0].endswith("Name,Email,Organisation,Day 1,Day 2")
    assert "Otto Other,per_other@example.org,No organisation (external),Yes,Yes" in page.text
    page = await browser.open("/introduction-courses?show=past&as=csv")
    assert len(page.text.splitlines()) == 2


async def test_who_would_like_to_coach_is_handed_on(site: Site, browser: Browser, running: Engine) -> None:  # noqa: ARG001
    """It is recorded as the office's doing, and can be taken back."""
    course = Intro(-2).attended(1, 2).before(cohort := Course(-9))
    course.tell(facts.CoachingWished, booking=course.key(1))
    await course.put(site.pool)
    path = f"/introduction-courses/{course.name}/bookings/{course.key(1)}/coaching"
    await (await office(browser)).open(path)
    page = await browser.press(path, "hand-on.yes", **{"hand-on-cohort": cohort.name})
    assert "We've recorded it." in page.words
    assert "Take back" in (await browser.open(f"{path}?change=1")).words
    told = "SELECT body->'told_by' FROM facts WHERE kind = 'handed_on_to_cohort'"
    assert await site.pool.fetchval(told) == {"role": "office", "person": OFFICE}


async def test_courses_open_by_themselves_on_other_days_and_no_more(
    site: Site,
    browser: Browser,
    running: Engine,  # noqa: ARG001
) -> None:
    """Other days are a new version of the programme, which the schedule follows."""
    path = "/introduction-courses/regular"
    await Intro(6).put(site.pool)
    assert "Open courses automatically" in (await (await office(browser)).open(path)).title
    assert (await browser.press(path, "start.yes")).title == "Courses that open automatically"
    days = {"days-day": "tuesday", "days-week": "1", "days-apart": "2", "days-places": "12"}
    page = await browser.press(path, "days.yes", **days)
    assert "Select at least one month" in page.words
    page = await browser.press(path, "days.yes", **days, **{"days-months": "3"})
    assert "the first Tuesday of March; day 2 is 2 days later. Each has 12 places" in page.words
    given = "SELECT given #>> '{programme,version}' FROM intro_calendars"
    await eventually(lambda: _is(site.pool, given, "2"))
    await browser.press(path, "stop.yes")
    assert await site.pool.fetchval("SELECT count(*) FROM intro_calendars") == 0


async def _is(pool: Pool, asked: str, value: str) -> bool:
    return bool(await pool.fetchval(asked) == value)


async def test_more_bookings_and_courses_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """They are read together, whatever their number."""
    course = Intro(6).booked(1)
    await course.put(site.pool)
    await (await office(browser)).open("/introduction-courses")
    counted = []
    for _ in range(2):
        counted.append(len(await queries(walled, browser, "/introduction-courses")))
        await Intro(9).booked().put(site.pool)
    assert counted[0] == counted[1] > 0


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """The lists, a course with every kind of booking, its pages and its forms."""
    course = Intro(6, places=1).offered()
    await course.put(site.pool)
    over = Intro(-2).attended(2).before(Course(-9))
    over.tell(facts.CoachingWished, booking=over.key(1))
    await over.put(site.pool)
    await office(browser)
    here, done = (f"/introduction-courses/{one.name}" for one in (course, over))
    await phone.looks_right(
        "/introduction-courses", "/introduction-courses?show=past", "/introduction-courses/new", here, f"{here}/book",
        f"{here}/venue", f"{here}/change", f"{here}/bookings/{course.key()}", done, f"{done}/list",
        f"{done}/day-1?change=1", f"{done}/certificates",
    )  # fmt: skip
