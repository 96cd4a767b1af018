"""A cohort as it is handed in, as JSON or as a CSV: read into a plan and a roster, or every fault of it named.

A roster holds names and addresses: no fault says what stands in a cell, only where.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Request
from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter

from gateway.api.answers import RosterLine, unquoted
from gateway.api.bodies import json_object, strictly
from gateway.api.sheets import AskedOfASheet, is_sheet, read
from gateway.problems import Problem, invalid
from operations.cohorts import CohortPlan
from operations.who_is_meant import WhoIsMeantError
from schemas import roster_cells
from schemas.calendars import LATEST_HOLIDAY_TABLE, holiday_table
from schemas.programme import Course
from schemas.programme_file import SHIPPED_PROGRAMMES, UnknownProgrammeError, shipped_programme
from schemas.roster import COLUMNS, KNOWN, MEANT_COLUMNS, OFFICE_NAME, CheckedRoster, Contact, Roster, RosterFault
from schemas.roster_check import check_roster
from schemas.sheet import Sheet, UnreadableSheetError
from schemas.texts import Name
from schemas.words import Code, Said

_YEARS_AFTER: Final = 5
"""A cohort's engagements may last as long as this after its course start, with pauses, extensions and aftercare."""


def _address(written: str) -> str:
    try:
        return roster_cells.address(written)
    except roster_cells.BadCellError:
        raise ValueError("must be an e-mail address like office@example.org") from None


def within_calendar(day: date) -> date:
    """The day itself. Raises ValueError for one in a year whose bank holidays nobody knows."""
    table = holiday_table(LATEST_HOLIDAY_TABLE)
    first, last = table.covers_from.year + 1, table.covers_until.year - _YEARS_AFTER
    if not first <= day.year <= last:
        raise ValueError(f"must be in a year from {first} to {last}, of which the bank holidays are known")
    return day


Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=24)]
CourseStart = Annotated[date, AfterValidator(within_calendar)]
OfficeEmail = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]
OFFICE_EMAIL: Final = (
    "Where mail to the programme office goes. Not needed where the academy has an office; one that has another address "
    "is changed with `PUT /v1/academies/{academy}/office`."
)
Cell = Annotated[str, StringConstraints(max_length=1000)]


def _meant(written: str) -> str:
    try:
        return roster_cells.meant(written) if written else ""
    except roster_cells.BadCellError:
        raise ValueError("must be `same person`, `another person` or a person's id") from None


MeantPerson = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_meant),
    Field(
        description="Who is meant, if we know the address under another name: `same person`, `another person` or an id."
    ),
]


class Participant(Said):
    """One row of a roster. Cells may be empty where nothing is known yet."""

    participant: Annotated[Cell, Field(min_length=1, description="A code that tells nothing, like P01.")]
    name: Cell
    email: Cell
    organisation: Cell = ""
    discipline: Cell = ""
    microsystem: Annotated[Cell, Field(description="The team; empty while there is none. Two rows may share one.")] = ""
    team_lead_name: Cell = ""
    team_lead_email: Cell = ""
    sponsor_name: Cell = ""
    sponsor_email: Cell = ""
    faculty_name: Cell = ""
    faculty_email: Cell = ""
    session_day: Annotated[Cell, Field(description="When the team meets, like Tuesday.")] = ""
    session_time: Annotated[Cell, Field(description="Local time, like 09:30.")] = ""
    holiday_division: Annotated[Cell, Field(description="Whose bank holidays hold; empty is England and Wales.")] = ""
    person: MeantPerson = ""
    team_lead_person: MeantPerson = ""
    sponsor_person: MeantPerson = ""
    faculty_person: MeantPerson = ""


Participants = Annotated[tuple[Participant, ...], Field(min_length=1, max_length=500)]


class RosterOffered(Said):
    """A roster to be checked."""

    participants: Participants


class PlanOffered(Said):
    """What is known of a cohort beside its roster."""

    academy: Annotated[Label, Field(description="The academy's code.")]
    cohort: Annotated[Label, Field(description="The cohort's code within the academy.")]
    course_start: CourseStart
    office_email: Annotated[OfficeEmail | None, Field(description=OFFICE_EMAIL)] = None
    office_name: Annotated[Name, Field(description="How the programme office is addressed.")] = OFFICE_NAME
    programme: Annotated[Code, Field(description="A name of `GET /v1/programmes`.")] = SHIPPED_PROGRAMMES[0]


class CohortOffered(PlanOffered):
    """A cohort to be scheduled."""

    participants: Participants


