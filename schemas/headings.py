"""Where a sheet has its headings, and which columns they mean: titles above them, and other words for them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from schemas.sheet import Note, Record, Sheet, tidy
from schemas.texts import visible

WHAT_IS_WRONG: Final = "What is wrong"
WHAT_TO_DO: Final = "What to do"
"""The columns in which a sheet comes back that somebody has to mend; they are not read."""

LEFT_OUT: Final = "(left out)"
"""Stands before the heading of a column that nobody reads, by the wish of whoever handed the sheet in."""

_AMONG_THE_FIRST: Final = 20
_OURS: Final = frozenset({"what_is_wrong", "what_to_do"})
_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "participant": ("code", "participant_code", "participant_id", "ref", "reference", "id"),
    "booking": ("code", "booking_code", "booking_id", "ref", "reference", "id"),
    "name": ("full_name", "participant_name", "coach", "coach_name", "delegate_name", "attendee"),
    "email": ("e-mail", "email_address", "e-mail_address", "mail", "work_email", "work_e-mail", "address"),
    "organisation": ("organization", "trust", "employer", "hospital", "company"),
    "discipline": ("profession", "job_title", "job", "occupation"),
    "microsystem": ("team", "team_name", "ward", "unit", "department", "clinical_team"),
    "team_lead_name": ("team_lead", "lead", "lead_name", "team_leader"),
    "team_lead_email": ("lead_email", "team_leader_email"),
    "sponsor_name": ("sponsor", "executive_sponsor"),
    "faculty_name": ("faculty", "faculty_member", "supervisor"),
    "faculty_email": ("supervisor_email",),
    "session_day": ("day", "meeting_day", "weekday", "day_of_week"),
    "session_time": ("time", "meeting_time", "start_time"),
    "holiday_division": ("bank_holidays", "division", "nation", "country"),
    "needs": ("access_needs", "dietary_needs", "requirements", "special_requirements"),
    "there": ("attended", "present", "attendance", "was_there", "came", "day_1", "day_2"),
    "last_day": ("leaving_date", "last_working_day", "end_date", "leaves"),
}


@dataclass(frozen=True, slots=True)
class Unknown:
    """A heading that is no column, and the column that it may mean, or nothing."""

    heading: str
    meant: str


def folded(heading: str) -> str:
    """A heading as columns are named; empty for one whose column nobody reads."""
    name = _key(heading)
    return "" if name in _OURS or name.startswith(LEFT_OUT.replace(" ", "_")) else name


def headed(sheet: Sheet, columns: Collection[str], mapping: Mapping[str, str] | None = None) -> Sheet:
    """The sheet from its headings on, with the columns that somebody said they mean (nothing: it is left out).

    The headings are the row of the first twenty that names most columns; without any the sheet stays as it is.
    """
    meant = {_key(heading): column for heading, column in (mapping or {}).items()}
    found = max(sheet.records[:_AMONG_THE_FIRST], key=lambda one: _named(one, columns, meant), default=None)
    if found is None or not _named(found, columns, meant):
        return sheet
    place = sheet.records.index(found)
    header = Record(found.line, tuple(_renamed(cell, columns, meant) for cell in found.cells))
    rows = tuple(row for row in sheet.records[place + 1 :] if not _again(row, found))
    said = [
        Note(found.line, f"{cell.strip()!r} was read as {heading}")
        for cell, heading in zip(found.cells, header.cells, strict=True)
        if folded(cell) != folded(heading) and folded(heading)
    ]
    above = (
        [Note(found.line, f"the headings are on line {found.line}; what stands above was not read")] if place else []
    )
    written = sheet.written if sheet.written and not place else found.cells
    return replace(sheet, records=(header, *rows), notes=(*sheet.notes, *above, *said), written=written)


def has_headings(sheet: Sheet, columns: Collection[str], mapping: Mapping[str, str] | None = None) -> bool:
    """Whether any of the first rows names columns."""
    meant = {_key(heading): column for heading, column in (mapping or {}).items()}
    return any(_named(one, columns, meant) for one in sheet.records[:_AMONG_THE_FIRST])


def in_their_words(sheet: Sheet, column: str) -> str:
    """A column by the heading that whoever handed the sheet in gave it; where they have none, in words."""
    header = sheet.records[0].cells if sheet.records else ()
    written = (*sheet.written, *header[len(sheet.written) :])
    of = {folded(cell): tidy(own) for cell, own in zip(header, written, strict=False) if tidy(own)}
    return of.get(column, column).replace("_", " ")


def unknown(sheet: Sheet, columns: Collection[str]) -> tuple[Unknown, ...]:
    """The headings that are no columns, each with the one it may mean that no other heading has."""
    header = sheet.records[0].cells if sheet.records else ()
    free = [column for column in columns if column not in {folded(cell) for cell in header}]
    found: list[Unknown] = []
    for cell in header:
        if (name := folded(cell)) and name not in columns:
            meant = _nearest(name, free)
            free = [column for column in free if column != meant]
            found.append(Unknown(tidy(cell), meant))
    return tuple(found)


def _key(heading: str) -> str:
    return "_".join(tidy(visible(heading)).casefold().split())


def _named(record: Record, columns: Collection[str], meant: Mapping[str, str]) -> int:
    """How much speaks for these being the headings: a column's name twice as much as another word for one."""
    names = {_key(cell) for cell in record.cells}
    other = sum(bool(names & set(words)) for column, words in _ALIASES.items() if column in columns)
    known = sum(name in columns or name in meant for name in names)
    return 2 * known + other if known or other > 1 else 0


def _renamed(cell: str, columns: Collection[str], meant: Mapping[str, str]) -> str:
    column = meant.get(_key(cell)) if _key(cell) not in columns else None
    if column is None:
        return cell
    return column or f"{LEFT_OUT} {tidy(cell)}"


def _again(row: Record, header: Record) -> bool:
    """Whether the headings are said again, as on each page of a print, or in a cell merged over two rows."""
    said = [(cell, heading) for cell, heading in zip(row.cells, header.cells, strict=False) if cell.strip()]
    return len(said) > 1 and all(cell == heading for cell, heading in said)


def _nearest(name: str, free: Collection[str]) -> str:
    known = next((column for column in free if name in _ALIASES.get(column, ())), None)
    return known or next(iter(difflib.get_close_matches(name, free, n=1)), "")
