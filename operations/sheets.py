"""Sheets as people keep them, out of the engine: CSV, and the workbooks of spreadsheet programs.

The libraries for workbooks are used here, since what `schemas` judges is rows: it stays pure.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]

from schemas.sheet import neutral, unguarded

Cell: TypeAlias = str | int | float | date | None
"""A moment is written as the words of somebody's clock: a spreadsheet knows no zones."""

_WIDEST: Final = 60
_NARROWEST: Final = 8


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
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_tab(title))
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "d mmm yyyy", "align": "left"})
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
    return file.getvalue()


def _tab(title: str) -> str:
    """What a workbook's page may be called."""
    return "".join(" " if letter in r"[]:*?/\'" else letter for letter in title)[:31].strip() or "Sheet"
