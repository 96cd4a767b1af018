"""Sheets as people keep them, read as they are meant, with a note; and what is wrong comes back in the same form."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from operations.sheets import WhichPageError, rows_of, with_faults
from schemas.headings import unknown
from schemas.roster import COLUMNS, KNOWN, CheckedRoster
from schemas.roster_cells import BadCellError, address, wall_time, weekday
from schemas.roster_check import check_roster
from schemas.sheet import Sheet, UnreadableSheetError, read_sheet
from schemas.words import Weekday
from tests.schemas.test_roster import cohort, places, roster_of, row, text_of

Fill = Callable[[Any, Any], None]


def workbook(**pages: Fill) -> bytes:
    """A workbook of these pages."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, fill in pages.items():
            fill(book, book.add_worksheet(name))
    return file.getvalue()


def rows(*found: dict[str, Any], at: int = 0, columns: tuple[str, ...] = COLUMNS) -> Fill:
    """A page with these rows under their headings, after so many other rows."""

    def fill(book: Any, page: Any) -> None:
        day, clock = book.add_format({"num_format": "dddd"}), book.add_format({"num_format": "hh:mm"})
        page.write_row(at, 0, columns)
        for number, one in enumerate(found, start=at + 1):
            for place, column in enumerate(columns):
                cell = one.get(column, "")
                if isinstance(cell, date | time):
                    page.write_datetime(number, place, cell, clock if isinstance(cell, time) else day)
                elif cell != "":
                    page.write_string(number, place, cell)

    return fill


def checked(raw: bytes, mapping: dict[str, str] | None = None) -> CheckedRoster:
    """What a roster is found to be."""
    return check_roster(rows_of(raw, KNOWN, mapping))


def notes(found: CheckedRoster) -> str:
    """What was understood."""
    return " · ".join(f"{one.line} {one.problem}" for one in found.notes)


def test_a_workbook_is_the_same_roster_as_its_csv() -> None:
    """With dates shown as weekdays, and times as Excel keeps them."""
    first = row(1, session_day="Monday", session_time="08:30")
    kept: dict[str, Any] = first | {"session_day": date(2026, 10, 5), "session_time": time(8, 30)}
    found = checked(workbook(Roster=rows(kept, *cohort(first)[1:])))
    assert found.roster == roster_of(text_of(*cohort(first)))
    assert "'2026-10-05' was read as Monday" in notes(found)


def test_titles_above_and_merged_cells_are_read_with_a_note() -> None:
    """A team merged over two rows is that of both; the line is the one in the workbook."""

    def fill(book: Any, page: Any) -> None:
        page.merge_range(0, 0, 0, 5, "Microsystem Coaching Academy; autumn, 2026")
        rows(*cohort(row(1), row(2, microsystem="")), at=3)(book, page)
        page.merge_range(4, COLUMNS.index("microsystem"), 5, COLUMNS.index("microsystem"), "Ward 1")

    found = checked(workbook(Roster=fill))
    assert found.roster is not None
    assert found.roster.rows[1].joins == "P01"
    assert found.roster.rows[0].line == 5
    assert "the headings are on line 4" in notes(found)
    assert "merged" in notes(found)


def test_the_page_with_the_columns_is_read_or_it_is_asked_which() -> None:
    """Others are left; of two that have them, or none, somebody says which."""
    notes_page: Fill = lambda _book, page: page.write(0, 0, "Ask Bea about room 4")  # noqa: E731
    raw = workbook(Notes=notes_page, Autumn=rows(*cohort()))
    assert "the page 'Autumn'" in notes(checked(raw))
    both = workbook(Spring=rows(*cohort()), Autumn=rows(*cohort(row(1, name=""))))
    with pytest.raises(WhichPageError) as asked:
        rows_of(both, KNOWN)
    assert asked.value.pages == ("Spring", "Autumn")
    assert places(check_roster(rows_of(both, KNOWN, page="autumn"))) == [(2, "name")]


