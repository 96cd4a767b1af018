"""Bookings by a sheet are looked at first; good rows are booked in their order, and the others come back with why."""

from __future__ import annotations

import codecs

import pytest

from operations.sheets import Kind, rows_of
from schemas.bookings import KNOWN
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Intro
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_attendance import again, office, seen, sent, sheet
from tests.workflows.subjects import COACH, OFFICE
from worker.main import Engine

__all__ = ["office"]

HEADER = ("Name", "Email", "Organisation", "Delegate", "Needs")
BOOKED = "SELECT name, state FROM bookings JOIN people USING (person) WHERE course = $1 ORDER BY name"
NEW = ("Nell New", "nell.new@example.org", "Example Trust", "external", "step-free access")
LATER = ("Lars Later", "lars.later@example.org", "Example Trust", "internal", "")
WRONG = ("Willa Wrong", "willa.wrong@example.org", "Example Trust", "perhaps", "")


async def booked(site: Site, course: str) -> list[tuple[str, str]]:
    """Who has what, by name."""
    return [(row["name"], row["state"]) for row in await site.pool.fetch(BOOKED, course)]


async def test_places_are_booked_from_a_sheet_and_nobody_twice(site: Site, office: Browser, running: Engine) -> None:
    """Whoever finds no place waits; who is booked already, and what can't be read, comes back."""
    _ = running
    course = Intro(6, places=3).booked()
    name = await course.put(site.pool)
    before = await booked(site, name)
    where = f"/introduction-courses/{name}/book/sheet"
    already = ("Otto Other", "per_other@example.org", "Example Trust", "internal", "")
    raw = sheet(NEW, already, WRONG, LATER, header=HEADER, kind=Kind.XLSX)
    page = await sent(office, where, raw)
    seen(page, "Will have a place (1)", "Nell New", "Will be on the waiting list (1)", "Lars Later",
         "Rows to correct (2)", "Otto Other", "already has a place", "Delegate: we don't know this word",
         "Book 2 people")  # fmt: skip
    assert await booked(site, name) == before
    page = await again(office, where, "book")
    seen(page, "2 people are booked or on the waiting list.", "Have a place (1)", "Rows to correct (2)")
    assert {("Nell New", "confirmed"), ("Lars Later", "waiting")} <= set(await booked(site, name))
    back = rows_of((await office.http.post(where, data=_hidden(office) | {"do": "mend"})).content, KNOWN)
    assert [row.cells[0] for row in back.records[1:]] == ["Otto Other", "Willa Wrong"]
    page = await sent(office, where, raw)
    seen(page, "Booked before (2)", "Nell New: has a place", "Lars Later: waiting", "There is nobody to book")
    await again(office, where, "book")
    assert len(await booked(site, name)) == len(before) + 2


def _hidden(browser: Browser) -> dict[str, str]:
    return {one["name"]: one["value"] for one in browser.shown.inputs if one.get("type") == "hidden"}


async def test_looking_at_a_sheet_knows_nobody(site: Site, office: Browser) -> None:
    """Only once they are booked; a page that is not ours books nobody either."""
    name = await Intro(6).booked().put(site.pool)
    where = f"/introduction-courses/{name}/book/sheet"
    seen(await sent(office, where, sheet(NEW, header=HEADER)), "Book 1 person")
    seen(await again(office, where, "book", state="made-up"), "Book 1 person")
    assert await site.pool.fetchval("SELECT count(*) FROM people WHERE address = $1", NEW[1]) == 0


async def test_a_known_address_with_another_name_is_asked_about(site: Site, office: Browser) -> None:
    """Nobody is renamed by a sheet; the others can be booked meanwhile."""
    name = await Intro(6).booked().put(site.pool)
    where = f"/introduction-courses/{name}/book/sheet"
    other = ("Anna Different", f"{COACH}@example.org", "Example Trust", "internal", "")
    page = await sent(office, where, sheet(other, NEW, header=HEADER))
    seen(page, "Line 2: who is Anna Different?", "We know per_coach@example.org as Anna Example", "Book 1 person")
    page = await again(office, where, "look", **{"who.2.person": "another person"})
    seen(page, "Anna Different", "Book 2 people")


async def test_headings_and_an_empty_sheet(site: Site, office: Browser) -> None:
    """The sheet to fill in is understood; other headings are asked about, and a column that is missing is said."""
    name = await Intro(6).booked().put(site.pool)
    where = f"/introduction-courses/{name}/book/sheet"
    for kind in Kind:
        raw = (await office.http.get(f"{where}?as={kind}")).content
        assert rows_of(raw, KNOWN).records[0].cells == HEADER
        seen(await sent(office, where, raw), "There is nobody to book")
    renamed = sheet(NEW, header=("Attendee", *HEADER[1:]))
    for above in (b"", b"Bookings of this autumn\r\n"):
        page = await sent(office, where, above + renamed.removeprefix(codecs.BOM_UTF8))
        seen(page, "Headings we don't recognise", "We couldn't find a column for: name. Is it one of these?")
        assert "the column is missing" not in page.words
        assert "Rows to correct" not in page.words
        assert "There is nobody to book" not in page.words
    seen(await again(office, where, "look", **{"means-1": "name"}), "Will have a place (1)")
    assert (await sent(office, where, b"")).status == 422


@pytest.mark.parametrize("weeks", [6, -2])
async def test_bookings_are_the_offices_alone_and_of_a_course_to_come(site: Site, browser: Browser, weeks: int) -> None:
    """Others, other academies' courses and those that have begun answer alike, whatever is sent."""
    name = await Intro(weeks).booked().put(site.pool)
    where, ahead = f"/introduction-courses/{name}/book/sheet", weeks > 0
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open(where)).status == 404
    assert (await browser.http.post(where, data={"do": "book"})).status_code == 404
    await browser.sign_out()
    await browser.sign_in(f"{OFFICE}@example.org")
    assert (await browser.open(where)).status == (200 if ahead else 404)
    for wrong in ("sheffield.none", "leeds.intro-1"):
        path = f"/introduction-courses/{wrong}/book/sheet"
        assert (await browser.open(path)).status == 404
        assert (await browser.http.post(path, data={"do": "book"})).status_code == 404
