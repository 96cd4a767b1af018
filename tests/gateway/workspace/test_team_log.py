"""A team's log, what lies ahead of it, and its messages."""

from __future__ import annotations

import re

import pytest

from records.database import Pool
from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.words import Matter
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_team import opened, stalled
from tests.gateway.workspace.test_teams import queries
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR, now
from worker.main import Engine


async def noted(site: Site, team: str, words: str = "A quiet corner helps") -> None:
    """Words beside the last fact that the office recorded of a team."""
    await site.pool.execute(
        """
        INSERT INTO notes (event_id, subject, text, kept_at, claimed_at)
        SELECT event_id, subject, $2, $3, $3 FROM facts WHERE subject = $1 ORDER BY seq DESC LIMIT 1
        """,
        team,
        words,
        now(),
    )


async def test_the_newest_day_comes_first_and_a_day_runs_forward(site: Site, browser: Browser) -> None:
    """Facts in sentences with who recorded them, and what we did between them."""
    team = await stalled(site)
    page = (await opened(browser, OFFICE, team, "/log")).shown
    assert "The agreement was signed by the coach" in page.words
    assert "Recorded by the programme office" in page.words
    assert "We asked the programme office: stalled team" in page.words
    assert page.words.index("Everything (") < page.words.index("What we did (1)")
    times = re.findall(r"(\d+):(\d+)(am|pm):", page.words)
    assert times == sorted(times, key=lambda at: (at[2], int(at[0]) % 12, int(at[1])))


async def test_what_was_withdrawn_is_not_said_to_have_been_asked(site: Site, browser: Browser) -> None:
    """It stays in the log, struck out, and says that it wasn't sent."""
    team = await stalled(site)
    await site.pool.execute("UPDATE notices SET status = 'withdrawn', settled_at = $2 WHERE subject = $1", team, now())
    page = (await opened(browser, OFFICE, team, "/log")).shown
    assert "<s>We asked the programme office: stalled team</s>" in page.text
    assert "This wasn't sent." in page.words


async def test_a_filter_leads_to_so_many_lines(site: Site, browser: Browser) -> None:
    """As many as its label says."""
    team = await stalled(site)
    page = (await opened(browser, OFFICE, team, "/log")).shown
    shown = await browser.open(f"/teams/{team}/log" + page.link("Sessions (4)"))
    assert shown.text.count("pages-entry") == 4
    assert "The agreement was signed" not in shown.words


async def test_what_was_corrected_is_marked(site: Site, browser: Browser) -> None:
    """It stays, and says what became of it."""
    life = Life().stalled()
    wrong = life.told[-1]
    right = facts.SessionHeld(event_id="x", occurred_at=wrong.occurred_at, day=wrong.occurred_at.date())
    life.tell(Correction, corrects=wrong.event_id, replacement=right)
    life.tell(Correction, corrects=life.told[-3].event_id)
    page = (await opened(browser, OFFICE, await life.put(site.pool), "/log")).shown
    assert "Corrected: the session on" in page.words
    assert "This has been corrected." in page.words
    assert "Taken back: the session on" in page.words
    assert "This has been taken back." in page.words


@pytest.mark.parametrize(("person", "reads"), [(OFFICE, True), (FACULTY, True), (COACH, False), (LEAD, False)])
async def test_notes_are_for_the_office_and_faculty(site: Site, browser: Browser, person: str, *, reads: bool) -> None:
    """And for who wrote them; that the office or faculty read them is noted."""
    team = await stalled(site)
    await noted(site, team)
    page = (await opened(browser, person, team, "/log")).shown
    assert ("A quiet corner helps" in page.words) is reads
    found = await site.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'read notes' AND subject = $1", team)
    assert found == int(reads)


async def test_a_sponsor_sees_what_they_recorded(site: Site, browser: Browser) -> None:
    """And nothing of what others did, nor what is ahead, nor messages."""
    team = await stalled(site)
    page = (await opened(browser, SPONSOR, team, "/log")).shown
    assert "Nothing is recorded here" in page.words
    for tab in ("/ahead", "/messages"):
        assert (await browser.open(f"/teams/{team}{tab}")).status == 404


async def test_what_is_ahead_has_its_day_and_its_reason(site: Site, browser: Browser) -> None:
    """By month, with how much there is of each kind."""
    team = await Life(1).agreed().put(site.pool)
    page = (await opened(browser, COACH, team, "/ahead")).shown
    assert "After each session we ask the coach whether it went ahead" in page.words
    assert re.search(r"Session \(\d+\)", page.words)
    assert page.text.count("pages-entry") == 50
    assert (await browser.open(f"/teams/{team}/ahead" + page.link("Next page"))).status == 200


async def test_messages_say_to_whom_and_what_became_of_them(site: Site, browser: Browser) -> None:
    """A bounce in words, without its code; a coach sees those to themselves."""
    team = await stalled(site)
    await site.notice(team, Matter.SESSION, "2026-11-24", reason="session_asked")
    bounced = "UPDATE notices SET status = 'failed', failure = 'bounced_5.1.1', settled_at = $2 WHERE subject = $1"
    await site.pool.execute(f"{bounced} AND person = $3", team, now(), COACH)
    words = (await opened(browser, OFFICE, team, "/messages")).shown.words
    assert "Session to Anna Example (coach)" in words
    assert "It came back: there is no such address" in words
    assert "5.1.1" not in words
    assert "All messages (2)" in words
    await browser.sign_out()
    assert "All messages (1)" in (await opened(browser, COACH, team, "/messages")).shown.words


async def test_longer_logs_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """Nor do more messages."""
    short, long = await Life(1).put(site.pool), await Life().stalled().put(site.pool)
    for window in ("2026-11-17", "2026-11-24"):
        await site.notice(long, Matter.SESSION, window)
    await browser.sign_in(f"{OFFICE}@example.org")
    for tab in ("", "/ahead", "/log", "/messages"):
        counted = [len(await queries(walled, browser, f"/teams/{team}{tab}")) for team in (short, long)]
        assert counted[0] == counted[1] > 0, tab


async def test_a_mistake_is_taken_back_with_its_reason(site: Site, browser: Browser, running: Engine) -> None:  # noqa: ARG001
    """It is said why; the log marks what it was, and the taking back can be undone."""
    team = await Life().agreed().tell(facts.OwnerNamed, role="process_owner", person=LEAD).put(site.pool)
    log = (await opened(browser, OFFICE, team, "/log")).shown
    where = log.link("A process owner was named (Lena Lead)").removeprefix("http://127.0.0.1:8080")
    await browser.open(where)
    assert (await browser.press(where, "back.yes")).status == 422
    page = await browser.press(where, "back.yes", **{"back-why": "The wrong ward"})
    assert "We've recorded it." in page.words
    assert "Taken back: a process owner was named" in page.words
    assert "This has been taken back." in page.words
    assert "The wrong ward" in page.words


async def test_nobody_takes_back_what_others_recorded(site: Site, browser: Browser) -> None:
    """A coach finds no way to it; nobody takes back how it all began."""
    team = await stalled(site)
    await opened(browser, COACH, team, "/log")
    assert "Take it back" not in browser.shown.words
    assert (await browser.open(f"/teams/{team}/log/2")).status == 404
    await browser.sign_out()
    await browser.sign_in(f"{OFFICE}@example.org")
    for number in ("1", "99", "x"):
        assert (await browser.open(f"/teams/{team}/log/{number}")).status == 404
