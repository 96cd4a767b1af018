"""The cohorts, each with how it is and why, its people, its teaching, and what can be changed."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.workspace.cohort.new import named
from operations import certificates
from records.database import Pool
from schemas.cohort_facts import EnrolmentCompleted
from schemas.words import Matter, Role
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_teams import queries
from tests.workflows.subjects import COACH, FACULTY, OFFICE, now, one_more
from worker.main import Engine

TABS = (
    "",
    "/participants",
    "/participants/P01",
    "/attendance",
    "/completion",
    "/certificates",
    "/changes",
    "/log",
    "/messages",
)
ASKED = (
    "/participants/P01/team", "/participants/P01/start", "/participants/P01/leave", "/participants/P01/defer",
    "/attendance/1", "/changes/start", "/changes/enrol", "/changes/faculty", "/changes/division", "/changes/holidays",
    "/changes/zone",
    "/changes/session-4", "/log/5",
)  # fmt: skip
"""The pages of a cohort that is being taught."""


async def taught(site: Site, browser: Browser, person: str = OFFICE) -> str:
    """A cohort whose first learning session somebody missed, and somebody signed in."""
    name = await Course(8, name="sheffield.2027-autumn").missed().put(site.pool)
    await browser.sign_in(f"{person}@example.org")
    return name


async def test_cohorts_to_come_taught_and_over_stand_apart(site: Site, browser: Browser) -> None:
    """With the stage in words, how many take part, and what is next."""
    await Course(-8, name="sheffield.2028-spring").put(site.pool)
    await taught(site, browser)
    words = (await browser.open("/cohorts")).words
    assert words.index("Running (") < words.index("Autumn 2027") < words.index("Upcoming (1)")
    assert "3 participants" in words
    assert "Planned" in words
    assert "Next:" in words


async def test_teams_are_counted_by_concern_and_lead_to_their_list(browser: Browser) -> None:
    """Of the cohort in which the browser's coach has a team."""
    await browser.sign_in(f"{OFFICE}@example.org")
    page = await browser.open("/cohorts")
    listed = await browser.open(page.link("On track (1)"))
    assert listed.text.count("Whose turn: ") == 1


async def test_where_there_is_no_cohort_a_sentence_says_so(site: Site, browser: Browser) -> None:
    """And how one comes to be."""
    await site.pool.execute("UPDATE cohorts SET academy = 'leeds'")
    await browser.sign_in(f"{OFFICE}@example.org")
    assert "There are no cohorts yet" in (await browser.open("/cohorts")).words


async def test_faculty_see_their_own_cohorts_from_the_first_day(site: Site, browser: Browser) -> None:
    """Also while none of their participants has a team; a cohort of others looks like none."""
    await Course(-8, name="sheffield.2028-spring").put(site.pool)
    other = await Course(-9, name="sheffield.2028-summer").put(site.pool)
    await site.pool.execute("UPDATE enrolments SET faculty = $2 WHERE cohort = $1", other, OTHER)
    await site.pool.execute("UPDATE engagement_people SET person = $1 WHERE role = 'faculty'", OTHER)
    await browser.sign_in(f"{FACULTY}@example.org")
    words = (await browser.open("/cohorts")).words
    assert "Spring 2028" in words
    assert "2028-summer" not in words
    assert (await browser.open("/cohorts/sheffield.2028-spring")).status == 200
    assert (await browser.open(f"/cohorts/{other}")).status == 404


@pytest.mark.parametrize("tab", [*TABS, *ASKED])
async def test_another_academys_cohort_and_a_made_up_one_are_not_found(site: Site, browser: Browser, tab: str) -> None:
    """They look the same, to a coach as well."""
    name = await taught(site, browser)
    assert (await browser.open(f"/cohorts/{name}{tab}")).status == 200
    for wrong in ("leeds.2027-autumn", f"{name}9", "sheffield.2026-autumn.P01", "%00"):
        assert ((await browser.open(f"/cohorts/{wrong}{tab}")).status, browser.shown.title) == (
            404, "You can't see this page",
        )  # fmt: skip
    await browser.sign_out()
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open(f"/cohorts/{name}{tab}")).status == 404


