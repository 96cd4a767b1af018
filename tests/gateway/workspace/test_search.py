"""The search at the top of each page: one question, and all that the reader looks after."""

from __future__ import annotations

from records.database import Pool
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course, Intro, Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_teams import queries
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, one_more


async def searched(browser: Browser, person: str, said: str) -> str:
    """What somebody is shown who searches for this."""
    if browser.http.cookies:
        await browser.sign_out()
    await browser.sign_in(f"{person}@example.org")
    return (await browser.open(f"/search?q={said}")).words


async def test_people_teams_cohorts_and_courses_are_found_by_name_address_or_id(site: Site, browser: Browser) -> None:
    """By a part of it, however it is written; each leads to its page."""
    team = await Life().agreed().put(site.pool)
    course = await Course(name=one_more("sheffield.seek-")).put(site.pool)
    intro = Intro(3, name=one_more("sheffield.intro-"))
    await intro.put(site.pool)
    assert "Anna Example" in await searched(browser, OFFICE, "anna+EX")
    assert "Anna Example" in (await browser.open("/search?q=per_coach@ex")).words
    page = await browser.open("/search?q=ward")
    assert any(href.endswith(f"/teams/{team}") for href, _ in page.links)
    assert (await browser.open(f"/search?q={team}")).link("Ward 12").endswith(f"/teams/{team}")
    page = await browser.open("/search?q=" + course.partition(".")[2].upper())
    assert page.link(course.partition(".")[2]).endswith(f"/cohorts/{course}")
    named = await Course(name="sheffield.2031-spring").put(site.pool)
    assert (await browser.open("/search?q=spring+2031")).link("Spring 2031").endswith(f"/cohorts/{named}")
    page = await browser.open("/search?q=" + intro.name.partition(".")[2])
    assert any(href.endswith(f"/introduction-courses/{intro.name}") for href, _ in page.links)


async def test_faculty_find_what_is_theirs_and_nothing_else(site: Site, browser: Browser) -> None:
    """Neither others' teams nor their people; Introduction courses are the office's."""
    theirs = await Life().agreed().put(site.pool)
    await Intro(3, name=one_more("sheffield.intro-")).put(site.pool)
    assert "Ward 12" in await searched(browser, FACULTY, "ward")
    assert "We found nothing among your teams and cohorts" in (await browser.open("/search?q=intro-")).words
    await site.pool.execute(
        "UPDATE engagement_people SET person = 'per_other' WHERE engagement = $1 AND role = 'faculty'", theirs
    )
    another = await Life().agreed().put(site.pool)
    found = str((await browser.open("/search?q=ward")).links)
    assert (another in found, theirs in found) == (True, False)


async def test_who_looks_after_nobody_has_no_search(site: Site, browser: Browser) -> None:
    """Neither the box nor the page."""
    await Life().agreed().put(site.pool)
    for person in (COACH, LEAD):
        assert "You can't see this page" in await searched(browser, person, "anna")
        assert 'role="search"' not in (await browser.open("/home")).text


async def test_that_people_were_searched_is_noted(site: Site, browser: Browser) -> None:
    """As for the list of people."""
    await Life().agreed().put(site.pool)
    await searched(browser, OFFICE, "anna")
    assert await site.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'read people'") == 1


async def test_more_that_is_found_takes_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """Ten of each kind are shown, and that there are more."""
    await Life().agreed().put(site.pool)
    await searched(browser, OFFICE, "ward")
    few = len(await queries(walled, browser, "/search?q=ward"))
    for _ in range(11):
        await Life().agreed().put(site.pool)
    assert len(await queries(walled, browser, "/search?q=ward")) == few > 0
    assert "These are the first 10" in browser.shown.words


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """With something found, nothing found, and nothing asked."""
    await Life().agreed().put(site.pool)
    await searched(browser, OFFICE, "ward")
    await phone.looks_right("/search?q=example", "/search?q=nobody", "/search", "/people")
