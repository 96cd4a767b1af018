"""People: found, shown with their parts, and changed by their office alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from records.database import Pool
from schemas.words import Matter
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Intro, Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_teams import queries
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, now

ABOUT_SOMEBODY = (
    "", "/change", "/leave", "/access", "/messages", "/export", "/roles", "/erase", "/merge", f"/merge/{LEAD}",
    "/split",
)  # fmt: skip


async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


@pytest.mark.parametrize("said", ["anna", "NA EXAM", f"{COACH}@example.org", COACH, "104233"])
async def test_somebody_is_found_by_name_address_and_id(site: Site, browser: Browser, said: str) -> None:
    """By a part of the name, however it is capitalised; by an id of another system too."""
    await site.pool.execute("INSERT INTO outside_ids VALUES ('sheffield', 'employee_number', '104233', $1)", COACH)
    page = await (await office(browser)).open(f"/people?q={said}")
    assert "Everybody (1)" in page.words
    assert page.link("Anna Example") == f"/people/{COACH}"
    assert "Nobody matches" in (await browser.open("/people?q=nobody-at-all")).words


async def test_filters_say_how_many_and_what_each_is(site: Site, browser: Browser) -> None:
    """A delegate, a lead, and whoever has no role now."""
    await Intro(6).booked(2).put(site.pool)
    page = await (await office(browser)).open("/people")
    for label in ("Everybody (5)", "Coaches (1)", "Faculty (1)", "Team leads (1)", "Delegates (1)", "No role now (1)"):
        assert label in page.words
    page = await browser.open("/people" + page.link("Team leads (1)"))
    assert "Lena Lead" in page.words
    assert "Anna Example" not in page.words


async def test_a_person_is_shown_with_parts_and_how_they_are_reached(site: Site, browser: Browser) -> None:
    """With a link to each team, and what is known beside; that it was read is noted."""
    await Life().vacant().put(site.pool)
    await site.pool.execute("UPDATE people SET organisation = 'Northern General' WHERE person = $1", COACH)
    page = await (await office(browser)).open(f"/people/{COACH}")
    assert page.title == "Anna Example"
    assert page.link("Ward 12").startswith("/teams/sheffield.")
    for words in ("Coach", "Since", "What they did before (1)", "Northern General", "Email only", "Signed in now"):
        assert words in page.words
    read = "SELECT count(*) FROM audit WHERE action = $1"
    assert await site.pool.fetchval(read, f"read person of {COACH}") == 1


async def test_faculty_see_the_people_of_their_teams_and_change_nothing(browser: Browser) -> None:
    """Nobody else, and neither phones nor sign-ins."""
    await browser.sign_in(f"{FACULTY}@example.org")
    page = await browser.open("/people")
    assert "Anna Example" in page.words
    assert "Otto Other" not in page.words
    page = await browser.open(f"/people/{COACH}")
    assert page.status == 200
    assert "Signed in now" not in page.words
    assert (await browser.open(f"/people/{OTHER}")).status == 404
    for at in ABOUT_SOMEBODY[1:]:
        assert (await browser.open(f"/people/{COACH}{at}")).status == 404


@pytest.mark.parametrize("at", ABOUT_SOMEBODY)
async def test_nobody_else_sees_anybody(site: Site, browser: Browser, at: str) -> None:
    """Not a coach themselves; nor an office who is made up, another academy's, erased or merged."""
    await browser.sign_in()
    assert (await browser.open(f"/people/{COACH}{at}")).status == 404
    assert (await browser.open("/people")).status == 404
    await browser.sign_out()
    await office(browser)
    await site.pool.execute(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
        "VALUES ('per_leeds', 'leeds', 'Lee', 'lee@example.org', $1, $1)",
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    await site.pool.execute("UPDATE people SET merged_into = $1 WHERE person = $2", LEAD, OTHER)
    for other in ("per_none", "per_leeds", OTHER, "sheffield.office", "%00"):
        page = await browser.open(f"/people/{other}{at}")
        assert (page.status, page.title) == (404, "You can't see this page")


async def test_an_office_changes_what_somebody_is_called(browser: Browser) -> None:
    """Name, organisation and number; a name cannot be taken away."""
    here = f"/people/{COACH}/change"
    await (await office(browser)).open(here)
    assert "Enter the full name" in (await browser.press(here, "called.yes", **{"called-name": ""})).words
    assert (
        "What you sent is what we have already."
        in (await browser.press(here, "called.yes", **{"called-name": " Anna Example"})).words
    )
    said = {"called-name": "Anna Married", "called-organisation": "Trust", "called-number": "104233, 9"}
    assert (await browser.press(here, "called.yes", **said)).title == "Anna Married"
    assert "104233, 9" in browser.shown.words
    assert "Trust" in browser.shown.words


async def test_another_address_is_told_to_the_old_one(browser: Browser) -> None:
    """One that somebody has asks whether they share it."""
    here = f"/people/{COACH}/change"
    await (await office(browser)).open(here)
    page = await browser.press(here, "address.yes", **{"address-address": f"{LEAD}@example.org"})
    assert "Another person has this address" in page.words
    assert "per_" not in page.words.replace(f"{LEAD}@", "").replace(f"{COACH}@", "")
    page = await browser.press(here, "address.yes", **{"address-address": "anna@example.net"})
    assert "anna@example.net" in page.words
    assert browser.mail.recipients[-1] == f"{COACH}@example.org"
    assert "Your email address was changed" in str(browser.mail.taken[-1]["subject"])


async def test_links_and_sign_ins_are_ended(site: Site, browser: Browser) -> None:
    """Each in one press, after what will happen was said."""
    here = f"/people/{COACH}/access"
    page = await (await office(browser)).open(here)
    assert "aren't signed in anywhere" in page.words.replace("&#39;", "'")
    epoch = "SELECT links_epoch FROM people WHERE person = $1"
    before = await site.pool.fetchval(epoch, COACH)
    assert "We've recorded it" in (await browser.press(here, "forget.yes")).words
    assert await site.pool.fetchval(epoch, COACH) == before + 1
    await browser.open(here)
    assert "mobile number" in (await browser.press(here, "phone.yes", **{"phone-phone": "12"})).words
    page = await browser.press(here, "phone.yes", **{"phone-phone": "+44 7700 900123"})
    assert "Text messages to +447700900123" in page.words


async def test_messages_say_what_became_of_them(site: Site, browser: Browser) -> None:
    """By day, with the team and the reason."""
    team = await Life().agreed().put(site.pool)
    await site.notice(team, Matter.PROGRESS_TEAM, "2026-11", person=LEAD)
    page = await (await office(browser)).open(f"/people/{LEAD}/messages")
    assert "All messages (1)" in page.words
    assert "Ward 12" in page.words
    assert "Waiting (1)" in page.words


@pytest.mark.parametrize("query", ["?q=%00&page=x", "?part=king", "?page=99999", f"?q={'a' * 400}"])
async def test_an_address_that_means_nothing_is_a_page_all_the_same(browser: Browser, query: str) -> None:
    """Whatever stands in it."""
    assert (await (await office(browser)).open(f"/people{query}")).status == 200


async def test_more_people_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """They are read together, fifty to a page."""
    await (await office(browser)).open("/people")
    counted = []
    for number in range(2):
        counted.append(len(await queries(walled, browser, "/people")))
        await site.pool.executemany(
            "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
            "VALUES ($1, 'sheffield', $1, $1 || '@example.org', $2, $2)",
            [(f"per_{number}_{one}", now()) for one in range(60)],
        )
    assert counted[0] == counted[1] > 0
    page = await browser.open("/people")
    assert page.text.count("pages-entry") == 50
    assert (await browser.open("/people" + page.link("Next page"))).text.count("pages-entry") == 50


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """On somebody with everything, and on two records that may be one person's."""
    await Course(30, name="sheffield.2025-spring").taught().put(site.pool)
    team = await Life().vacant().put(site.pool)
    await site.notice(team, Matter.PROGRESS_TEAM, "2026-11", person=COACH)
    await office(browser)
    await phone.looks_right(f"/people/{COACH}", f"/people/{COACH}/roles", f"/people/{COACH}/merge/{LEAD}")
