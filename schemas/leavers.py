"""A list of leavers, as a personnel office keeps it: read, and every fault of it named at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from schemas import roster_cells
from schemas.headings import folded, headed
from schemas.roster import RosterFault
from schemas.sheet import Sheet, UnreadableSheetError, read_sheet, tidy

COLUMNS: Final = ("person", "last_day")


@dataclass(frozen=True, slots=True)
class LeaverLine:
    """Somebody by an id of ours or of another system, or by their address; and their last day."""

    line: int
    person: str = field(repr=False)
    last_day: date


def check_leavers(raw: bytes | str | Sheet) -> tuple[tuple[LeaverLine, ...], tuple[RosterFault, ...]]:
    """The lines that can be read, and the faults of the others. Other columns are not read."""
    try:
        sheet = headed(raw if isinstance(raw, Sheet) else read_sheet(raw), COLUMNS)
    except UnreadableSheetError as unreadable:
        return (), (RosterFault(unreadable.line, "", unreadable.problem, unreadable.remedy),)
    header = [folded(cell) for cell in sheet.records[0].cells] if sheet.records else []
    wrong = [RosterFault(1, name, "the column is missing", "add it") for name in COLUMNS if name not in header]
    wrong += [
        RosterFault(1, name, "the column is there twice", "keep one of the two")
        for name in COLUMNS
        if header.count(name) > 1
    ]
    if wrong:
        return (), tuple(wrong)
    lines, faults = [], []
    for record in sheet.records[1:]:
        cells = dict(zip(header, map(tidy, record.cells), strict=False))
        person, day = cells.get("person", ""), roster_cells.day(cells.get("last_day", ""))
        if not person:
            faults.append(
                RosterFault(record.line, "person", "is missing", "write their email address or employee number")
            )
        elif day is None:
            faults.append(RosterFault(record.line, "last_day", "this isn't a date", "write one like 31/03/2027"))
        else:
            lines.append(LeaverLine(record.line, person, day))
    if sheet.broken:
        faults.append(RosterFault(sheet.broken.line, "", sheet.broken.problem, sheet.broken.remedy))
    return tuple(lines), tuple(faults)
