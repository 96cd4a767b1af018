"""A team's improvement work: what it measures as charts, its cycles and scores, and how they are recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from records.database import Pool
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.sheet import read_sheet
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_teams import queries
from tests.lifecycle.charts.test_xmr import ONE_HIGH
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR, now


def measuring(values: list[float], better: str = "higher") -> Life:
    """A team with a measure, its weekly values, a cycle, and scores of both."""
    life = Life().adopted().tell(improvement.MeasureDefined, measure="m1", better=better)
    begins = now().date() - timedelta(weeks=len(values))
    for number, value in enumerate(values):
        life.tell(improvement.MeasurementRecorded, measure="m1", value=value, day=begins + timedelta(weeks=number))
    life.tell(facts.ProgressScored, now() - timedelta(days=70), score=2.5, scorer="team")
    life.tell(facts.ProgressScored, now() - timedelta(days=40), score=3.5, scorer="team")
    life.tell(facts.ProgressScored, now() - timedelta(days=40), score=3.0, scorer="faculty")
    return life


async def shown(browser: Browser, person: str, team: str, query: str = "") -> str:
    """The words of the page, as somebody sees it."""
    await browser.sign_in(f"{person}@example.org")
    return (await browser.open(f"/teams/{team}/improvement{query}")).words


@pytest.mark.parametrize("person", [OFFICE, FACULTY, COACH, LEAD])
async def test_whoever_works_with_a_team_sees_its_charts(site: Site, browser: Browser, person: str) -> None:
    """One message, the reason, both scores, what was tested."""
    team = await measuring([*ONE_HIGH, 30.0]).put(site.pool)
    words = await shown(browser, person, team)
    assert "Better than before, and not by chance" in words
    assert "The last value, 30, is outside the limits." in words
    assert "The limits are worked out as in NHS England's Making Data Count tool." in words
    assert "Latest progress score: team 3.5, faculty 3" in words
    assert "PDSA cycle 1" in words
    assert "Adopt the change" in words
    assert 'role="img" aria-label="Measure 1, XmR chart: Better than before' in browser.shown.text
    assert browser.shown.text.count("The numbers behind this chart") == 3  # XmR, run chart, scores
    assert "On the median: doesn't count" in words
    for said in ("Trial limits", "the median, and whether", "no more than the usual ups and downs"):
        assert said in words
    assert "style=" not in browser.shown.text


async def test_a_sponsor_does_not_see_the_work(site: Site, browser: Browser) -> None:
    """Nor whoever has no part in the team."""
    team = await measuring(ONE_HIGH).put(site.pool)
    await browser.sign_in(f"{SPONSOR}@example.org")
    for page in ("improvement", "improvement/record"):
        assert (await browser.open(f"/teams/{team}/{page}")).status == 404
        assert (await browser.open(f"/teams/{team}9/{page}")).status == 404


async def test_limits_can_leave_extreme_jumps_out(site: Site, browser: Browser) -> None:
    """Said on the chart, and kept in the address of the download."""
    team = await measuring(ONE_HIGH).put(site.pool)
    assert "chance alone, values fall between -3.06 and 6.95" in await shown(browser, COACH, team)
    page = await browser.open(
        f"/teams/{team}/improvement" + browser.shown.link("Work out the limits without extreme jumps")
    )
    assert "chance alone, values fall between -0.716 and 4.6. The limits leave out extreme jumps." in page.words
    answer = await browser.http.get(f"/teams/{team}/improvement" + page.link("Download as CSV"))
    header, *rows = (record.cells for record in read_sheet(answer.content).records)
    assert header == ("Measure", "Date", "Value", "What it says", "Mean", "Lower limit", "Upper limit")
    rows = [row for row in rows if row[0] == "Measure 1"]
    assert len(rows) == len(ONE_HIGH)
    assert rows[4][2:4] == ("10.0", "Outside the limits")
    assert [float(level) for level in rows[4][4:]] == pytest.approx([1.9444, -0.7156, 4.6044], abs=1e-4)


async def test_few_values_say_so(site: Site, browser: Browser) -> None:
    """Trial limits, too early to tell, or none at all."""
    few = await measuring([5, 6, 5]).put(site.pool)
    none = await Life().agreed().put(site.pool)
    assert "These are trial limits: there are only 3 values so far." in await shown(browser, FACULTY, few)
    words = (await browser.open(f"/teams/{none}/improvement")).words
    assert "The team hasn't chosen a measure yet." in words
    assert "No progress scores yet" in words


async def test_more_values_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """All that a team was told is read at once; the checklist likewise."""
    few, many = [await measuring(ONE_HIGH[:count]).put(site.pool) for count in (2, 18)]
    await browser.sign_in(f"{OFFICE}@example.org")
    for tab in ("improvement", "hand-off"):
        counted = [len(await queries(walled, browser, f"/teams/{team}/{tab}")) for team in (few, many)]
        assert counted[0] == counted[1] > 0, tab


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """With both kinds of chart, signals, a target and a new baseline."""
    life = measuring([*ONE_HIGH, *(value + 20 for value in ONE_HIGH)], "lower")
    since = now().date() - timedelta(weeks=18)
    life.tell(improvement.ChartRebased, measure="m1", from_day=since, reason="process_changed")
    life.tell(improvement.AimSet, aim="specific", measure="m1", target=12, by_day=now().date() + timedelta(weeks=9))
    team = await life.put(site.pool)
    met = await Life().worked().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    pages = [f"/teams/{team}/improvement", f"/teams/{team}/improvement/record", f"/teams/{met}/improvement"]
    await phone.looks_right(*pages)