def ods(*cells: str) -> bytes:
    """A sheet as LibreOffice writes it."""
    named = "".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" ' for name in ("office", "table", "text")
    )
    lines = [cells[place : place + len(COLUMNS)] for place in range(0, len(cells), len(COLUMNS))]
    said = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in line
        )
        + "</table:table-row>"
        for line in lines
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {named}><office:body><office:spreadsheet>'
        f'<table:table table:name="Roster">{said}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, text in (("mimetype", kind), ("content.xml", content), ("META-INF/manifest.xml", manifest)):
            made.writestr(name, text)
    return file.getvalue()


def test_an_ods_is_read_as_well() -> None:
    """And goes back as a workbook that every program opens."""
    found = rows_of(ods(*COLUMNS, *(cell for one in cohort() for cell in one.values())), KNOWN)
    assert check_roster(found).roster == roster_of(text_of(*cohort()))
    assert with_faults(found, ()).startswith(b"PK")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "mac_roman", "cp1252"])
def test_letters_are_known_without_a_mark(encoding: str) -> None:
    """As Excel on the Mac, older Windows and data exports write them."""
    people = cohort(row(1, name="Zoë Fjällström"), row(2, name="Renée Müller"))
    found = check_roster(text_of(*people).encode(encoding))
    assert found.roster is not None
    assert [one.person.name for one in found.roster.rows[:2]] == ["Zoë Fjällström", "Renée Müller"]


def test_the_reported_files_are_read(case: Callable[[str], bytes]) -> None:
    """A line that names the separator, and marks that nobody sees."""
    assert case("sep").startswith(b"sep=;")
    for name in ("sep", "marks", "headings"):
        found = check_roster(case(name))
        assert found.roster is not None, found.faults
        assert found.roster.rows[0].person.email == "coach.alder@example.org"
    assert any("invisible" in one.problem for one in check_roster(case("marks")).warnings)


@pytest.fixture
def case() -> Callable[[str], bytes]:
    """Files after public reports of the same faults."""
    one = row(1, email="coach.alder@example.org")
    return {
        "sep": f"sep=;\r\n{text_of(one, delimiter=';')}".encode(),
        "headings": text_of(one).replace("participant,name", "\ufeffparticipant,\u200bname").encode("utf-8-sig"),
        "marks": text_of(one | {"email": "\u202acoach.alder@example.org\u202c"}).encode(),
    }.__getitem__


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("9am", time(9)), ("9 AM", time(9)), ("0930", time(9, 30)), ("930", time(9, 30)), ("9.30", time(9, 30)),
        ("09:30:00", time(9, 30)), ("2026-10-05T09:30:00", time(9, 30)), ("0.395833333333333", time(9, 30)),
        ("5.30 p.m.", time(17, 30)), ("noon", time(12)), ("12am", time(0)),
    ],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(written: str, read: time) -> None:
    """And as spreadsheets keep it."""
    assert wall_time(written) == read


