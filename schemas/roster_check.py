"""Reading a roster: a sheet in, the roster or every fault of it out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Final, TypeVar

from schemas import roster_cells
from schemas.engagement_facts import Slot
from schemas.headings import folded, headed
from schemas.programme import Course
from schemas.roster import COLUMNS, KNOWN, CheckedRoster, Contact, Roster, RosterFault, RosterRow
from schemas.roster_cells import BadCellError, Behaviour, Meant
from schemas.sheet import Record, Sheet, UnreadableSheetError, looks_like_formula, read_sheet, tidy
from schemas.texts import visible
from schemas.words import HolidayDivision, Weekday

_USUAL: Final = Course()
_USUAL_HOURS: Final = (time(7), time(20))

Cells = Mapping[str, str]
Value = TypeVar("Value")


def check_roster(raw: bytes | str | Sheet, course: Course = _USUAL) -> CheckedRoster:
    """Read a roster and find everything wrong with it at once. Another number than the course's is a warning."""
    try:
        sheet = headed(raw if isinstance(raw, Sheet) else read_sheet(raw), KNOWN)
    except UnreadableSheetError as unreadable:
        return CheckedRoster(None, (RosterFault(unreadable.line, "", unreadable.problem, unreadable.remedy),))
    return _Check(course).of(sheet)


@dataclass
class _Check:
    course: Course
    found: list[RosterFault] = field(default_factory=list)
    rows: list[RosterRow] = field(default_factory=list)
    lines: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    """The team of each line that has a fault."""
    width: int = 0
    begun: bool = False
    """Whether the headings are without fault, so that each row can be judged."""

    def of(self, sheet: Sheet) -> CheckedRoster:
        for note in sheet.notes:
            self.found.append(RosterFault(note.line, "", note.said, note.remedy, "warning" if note.remedy else "note"))
        places = self._header(sheet.records[0]) if sheet.records else None
        if not sheet.records:
            self.fault(1, "", "the file is empty", f"begin with the columns {','.join(COLUMNS)}")
        self.begun = bool(places) and not self.found_faults()
        if places:
            for record in sheet.records[1:]:
                _Row(self, record, self._cells(record, places), len(record.cells)).read(self.width)
            _across(self, len(sheet.records) - 1)
        if sheet.broken:
            self.fault(sheet.broken.line, "", sheet.broken.problem, sheet.broken.remedy)
        return self._result()

    def _result(self) -> CheckedRoster:
        found = sorted(self.found, key=lambda fault: fault.line)
        faults = tuple(fault for fault in found if fault.severity == "fault")
        warnings = tuple(fault for fault in found if fault.severity == "warning")
        notes = tuple(fault for fault in found if fault.severity == "note")
        bad = {fault.line for fault in faults}
        good = Roster(tuple(row for row in self.rows if row.line not in bad))
        return CheckedRoster(None if faults else good, faults, warnings, notes, good if self.begun else Roster(()))

    def found_faults(self) -> list[RosterFault]:
        """What is wrong so far."""
        return [fault for fault in self.found if fault.severity == "fault"]

    def fault(self, line: int, column: str, problem: str, remedy: str) -> None:
        self.found.append(RosterFault(line, column, problem, remedy))

    def warn(self, line: int, column: str, problem: str, remedy: str) -> None:
        self.found.append(RosterFault(line, column, problem, remedy, "warning"))

    def note(self, line: int, column: str, said: str) -> None:
        self.found.append(RosterFault(line, column, said, "", "note"))

    def _cells(self, record: Record, places: Mapping[str, int]) -> Cells:
        cells = {name: record.cells[place] for name, place in places.items() if name and place < len(record.cells)}
        for name, cell in cells.items():
            if visible(cell) != cell:
                self.warn(record.line, name, "there are invisible characters around it", "they are left out")
        return {name: visible(cell) for name, cell in cells.items()}

    def _header(self, record: Record) -> dict[str, int] | None:
        """Where each column is; nothing when the first line names no columns."""
        names = [folded(cell) for cell in record.cells]
        while names and not names[-1] and not record.cells[len(names) - 1].strip():
            names.pop()
        self.width = len(names)
        if not set(names) & {"participant", "name", "email"}:
            self.fault(record.line, "", "the first line does not name the columns", f"begin with {','.join(COLUMNS)}")
            return None
        for place, name in enumerate(names):
            if not name and record.cells[place].strip():
                continue
            if name not in KNOWN:
                remedy = f"{roster_cells.nearest(name, KNOWN)}a roster has {', '.join(KNOWN)}"
                self.fault(record.line, name, f"{name!r} is not a column of a roster", remedy)
            elif name in names[:place]:
                self.fault(record.line, name, "the column is there twice", "keep one of the two")
        for name in COLUMNS:
            if name not in names:
                self.fault(record.line, name, "the column is missing", "add it; its cells may be empty where allowed")
        return {name: place for place, name in reversed(list(enumerate(names)))}


