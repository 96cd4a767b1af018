"""Sheets as people keep them, out of the engine: CSV, and the workbooks of spreadsheet programs.

The libraries for workbooks are used here, since what `schemas` judges is rows: it stays pure.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]

from operations import workbook_reader
from schemas.headings import WHAT_IS_WRONG, WHAT_TO_DO, folded, has_headings, headed
from schemas.roster import RosterFault
from schemas.sheet import LARGEST, Note, Record, Sheet, UnreadableSheetError, neutral, read_sheet, too_large, unguarded

Cell: TypeAlias = str | int | float | date | None
"""A moment is written as the words of somebody's clock: a spreadsheet knows no zones."""

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How XLSX and ODS begin, and what Excel wrote before 2007."""
_READ_WITHIN_SECONDS: Final = 20
_WIDEST: Final = 60
_NARROWEST: Final = 8


class WhichPageError(UnreadableSheetError):
    """Several pages of a workbook could be meant, or none: ``pages`` are those it has."""

    def __init__(self, pages: Sequence[str]) -> None:
        listed = ", ".join(pages)
        super().__init__(1, f"the workbook has several pages ({listed})", "say which of them is meant")
        self.pages = tuple(pages)


class Kind(StrEnum):
    """How a sheet is written. What it is called is the end of its file's name, too."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        if self is Kind.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows_of(raw: bytes, columns: Collection[str], mapping: Mapping[str, str] | None = None, page: str = "") -> Sheet:
    """The rows of a CSV, XLSX, ODS or XLS file from its headings on, with notes of what was understood.

    ``mapping`` says which of the ``columns`` other headings mean, or nothing for what is not to be read; ``page`` which
    page of a workbook. Raises UnreadableSheetError, also as WhichPageError. It takes its time: not for an event loop.
    """
    sheet = _page_of(raw, columns, mapping, page) if raw.startswith(_WORKBOOKS) else read_sheet(raw)
    return headed(sheet, columns, mapping)


def with_faults(sheet: Sheet, faults: Iterable[RosterFault]) -> bytes:
    """What has to be mended, as the same sheet with columns that say what is wrong: a workbook for a workbook.

    Rows without a fault are left out, unless the headings have one: then no row was judged. It can be sent again.
    """
    header, *rows = sheet.records or (Record(1, ()),)
    wrong: dict[int, list[RosterFault]] = defaultdict(list)
    for fault in faults:
        wrong[fault.line].append(fault)
    lines = {row.line for row in rows}
    general = [fault for line in wrong if line not in lines for fault in wrong[line]]
    kept = [place for place, cell in enumerate(header.cells) if cell not in (WHAT_IS_WRONG, WHAT_TO_DO)]
    columns = [header.cells[place] for place in kept]
    called = {folded(cell): cell for cell in columns}
    said = [
        [
            *(row.cells[place] if place < len(row.cells) else "" for place in kept),
            *_reasons(number, row, wrong, general, called),
        ]
        for number, row in enumerate(rows)
        if general or row.line in wrong
    ]
    return written(kind_of(sheet), "To be mended", [*columns, WHAT_IS_WRONG, WHAT_TO_DO], said)


def kind_of(sheet: Sheet) -> Kind:
    """As what a sheet goes back to whoever handed it in."""
    return Kind.XLSX if sheet.workbook else Kind.CSV


def _reasons(
    number: int,
    row: Record,
    wrong: Mapping[int, list[RosterFault]],
    general: list[RosterFault],
    called: Mapping[str, str],
) -> tuple[str, str]:
    """What is wrong with a row; beside the first stands what is wrong with the whole sheet."""
    found = [*(general if number == 0 else ()), *wrong.get(row.line, ())]
    named = ((called.get(fault.column, fault.column), fault.problem) for fault in found)
    problems = [f"{column}: {problem}" if column else problem for column, problem in named]
    return "; ".join(problems), "; ".join(dict.fromkeys(fault.remedy for fault in found))