@pytest.mark.parametrize(
    "made_up", ["/participants/P77", "/participants/P01/fly", "/attendance/9", "/attendance/5", "/changes/session-9"]
)
async def test_what_is_not_there_cannot_be_recorded(site: Site, browser: Browser, made_up: str) -> None:
    """A participant, a kind, a learning session of another number or still to come."""
    name = await taught(site, browser)
    assert (await browser.open(f"/cohorts/{name}{made_up}")).status == 404


async def test_the_office_sees_what_is_asked_of_whom(site: Site, browser: Browser) -> None:
    """Its own questions apart from what it waits for."""
    name = await taught(site, browser)
    await site.notice(name, Matter.MAKE_UP, f"1.{name}.P01", person=COACH, turn=Role.COACH, detail=f"{name}.P01")
    words = (await browser.open(f"/cohorts/{name}")).words
    assert words.index("Yours to do") < words.index("Waiting for somebody else") < words.index("Learning sessions")
    assert "2 of 3 attended" in words


async def test_a_deputy_runs_a_cohort_as_the_office(site: Site, browser: Browser) -> None:
    """Every page of it."""
    name = await taught(site, browser, OFFICE)
    await browser.sign_out()
    await joined(site, OTHER, "deputy")
    await browser.sign_in(f"{OTHER}@example.org")
    for tab in TABS:
        assert (await browser.open(f"/cohorts/{name}{tab}")).status == 200


async def test_completion_shows_the_evidence_beside_each_name(site: Site, browser: Browser) -> None:
    """Attendance, agreement, sessions with the team, and what is missing."""
    name = await Course(30, name="sheffield.2025-spring").taught().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    words = (await browser.open(f"/cohorts/{name}/completion")).words
    assert "6 of 6 learning sessions attended; agreement signed; 19 of 20 team sessions went ahead (95%)" in words
    assert "0 of 6 learning sessions attended; agreement not signed" in words
    assert "Still needed: a signed agreement" in words


async def test_completion_says_when_the_rest_is_looked_up(site: Site, browser: Browser) -> None:
    """In the weeks of teaching nobody is said to have signed nothing: nobody looked yet."""
    name = await taught(site, browser)
    words = (await browser.open(f"/cohorts/{name}/completion")).words
    assert "1 of 6 learning sessions attended; agreement and team sessions are looked up when teaching ends" in words
    assert "not signed" not in words


async def test_nobody_is_recorded_when_one_of_them_lacks_something(site: Site, browser: Browser) -> None:
    """The page says whom, and keeps who was chosen."""
    name = await Course(30, name="sheffield.2025-spring").taught().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    await browser.open(f"/cohorts/{name}/completion")
    both = [f"{name}.P02", f"{name}.P03"]
    page = await browser.press(f"/cohorts/{name}/completion", "completed.yes", **{"completed-who": both})
    assert page.status == 409
    assert "Sue Specimen still needs a signed agreement" in page.words
    assert await site.pool.fetchval("SELECT count(*) FROM facts WHERE kind = 'enrolment_completed'") == 0


async def test_the_log_names_participants_and_offers_the_way_back(site: Site, browser: Browser) -> None:
    """But for what began the cohort."""
    name = await taught(site, browser)
    page = await browser.open(f"/cohorts/{name}/log")
    assert "A participant was accepted (Anna Example)" in page.words
    assert "Learning session 1 took place: 2 were there" in page.words
    assert page.text.count("Take it back") == 5
    assert (await browser.open(f"/cohorts/{name}/log/1")).status == 404