class ImportOffered(PlanOffered):
    """A cohort that runs already, with what happened so far."""

    participants: Annotated[
        tuple[Participant, ...],
        Field(max_length=500, description="Those who are enrolled already need not be said again."),
    ] = ()
    past: Annotated[
        tuple[dict[str, Any], ...],
        Field(
            max_length=20_000,
            description="Facts, each with its `subject`: a participant's code, an engagement's (`P23-2`), or `cohort`; "
            "`note` is the words beside it. People may be named by address, teams by name.",
        ),
    ] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """A roster as it was read; ``rows`` tells whether it came as JSON."""

    checked: CheckedRoster
    rows: bool
    sheet: Sheet | None = None

    def faultless(self) -> Roster:
        """The roster. Raises Problem with every fault."""
        if self.checked.roster is not None:
            return self.checked.roster
        faults = [line.as_fault for line in self.lines(self.checked.faults)]
        number = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise Problem("invalid", f"The roster has {number}. Nothing was started.", extra={"faults": faults})

    @contextmanager
    def asking(self) -> Iterator[None]:
        """What it leaves unclear about who is meant is answered as its faults are. Raises Problem."""
        try:
            yield
        except WhoIsMeantError as unclear:
            Read(CheckedRoster(None, unclear.faults), self.rows).faultless()

    def lines(self, found: tuple[RosterFault, ...]) -> tuple[RosterLine, ...]:
        """Faults or warnings, each where it stands in what was sent."""
        return tuple(self._line(fault) for fault in found)

    def _line(self, fault: RosterFault) -> RosterLine:
        if not self.rows:
            return RosterLine.of_a_sheet(fault)
        column, row = fault.column or None, (str(fault.line - 2),) if fault.line > 1 else ()
        where = ".".join(("body", "participants", *row, *((column,) if column else ())))
        return RosterLine(where=where, line=None, column=column, problem=unquoted(fault), remedy=fault.remedy)


async def read_roster(request: Request, asked: AskedOfASheet) -> Read:
    """The roster of a body. Raises Problem."""
    if is_sheet(request):
        return await read_rows(await request.body(), Course(), asked)
    return Read(_checked(strictly(_ROSTER, await json_object(request)).participants, Course()), rows=True)


async def read_cohort(request: Request, query: dict[str, Any], asked: AskedOfASheet) -> tuple[CohortPlan, Read]:
    """The plan and roster of a body; with a sheet the plan is in the query. Raises Problem."""
    if is_sheet(request):
        planned = read_plan(query)
        return planned, await read_rows(await request.body(), planned.programme.course, asked)
    offered = strictly(_COHORT, await json_object(request))
    planned = plan_of(offered, "body")
    return planned, Read(_checked(offered.participants, planned.programme.course), rows=True)


def read_plan(query: dict[str, Any]) -> CohortPlan:
    """The plan that a query names. Raises Problem."""
    return plan_of(strictly(_PLAN, query, "query"), "query")


async def read_rows(raw: bytes, course: Course, asked: AskedOfASheet) -> Read:
    """The roster of a file. Raises Problem."""
    try:
        sheet = await read(raw, KNOWN, asked)
    except UnreadableSheetError as wrong:
        return Read(CheckedRoster(None, (RosterFault(wrong.line, "", wrong.problem, wrong.remedy),)), rows=False)
    return Read(check_roster(sheet, course), rows=False, sheet=sheet)


_ROSTER: Final = TypeAdapter(RosterOffered)
_PLAN: Final = TypeAdapter(PlanOffered)
_COHORT: Final = TypeAdapter(CohortOffered)


def plan_of(offered: PlanOffered, where: str) -> CohortPlan:
    """The plan that was offered. Raises Problem."""
    try:
        programme = shipped_programme(offered.programme)
    except UnknownProgrammeError as error:
        raise invalid([{"loc": (where, "programme"), "msg": f"{error}"}]) from None
    return CohortPlan(
        academy=offered.academy,
        cohort=f"{offered.academy}.{offered.cohort}",
        course_start=offered.course_start,
        programme=programme,
        office=Contact(offered.office_name, offered.office_email) if offered.office_email else None,
    )


def participants_of(participants: tuple[Participant, ...], course: Course) -> Read:
    """The roster of rows that came as JSON; none where there are no rows."""
    if not participants:
        return Read(CheckedRoster(None), rows=True)
    return Read(_checked(participants, course), rows=True)


def _checked(participants: tuple[Participant, ...], course: Course) -> CheckedRoster:
    """The rows as the roster's own check reads them: a line each, so that a line is a row."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    columns = (*COLUMNS, *MEANT_COLUMNS)
    sheet.writerow(columns)
    sheet.writerows([" ".join(getattr(row, column).split()) for column in columns] for row in participants)
    return check_roster(text.getvalue(), course)