def _page_of(raw: bytes, columns: Collection[str], mapping: Mapping[str, str] | None, page: str) -> Sheet:
    """The page of a workbook that is meant, or that alone has the columns."""
    found = {one["name"]: _as_sheet(one) for one in _pages(raw)}
    filled = {name: sheet for name, sheet in found.items() if sheet.records}
    if page:
        meant = [name for name in found if name.casefold() == page.strip().casefold()]
    else:
        meant = (
            list(filled)
            if len(filled) < 2
            else [name for name, sheet in filled.items() if has_headings(sheet, columns, mapping)]
        )
    if not filled:
        return Sheet((), workbook=True)
    if len(meant) != 1:
        raise WhichPageError(meant or list(found))
    (name,) = meant
    others = (Note(1, f"the page {name!r} of the workbook was read, and no other"),) if len(filled) > 1 else ()
    return replace(found[name], notes=(*others, *found[name].notes))


def _as_sheet(page: Mapping[str, Any]) -> Sheet:
    records = tuple(
        Record(number, tuple(unguarded(cell) for cell in row))
        for number, row in enumerate(page["rows"], start=1)
        if any(cell.strip() for cell in row)
    )
    notes = (Note(1, "what stands in merged cells was read for each of their rows"),) if page["merged"] else ()
    broken = None
    if page["cut"]:
        problem = f"no more than {workbook_reader.ROWS_AT_MOST} rows are read"
        broken = UnreadableSheetError(workbook_reader.ROWS_AT_MOST, problem, "send several files")
    return Sheet(records, notes, broken, workbook=True)


def _pages(raw: bytes) -> list[dict[str, Any]]:
    if len(raw) > LARGEST:
        raise too_large()
    try:
        read = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-I", Path(workbook_reader.__file__)],
            input=raw,
            capture_output=True,
            timeout=_READ_WITHIN_SECONDS,
            check=True,
        )
        answer = json.loads(read.stdout)
    except (subprocess.SubprocessError, ValueError):
        answer = "too much"
    if isinstance(answer, str):
        problem, remedy = _UNREADABLE[answer]
        raise UnreadableSheetError(1, problem, remedy)
    return list(answer)


_UNREADABLE: Final[Mapping[str, tuple[str, str]]] = {
    "password": ("the workbook is protected with a password", "take the password off, and send it again"),
    "unreadable": ("the workbook cannot be read", "open it in your spreadsheet program, and save it as XLSX or CSV"),
    "too much": ("the workbook holds too much to be read", "copy the rows alone into a new workbook, and send that"),
}


def written(kind: Kind, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows under their columns, as a file that no spreadsheet program executes anything of."""
    return as_csv(columns, rows) if kind is Kind.CSV else _as_workbook(title, columns, rows)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([_as_text(cell) for cell in row] for row in (columns, *rows))
    return text.getvalue().encode("utf-8-sig")


def _as_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return neutral(cell)
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)


def _as_workbook(title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    return workbook([(title, columns, rows)])


def workbook(pages: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]]) -> bytes:
    """Several lists in one file, each on a page of its own, by title, columns and rows."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "d mmm yyyy", "align": "left"})
        for title, columns, rows in pages:
            _fill(book.add_worksheet(_tab(title)), columns, rows, heading, day)
    return file.getvalue()


def _fill(sheet: Any, columns: Sequence[str], rows: Iterable[Sequence[Cell]], heading: Any, day: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
    widths = [_NARROWEST] * len(columns)
    for number, row in enumerate((columns, *rows)):
        for place, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, place, cell, day)
            elif isinstance(cell, int | float):
                sheet.write_number(number, place, cell)
            elif cell:
                # As text, whatever it begins with. Only what would be read as guarded is guarded.
                safe = cell if unguarded(cell) == cell else neutral(cell)
                sheet.write_string(number, place, safe, heading if number == 0 else None)
            if place < len(widths):
                widths[place] = max(widths[place], 12 if isinstance(cell, date) else len(str(cell or "")))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(width + 1, _WIDEST))
    sheet.freeze_panes(1, 0)


def _tab(title: str) -> str:
    """What a workbook's page may be called."""
    return "".join(" " if letter in r"[]:*?/\'" else letter for letter in title)[:31].strip() or "Sheet"