@dataclass
class _Row:
    check: _Check
    record: Record
    cells: Cells
    count: int

    def read(self, columns: int) -> None:
        """Add the row to the roster, or its faults to the list."""
        before = len(self.check.found_faults())
        self._width(columns)
        self._once()
        self._formulas()
        name = self._words("name", needed="write their name")
        code = self._value("participant", lambda cell: roster_cells.participant(cell, name), "write a code like P01")
        email = self._value("email", roster_cells.address, "write the participant's address")
        team = self._words("microsystem")
        people = {part: self._contact(part) for part in ("team_lead", "sponsor", "faculty")}
        self._supported(people)
        slot = self._slot(needed=bool(team))
        division = self._value("holiday_division", roster_cells.division)
        acting = self._value("behaviour", roster_cells.behaviour)
        words = [self._words(column) for column in ("organisation", "discipline")]
        if code is None or email is None or len(self.check.found_faults()) > before:
            self.check.teams.setdefault(team.casefold(), self.record.line)
            return
        row = RosterRow(
            line=self.record.line,
            participant=code,
            person=Contact(name, email, self._meant("")),
            microsystem=team or None,
            slot=slot,
            division=division or HolidayDivision.ENGLAND_AND_WALES,
            behaviour=acting or Behaviour.STEADY,
            organisation=words[0],
            discipline=words[1],
            team_lead=people["team_lead"],
            sponsor=people["sponsor"],
            faculty=people["faculty"],
        )
        self.check.rows.append(row)

    def _fault(self, column: str, problem: str, remedy: str) -> None:
        self.check.fault(self.record.line, column, problem, remedy)

    def _warn(self, column: str, problem: str, remedy: str) -> None:
        self.check.warn(self.record.line, column, problem, remedy)

    def _width(self, columns: int) -> None:
        absent = [name for name in COLUMNS if name not in self.cells]
        if self.count < columns and absent:
            remedy = f"add the missing cells, from {absent[0]} on. Leave a cell empty if you don't know"
            self._fault(absent[0], f"the row ends after {self.count} of {columns} columns", remedy)
        elif any(cell.strip() for cell in self.record.cells[columns:]):
            remedy = "put a cell that holds the separator in quotation marks"
            self._fault("", f"the row has {self.count} cells for {columns} columns", remedy)

    def _formulas(self) -> None:
        for column, cell in self.cells.items():
            if looks_like_formula(cell):
                problem = "the cell looks like a formula"
                self._warn(column, problem, "it is kept as words and never run; check that it's right")

    def _once(self) -> None:
        """A code is one participant. Two may share a mailbox, if the second row says that they are two."""
        if line := self._before("participant"):
            remedy = "give each participant one row and a code of their own"
            self._fault("participant", f"line {line} has the same participant code", remedy)
        named, known = self._before("email", "name"), self._before("email")
        if line := named if tidy(self.cells.get("person", "")) else known:
            remedy = "give each an address of their own; people who share one say another person in the column person"
            self._fault("email", f"line {line} has the same email", remedy)

    def _before(self, *columns: str) -> int | None:
        """The line before this one that has the same in these columns, unless nothing is in the first."""
        cells = tuple(tidy(self.cells.get(column, "")).casefold() for column in columns)
        line = self.check.lines.setdefault((columns, cells), self.record.line)
        return line if cells[0] and line != self.record.line else None

    def _supported(self, people: Mapping[str, Contact | None]) -> None:
        if people["faculty"] is None and "faculty_email" in self.cells:
            self._warn("faculty_name", "nobody supervises this participant", "alarms will go to the office instead")
        if people["sponsor"] is None and "sponsor_email" in self.cells:
            self._warn("sponsor_name", "nobody grants this participant time", "name a sponsor when there is one")

    def _words(self, column: str, needed: str = "") -> str:
        cell = tidy(self.cells.get(column, ""))
        if needed and not cell and column in self.cells:
            self._fault(column, "is missing", needed)
        return self._value(column, roster_cells.plain) or ""

    def _value(self, column: str, reader: Callable[[str], Value], needed: str = "") -> Value | None:
        """The cell as its column's kind of value. A cell the row is too short for was reported already."""
        if column not in self.cells:
            return None
        cell = tidy(self.cells[column])
        if needed and not cell:
            self._fault(column, "is missing", needed)
            return None
        try:
            value = reader(cell)
        except BadCellError as bad:
            self._fault(column, bad.problem, bad.remedy)
            return None
        if (said := _understood(cell, value)) is not None:
            self.check.note(self.record.line, column, said)
        return value

    def _contact(self, part: str) -> Contact | None:
        name_column, email_column = f"{part}_name", f"{part}_email"
        name = self._words(name_column)
        given = bool(tidy(self.cells.get(email_column, "")))
        email = self._value(email_column, roster_cells.address) if given else None
        if name and not given and email_column in self.cells:
            self._fault(email_column, "is missing beside the name", "write the address, or leave both empty")
        if given and not name:
            self._fault(name_column, "is missing beside the address", "write the name, or leave both empty")
        return Contact(name, email, self._meant(f"{part}_")) if name and email else None

    def _meant(self, part: str) -> str:
        given = tidy(self.cells.get(f"{part}person", ""))
        return (self._value(f"{part}person", roster_cells.meant) or "") if given else ""

    def _slot(self, *, needed: bool) -> Slot | None:
        given = [column for column in ("session_day", "session_time") if tidy(self.cells.get(column, ""))]
        if not given and not needed:
            return None
        day = self._value("session_day", roster_cells.weekday, "say on which day the team meets")
        at = self._value("session_time", roster_cells.wall_time, "say when the team meets, like 09:30")
        if at and not _USUAL_HOURS[0] <= at < _USUAL_HOURS[1]:
            self._warn("session_time", f"{at:%H:%M} is an unusual hour to meet", "check that it's right")
        return Slot(day=day, at=at) if day and at else None