async def test_a_certificate_is_revoked_with_a_reason_and_made_valid_again(site: Site, browser: Browser) -> None:
    """By the office; faculty sees them."""
    course = Course(30, name="sheffield.2025-spring").taught()
    course.tell(EnrolmentCompleted, enrolment=course.key(2), completed=True)
    name = await course.put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    listed = f"/cohorts/{name}/certificates"
    assert "Not opened yet" in (await browser.open(listed)).words
    async with site.pool.acquire() as conn:
        await certificates.issue(conn, name, course.key(2), OTHER, now())
    page = await browser.open(f"{listed}/P02")
    assert "Revoke the certificate of Otto Other?" in page.words
    page = await browser.press(f"{listed}/P02", "revoke.yes", **{"revoke-because": "issued_in_error"})
    assert "It was issued in error. Revoked on" in page.words
    await browser.open(f"{listed}/P02")
    assert "Issued on" in (await browser.press(f"{listed}/P02", "restore.yes")).words
    await browser.sign_out()
    await browser.sign_in(f"{FACULTY}@example.org")
    assert "Revoke it" not in (await browser.open(listed)).words
    assert (await browser.open(f"{listed}/P02")).status == 404


@pytest.mark.parametrize(
    ("starts", "taken", "called"),
    [(date(2027, 9, 6), (), "s.2027-autumn"), (date(2027, 1, 4), ("s.2027-spring",), "s.2027-spring-2")],
)
def test_a_cohort_is_called_by_the_season_of_its_start(starts: date, taken: tuple[str, ...], called: str) -> None:
    """With a number where there is another."""
    assert named("s", starts, taken) == called


async def test_a_cohort_goes_by_other_clocks_once_its_office_says_so(
    site: Site,
    browser: Browser,
    running: Engine,  # noqa: ARG001
) -> None:
    """Its first fact is put right; times are by the clocks there."""
    name = await Course(-6, name=one_more("sheffield.clocks-")).put(site.pool)
    where = f"/cohorts/{name}/changes/zone"
    await browser.sign_in(f"{OFFICE}@example.org")
    assert "The UK" in (await browser.open(where)).words
    await browser.press(where, "zone.yes", **{"zone-zone": "America/New_York"})
    assert await site.pool.fetchval("SELECT zone FROM cohorts WHERE cohort = $1", name) == "America/New_York"


async def test_only_who_runs_the_academy_schedules_a_cohort(browser: Browser) -> None:
    """Faculty don't."""
    await browser.sign_in(f"{FACULTY}@example.org")
    assert (await browser.open("/cohorts/new")).status == 404
    await browser.sign_out()
    await browser.sign_in(f"{OFFICE}@example.org")
    assert "6 learning sessions over 6 months" in (await browser.open("/cohorts/new")).words
    assert "Enter when the course starts" in (await browser.press("/cohorts/new", "schedule.yes")).words


async def test_more_cohorts_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """They are read together, whatever their number; so are participants."""
    name = await taught(site, browser)
    counted = []
    for number in range(2):
        counted.append([len(await queries(walled, browser, path)) for path in ("/cohorts", f"/cohorts/{name}")])
        await Course(-8, name=f"sheffield.later-{number}").put(site.pool)
    assert counted[0] == counted[1]


async def test_lists_can_be_downloaded(site: Site, browser: Browser) -> None:
    """Cohorts, participants and attendance."""
    name = await taught(site, browser)
    for path in ("/cohorts", f"/cohorts/{name}/participants", f"/cohorts/{name}/attendance"):
        page = await browser.open(path)
        answer = await browser.http.get(path + page.link("Download as CSV"))
        assert answer.headers["content-type"].startswith("text/csv")
        assert ("Autumn 2027" if path == "/cohorts" else "Anna Example") in answer.text


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """On every form of a cohort and of a participant."""
    name = await taught(site, browser)
    await Course(-8, name="sheffield.2028-spring").put(site.pool)
    await phone.looks_right(*(f"/cohorts/{name}{form}" for form in ASKED))
