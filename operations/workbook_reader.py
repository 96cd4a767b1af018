"""Read a workbook from standard input and write its pages as JSON: a program of its own, with bounds.

Such a file can make any reader take all memory there is, and no exception is left then. So it is read beside the
process that somebody waits for, never in it.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

ROWS_AT_MOST: Final = 20_000
COLUMNS_AT_MOST: Final = 200
_MANIFEST_AT_MOST: Final = 1_000_000
_MEMORY: Final = 1_000_000_000
_CPU_SECONDS: Final = 10
_FIRST_DAY: Final = date(1899, 12, 31)


def main() -> None:
    """Answer with the pages, or in one word why they cannot be read."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    raw = sys.stdin.buffer.read()
    try:
        with CalamineWorkbook.from_object(io.BytesIO(raw)) as book:
            shown = [one for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
            pages = [_page(book.get_sheet_by_name(one.name)) for one in shown or book.sheets_metadata]
    except PasswordError:
        answer: Any = "password"
    except (CalamineError, OSError, ValueError):
        # Out of memory the library takes a locked workbook for one of no kind that it knows.
        answer = "password" if _locked(raw) else "unreadable"
    else:
        answer = pages
    json.dump(answer, sys.stdout)


def _locked(raw: bytes) -> bool:
    """Whether it is an XLSX or ODS file that its office program has encrypted."""
    if not raw.startswith(b"PK"):
        return "EncryptedPackage".encode("utf-16-le") in raw
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open("META-INF/manifest.xml") as manifest:
            return b"encryption-data" in manifest.read(_MANIFEST_AT_MOST)
    except (KeyError, OSError, zipfile.BadZipFile):
        return False


def _page(sheet: CalamineSheet) -> dict[str, Any]:
    rows = [[_text(cell) for cell in row[:COLUMNS_AT_MOST]] for row in sheet.to_python(skip_empty_area=False)]
    merged = False
    for (first, column), (last, _) in sheet.merged_cell_ranges or ():
        for row in rows[first + 1 : last + 1]:
            # What is merged downwards holds for each of its rows; what is merged across is a title.
            if column < len(row) and rows[first][column]:
                row[column], merged = rows[first][column], True
    return {"name": sheet.name, "rows": rows[:ROWS_AT_MOST], "cut": len(rows) > ROWS_AT_MOST, "merged": merged}


def _text(cell: object) -> str:
    """A cell as somebody would have typed it."""
    match cell:
        case datetime() if cell.date() <= _FIRST_DAY:
            return _clock(cell.time())
        case datetime():
            return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat()
        case date():
            return cell.isoformat()
        case time():
            return _clock(cell)
        case timedelta():
            return _minutes(cell.total_seconds()) if timedelta(0) <= cell < timedelta(1) else str(cell)
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell).replace("\0", "")


def _clock(at: time) -> str:
    return _minutes(at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1_000_000)


def _minutes(seconds: float) -> str:
    """Binary fractions of a day are a second beside the time at times."""
    minutes = round(seconds / 60) % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


if __name__ == "__main__":
    main()
