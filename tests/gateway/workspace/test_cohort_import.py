"""A sheet of participants is looked at first; good rows go in, the others come back, and nothing is kept between."""

from __future__ import annotations

from typing import Any

import pytest

from operations.sheets import Kind, rows_of, written
from records.database import Pool
from schemas.roster import COLUMNS, KNOWN
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.schemas.test_roster import row
from tests.workflows.subjects import COACH, OFFICE, now

WHERE = "/cohorts/import"
PLAN = {"starts-day": "4", "starts-month": "10", "starts-year": str(now().year + 1)}


def sheet(*rows: dict[str, str], kind: Kind = Kind.XLSX, **headings: str) -> bytes:
    """A sheet of these rows; some columns may be called something else."""
    header = [headings.get(column, column) for column in COLUMNS]
    return written(kind, "Participants", header, [[one.get(column, "") for column in COLUMNS] for one in rows])


async def sent(browser: Browser, raw: bytes, **plan: str) -> Page:
    """Choose a file, and say of which cohort it is."""
    await browser.open(WHERE)
    said = {"cohort": "2027 autumn", **PLAN, "do": "look"} | plan
    return browser._see(await browser.http.post(WHERE, data=said, files={"sheet": ("sheet.xlsx", raw)}))


async def again(browser: Browser, do: str, **given: str) -> Any:
    """Press a button of the page that is shown."""
    hidden = {one["name"]: one["value"] for one in browser.shown.inputs if one.get("type") == "hidden"}
    return await browser.http.post(WHERE, data=hidden | given | {"do": do})


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


async def test_what_was_understood_is_shown_before_anything_is_recorded(site: Site, office: Browser) -> None:
    """How many go in, where and when; what is worth a look; and nobody is known by it yet."""
    before = await site.pool.fetchval("SELECT count(*) FROM people")
    page = await sent(office, sheet(row(1, session_time="9am"), row(2)))
    assert page.status == 200
    assert "the new cohort Autumn 2027 with 2 participants" in page.words
    assert "Import 2 participants" in page.words
    assert "&#39;9am&#39; was read as 09:00" in page.text
    assert await site.pool.fetchval("SELECT count(*) FROM people") == before


@pytest.mark.parametrize("kind", Kind)
async def test_what_is_wrong_comes_back_as_the_same_kind_of_sheet(office: Browser, kind: Kind) -> None:
    """With the name of whose row it is; the others may go in before."""
    page = await sent(office, sheet(row(1, session_day="Someday"), row(2), kind=kind))
    assert "Line 2, Coach Alder" in page.words
    assert "Import 1 participant" in page.words
    back = await again(office, "mend")
    assert back.headers["content-type"] == kind.media_type
    (mended,) = rows_of(back.content, KNOWN).records[1:]
    assert mended.cells[:2] == ("P01", "Coach Alder")
    assert "'Someday' isn't a day of the week" in mended.cells[-2]


async def test_headings_that_nobody_knows_are_asked_about(office: Browser) -> None:
    """Each is offered the column that it may mean; until then no row goes in."""
    page = await sent(office, sheet(row(1), email="Work e-mail"))
    assert "Work e-mail" in page.words
    assert "Import 1" not in page.words
    assert '<option value="email" selected' in page.text
    page = office._see(await again(office, "look", **{"means-1": "email"}))
    assert "Import 1 participant" in page.words


async def test_a_fault_names_its_column_as_the_sheet_does(office: Browser) -> None:
    """The heading that stands in the file, also once it was said what it means, and however often the page is sent."""
    await sent(office, sheet(row(1, email="nobody"), email="Work e-mail"))
    for given in ({"means-1": "email"}, {}):
        page = office._see(await again(office, "look", **given))
        assert "Work e-mail: &#39;nobody&#39; isn&#39;t an email address" in page.text
    back = rows_of((await again(office, "mend")).content, KNOWN)
    assert "email: 'nobody'" in back.records[1].cells[-2]


async def test_who_is_meant_is_asked_and_nobody_is_renamed_by_itself(site: Site, office: Browser) -> None:
    """An address that is known by another name; the names are shown, no ids."""
    await joined(site)
    raw = sheet(row(1, name="Newcomer Rowan", email=f"{COACH}@example.org"))
    page = await sent(office, raw)
    assert "who is Newcomer Rowan?" in page.words
    assert "Anna Example, whose name is now Newcomer Rowan" in page.words
    assert "Import 1" not in page.words
    assert "per_" not in page.words.replace(f"{COACH}@", "")
    page = office._see(await again(office, "look", **{"who.2.person": "another person"}))
    assert "Import 1 participant" in page.words


@pytest.mark.parametrize(
    ("raw", "said"),
    [(b"", "No file was chosen"), (b"PK\x03\x04rest", "The workbook cannot be read"), (b"a\x00", "not a text file")],
)
async def test_what_cannot_be_read_is_said_beside_the_file(office: Browser, raw: bytes, said: str) -> None:
    """And what was typed stays."""
    page = await sent(office, raw)
    assert page.status == 422
    assert said in page.words
    assert 'value="2027 autumn"' in page.text


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"cohort": ""}, "Enter a name for the cohort"),
        ({"cohort": "a.b"}, "Enter a name for the cohort"),
        ({"starts-day": "31", "starts-month": "2"}, "Enter a real date"),
        ({"starts-year": "1999"}, "Enter a real date"),
        ({"starts-day": "", "starts-month": "", "starts-year": ""}, "Enter the date"),
    ],
)
async def test_a_cohort_that_cannot_be_is_said_beside_its_field(
    office: Browser, plan: dict[str, str], said: str
) -> None:
    """A new one needs the day on which its course starts."""
    page = await sent(office, sheet(row(1)), **plan)
    assert (page.status, said in page.words) == (422, True)


async def test_only_who_runs_the_academy_imports(browser: Browser) -> None:
    """Others are told that it is not for them, whatever they send."""
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open(WHERE)).status == 404
    assert (await browser.http.post(WHERE, data={"do": "import"})).status_code == 404


async def test_an_empty_sheet_with_the_headings_can_be_had(office: Browser) -> None:
    """To be filled in."""
    answer = await office.http.get(f"{WHERE}?as=xlsx")
    assert rows_of(answer.content, KNOWN).records[0].cells == COLUMNS


async def test_a_page_that_was_tampered_with_records_nothing(office: Browser, walled: Pool) -> None:
    """The rows that it holds are judged anew, whatever they are."""
    await sent(office, sheet(row(1)))
    for rows in ("", '"', "\x00", "participant\nP01"):
        answer = await again(office, "import", rows=rows)
        assert answer.status_code in (200, 422)
    assert await walled.fetchval("SELECT count(*) FROM cohorts WHERE cohort LIKE '%2027-autumn'") == 0
