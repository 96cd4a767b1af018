"""The mail of the next two weeks: to whom, about what and why; it is held or left out with a reason."""

from __future__ import annotations

import pytest

from records.database import Pool
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_teams import queries
from tests.workflows.subjects import COACH, FACULTY, OFFICE


async def office(site: Site, browser: Browser) -> Browser:
    """The office's browser, with teams at work, one of them silent, and a course."""
    for life in (Life().adopted(), Life().stalled(), Life().handed_off()):
        await life.put(site.pool)
    await Course(-3, name="sheffield.2027-spring").put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    await browser.open("/upcoming-mail")
    return browser


async def test_each_mail_says_to_whom_about_whom_and_why(site: Site, browser: Browser) -> None:
    """By day, the first first; weekly mails with their lines."""
    page = (await office(site, browser)).shown
    assert page.title == "Upcoming mail"
    assert "Session of" in page.words
    assert "Weekly email to" in page.words
    assert "After each session we ask the coach whether it went ahead" in page.words


async def test_what_can_not_be_held_says_why(site: Site, browser: Browser) -> None:
    """A reminder of a day to come is of no use after it; an alarm must be heard."""
    await Course(-1).put(site.pool)
    page = (await office(site, browser)).shown
    assert "You can't hold this or leave it out, because it would arrive too late." in page.words
    assert "You can't hold this or leave it out, because somebody needs to know in time." in page.words


async def test_filters_say_how_many_mails_each_leaves(site: Site, browser: Browser) -> None:
    """And keep in the address."""
    page = (await office(site, browser)).shown
    link = next(label for _, label in page.links if label.startswith("Session ("))
    number = int(link.partition("(")[2].rstrip(")"))
    narrowed = await browser.open(f"/upcoming-mail{page.link(link)}")
    assert narrowed.words.count("Session of") >= number
    assert "Progress" not in narrowed.words.partition("By kind")[2].partition("Session of")[2]


async def test_alarms_can_neither_be_held_nor_left_out(site: Site, browser: Browser) -> None:
    """Nothing leads there; nor does an address that somebody made up."""
    await office(site, browser)
    alarm = await site.pool.fetchrow(
        "SELECT subject, item FROM upcoming_mails WHERE matter = 'stall' ORDER BY subject LIMIT 1"
    )
    assert alarm
    made_up = f"/upcoming-mail/change?about={alarm['subject']}&one={alarm['item']}"
    assert (await browser.open(made_up)).status == 404


@pytest.mark.parametrize("path", ["/upcoming-mail", "/upcoming-mail/change"])
@pytest.mark.parametrize("person", [COACH, FACULTY])
async def test_only_who_runs_the_academy_sees_it(site: Site, browser: Browser, path: str, person: str) -> None:
    """Faculty and coaches are told that they can't."""
    await Life().adopted().put(site.pool)
    await browser.sign_in(f"{person}@example.org")
    assert (await browser.open(path)).status == 404


async def test_another_academys_mail_is_not_shown(site: Site, browser: Browser) -> None:
    """Whatever the address says."""
    await office(site, browser)
    assert (await browser.open("/upcoming-mail?about=leeds.2027.P01.T1")).words.count("Session of") == 0
    assert (await browser.open("/upcoming-mail/change?about=leeds.2027.P01.T1")).status == 404
    assert OTHER not in browser.shown.words


async def test_more_mail_takes_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """It is read together, whatever its number."""
    await office(site, browser)
    counted = []
    for _ in range(2):
        counted.append(len(await queries(walled, browser, "/upcoming-mail")))
        await Life().adopted().put(site.pool)
    assert counted[0] == counted[1] > 0
