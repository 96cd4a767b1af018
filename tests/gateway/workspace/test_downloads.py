"""A page's list as a file: every row that its filters leave, and nothing in it that a spreadsheet executes."""

from __future__ import annotations

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from gateway.workspace.team import caseload as teams
from gateway.workspace.team import messages
from schemas.sheet import read_sheet
from schemas.words import Matter
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course, Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.pages.test_worklist_page import waiting
from tests.gateway.workspace.test_teams import office
from tests.workflows.subjects import COACH, LEAD, OFFICE


async def test_all_teams_of_a_filter_are_downloaded_not_only_a_page(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With their cohort, faculty member and weeks, each in a column."""
    monkeypatch.setattr(teams, "_A_PAGE", 1)
    await office(site, browser)
    page = await browser.open("/teams?state=stalled&page=2")
    assert page.text.count("Whose turn: ") == 1
    answer = await browser.http.get("/teams" + page.link("Download as CSV"))
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Teams.csv"
    header, *rows = (record.cells for record in read_sheet(answer.content).records)
    assert header[:6] == ("Team", "Coach", "Cohort", "Faculty", "State", "Reason")
    assert len(header) == 10 + 26
    assert [row[4] for row in rows] == ["Stalled", "Stalled"]


async def test_a_workbook_says_the_same(site: Site, browser: Browser) -> None:
    """What would be a formula is a text."""
    await office(site, browser)
    await site.pool.execute("UPDATE microsystems SET name = '=1+1'")
    answer = await browser.http.get("/teams?as=xlsx")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    rows = CalamineWorkbook.from_object(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + 7
    assert {row[0] for row in rows[1:]} == {"=1+1"}


async def test_nobody_downloads_what_they_may_not_see(site: Site, browser: Browser) -> None:
    """As the page itself; and another kind of file is the page."""
    await Life().stalled().put(site.pool)
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open("/teams?as=xlsx")).status == 404
    assert (await browser.open("/teams?as=pdf")).status == 404


@pytest.mark.parametrize(("tab", "first"), [("ahead", "Date"), ("people", "Part"), ("log", "Date")])
async def test_the_tabs_of_a_team_can_be_kept_as_a_sheet(site: Site, browser: Browser, tab: str, first: str) -> None:
    """What lies ahead, who has which part and what was recorded."""
    team = await Life().stalled().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    page = await browser.open(f"/teams/{team}/{tab}")
    answer = await browser.http.get(f"/teams/{team}/{tab}" + page.link("Download as CSV"))
    header, *rows = (record.cells for record in read_sheet(answer.content).records)
    assert header[0] == first
    assert rows


@pytest.mark.parametrize(
    ("path", "columns"),
    [
        ("/home", ("Task", "Kind")),
        ("/calendar-ahead", ("When", "What")),
        ("/cohorts/{}/log", ("Date", "Time")),
    ],
)
async def test_what_is_listed_on_a_page_of_its_own_can_be_kept(
    site: Site, browser: Browser, path: str, columns: tuple[str, str]
) -> None:
    """Tasks, the next eight weeks, and a cohort's log, each as its page has it."""
    await waiting(site)
    cohort = await Course().confirmed().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    answer = await browser.http.get(path.format(cohort) + ("&" if "?" in path else "?") + "as=csv")
    header, *rows = (record.cells for record in read_sheet(answer.content).records)
    assert header[:2] == columns
    assert rows


async def test_messages_can_be_kept_all_of_them(site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only those of one page; and that they were read is noted."""
    team = await Life().stalled().put(site.pool)
    monkeypatch.setattr(messages, "A_PAGE", 0)
    await site.notice(team, Matter.PROGRESS_TEAM, "2026-11", person=LEAD)
    await browser.sign_in(f"{OFFICE}@example.org")
    answer = await browser.http.get(f"/teams/{team}/messages?as=csv")
    assert len(read_sheet(answer.content).records) == 1 + 1
    noted = "SELECT count(*) FROM audit WHERE action = 'read messages' AND subject = $1"
    assert await site.pool.fetchval(noted, team) == 1


async def test_scores_are_kept_beside_the_measures(site: Site, browser: Browser) -> None:
    """Each with who gave it."""
    team = await Life().assessed().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    answer = await browser.http.get(f"/teams/{team}/improvement?as=csv")
    named = {record.cells[0] for record in read_sheet(answer.content).records}
    assert {"Progress score by the team", "Progress score by faculty"} <= named
