"""All teams on one page: the worst off first, with the reason, whose turn it is, and the last weeks."""

from __future__ import annotations

import re
from html import unescape

import pytest

from gateway.workspace.team.caseload import held_lately
from records.database import Pool
from schemas.sentences import lowered
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Life
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.workflows.subjects import COACH, FACULTY, OFFICE


async def teams(site: Site) -> None:
    """One of each kind."""
    for life in (
        Life().handed_off(), Life().paused(), Life().away(), Life().vacant(), Life().stalled(), Life().stalled(),
    ):  # fmt: skip
        last = await life.put(site.pool)
    silent = "UPDATE sessions SET outcome = 'unknown', reason = NULL WHERE engagement = $1 AND outcome = 'not_held'"
    await site.pool.execute(silent, last)


async def office(site: Site, browser: Browser) -> Browser:
    """The office's browser, with its teams on the screen."""
    await teams(site)
    await browser.sign_in(f"{OFFICE}@example.org")
    await browser.open("/teams")
    return browser


async def test_teams_stand_by_what_is_most_wrong_with_its_reason(site: Site, browser: Browser) -> None:
    """An office sees every team of its academy; the letters say what became of each week."""
    words = (await office(site, browser)).shown.words
    shown = re.findall(r'<strong class="nhsuk-tag [^"]*">\s*([^<]+?)\s*</strong>', browser.shown.text)
    order = ["Stalled", "No coach", "Coach away", "Paused", "On track"]
    assert set(shown) == set(order)
    assert shown == sorted(shown, key=order.index)
    for reason in (
        "4 sessions in a row didn't go ahead",
        "We haven't heard whether 4 sessions in a row went ahead",
        "This team has no coach",
        "Every coach of the team is on leave",
        "Paused: winter pressure",
        "Carrying on alone since the hand-off",
    ):
        assert reason in words
    assert "Last 26 weeks: 4 didn&#39;t go ahead" in browser.shown.text
    assert "Last 6 weeks: 4 not known" in words
    assert browser.shown.text.count("pages-sparkline") >= 2


async def test_next_on_the_board_is_what_comes_up_first_on_the_teams_own_page(site: Site, browser: Browser) -> None:
    """What is done, to whom and about which session: in the same words."""
    board = (await office(site, browser)).shown.words
    for team in {row["engagement"] for row in await site.pool.fetch("SELECT engagement FROM engagements")}:
        ahead = (await browser.open(f"/teams/{team}/ahead")).text
        first = re.search(r"<strong>(.+?)</strong><br>.+?\. (.+?)\.\n", ahead)
        assert first is not None
        title, act = map(unescape, first.groups())
        assert f"{act}: {lowered(title)}" in board


def test_the_line_below_the_letters_says_how_much_went_ahead_lately() -> None:
    """Of the six weeks up to each; weeks in which nothing was expected count nowhere."""
    assert held_lately(["", "paused", "held", "not_held", "excused", "unknown", "held", "held", "held"]) == [
        1, 1 / 2, 1 / 2, 1 / 3, 2 / 4, 3 / 5, 3 / 5
    ]  # fmt: skip
    assert held_lately(["", "excused", "expected"]) == []


async def test_filters_say_how_many_and_keep_in_the_address(site: Site, browser: Browser) -> None:
    """Each leads to exactly those teams; the others stay on offer."""
    await office(site, browser)
    assert "All teams (7)" in browser.shown.words
    page = await browser.open("/teams" + browser.shown.link("No coach (1)"))
    assert page.text.count("Whose turn: ") == 1
    assert "This team has no coach" in page.words
    assert "Stalled (" in page.words
    by_faculty = await browser.open("/teams" + page.link("By faculty member"))
    assert by_faculty.text.count("Whose turn: ") == 1


async def test_faculty_see_their_own_and_a_coach_none(site: Site, browser: Browser) -> None:
    """Whoever supervises no team, and works in no office, is told so."""
    await teams(site)
    one = "SELECT max(engagement) FROM engagements"
    await site.pool.execute(
        f"UPDATE engagement_people SET person = $1 WHERE key = 'faculty' AND engagement = ({one})",  # noqa: S608
        OTHER,
    )
    await browser.sign_in(f"{FACULTY}@example.org")
    assert "All teams (6)" in (await browser.open("/teams")).words
    await browser.sign_out()
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open("/teams")).status == 404


async def test_who_is_not_signed_in_comes_back_here(site: Site, browser: Browser) -> None:
    """Once the code is typed."""
    await teams(site)
    await joined(site)
    await browser.open("/teams")
    await browser.press("/sign-in", "sign-in.yes", **{"sign-in-address": f"{OTHER}@example.org"})
    assert (await browser.type(browser.code())).title == "All your teams"


@pytest.mark.parametrize("query", ["?state=fine&page=x", "?page=999999999", "?cohort=%00&by=none", "?page=-1"])
async def test_an_address_that_means_nothing_is_a_page_all_the_same(site: Site, browser: Browser, query: str) -> None:
    """Whatever stands in it."""
    await office(site, browser)
    assert (await browser.open(f"/teams{query}")).status == 200


async def test_more_teams_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """They are read together, whatever their number."""
    await office(site, browser)
    counted = []
    for _ in range(2):
        counted.append(len(await queries(walled, browser)))
        await teams(site)
    assert counted[0] == counted[1] > 0


async def queries(pool: Pool, browser: Browser, path: str = "/teams") -> list[str]:
    """What is asked of the database while the page is made."""
    found: list[str] = []
    held = [await pool.acquire() for _ in range(pool.get_size())]
    for connection in held:
        connection.add_query_logger(lambda record: found.append(record.query))
    for connection in held:
        await pool.release(connection)
    await browser.open(path)
    return found


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """With every kind of team on it; nothing is wider than the screen."""
    await office(site, browser)
    await phone.looks_right("/teams")
