"""A sheet that somebody hands in on a page: read, and shown with what is wrong and what is not understood."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import reduce
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import FormData, UploadFile

from gateway.workspace.cohort import kept_sheet
from gateway.workspace.visit import Visit
from operations.sheets import rows_of
from operations.who_is_meant import Asked
from schemas.headings import folded, in_their_words, unknown
from schemas.roster import KNOWN as ROSTER_COLUMNS
from schemas.roster import RosterFault
from schemas.roster_cells import Meant
from schemas.sentences import lowered, raised, say
from schemas.sheet import LARGEST, Sheet, UnreadableSheetError, too_large

_NAMED: Final = re.compile(rf"\b(?:{'|'.join(column for column in ROSTER_COLUMNS if '_' in column)})\b")


_FIELDS: Final = 2000
_WIDEST: Final = 200
_OF_A_FORM: Final = 0.45
"""How much of what a form may hold one sheet may take: a page may hold two, and says something of its own."""


def form_of(visit: Visit) -> AbstractAsyncContextManager[FormData]:
    """A form that holds a sheet: its file, or its rows and what was said of each heading."""
    return visit.request.form(max_fields=_FIELDS, max_part_size=LARGEST)


async def sheet_of(
    visit: Visit,
    form: FormData,
    columns: Collection[str],
    name: str = "sheet",
    mapping: Mapping[str, str] | None = None,
) -> Sheet:
    """The file that was sent, or the rows that the page holds. ``mapping`` says what other headings mean.

    Raises UnreadableSheetError, also for a sheet with which the page could not be sent again.
    """
    file = form.get(name)
    if isinstance(file, UploadFile):
        raw = await file.read()
        if not raw:
            raise UnreadableSheetError(1, "no file was chosen, or it is empty", "choose the sheet")
        page, at_most = str(form.get("page") or ""), visit.context.settings.body_bytes
        return await asyncio.to_thread(lambda: _fitting(rows_of(raw, columns, mapping, page), at_most))
    return kept_sheet.sent_back(form, columns)


def _fitting(sheet: Sheet, at_most: int) -> Sheet:
    """The sheet itself, where a form can hold it, beside another."""
    if not sheet.records:
        raise UnreadableSheetError(1, "there is nothing in the sheet", "check that it's the right one, and was saved")
    if sum(bool(cell.strip()) for cell in sheet.records[0].cells) > _WIDEST:
        raise UnreadableSheetError(1, f"the sheet has more than {_WIDEST} columns", "take out those we don't need")
    if len(urlencode(kept_sheet.hidden(sheet))) > at_most * _OF_A_FORM:
        raise too_large()
    return sheet


def wrong_rows(sheet: Sheet, faults: Iterable[RosterFault], named: str) -> list[dict[str, Any]]:
    """What has to be mended, with whose row it is by the column that is ``named``; headings are ``of_all`` rows."""
    headed = sheet.records[0].line if sheet.records else 1
    header = [folded(cell) for cell in sheet.records[0].cells] if sheet.records else []
    place = header.index(named) if named in header else None
    of = {row.line: row.cells[place] for row in sheet.records[1:] if place is not None and place < len(row.cells)}
    return [
        {
            "line": str(fault.line),
            "name": of.get(fault.line, ""),
            "column": in_their_words(sheet, fault.column),
            "problem": (lowered if fault.column else raised)(as_written(sheet, fault.problem)),
            "remedy": "? ".join(map(raised, as_written(sheet, fault.remedy).split("? "))),
            "of_all": fault.line <= headed,
            "missing": fault.line <= headed and fault.column not in (*header, ""),
        }
        for fault in faults
    ]


def as_written(sheet: Sheet, words: str) -> str:
    """What a fault says, with its columns called as in the sheet and not as programs call them."""
    return _NAMED.sub(lambda found: in_their_words(sheet, found[0]), words)


def headings(sheet: Sheet, columns: Collection[str], but: Collection[str] = ()) -> list[dict[str, Any]]:
    """Headings that are no columns, each with what it may mean: none of those ``but``."""
    choices = [(column, raised(column.replace("_", " "))) for column in columns if column not in but]
    return [
        {
            "heading": one.heading,
            "items": [
                {"value": value, "text": text, "selected": value == (one.meant or kept_sheet.LEAVE_OUT)}
                for value, text in ((kept_sheet.LEAVE_OUT, "Don't read this column"), *choices)
            ],
        }
        for one in unknown(sheet, columns)
    ]


def _and(some: str, last: str) -> str:
    return say("{some} and {last}", some=some, last=last)


def question_of(one: Asked, known: Mapping[str, str]) -> dict[str, Any]:
    """Who is meant, where an address is known by another name."""
    who = [(person, known.get(person) or "Somebody without a name") for person in one.known]
    same = (
        [(Meant.SAME.value, say("{name}, whose name is now {new_name}", name=who[0][1], new_name=one.name))]
        if len(who) == 1
        else [(person, say("{name}, whom we know", name=name)) for person, name in who]
    )
    return {
        "name": kept_sheet.question_name(one.line, one.column),
        "legend": say("Line {line}: who is {name}?", line=one.line, name=one.name),
        "hint": say(
            "We know {address} as {names}.", address=one.address, names=reduce(_and, (name for _, name in who))
        ),
        "items": [
            {"value": value, "text": text}
            for value, text in (*same, (Meant.ANOTHER.value, "Somebody else, who shares this mailbox"))
        ],
    }
