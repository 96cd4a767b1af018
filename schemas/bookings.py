"""A sheet of bookings for an Introduction course, as an office keeps it: read, and every fault of it named at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from schemas import roster_cells, texts
from schemas.headings import folded, headed
from schemas.roster import RosterFault
from schemas.sheet import Record, Sheet, UnreadableSheetError, read_sheet, tidy
from schemas.words import Delegate

COLUMNS: Final = ("booking", "name", "email", "organisation", "delegate", "needs")
OPTIONAL_COLUMNS: Final = ("outcome", "person")
_MAY_BE_MISSING: Final = ("booking", "needs")
KNOWN: Final = (*COLUMNS, *OPTIONAL_COLUMNS)
_NEEDS_AT_MOST: Final = 300
_ONCE: Final = "book each person once; somebody else at the same address says another person in the column person"


class Attends(StrEnum):
    """What a rehearsed delegate does who got a place. Read by a rehearsal only."""

    ATTENDED = "attended"
    DAY_1_ONLY = "day_1_only"
    NO_SHOW = "no_show"
    CANCELLED_EARLY = "cancelled_early"
    CANCELLED_LATE = "cancelled_late"


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One delegate. ``code`` is the sheet's own, if it has any, so that the same sheet can be sent twice."""

    line: int
    code: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    organisation: str
    delegate: Delegate
    needs: str = field(default="", repr=False)
    person: str = ""
    outcome: Attends = Attends.ATTENDED


@dataclass(frozen=True, slots=True)
class CheckedBookings:
    """``lines`` are those to be booked, in their order; none while there is any fault.

    ``good`` are the lines without one, which may be booked before the others are mended.
    """

    lines: tuple[BookingLine, ...]
    faults: tuple[RosterFault, ...]
    good: tuple[BookingLine, ...] = ()


def check_bookings(raw: bytes | str | Sheet) -> CheckedBookings:
    """Read a sheet of bookings and find everything wrong with it at once."""
    try:
        sheet = headed(raw if isinstance(raw, Sheet) else read_sheet(raw), KNOWN)
    except UnreadableSheetError as unreadable:
        return CheckedBookings((), (RosterFault(unreadable.line, "", unreadable.problem, unreadable.remedy),))
    check = _Check()
    if not sheet.records:
        check.fault(1, "", "the file is empty", f"begin with the columns {','.join(COLUMNS)}")
    elif check.header(sheet.records[0]):
        for record in sheet.records[1:]:
            check.row(record)
    if sheet.broken:
        check.fault(sheet.broken.line, "", sheet.broken.problem, sheet.broken.remedy)
    faults = tuple(sorted(check.faults, key=lambda fault: fault.line))
    return CheckedBookings(() if faults else tuple(check.lines), faults, tuple(check.lines))


@dataclass
class _Check:
    faults: list[RosterFault] = field(default_factory=list)
    lines: list[BookingLine] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def fault(self, line: int, column: str, problem: str, remedy: str) -> None:
        self.faults.append(RosterFault(line, column, problem, remedy))

    def header(self, record: Record) -> bool:
        names = [folded(cell) for cell in record.cells]
        for place, name in enumerate(names):
            if name and name not in KNOWN:
                remedy = f"{roster_cells.nearest(name, KNOWN)}such a sheet has {', '.join(KNOWN)}"
                self.fault(record.line, name, f"{name!r} is not a column of a sheet of bookings", remedy)
            elif name and name in self.places:
                self.fault(record.line, name, "the column is there twice", "keep one of the two")
            self.places.setdefault(name, place)
        for name in COLUMNS:
            if name not in self.places and name not in _MAY_BE_MISSING:
                self.fault(record.line, name, "the column is missing", "add it")
        return not self.faults

    def row(self, record: Record) -> None:
        cells = {name: record.cells[place] if place < len(record.cells) else "" for name, place in self.places.items()}
        before = len(self.faults)

        def read(column: str, reads: Callable[[str], str], needed: str = "") -> str:
            written = tidy(texts.visible(cells.get(column, "")))
            if not written:
                if needed:
                    self.fault(record.line, column, "nothing is there", needed)
                return ""
            try:
                return reads(written)
            except roster_cells.BadCellError as bad:
                self.fault(record.line, column, bad.problem, bad.remedy)
                return ""

        code = read("booking", _code)
        email = read("email", roster_cells.address, "write the delegate's address")
        name = read("name", roster_cells.plain, "write their name")
        organisation = read("organisation", roster_cells.plain, "write the organisation")
        delegate = read("delegate", _delegate, "write internal or external")
        needs = read("needs", _needs)
        outcome = read("outcome", _outcome)
        meant = read("person", roster_cells.meant)
        # People who share a mailbox are booked each on a line that says so.
        for column, value in (("booking", code), ("email", f"{email} {name if meant else ''}".casefold().strip())):
            line = self.seen.setdefault((column, value), record.line)
            if value and line != record.line:
                self.fault(record.line, column, f"line {line} has the same {column}", _ONCE)
        if len(self.faults) == before:
            attends = Attends(outcome) if outcome else Attends.ATTENDED
            kind = Delegate(delegate)
            self.lines.append(BookingLine(record.line, code, name, email, organisation, kind, needs, meant, attends))


def _code(cell: str) -> str:
    return roster_cells.participant(cell, "")


def _one_of(words: type[StrEnum]) -> Callable[[str], str]:
    def read(cell: str) -> str:
        written = cell.casefold().replace(" ", "_")
        if written not in set(words):
            raise roster_cells.BadCellError("we don't know this word", f"write {' or '.join(words)}")
        return written

    return read


def _needs(cell: str) -> str:
    if len(cell) > _NEEDS_AT_MOST:
        raise roster_cells.BadCellError("is too long", f"at most {_NEEDS_AT_MOST} characters")
    try:
        return texts.words(cell)
    except texts.TextError as bad:
        raise roster_cells.BadCellError(bad.problem, bad.remedy) from None


_delegate, _outcome = _one_of(Delegate), _one_of(Attends)
