"""Trained coaches without a team: who they are, which teams wait, and what came of asking them."""

from __future__ import annotations

from records.database import Pool
from schemas.cohort_facts import EnrolmentCompleted
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import OTHER, Course, Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_teams import queries
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, one_more

PAGE = "/academy/dormant-coaches"


async def finished(site: Site) -> Course:
    """Otto completed a course and coaches nobody; a team has lost its coach."""
    course = Course(40, name=one_more("sheffield.d")).taught()
    await course.tell(EnrolmentCompleted, enrolment=course.key(2), completed=True).put(site.pool)
    await Life().vacant().put(site.pool)
    return course


async def test_the_office_sees_who_could_coach_and_which_teams_wait(site: Site, browser: Browser) -> None:
    """And keeps them as a sheet. Whoever coaches a team is not among them."""
    await finished(site)
    await Life().agreed().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    words = (await browser.open(PAGE)).words
    assert NAMES[OTHER] in words
    assert "We know of no session they coached. Not asked yet." in words
    assert "Teams waiting for a coach (1)" in words
    assert "without a coach since" in words
    assert NAMES[COACH] not in words
    sheet = await browser.http.get(f"{PAGE}?as=csv")
    assert NAMES[OTHER] in sheet.text


async def test_who_coaches_again_is_no_longer_listed(site: Site, browser: Browser) -> None:
    """Whichever team it is."""
    await finished(site)
    await Life().interim().put(site.pool)  # Otto stands in for its coach.
    await browser.sign_in(f"{OFFICE}@example.org")
    page = await browser.open(PAGE)
    assert "Everybody who completed the course coaches a team." in page.words


async def test_what_came_of_asking_stands_beside_the_name(site: Site, browser: Browser) -> None:
    """As it was recorded last."""
    course = await finished(site)
    await site.pool.execute(
        "UPDATE enrolments SET offer_answer = 'refresher', offered_at = changed_at WHERE enrolment = $1", course.key(2)
    )
    await browser.sign_in(f"{OFFICE}@example.org")
    page = await browser.open(PAGE)
    assert "When we asked: Would like a refresher first" in page.words
    form = await browser.open(page.link("Record what they said"))
    assert "Doesn't want to coach any more" in form.words


async def test_only_the_office_sees_it(site: Site, browser: Browser) -> None:
    """Not faculty, coaches or leads."""
    await finished(site)
    for person in (FACULTY, COACH, LEAD):
        await browser.sign_in(f"{person}@example.org")
        assert (await browser.open(PAGE)).status == 404
        await browser.sign_out()


async def test_more_coaches_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """However many there are."""
    await browser.sign_in(f"{OFFICE}@example.org")
    counted = []
    for _ in range(2):
        await finished(site)
        counted.append(len(await queries(walled, browser, PAGE)))
    assert counted[0] == counted[1] > 0


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """The list and its form."""
    course = await finished(site)
    await browser.sign_in(f"{OFFICE}@example.org")
    await phone.looks_right(PAGE, f"/cohorts/{course.name}/participants/P02/offered")
