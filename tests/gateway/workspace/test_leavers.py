"""A list of leavers is looked at first; the good rows are recorded, and the others come back with why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from operations.sheets import Kind, rows_of, written
from schemas.leavers import COLUMNS
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import OTHER, Life
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import Browser
from tests.workflows.subjects import COACH, LEAD, OFFICE, now
from worker.main import Engine

WHERE = "/people/leavers"
DAYS = "SELECT person, last_day FROM leavers"


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


def day(days: int) -> date:
    """So many days from now."""
    return now().date() + timedelta(days=days)


def listed(*rows: tuple[str, date | str], kind: Kind = Kind.XLSX, header: tuple[str, str] = COLUMNS) -> bytes:
    """A list of these people and days."""
    return written(kind, "Leavers", header, rows)


async def sent(browser: Browser, raw: bytes) -> Page:
    """Choose a file."""
    await browser.open(WHERE)
    return browser._see(await browser.http.post(WHERE, data={"do": "look"}, files={"sheet": ("leavers", raw)}))


async def again(browser: Browser, do: str, **given: str) -> Page:
    """Press a button of the page that is shown."""
    hidden = {one["name"]: one["value"] for one in browser.shown.inputs if one.get("type") == "hidden"}
    return browser._see(await browser.http.post(WHERE, data=hidden | given | {"do": do}))


@pytest.mark.parametrize("kind", Kind)
async def test_good_rows_are_recorded_and_bad_ones_come_back(site: Site, office: Browser, kind: Kind) -> None:
    """What each comes to is shown before, with the roles; nothing is recorded until the button is pressed."""
    await Life().agreed().put(site.pool)
    raw = listed((f"{COACH}@example.org", day(9)), ("nobody@example.org", day(9)), (LEAD, "soon"), kind=kind)
    page = await sent(office, raw)
    for words in ("Leaving later (1)", NAMES[COACH], "Coach of Ward 12", "Rows to correct (2)", "Record 1 leaver"):
        assert words in page.words
    assert await site.pool.fetch(DAYS) == []
    back = rows_of((await again(office, "mend")).text.encode(), COLUMNS) if kind is Kind.CSV else None
    assert back is None or [one.cells[0] for one in back.records[1:]] == ["nobody@example.org", LEAD]
    await sent(office, raw)
    page = await again(office, "record")
    assert "The last day of 1 person is recorded." in page.words
    assert "Record 1 leaver" not in page.words
    assert [tuple(row) for row in await site.pool.fetch(DAYS)] == [(COACH, day(9))]
    assert "Recorded before (1)" in (await sent(office, raw)).words


async def test_whoever_has_left_has_no_roles_once_it_is_recorded(site: Site, office: Browser, running: Engine) -> None:
    """Since their last day; the team asks who takes over."""
    _ = running
    team = await Life().agreed().put(site.pool)
    page = await sent(office, listed((LEAD, day(-2))))
    assert "Already left (1)" in page.words
    page = await again(office, "record")
    assert "They have no roles now" in page.words
    has = "SELECT count(*) FROM engagement_people WHERE engagement = $1 AND person = $2"
    assert await site.pool.fetchval(has, team, LEAD) == 0


async def test_headings_that_are_called_otherwise_are_asked_about(office: Browser) -> None:
    """Only where one is missing: a personnel office's list has many that we don't read."""
    page = await sent(office, listed((OTHER, day(9)), header=("person", "Finishing")))
    assert "Headings we don't recognise" in page.words.replace("&#39;", "'")
    assert "Leaving later (1)" in (await again(office, "look", **{"means-1": "last_day"})).words


@pytest.mark.parametrize(("raw", "said"), [(b"", "No file was chosen"), (b"PK\x03\x04rest", "cannot be read")])
async def test_what_cannot_be_read_is_said_beside_the_file(office: Browser, raw: bytes, said: str) -> None:
    """And nothing is lost."""
    page = await sent(office, raw)
    assert (page.status, said in page.words) == (422, True)


async def test_a_page_of_somebody_else_records_nothing(site: Site, office: Browser) -> None:
    """It is only looked at; nor does one that was tampered with break anything."""
    await sent(office, listed((OTHER, day(9))))
    assert "Record 1 leaver" in (await again(office, "record", state="made-up")).words
    for rows in ("", '"', "\x00", "person"):
        assert (await again(office, "record", rows=rows)).status in (200, 422)
        await sent(office, listed((OTHER, day(9))))
    assert await site.pool.fetch(DAYS) == []


async def test_only_who_runs_the_academy_records_leavers(browser: Browser) -> None:
    """Others are told that it is not for them, whatever they send."""
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open(WHERE)).status == 404
    assert (await browser.http.post(WHERE, data={"do": "record"})).status_code == 404