@pytest.mark.parametrize("written", ["9", "25:00", "9:75", "0960", "13pm", "1.5", "late", ""])
def test_what_may_be_another_time_is_none(written: str) -> None:
    """Nobody guesses when a team meets."""
    with pytest.raises(BadCellError):
        wall_time(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Weds", "wednesday"), ("Mondays", "monday"), ("Thurs.", "thursday"), ("tue", "tuesday"),
        ("every Friday", "friday"), ("2026-10-07", "wednesday"),
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(written: str, read: str) -> None:
    """Also a date that is shown as its day."""
    assert weekday(written) is Weekday(read)


@pytest.mark.parametrize(
    "written",
    ["Alder, Coach <a.b@example.org>", "mailto:a.b@example.org", "<a.b@example.org>;", "a.\u200bb@example.org",
     "MAILTO:a.b@example.org?subject=Hello"],
)  # fmt: skip
def test_an_address_is_taken_out_of_what_mail_programs_copy(written: str) -> None:
    """It alone is kept."""
    assert address(written) == "a.b@example.org"


@pytest.mark.parametrize(
    "written", ["A <a@example.org> B <b@example.org>", "<>", "mailto:", "a@example.org b@example.org"]
)
def test_two_addresses_are_none(written: str) -> None:
    """Somebody has to say which."""
    with pytest.raises(BadCellError):
        address(written)


def test_other_headings_are_offered_a_column_and_read_once_it_is_said() -> None:
    """Also that one is not to be read at all."""
    other = {"name": "Full name", "email": "E-mail", "microsystem": "Ward"}
    columns = tuple(other.get(column, column) for column in COLUMNS)
    people = [{other.get(column, column): cell for column, cell in one.items()} | {"Pay": "5"} for one in cohort()]
    raw = text_of(*people, columns=(*columns, "Pay")).encode()
    offered = {one.heading: one.meant for one in unknown(rows_of(raw, KNOWN), KNOWN)}
    assert offered == {"Full name": "name", "E-mail": "email", "Ward": "microsystem", "Pay": ""}
    found = checked(raw, offered)
    assert found.roster == roster_of(text_of(*cohort()))
    assert "'Full name' was read as name" in notes(found)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_wrong_comes_back_as_the_same_kind_of_sheet(kind: str) -> None:
    """With names and reasons; mended, it goes in, and the good rows need not wait for it."""
    people = cohort(row(1, session_day="Someday"), row(2, name="=Renée"))
    raw = text_of(*people).encode() if kind == "csv" else workbook(Roster=rows(*people))
    sheet = rows_of(raw, KNOWN)
    found = check_roster(sheet)
    assert [one.participant for one in found.good.rows] == [one["participant"] for one in people[1:]]
    back = with_faults(sheet, found.faults)
    assert back.startswith(b"PK") is (kind == "xlsx")
    again = rows_of(back, KNOWN)
    (mended,) = again.records[1:]
    assert mended.cells[:3] == ("P01", "Coach Alder", "coach.1@example.org")
    assert "'Someday' isn't a day of the week" in mended.cells[-2]
    assert check_roster(again).faults[0].column == "session_day"
    assert with_faults(again, check_roster(again).faults) == back or kind == "xlsx"


def test_a_row_waits_for_the_one_whose_team_it_joins() -> None:
    """The first row of a team is its coach: the next must not take their place."""
    found = check_roster(text_of(*cohort(row(1, session_day="Someday"), row(2, microsystem="ward 1"))))
    assert places(found) == [(2, "session_day"), (3, "")]
    assert "P02" not in [one.participant for one in found.good.rows]


def test_no_row_is_good_under_headings_that_are_not() -> None:
    """Nobody knows what stands in them; all come back."""
    raw = text_of(*cohort(), columns=tuple(one for one in COLUMNS if one != "email"))
    found = check_roster(raw)
    assert found.good.rows == ()
    assert len(read_sheet(with_faults(read_sheet(raw), found.faults)).records) == 1 + 25


def far_apart() -> bytes:
    """Two cells with all there is between them."""
    return workbook(Roster=lambda _book, page: page.write(1_048_575, 16_383, "x") or page.write(0, 0, "name"))


def repeated() -> bytes:
    """A cell that says it stands there two thousand million times."""
    raw, file = BytesIO(ods(*COLUMNS)), BytesIO()
    with zipfile.ZipFile(raw) as was, zipfile.ZipFile(file, "w") as made:
        for one in was.infolist():
            text = was.read(one).replace(
                b"<table:table-cell ", b'<table:table-cell table:number-columns-repeated="2000000000" '
            )
            made.writestr(one, text)
    return file.getvalue()


def swollen() -> bytes:
    """A little that becomes 200 megabytes."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook(Roster=rows(*cohort())))) as was, zipfile.ZipFile(file, "w", 8) as made:
        for one in was.infolist():
            with made.open(one.filename, "w", force_zip64=True) as member:
                member.write(was.read(one))
                if one.filename.endswith("sheet1.xml"):
                    for _ in range(200):
                        member.write(b" " * 1_000_000)
    return file.getvalue()


@pytest.mark.parametrize("made", [far_apart, repeated, swollen])
def test_a_workbook_that_swells_is_refused_and_harms_nobody(made: Callable[[], bytes]) -> None:
    """Whatever it would have taken, the process that reads it is another."""
    raw = made()
    with suppress(UnreadableSheetError):
        assert len(rows_of(raw, KNOWN).records) < 20_001


@pytest.mark.parametrize("raw", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_what_is_no_workbook_is_refused_in_a_sentence(raw: bytes) -> None:
    """And says what to do."""
    with pytest.raises(UnreadableSheetError, match="cannot be read; open it"):
        rows_of(raw, KNOWN)


def locked_ods() -> bytes:
    """As LibreOffice encrypts one: the manifest says how, the rest is noise."""
    raw, file = BytesIO(ods(*COLUMNS)), BytesIO()
    with zipfile.ZipFile(raw) as plain, zipfile.ZipFile(file, "w") as made:
        for name in plain.namelist():
            text = plain.read(name)
            if name == "content.xml":
                text = bytes(range(256))
            elif name == "META-INF/manifest.xml":
                text = text.replace(b"/></manifest", b"><manifest:encryption-data/></manifest:file-entry></manifest")
            made.writestr(name, text)
    return file.getvalue()


def locked_xlsx() -> bytes:
    """As Excel encrypts one: an OLE file with the package as a stream of it."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<10I", 0, 1, 1, 0, 4096, end, 0, end, 0, 0) + struct.pack("<I", free) * 108
    table = struct.pack("<3I", 0xFFFFFFFD, end, end) + struct.pack("<I", free) * 125

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        named = f"{name}\0".encode("utf-16-le")
        return named.ljust(64, b"\0") + struct.pack("<HBB3I36xIQ", len(named), kind, 1, free, free, child, start, size)

    listed = entry("Root Entry", 5, 1, 2, 64) + entry("EncryptedPackage", 2, free, end, 0)
    return header + table + listed.ljust(512, b"\0") + bytes(512)


