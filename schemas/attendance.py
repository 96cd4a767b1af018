"""A sheet of who was there, as an office keeps it: read, and every fault of it named at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from schemas import roster_cells, texts
from schemas.headings import folded, headed
from schemas.roster import RosterFault
from schemas.sheet import Record, Sheet, UnreadableSheetError, read_sheet, tidy

THERE: Final = "there"
OF_A_COHORT: Final = ("participant", "name", "email", THERE)
OF_A_COURSE: Final = ("booking", "name", "email", THERE)
YES: Final = "yes"
NO: Final = "no"
_MEANT: Final = {
    word: there
    for there, words in (
        (True, (YES, "y", "1", "true", "✓", "✔", "☑", "attended", "present", "there", "here", "came")),
        (
            False,
            (NO, "n", "0", "false", "✗", "✘", "☒", "absent", "missed", "not there", "did not attend", "didn't attend",
             "dna", "didn't come", "did not come", "no show", "not attended"),
        ),
    )
    for word in words
}  # fmt: skip
"""What stands in such sheets. An x is neither: some mean by it that somebody came, and some that they didn't."""


@dataclass(frozen=True, slots=True)
class AttendanceLine:
    """Whether somebody was there, whom the line calls by a code, a name or an address."""

    line: int
    code: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    there: bool


def heading_of(day: str, number: int) -> dict[str, str]:
    """What else the column is called that says who was there: ``Day 1`` stands in our own lists."""
    return {f"{day} {number}": THERE}


def check_attendance(
    raw: bytes | str | Sheet, columns: tuple[str, ...]
) -> tuple[tuple[AttendanceLine, ...], tuple[RosterFault, ...]]:
    """The lines that can be read, and the faults of the others. Other columns are not read."""
    try:
        sheet = headed(raw if isinstance(raw, Sheet) else read_sheet(raw), columns)
    except UnreadableSheetError as unreadable:
        return (), (RosterFault(unreadable.line, "", unreadable.problem, unreadable.remedy),)
    header = [folded(cell) for cell in sheet.records[0].cells] if sheet.records else []
    wrong = _header(header, columns)
    if wrong:
        return (), wrong
    lines: list[AttendanceLine] = []
    faults: list[RosterFault] = []
    for record in sheet.records[1:]:
        read = _line(record, header, columns)
        if isinstance(read, AttendanceLine):
            lines.append(read)
        else:
            faults.append(read)
    if sheet.broken:
        faults.append(RosterFault(sheet.broken.line, "", sheet.broken.problem, sheet.broken.remedy))
    return tuple(lines), tuple(faults)


def _header(header: list[str], columns: tuple[str, ...]) -> tuple[RosterFault, ...]:
    if THERE not in header:
        return (RosterFault(1, THERE, "the column is missing", "add it, with yes or no in each row"),)
    twice = [name for name in columns if header.count(name) > 1]
    if twice:
        return tuple(RosterFault(1, name, "the column is there twice", "keep one of the two") for name in twice)
    if not set(header) & set(columns[:-1]):
        return (RosterFault(1, "name", "nothing says who each row is about", "add a column name or email"),)
    return ()


def _line(record: Record, header: list[str], columns: tuple[str, ...]) -> AttendanceLine | RosterFault:
    cells = dict(zip(header, (tidy(texts.visible(cell)) for cell in record.cells), strict=False))
    code, name, email = (cells.get(column, "") for column in columns[:-1])
    written = cells.get(THERE, "").casefold().replace("\u2019", "'").replace("_", " ").strip(" .")
    try:
        email = roster_cells.address(email) if email else ""
    except roster_cells.BadCellError as bad:
        return RosterFault(record.line, "email", bad.problem, bad.remedy)
    if not (code or name or email):
        return RosterFault(record.line, "name", "nobody is named", "write their name or email address")
    if not written:
        return RosterFault(record.line, THERE, "is empty", f"write {YES} or {NO}")
    if written not in _MEANT:
        return RosterFault(record.line, THERE, "this isn't yes or no", f"write {YES} or {NO}")
    return AttendanceLine(record.line, code, name, email, _MEANT[written])
