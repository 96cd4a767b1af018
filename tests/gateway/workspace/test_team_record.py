"""What can be recorded of a team at any time, and who has which part in it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from lifecycle.dates import clock_of
from schemas.words import Role
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Life
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_team import opened
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR, now
from worker.main import Engine

LIVES = {"stuck": Life.flat, "away": Life.interim, "assessed": Life.assessed, "relapsed": Life.relapsed}


async def offered(browser: Browser, person: str, team: str) -> list[str]:
    """What somebody may record of a team."""
    page = (await opened(browser, person, team, "/record")).shown
    return [href.rpartition("/")[2] for href, _ in page.links if "/record/" in href]


@pytest.mark.parametrize("life", LIVES)
async def test_everything_on_offer_has_its_page(site: Site, browser: Browser, life: str) -> None:
    """One of each kind, for the office at every stage."""
    team = await LIVES[life](Life()).put(site.pool)
    found = await offered(browser, OFFICE, team)
    assert "end" in found
    for kind in {name.partition(".")[0]: name for name in found}.values():
        shown = await browser.open(f"/teams/{team}/record/{kind}")
        assert shown.status == 200, kind
        assert "<form" in shown.text or "?change=1" in shown.text or kind in ("cover", "limit", "hand-off"), kind


async def test_each_is_offered_what_they_may_tell(site: Site, browser: Browser) -> None:
    """A sponsor signs, and no more; only the office and faculty decide."""
    proposed, agreed = await Life(1).put(site.pool), await Life().agreed().put(site.pool)
    by_person = {}
    for person in (COACH, LEAD, SPONSOR):
        by_person[person] = await offered(browser, person, agreed)
        if person == SPONSOR:
            await browser.open(f"/teams/{proposed}/record")
            assert [label for href, label in browser.shown.links if "/record/" in href] == ["The coaching agreement"]
        await browser.sign_out()
    assert by_person[SPONSOR] == []
    assert "stopped" in by_person[COACH]
    assert not {"end", "place", "readiness", "score-faculty"} & {*by_person[COACH], *by_person[LEAD]}


async def test_what_is_not_on_offer_is_not_found(site: Site, browser: Browser) -> None:
    """Neither a kind of another stage or reader, nor a made-up one."""
    team = await Life().agreed().put(site.pool)
    await browser.sign_in(f"{COACH}@example.org")
    for kind in ("end", "relapsed", "made-up", "session.2020-01-01", "session", "review.month-6"):
        assert (await browser.open(f"/teams/{team}/record/{kind}")).status == 404, kind


async def test_a_score_can_be_recorded_again_and_again(site: Site, browser: Browser, running: Engine) -> None:  # noqa: ARG001
    """Each is a telling of its own; the deputy records them as the office."""
    team = await Life().agreed().put(site.pool)
    await joined(site, OTHER, "deputy")
    await browser.sign_in(f"{OTHER}@example.org")
    where = f"/teams/{team}/record/score-team"
    for score in ("2.0", "2.5"):
        await browser.open(where)
        page = await browser.press(where, "score.yes", **{"score-score": score})
        assert "We've recorded it." in page.words
    assert await site.pool.fetchval("SELECT count(*) FROM scores WHERE engagement = $1", team) == 2
    told = await site.pool.fetchrow(
        "SELECT told_by_role, told_by_person FROM facts WHERE subject = $1 ORDER BY seq DESC LIMIT 1", team
    )
    assert told is not None
    assert tuple(told) == (Role.OFFICE, OTHER)


async def test_people_are_listed_with_since_when(site: Site, browser: Browser) -> None:
    """Nobody stands where nobody is; a coach changes neither faculty nor themselves."""
    team = await Life().interim().put(site.pool)
    words = (await opened(browser, OFFICE, team, "/people")).shown.words
    assert re.search(r"Coach Anna Example ?, since .*Interim coach Otto Other ?, since .*Co-coach Nobody", words)
    assert re.search(r"Sponsor Sue Specimen ?, since", words)
    await browser.sign_out()
    page = (await opened(browser, COACH, team, "/people")).shown
    changed = [href.rpartition("/")[2] for href, _ in page.links if "/people/" in href]
    assert changed == ["sponsor", "team_lead", "process_owner", "measure_owner"]
    for role in ("faculty", "coach", "office", "x"):
        assert (await browser.open(f"/teams/{team}/people/{role}")).status == 404


async def test_a_part_is_handed_on_vacated_and_taken_back(site: Site, browser: Browser, running: Engine) -> None:  # noqa: ARG001
    """All on one page, by whoever may."""
    team = await Life().agreed().put(site.pool)
    await browser.sign_in(f"{FACULTY}@example.org")
    where = f"/teams/{team}/people/sponsor"
    await browser.open(where)
    given = {"who-who-name": "Otto Other", "who-who-email": f"{OTHER}@example.org"}
    page = await browser.press(where, "who.yes", **given, **_day("who-on", 1))
    assert "Sponsor Otto Other, since" in page.words
    await browser.open(where)
    page = await browser.press(where, "nobody.yes", **_day("nobody-on", 0))
    assert "Sponsor Nobody, since" in page.words
    await browser.open(where)
    page = await browser.press(where, "back-0.yes")
    assert "Sponsor Otto Other, since" in page.words, page.words


def _day(name: str, ago: int) -> dict[str, str]:
    """A date so many days ago, as a form takes it."""
    day = clock_of("Europe/London").today(now()) - timedelta(days=ago)
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


async def test_axe_finds_nothing_on_its_forms(site: Site, browser: Browser, phone: Phone) -> None:
    """With every fold open, on a narrow phone."""
    team = await Life().agreed().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    forms = ("people/coach", "people/faculty", "record/end", "record/place", "record/step", "record/cancelled", "log/2")
    await phone.looks_right(*(f"/teams/{team}/{form}" for form in forms))
