"""One team's page: how it is and why, whose turn it is, and its way to independence."""

from __future__ import annotations

import pytest

from schemas.words import Matter, Role
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Life
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR

TABS = ("", "/ahead", "/log", "/messages", "/people", "/record")
"""The pages of a team."""


async def stalled(site: Site) -> str:
    """A team of which the office has been asked what should happen."""
    team = await Life().stalled().put(site.pool)
    window = await site.pool.fetchval(
        "SELECT split_part(item, '/', 2) FROM due_items WHERE subject = $1 AND matter = 'stall'", team
    )
    await site.notice(team, Matter.STALL, window, person=OFFICE, role=Role.OFFICE, turn=Role.OFFICE)
    return team


async def opened(browser: Browser, person: str, team: str, tab: str = "") -> Browser:
    """Somebody's browser, with a page of a team on the screen."""
    await browser.sign_in(f"{person}@example.org")
    await browser.open(f"/teams/{team}{tab}")
    return browser


async def test_the_office_sees_the_state_with_its_reason(site: Site, browser: Browser) -> None:
    """Since when, what is next, and the way with where the team is on it."""
    words = (await opened(browser, OFFICE, await stalled(site))).shown.words
    assert "Stalled since" in words
    assert "4 sessions in a row didn't go ahead." in words
    assert "Weekly sessions began" in words
    assert "(the team is here now)" in words
    assert 'role="img" aria-label="3 of' in browser.shown.text


async def test_what_is_yours_stands_apart(site: Site, browser: Browser) -> None:
    """To the office its own question; to the coach that the office is waited for."""
    team = await stalled(site)
    words = (await opened(browser, OFFICE, team)).shown.words
    yours, others = words.index("Yours to do"), words.index("Waiting for somebody else")
    assert yours < words.index("Stalled team") < others
    await browser.sign_out()
    words = (await opened(browser, COACH, team)).shown.words
    assert words.index("Waiting for somebody else") < words.index("Stalled team")


async def test_a_deputy_acts_as_the_office(site: Site, browser: Browser) -> None:
    """The office's question is theirs to answer, by the same button."""
    team = await stalled(site)
    await joined(site, OTHER, "deputy")
    page = (await opened(browser, OTHER, team)).shown
    answered = await browser.open(page.link("Answer now").removeprefix("http://127.0.0.1:8080"))
    assert "What should happen next with Ward 12?" in answered.words
    assert "End the coaching" in answered.words


async def test_a_sponsor_sees_what_faculty_released(site: Site, browser: Browser) -> None:
    """Not how the team is, before that."""
    team = await stalled(site)
    words = (await opened(browser, SPONSOR, team)).shown.words
    assert "Faculty hasn't asked us to tell you" in words
    assert "didn't go ahead" not in words
    assert "Stalled" not in words


@pytest.mark.parametrize("tab", TABS)
async def test_another_academys_team_and_a_made_up_one_are_not_found(site: Site, browser: Browser, tab: str) -> None:
    """They look the same, and the same as a cohort."""
    team = await stalled(site)
    await browser.sign_in(f"{OFFICE}@example.org")
    shown = {
        ((await browser.open(f"/teams/{wrong}{tab}")).status, browser.shown.title)
        for wrong in ("leeds.2026-autumn.P01", f"{team}9", "sheffield.2026-autumn", "%00")
    }
    assert shown == {(404, "You can't see this page")}


@pytest.mark.parametrize("tab", TABS)
async def test_whoever_has_no_part_in_a_team_does_not_see_it(site: Site, browser: Browser, tab: str) -> None:
    """A coach sees their own, and a faculty member theirs."""
    team = await stalled(site)
    await site.pool.execute("UPDATE engagement_people SET person = $2 WHERE engagement = $1", team, LEAD)
    for person in (COACH, FACULTY):
        assert (await opened(browser, person, team, tab)).shown.status == 404
        await browser.sign_out()
