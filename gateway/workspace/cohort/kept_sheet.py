"""A sheet between one page and the next: it stands in the page itself, so that nothing personal is kept anywhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from starlette.datastructures import FormData

from schemas.headings import folded, headed
from schemas.sheet import Record, Sheet, neutral, read_sheet

_ROWS: Final = "rows"
_WORKBOOK: Final = "workbook"
_HEADING: Final = "heading-"
_MEANS: Final = "means-"
_WHO: Final = "who."
LEAVE_OUT: Final = "-"
"""Chosen for a heading whose column is not to be read."""


def hidden(sheet: Sheet) -> dict[str, str]:
    """The hidden fields that hold it: each row on the line that it has in the file, under its own headings."""
    text = io.StringIO(newline="")
    writer, line = csv.writer(text), 1
    answers: dict[str, str] = {}
    for number, record in enumerate(sheet.records):
        cells = record.cells if number else (*sheet.written, *record.cells[len(sheet.written) :])
        text.write("\r\n" * (record.line - line))
        writer.writerow([neutral(" ".join(cell.splitlines())) for cell in cells])
        line = record.line + 1
    header = sheet.records[0].cells if sheet.records else ()
    for place, (heading, cell) in enumerate(zip(sheet.written, header, strict=False)):
        if heading != cell:
            answers |= {f"{_HEADING}read-{place}": heading, f"{_MEANS}read-{place}": folded(cell) or LEAVE_OUT}
    return {_ROWS: text.getvalue(), _WORKBOOK: "1" if sheet.workbook else "", **answers}


def sent_back(form: FormData, columns: Collection[str]) -> Sheet:
    """The same again, with what was answered since: which columns headings mean, and who is meant.

    Raises UnreadableSheetError for what no page of ours holds.
    """
    mapping = {
        str(form.get(f"{_HEADING}{name.removeprefix(_MEANS)}")): "" if means == LEAVE_OUT else str(means)
        for name, means in form.items()
        if name.startswith(_MEANS) and (means == LEAVE_OUT or means in columns)
    }
    sheet = headed(read_sheet(str(form.get(_ROWS) or "")), columns, mapping)
    answers = {}
    for name, who in form.items():
        _, line, column = name.split(".", 2) if name.startswith(_WHO) and name.count(".") == 2 else ("", "", "")
        if line.isascii() and line.isdigit() and column in columns:
            answers[int(line), column] = str(who)
    return _answered(replace(sheet, workbook=form.get(_WORKBOOK) == "1"), answers)


def question_name(line: int, column: str) -> str:
    """What the answer to who is meant is called in a form."""
    return f"{_WHO}{line}.{column}"


def _answered(sheet: Sheet, answers: Mapping[tuple[int, str], str]) -> Sheet:
    """The sheet with these cells: a column that it has not yet comes at its end."""
    if not answers or not sheet.records:
        return sheet
    header, *rows = sheet.records
    new = {column for _, column in answers} - {folded(cell) for cell in header.cells}
    columns = [*header.cells, *sorted(new)]
    places = {folded(cell): place for place, cell in reversed(list(enumerate(columns)))}
    made = [Record(header.line, tuple(columns))]
    for row in rows:
        cells = [*row.cells, *[""] * (len(columns) - len(row.cells))]
        for (line, column), who in answers.items():
            if line == row.line:
                cells[places[column]] = who
        made.append(Record(row.line, tuple(cells)))
    return replace(sheet, records=tuple(made))