@pytest.mark.parametrize("made", [locked_ods, locked_xlsx])
def test_a_locked_workbook_is_said_to_be_locked(made: Callable[[], bytes]) -> None:
    """Whoever sent it takes the password off: to save it again would help nobody."""
    with pytest.raises(UnreadableSheetError, match="protected with a password; take the password off"):
        rows_of(made(), KNOWN)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\r\n<!DOCTYPE html><table>", "a web page"),
    ],
)
def test_what_is_no_sheet_is_called_what_it_is(raw: bytes, what: str) -> None:
    """Whatever its name ends in."""
    with pytest.raises(UnreadableSheetError, match=f"this is {what}, and no sheet; open the sheet"):
        rows_of(raw, KNOWN)


def test_a_moment_in_a_cell_is_a_day_and_a_time() -> None:
    """As leavers' and attendance lists have them."""

    def fill(book: Any, page: Any) -> None:
        page.write_row(0, 0, ["person", "last_day"])
        page.write(1, 0, "a@example.org")
        page.write_datetime(1, 1, datetime(2027, 3, 31), book.add_format({"num_format": "dd/mm/yyyy"}))  # noqa: DTZ001

    assert rows_of(workbook(Leavers=fill), ("person", "last_day")).records[1].cells == ("a@example.org", "2027-03-31")


def test_an_empty_workbook_is_an_empty_sheet() -> None:
    """As an empty file is."""
    assert rows_of(workbook(Nothing=lambda _book, _page: None), KNOWN) == Sheet((), workbook=True)