def _understood(cell: str, value: object) -> str | None:
    """What a cell was read as, where that is not what stands there."""
    match value:
        case time() if cell not in {f"{value:%H:%M}", f"{value:%H:%M:%S}", f"{value.hour}:{value:%M}"}:
            return f"{cell!r} was read as {value:%H:%M}"
        case Weekday() if cell.casefold() not in {value, value[:3]}:
            return f"{cell!r} was read as {value.capitalize()}"
        case str() if (cell != value and cell.endswith((">", ">;", ">,"))) or cell[:7].casefold() == "mailto:":
            return "the address was taken out of what stands around it"
    return None


def _across(check: _Check, participants: int) -> None:
    """What only several rows together can show."""
    low, high = check.course.participants_at_least, check.course.participants_at_most
    if not participants:
        check.fault(1, "", "there is no participant", "write one row for each")
    elif not low <= participants <= high:
        problem = f"the sheet has {participants} participant{'' if participants == 1 else 's'}"
        check.warn(1, "", problem, f"a cohort usually has {low} to {high}")
    _same_address_same_name(check)
    if check.begun:
        _wait_for_the_first(check)
    _share_teams(check)


def _same_address_same_name(check: _Check) -> None:
    """One address with two names is two people only if somebody says so."""
    names: dict[str, tuple[str, int]] = {}
    apart = {(one.name.casefold(), one.email.lower()) for row in check.rows for _, one in row.people if one.meant}
    for row in check.rows:
        for part, person in row.people:
            name, line = names.setdefault(person.email.lower(), (person.name, row.line))
            said = (person.name.casefold(), person.email.lower())
            if name.casefold() != person.name.casefold() and (said not in apart or person.meant == Meant.SAME):
                problem = f"line {line} has the same address with another name"
                remedy = f"write the same name, or another person in the column {part}person"
                check.fault(row.line, f"{part}email", problem, remedy)


def _wait_for_the_first(check: _Check) -> None:
    """Who shares a team with a row that has to be mended goes in with it: the first row of a team is its coach."""
    for row in check.rows:
        line = check.teams.get(row.microsystem.casefold()) if row.microsystem else None
        if line is not None:
            problem = f"line {line}, which has the same team, must be mended first"
            check.fault(row.line, "", problem, "send both rows again together; this one may stay as it is")


def _share_teams(check: _Check) -> None:
    """Rows with one microsystem share it: the first coaches, the next ones are co-coaches and meet when it meets."""
    first: dict[str, RosterRow] = {}
    sharing: dict[str, int] = {}
    for place, row in enumerate(check.rows):
        main = first.setdefault(row.microsystem.casefold(), row) if row.microsystem else row
        if main is row:
            _warn_alone(check, row)
            continue
        sharing[main.participant] = sharing.get(main.participant, 0) + 1
        if sharing[main.participant] > 1:
            problem = f"the team of line {main.line} has a coach and a co-coach already"
            check.warn(row.line, "microsystem", problem, "check that it's the right team")
        if (row.slot, row.team_lead) != (main.slot, main.team_lead):
            problem = f"meeting time or team lead differ from line {main.line}, which has the same team"
            check.warn(row.line, "microsystem", problem, f"those of line {main.line} are used")
        shared = replace(row, joins=main.participant, slot=main.slot, team_lead=main.team_lead)
        check.rows[place] = replace(shared, microsystem=main.microsystem)


def _warn_alone(check: _Check, row: RosterRow) -> None:
    if row.behaviour is Behaviour.CO_COACH:
        remedy = "write the microsystem of an earlier row"
        check.warn(row.line, "behaviour", "a co-coach needs a team that another row has", remedy)
    if row.behaviour is Behaviour.NO_TEAM_YET and row.microsystem:
        check.warn(row.line, "behaviour", "this participant has a team", "leave microsystem empty, or behaviour")
