"""What the hand-off needs, as a checklist: what is there, what is missing, who is asked for it, since when."""

from __future__ import annotations

import pytest

from schemas import engagement_facts as facts
from schemas.words import Matter, Role
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_team import opened
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR
from worker.main import Engine


async def test_what_is_missing_is_named_with_who_is_asked(site: Site, browser: Browser) -> None:
    """What is there, too, with the reason."""
    team = await Life().worked().put(site.pool)
    words = (await opened(browser, FACULTY, team, "/hand-off")).shown.words
    assert "4 of 8 things are still needed." in words
    assert "Done A progress score of 4 or more from the team, from the last 6 weeks The latest is 4." in words
    assert (
        "Missing Faculty has found the team ready for sign-off Still needed: faculty's decision that the team is ready."
        in words
    )
    assert "Missing Signed off by the coach, the team lead and faculty" in words
    assert "We'll ask once the team has been found ready for sign-off." in words


async def test_each_may_give_what_is_theirs(site: Site, browser: Browser) -> None:
    """Faculty its own score and that the team is ready, the others the team's score."""
    team = await Life().agreed().put(site.pool)
    own = {FACULTY: {"score-faculty", "score-team", "readiness"}, LEAD: {"score-team"}, COACH: {"score-team"}}
    for person, theirs in own.items():
        page = (await opened(browser, person, team, "/hand-off")).shown
        kinds = {
            href.rpartition("/record/")[2].removesuffix("?from=hand-off")
            for href, _ in page.links
            if "/record/" in href
        }
        assert kinds == theirs | {"work", "met"}, person
        await browser.sign_out()


async def test_signatures_name_who_has_not_signed(site: Site, browser: Browser) -> None:
    """And lead to the page that takes them, for whoever was asked."""
    life = Life().assessed().tell(facts.SignedOff, role=Role.COACH)
    team = await life.put(site.pool)
    window = await site.pool.fetchval(
        "SELECT split_part(item, '/', 2) FROM due_items WHERE subject = $1 AND matter = 'sign_off'", team
    )
    await site.notice(team, Matter.SIGN_OFF, window, person=LEAD, role=Role.TEAM_LEAD, turn=Role.FACULTY)
    page = (await opened(browser, LEAD, team, "/hand-off")).shown
    assert "sign-off by the team lead; sign-off by faculty." in page.words
    assert "We first asked Lena Lead (team lead) and" in page.words
    asked = await browser.open(next(href for href, _ in page.links if "/record/sign-off" in href))
    assert "I sign off: the team is ready" in asked.words


async def test_what_is_given_leads_back_to_the_checklist(site: Site, browser: Browser, running: Engine) -> None:  # noqa: ARG001
    """Where the next thing that is missing stands."""
    team = await Life().agreed().put(site.pool)
    page = (await opened(browser, FACULTY, team, "/hand-off")).shown
    where = next(href for href, _ in page.links if "/record/score-faculty" in href)
    form = (await browser.open(where)).buttons
    page = await browser.press(where, form[0], **{"score-score": "3.0", "score-faculty": "3.0"})
    assert page.url.partition("?")[0] == f"/teams/{team}/hand-off", page.words


async def test_after_the_hand_off_nothing_is_needed(site: Site, browser: Browser) -> None:
    """The page says when it was."""
    team = await Life().handed_off().put(site.pool)
    words = (await opened(browser, LEAD, team, "/hand-off")).shown.words
    assert "The team was handed off on" in words
    assert "Missing" not in words


@pytest.mark.parametrize("wrong", ["leeds.2026-autumn.P01", "sheffield.2026-autumn", "%00"])
async def test_what_is_no_team_of_theirs_is_not_found(site: Site, browser: Browser, wrong: str) -> None:
    """As any other page; nor does a sponsor see it."""
    team = await Life().agreed().put(site.pool)
    assert (await opened(browser, SPONSOR, team, "/hand-off")).shown.status == 404
    assert (await browser.open(f"/teams/{wrong}/hand-off")).title == "You can't see this page"


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """With most of it there, and with nothing."""
    teams = [await life.put(site.pool) for life in (Life().assessed(), Life().agreed())]
    await browser.sign_in(f"{OFFICE}@example.org")
    await phone.looks_right(*(f"/teams/{team}/hand-off" for team in teams))
