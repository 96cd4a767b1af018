"""The pages in a real browser, without scripts: what axe says, with the keyboard alone, on the narrowest phone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from activities.links import Purpose
from lifecycle.dates import long_date
from schemas.words import Matter, Role
from tests.browser import faults
from tests.gateway.conftest import Town
from tests.gateway.pages.cases import CASES
from tests.gateway.pages.conftest import BROWSER, Site, served
from tests.gateway.pages.lives import OTHER, Course, Life
from tests.gateway.pages.test_every_matter import opened
from tests.gateway.pages.test_session_page import meeting
from tests.gateway.test_worklist import asked as waits
from tests.workflows.subjects import COACH, OFFICE, now


async def every_page(site: Site, town: Town) -> dict[str, str]:
    """An address of every kind of page but for what is asked about."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day, answer_by=now() + timedelta(days=5))
    before = day - timedelta(weeks=1)
    told = await site.asked(life.name, Matter.SESSION, before.isoformat(), about=before)
    await site.answer(told, "held.team")
    course = Course().confirmed()
    await course.put(site.pool)
    paused = Life().paused()
    await paused.put(site.pool)
    stalled = Life(3, watched_from=now() - timedelta(weeks=10)).stalled()
    await stalled.put(site.pool)
    await waits(site.pool, stalled, Matter.STALL)
    window = paused.told[-1].occurred_at.strftime("%Y-%m-%dT%H%M%S")
    await site.notice(paused.name, Matter.PAUSE_REVIEW, window, answer_by=now() - timedelta(days=1))
    await site.pool.execute(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
        "VALUES ('per_far', 'sheffield', 'Fay Far', 'far@example.org', $1, $1)",
        now(),
    )
    return {
        "session": token,
        "session, told": f"{told}?told=1",
        "session, to correct": f"{told}?change=1",
        "session, out of date": f"{told}?since=1",
        "home": site.token(Purpose.HOME),
        "worklist": site.token(Purpose.HOME, OFFICE),
        "weekly mail": site.token(Purpose.WEEKLY_MAIL),
        "leave": site.token(Purpose.LEAVE),
        "stopped": site.token(Purpose.STOPPED, subject=life.name),
        "pause": site.token(Purpose.PAUSE, subject=life.name),
        "slot": site.token(Purpose.SLOT, subject=life.name),
        "work": site.token(Purpose.WORK, subject=life.name),
        "team": site.token(Purpose.TEAM, OTHER, course.name, course.key(2)),
        "address": site.token(Purpose.ADDRESS),
        "calendar": site.token(Purpose.CALENDAR),
        "forget": site.token(Purpose.FORGET),
        "unknown browser": site.token(Purpose.HOME, "per_far"),
        "no part": site.token(Purpose.HOME, "per_other2"),
        "forged": "nothing",
        "expired": site.token(Purpose.HOME, until=now()),
    }


ASKED = {f"{one.matter}, {one.role}": one for one in CASES}
"""What is asked about, of whom."""


_UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"
_EMPTY = "document.querySelectorAll('input[type=text]').forEach(one => one.value = '')"
_ASKED_FORMS = ("microsystem, coach", "readiness, faculty", "vacancy, office")
_FORMS = ("session", "slot", "work", "address", "leave", "worklist", *_ASKED_FORMS)


@pytest.mark.parametrize(
    "asked", [_ASKED_FORMS, pytest.param(tuple(ASKED), marks=pytest.mark.long)], ids=["some", "all"]
)
async def test_axe_finds_nothing(
    site: Site, town: Town, app: FastAPI, chrome: Chromium, asked: tuple[str, ...]
) -> None:
    """On any page with everything unfolded, nor on a form that was sent empty; nothing is scrolled sideways.

    On a narrow phone all of them, on a wide screen one of each layout.
    """
    pages = await every_page(site, town) | {name: (await opened(site, ASKED[name]))[1] for name in asked}
    wrong = {}
    async with served(app) as url:
        # Axe itself is a script, which the pages' own policy would keep out.
        context = await chrome.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
        await context.add_cookies([{"name": "coaching-browser", "value": BROWSER, "url": url}])
        page = await context.new_page()
        for name, address in pages.items():
            await page.goto(f"{url}/a/{address}")
            await page.evaluate(_UNFOLD)
            if found := await faults(page):
                wrong[name] = found
        for name in _FORMS:
            await page.goto(f"{url}/a/{pages[name]}")
            await page.evaluate(_UNFOLD)
            await page.evaluate(_EMPTY)
            # Help may be asked for without a word.
            buttons = page.locator("button", has_not_text="Ask for help")
            await buttons.last.click()
            assert (await page.title()).startswith("Error: "), name
            if found := await faults(page):
                wrong[f"{name}, sent empty"] = found
        await page.set_viewport_size({"width": 1024, "height": 640})
        for name in ("session", "home", "forged", *_FORMS):
            await page.goto(f"{url}/a/{pages[name]}")
            await page.evaluate(_UNFOLD)
            if found := await faults(page):
                wrong[f"{name}, wide"] = found
    assert not wrong


async def test_the_keyboard_is_enough(site: Site, town: Town, app: FastAPI, chrome: Chromium) -> None:
    """From the first press of Tab to what is recorded, without scripts; every stop can be seen."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    async with served(app) as url:
        context = await chrome.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{url}/a/{token}")
        await press_until(page, "No, it didn't go ahead")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await press_until(page, "No, it didn't go ahead")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        # By day, the engine has just sent a mail about the team.
        if "told=1" not in page.url:
            await confirmed(page, day)
        await page.wait_for_url("**?told=1")
        assert "didn't go ahead: clinical pressure" in " ".join((await page.inner_text("main")).split())
        await press_until(page, "This isn't right: correct it")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**?change=1")
        await press_until(page, "Yes, the team led it")
        await page.keyboard.press("Enter")
        await confirmed(page, day)
        await page.wait_for_url("**?told=1")
        assert "led by the team" in await page.inner_text("main")


async def confirmed(page: Page, day: date) -> None:
    """Show that a person pressed, by the keyboard alone."""
    await page.get_by_role("heading", name="Please confirm your answer").wait_for()
    await choose(page, long_date(day))
    await press_until(page, "Confirm")
    await page.keyboard.press("Enter")


async def choose(page: Page, words: str) -> None:
    """Press Tab to the radio buttons, and the arrow until the one that reads so is chosen."""
    while await page.locator("input[type=radio]:focus").count() == 0:
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    while words not in await page.locator("input:checked + label").inner_text():
        await page.keyboard.press("ArrowDown")


async def press_until(page: Page, words: str) -> None:
    """Press Tab until what has the focus reads so."""
    for _ in range(30):
        await page.keyboard.press("Tab")
        if words in await page.locator(":focus").inner_text():
            return
    raise AssertionError(words)


async def test_nothing_is_fetched_from_elsewhere(site: Site, town: Town, app: FastAPI, chrome: Chromium) -> None:
    """The page and its two stylesheets, from one host; the browser has nothing to complain of."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day, person=COACH, role=Role.COACH)
    async with served(app) as url:
        page = await chrome.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        await page.goto(f"{url}/a/{token}", wait_until="networkidle")
        colour = await page.evaluate("getComputedStyle(document.querySelector('.nhsuk-button')).backgroundColor")
    assert len([one for one in asked if not one.startswith("data:")]) == 3
    assert all(one.startswith((url, "data:")) for one in asked)
    assert said == []
    assert colour == "rgb(0, 127, 59)"
