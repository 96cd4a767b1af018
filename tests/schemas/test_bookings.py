"""Sheets of bookings: what is read, and every fault named at once with its line, its column and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.bookings import COLUMNS, Attends, check_bookings
from schemas.words import Delegate

EXAMPLE = Path(__file__).parents[2] / "examples" / "intro-course-bookings.csv"
HEADER = ",".join(COLUMNS)
GOOD = "B01,Ada Alder,ada@example.org,A Trust,external,a hearing loop"


def faults(*rows: str, header: str = HEADER) -> list[tuple[int, str]]:
    """Line and column of each fault of a sheet."""
    return [(one.line, one.column) for one in check_bookings("\n".join((header, *rows))).faults]


def test_the_example_has_thirty_delegates_and_no_fault() -> None:
    """In the order of the sheet; what is in the column outcome is for rehearsals."""
    checked = check_bookings(EXAMPLE.read_bytes())
    assert (len(checked.lines), checked.faults) == (30, ())
    assert [one.code for one in checked.lines] == [f"B{number:02}" for number in range(1, 31)]
    assert checked.lines[3].outcome is Attends.CANCELLED_EARLY


def test_a_line_is_read_as_it_is_meant() -> None:
    """Without the optional column, with capitals and blanks; nothing personal is in what is printed of it."""
    (one,) = check_bookings(f"{HEADER}\n B01 ,Ada  Alder, ada@example.org ,A Trust,External,").lines
    assert (one.code, one.name, one.email, one.delegate) == ("B01", "Ada Alder", "ada@example.org", Delegate.EXTERNAL)
    assert (one.line, one.needs, one.outcome) == (2, "", Attends.ATTENDED)
    assert "Ada" not in repr(one)
    assert "ada@" not in repr(one)


def test_a_sheet_of_excel_in_europe_is_read_too() -> None:
    """Semicolons, Windows letters and line ends."""
    text = f"{HEADER}\n{GOOD.replace('Ada Alder', 'Zoë Müller')}\n".replace(",", ";").replace("\n", "\r\n")
    (one,) = check_bookings(text.encode("cp1252")).lines
    assert one.name == "Zoë Müller"


def test_every_fault_is_named_at_once() -> None:
    """In the order of the lines. While there is any, no line can be booked."""
    rows = (GOOD, "B 2,,no-address,,maybe,x,", f"B03,Cy Cedar,cy@example.org,C Trust,internal,{'x' * 301}", "B04")
    found = faults(*rows)
    assert {(3, "booking"), (3, "name"), (3, "email"), (3, "organisation"), (3, "delegate"), (4, "needs")} <= set(found)
    assert (5, "email") in found
    assert [line for line, _ in found] == sorted(line for line, _ in found)
    assert check_bookings("\n".join((HEADER, *rows))).lines == ()


@pytest.mark.parametrize(
    ("second", "column"),
    [
        ("B01,Ben Birch,ben@example.org,B Trust,internal,", "booking"),
        ("B02,Ada Alder,ADA@example.org,A Trust,external,", "email"),
    ],
)
def test_nobody_stands_on_a_sheet_twice(second: str, column: str) -> None:
    """Neither a code nor an address, whatever its capitals; the first line is named."""
    (fault,) = check_bookings(f"{HEADER}\n{GOOD}\n{second}").faults
    assert (fault.line, fault.column) == (3, column)
    assert "line 2" in fault.problem


def test_a_column_that_is_missing_or_misspelt_is_named_before_any_line() -> None:
    """With what it may have been."""
    checked = check_bookings(f"{HEADER.replace('organisation', 'organization')}\n{GOOD}")
    assert {(one.line, one.column) for one in checked.faults} == {(1, "organization"), (1, "organisation")}
    assert any("organisation" in one.remedy for one in checked.faults)


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"PK\x03\x04workbook", f'{HEADER}\nB01,"Ada'.encode()])
def test_what_is_no_sheet_is_one_fault(raw: bytes) -> None:
    """An empty file, a workbook, a quotation mark that is not closed."""
    assert len(check_bookings(raw).faults) == 1
