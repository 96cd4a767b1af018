"""What the office can expect of its teams, and how such forecasts did before."""

from __future__ import annotations

from datetime import date

from gateway.workspace.academy.forecast import known, past_forecasts
from records import forecasts as records
from records.database import Pool
from records.forecasts import Course
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_teams import queries
from tests.workflows.subjects import COACH, FACULTY, OFFICE, now

PAGE = "/academy/forecast"
TODAY = date(2027, 5, 20)


def test_a_past_forecast_knows_only_what_was_known() -> None:
    """Whoever was agreed later is left out, and who was handed off later is open still."""
    courses = [
        Course(date(2025, 1, 10), date(2026, 7, 1), None, date(2026, 7, 20), None),
        Course(date(2025, 9, 1), date(2027, 3, 1), 0.9, date(2027, 3, 10), None),
        Course(date(2025, 9, 1), date(2027, 3, 1), None, None, date(2026, 1, 5)),
        Course(date(2027, 2, 1), date(2028, 8, 1), 0.5, None, None),
    ]
    teams, past = known(courses, date(2027, 1, 1), TODAY)
    assert [team.planned for team in teams] == [date(2027, 3, 1)]
    assert (past.delays, past.early) == ((19,), 1)
    teams, past = known(courses, TODAY, TODAY)
    assert [(team.planned, team.held) for team in teams] == [(date(2028, 8, 1), 0.5)]
    quarters = {made: really for made, _, really, _ in past_forecasts(courses, TODAY)}
    assert quarters[date(2026, 7, 1)] == quarters[date(2027, 1, 1)] == 1
    assert quarters[date(2026, 10, 1)] == 0


async def test_a_forecast_knows_whose_coach_steps_back(site: Site) -> None:
    """Since when, while they do; and which part of its sessions a team held."""
    for life in (Life(17).worked(), Life(17).assessed(), Life().handed_off()):
        await life.put(site.pool)
    async with site.pool.acquire() as conn:
        courses = await records.teams(conn, "sheffield", now().date())
    assert sum(course.back is not None for course in courses) == 1
    assert all(0 <= course.held <= 1 for course in courses if course.held is not None)


async def test_the_office_sees_what_to_expect(site: Site, browser: Browser) -> None:
    """As a page and as a sheet; nobody else does."""
    await Life(17).agreed().put(site.pool)
    await Life().handed_off().put(site.pool)
    for person in (FACULTY, COACH):
        await browser.sign_in(f"{person}@example.org")
        assert (await browser.open(PAGE)).status == 404
        await browser.sign_out()
    await browser.sign_in(f"{OFFICE}@example.org")
    words = (await browser.open(PAGE)).words
    assert "1 team is being coached." in words
    assert "How forecasts did before" in words
    assert "would have been right" in words
    sheet = await browser.http.get(f"{PAGE}?as=csv")
    assert len(sheet.text.splitlines()) == 13


async def test_more_teams_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """However many are coached."""
    await browser.sign_in(f"{OFFICE}@example.org")
    counted = []
    for _ in range(2):
        await Life(12).agreed().put(site.pool)
        counted.append(len(await queries(walled, browser, PAGE)))
    assert counted[0] == counted[1] > 0


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """With the drawing, its table, and past forecasts."""
    for _ in range(3):
        await Life(17).agreed().put(site.pool)
    await Life().handed_off().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    await phone.looks_right(PAGE)
