"""Whatever is handed in as a sheet, on whichever page: it is looked at, or a sentence says what to do about it."""

from __future__ import annotations

from typing import Final

import pytest

from operations.sheets import Kind, written
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course, Intro
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_attendance import again, office
from tests.gateway.workspace.test_cohort_import import PLAN
from tests.operations.test_reading_sheets import locked_ods, locked_xlsx, ods, workbook

__all__ = ["office"]

_IN_VAIN: Final = {
    b"": "No file was chosen, or it is empty",
    b" \r\n\r\n": "There is nothing in the sheet: check that",
    workbook(Nothing=lambda _book, _page: None): "There is nothing in the sheet: check that",
    ods(): "There is nothing in the sheet: check that",
    locked_ods(): "protected with a password: take the password off",
    locked_xlsx(): "protected with a password: take the password off",
    b"\x89PNG\r\n\x1a\n\0\0": "This is a picture, and no sheet: open the sheet",
    b"name,there\r\nA\0da,yes\r\n": "This is not a text file: open the sheet",
    b"name,there\r\n" + b"Ada Alder,yes\r\n" * 40_000: "The file is far too large: send fewer rows",
    ",".join(f"heading {number}" for number in range(300)).encode(): "more than 200 columns",
}
_ODD: Final = (
    b"name,name,there,person,person\r\nAda,Ada,yes,a,b\r\n",
    b"name,email,person,last day,there\r\n",
    b"name,there,person\r\n=1+1,=yes,@SUM(A1)\r\n",
    b"rows of nothing that anybody knows\r\n1,2,3\r\n",
    written(Kind.XLSX, "Names", ("Name", "There", "Notes"), [("A\rda", "yes", "two\r\nlines"), ("Ben", "no", "")]),
)


async def places(site: Site) -> tuple[str, ...]:
    """Every page that takes a sheet of one kind."""
    cohort, past, ahead = Course(8).confirmed(), Intro(-2).booked(), Intro(6).booked()
    session, day, course = [await one.put(site.pool) for one in (cohort, past, ahead)]
    return (
        f"/cohorts/{session}/attendance/1/sheet",
        f"/introduction-courses/{day}/day-1/sheet",
        f"/introduction-courses/{course}/book/sheet",
        "/people/leavers",
        "/cohorts/import",
    )


async def handed_in(browser: Browser, where: str, raw: bytes) -> Page:
    """Choose a file; an import says for which cohort."""
    said = {"cohort": "2027 autumn", **PLAN, "do": "look"}
    return browser._see(await browser.http.post(where, data=said, files={"sheet": ("sheet.xlsx", raw)}))


async def test_a_sheet_that_cannot_be_read_is_answered_with_what_to_do(site: Site, office: Browser) -> None:
    """Beside the file, on each of the pages."""
    for where in await places(site):
        for raw, said in _IN_VAIN.items():
            page = await handed_in(office, where, raw)
            assert (page.status, said in page.words.replace("&#39;", "'")) == (422, True), (where, said, page.words)


@pytest.mark.parametrize("raw", _ODD)
async def test_an_odd_sheet_is_shown_and_stays_what_it_was(site: Site, office: Browser, raw: bytes) -> None:
    """As often as its page is sent, and whatever stands in its cells."""
    for where in await places(site):
        first = await handed_in(office, where, raw)
        assert first.status == 200, (where, first.words)
        if where != "/cohorts/import":
            second = await again(office, where, "look")
            assert (second.status, second.words) == (200, first.words), where
