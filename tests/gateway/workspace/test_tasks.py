"""The tasks of an office and of faculty: theirs, what waits for others, what is snoozed or in hand."""

from __future__ import annotations

from datetime import timedelta

from records.database import Pool
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Life
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.pages.test_worklist_page import waiting
from tests.gateway.workspace.test_teams import queries
from tests.gateway.workspace.test_together import met
from tests.workflows.subjects import COACH, FACULTY, OFFICE, SPONSOR, now

STALLED = "Ward 12: agree with the coach and faculty what should happen next"
VACANT = "Ward 12: find a new or interim coach, and record who it is."


async def as_(browser: Browser, person: str) -> Browser:
    """Somebody's browser, with their tasks on the screen."""
    if browser.http.cookies:
        await browser.sign_out()
    await browser.sign_in(f"{person}@example.org")
    await browser.open("/home")
    return browser


async def press(browser: Browser, item: str, **fields: str) -> None:
    """Send one of the page's forms."""
    state = next((one["value"] for one in browser.shown.inputs if one.get("name") == "state"), "")
    await browser.http.post("/home", data={"state": state, "item": item, **fields})
    await browser.open("/home")


async def item_of(site: Site, life: Life) -> str:
    """The name of the task about a team."""
    item: str = await site.pool.fetchval(
        """SELECT concat_ws('/', subject, matter, "window") FROM notices WHERE subject = $1""", life.name
    )
    return item


async def test_tasks_of_ones_own_stand_apart_from_those_of_others(site: Site, browser: Browser) -> None:
    """Each says what to do, and leads to the page that takes the answer."""
    await waiting(site)
    page = (await as_(browser, OFFICE)).shown
    assert "Yours to do (1)" in page.words
    assert VACANT not in page.words
    assert (await browser.open(page.link(STALLED).removeprefix("http://127.0.0.1:8080"))).status == 200
    others = await browser.open("/home?show=others")
    assert VACANT in others.words
    assert "Waiting for" in others.words


async def test_faculty_see_their_own_and_what_their_teams_wait_for(site: Site, browser: Browser) -> None:
    """The office's question about their team is not theirs to answer, and they know that it is open."""
    await waiting(site)
    assert VACANT in (await as_(browser, FACULTY)).shown.words
    assert STALLED in (await browser.open("/home?show=others")).words


async def test_a_coach_sees_what_their_teams_wait_for_and_takes_nothing_in_hand(site: Site, browser: Browser) -> None:
    """The office's line is the office's."""
    _, stalled = await waiting(site)
    await as_(browser, COACH)
    assert "Yours to do (0)" in browser.shown.words
    assert STALLED in (await browser.open("/home?show=others")).words
    await press(browser, await item_of(site, stalled), hand="take")
    assert await site.pool.fetchval("SELECT count(*) FROM in_hand") == 0


async def test_filters_keep_in_the_address(site: Site, browser: Browser) -> None:
    """By kind; and what an address cannot mean is a page all the same."""
    await waiting(site, faculty=OFFICE)
    await as_(browser, OFFICE)
    assert "All kinds (2)" in browser.shown.words
    page = await browser.open("/home" + browser.shown.link("No coach (1)"))
    assert (VACANT in page.words, STALLED in page.words) == (True, False)
    assert (await browser.open("/home?kind=%00&team=leeds.c.P1&page=-9&show=x")).status == 200


async def test_a_task_in_hand_is_seen_by_the_others_until_it_is_let_go(site: Site, browser: Browser) -> None:
    """Nobody takes it meanwhile; it is let go by who has it, or after two working days."""
    _, stalled = await waiting(site)
    await joined(site)
    item = await item_of(site, stalled)
    await press(await as_(browser, OTHER), item, hand="take")
    assert "You have this in hand" in browser.shown.words
    await press(await as_(browser, OFFICE), item, hand="take")
    assert "has had this in hand since" in browser.shown.words
    await press(browser, item, hand="release")
    assert await site.pool.fetchval("SELECT person FROM in_hand") == OTHER
    assert await site.pool.fetchval("SELECT until - taken_at::date BETWEEN 3 AND 9 FROM in_hand")
    await site.pool.execute("UPDATE in_hand SET until = $1", now().date())
    await press(browser, item, hand="take")
    assert "You have this in hand" in browser.shown.words
    await press(browser, item, hand="release")
    assert await site.pool.fetchval("SELECT count(*) FROM in_hand") == 0


async def test_a_snoozed_task_stands_apart_with_its_reason(site: Site, browser: Browser) -> None:
    """And comes back on its day."""
    _, stalled = await waiting(site)
    await as_(browser, OFFICE)
    day = (now() + timedelta(days=9)).date()
    until = {f"off0-until-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
    await press(browser, await item_of(site, stalled), number="0", **{"off0-why": "They meet soon"}, **until)
    assert "Yours to do (0)" in browser.shown.words
    assert "Nothing to do" in browser.shown.words
    assert "They meet soon" in (await browser.open("/home?show=snoozed")).words


async def test_more_tasks_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """Nothing is read for each."""
    counted: list[int] = []
    for _ in range(2):
        await waiting(site)
        if not counted:
            await as_(browser, OFFICE)
        counted.append(len(await queries(walled, browser, "/home")))
    assert counted[0] == counted[1] > 0


async def test_more_teams_and_tasks_take_a_coach_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """Their page folds no ledger: it is read from projections, however many teams there are."""
    counted: list[int] = []
    for _ in range(2):
        await met(site)
        await Life().paused().put(site.pool)
        if not counted:
            await as_(browser, COACH)
        asked = await queries(walled, browser, "/home")
        counted.append(len(asked))
        assert not [query for query in asked if "FROM facts WHERE subject = $1" in query]
    assert counted[0] == counted[1] > 0


async def test_a_sponsor_knows_of_their_team_what_faculty_allowed(site: Site, browser: Browser) -> None:
    """Neither how it is, nor what it waits for; who coaches it, and that faculty said nothing yet."""
    await waiting(site)
    words = (await as_(browser, SPONSOR)).shown.words
    assert "We'll tell you here if faculty asks us to share how a team is doing." in words
    assert "Coach: Anna Example" in words
    assert "Stalled" not in words
    assert "Waiting for somebody else (0)" in words
