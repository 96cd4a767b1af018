"""Cohorts: schedule, check, list, show."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from gateway.access.caller import holding
from gateway.api import paging
from gateway.api.answers import Cohorts, CohortShown, RosterChecked, Scheduled, scheduled
from gateway.api.bodies import Prefer, responds_async
from gateway.api.description import failing, handed_in, scheduling
from gateway.api.facts import CohortPath, Here
from gateway.api.paging import Asked, UpdatedSince
from gateway.api.rosters import CourseStart, Label, read_cohort, read_roster
from gateway.api.sheets import Asked as AskedSheet
from gateway.api.sheets import AskedOfASheet, mended, to_be_mended, wants_sheet
from gateway.context import AppContext, now
from gateway.problems import Problem
from operations.callers import Caller
from operations.cohorts import move_start, start_cohort
from records import lists, views
from records.lists import CohortsSought
from schemas.grants import Managing, Reading
from schemas.roster import COLUMNS
from schemas.words import CohortId, CohortStage, Group, Role, Said

router = APIRouter(prefix="/v1/cohorts", tags=["Cohorts"])

Reader = Annotated[Caller, holding(Reading.COHORTS)]
"""Somebody who may read these somewhere; where, the operation asks."""
Administrator = Annotated[Caller, holding(Managing.COHORTS)]
"""Somebody who may see to these somewhere; where, the operation asks."""
Mover = Annotated[Caller, holding(Group.COURSES)]
"""Somebody who may move courses somewhere; where, the operation asks."""

_LOOK_AGAIN_AFTER_SECONDS: Final = 0.05
ROW: Final = {
    "participant": "P01",
    "name": "Coach Alder",
    "email": "coach.alder@example.org",
    "organisation": "Example Trust",
    "discipline": "Nursing",
    "microsystem": "Ward 7",
    "team_lead_name": "Lead Birch",
    "team_lead_email": "lead.birch@example.org",
    "session_day": "Tuesday",
    "session_time": "09:30",
}
_SHEET: Final = f"{','.join(COLUMNS)}\n{','.join(ROW.get(column, '') for column in COLUMNS)}\n"
PLAN: Final = {
    "academy": "sheffield",
    "cohort": "2027-autumn",
    "course_start": "2027-10-04",
    "office_email": "office@example.org",
}


class CohortsAsked(Asked):
    """Which cohorts are asked for."""

    academy: Label | None = Field(default=None, description="Only of this academy.")
    stage: CohortStage | None = Field(default=None, description="Only at this stage.")
    turn: Role | None = Field(default=None, description="Only those where it is this role's turn.")
    updated_since: UpdatedSince = None


class BesideASheet(AskedOfASheet):
    """What a sheet does not say. With JSON it stands in the body."""

    academy: str | None = Field(default=None, description="With a sheet: the academy's code.")
    cohort: str | None = Field(default=None, description="With a sheet: the cohort's code within the academy.")
    course_start: date | None = Field(default=None, description="With a sheet: the first day of the course.")
    office_email: str | None = Field(default=None, description="With a sheet: where mail to the office goes.")
    office_name: str | None = Field(default=None, description="With a sheet: how the office is addressed.")
    programme: str | None = Field(default=None, description="With a sheet: a name of `GET /v1/programmes`.")

    def plan(self) -> dict[str, Any]:
        """What it says of the cohort."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"map", "page", "dry_run"})


_SCHEDULED: Final = scheduling(Scheduled, "/v1/cohorts/sheffield.2027-autumn", "late participants were added")
_CSV: Final = ("One row a participant.", _SHEET)
MENDED: Final = mended(COLUMNS)


@router.post(
    "",
    operation_id="schedule_cohort",
    summary="Schedule a cohort",
    responses={
        **_SCHEDULED,
        **failing("refused", "conflict", "media-type"),
    },
    openapi_extra=handed_in("CohortOffered", PLAN | {"participants": [ROW]}, _CSV),
)
async def schedule(
    request: Request,
    response: Response,
    caller: Administrator,
    context: Here,
    sheet: Annotated[BesideASheet, Query()],
    prefer: Prefer = None,
) -> Response:
    """Start a cohort with its roster; it starts the engagements of its teams. Answered when it is recorded.

    The same again is harmless, and a row more adds a late participant. Another course start, programme or participant
    under the same id is a 409. Every fault of a roster is named at once, with its line and column: also an address that
    is known by another name, until `person` (`sponsor_person` …) says who is meant.
    """
    plan, read = await read_cohort(request, sheet.plan(), sheet)
    trusted = caller.entrusted(Managing.COHORTS, plan.cohort)
    later = responds_async(prefer)
    with read.asking():
        started = await start_cohort(context.engine, trusted, plan, read.faultless(), at=now(), wait=not later)
    said = Scheduled(cohort=started.cohort, fresh=started.fresh, added=started.added, known=started.known)
    return scheduled(response, said, f"/v1/cohorts/{started.cohort}", fresh=started.fresh, later=later)


@router.post(
    "/check",
    operation_id="check_roster",
    summary="Check a roster",
    responses={
        200: {"description": "What it is found to be.", "content": MENDED},
        **failing("media-type"),
    },
    response_model=RosterChecked,
    openapi_extra=handed_in("RosterOffered", {"participants": [ROW]}, _CSV),
)
async def check(request: Request, _: Administrator, asked: AskedSheet) -> RosterChecked | Response:
    """Every fault with its line, its column and what to do. Nothing is started, and nothing kept.

    Who accepts `text/csv` or a workbook is given the rows that have a fault, with what is wrong: as the sheet came.
    """
    read = await read_roster(request, asked)
    if wants_sheet(request) and read.sheet is not None:
        return to_be_mended(read.sheet, read.checked.faults)
    rows = read.checked.roster.rows if read.checked.roster else ()
    return RosterChecked(
        faultless=not read.checked.faults,
        participants=len(rows),
        teams=len({row.microsystem for row in rows if row.microsystem}),
        faults=read.lines(read.checked.faults),
        warnings=read.lines(read.checked.warnings),
        notes=read.lines(read.checked.notes),
    )


@router.get(
    "",
    operation_id="list_cohorts",
    summary="List cohorts",
    responses={200: {"headers": paging.LINK, "description": "A page of those the caller may read."}},
)
async def list_cohorts(
    request: Request, response: Response, caller: Reader, context: Here, asked: Annotated[CohortsAsked, Query()]
) -> Cohorts:
    """Each with its counts: participants, engagements, and how many of these run, are at risk, or have stalled."""
    async with context.connection() as conn:
        sought = CohortsSought(caller.within(Reading.COHORTS), **asked.model_dump(exclude={"limit", "cursor"}))
        found = await lists.cohorts(conn, sought, paging.after(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: line.cohort)
    return Cohorts(items=items, next=following)


@router.get("/{cohort}", operation_id="show_cohort", summary="Show a cohort", responses=failing("unknown"))
async def show_cohort(cohort: CohortPath, caller: Reader, context: Here) -> CohortShown:
    """The cohort with its counts, and every participant by id, with the engagements that came of the enrolment."""
    caller.require(Reading.COHORTS, cohort)
    return await _shown(cohort, context)


async def _shown(cohort: CohortId, context: AppContext) -> CohortShown:
    async with context.connection() as conn:
        found = await views.cohort_summary(conn, cohort)
    if found is None:
        raise Problem("unknown", f"There is no cohort {cohort}. Check the id.")
    listed = (line.without_name() for line in found.enrolments)
    return CohortShown(cohort=found.cohort, enrolments=tuple(listed))


class CourseStartOffered(Said):
    """When a course is to start."""

    course_start: CourseStart = Field(description="The first day of the course.")


@router.put(
    "/{cohort}/course-start",
    operation_id="move_course_start",
    summary="Move a course to another start",
    responses=failing("unknown", "refused"),
)
async def move(cohort: CohortPath, caller: Mover, context: Here, body: CourseStartOffered) -> CohortShown:
    """It's postponed, or its start was wrong. All its dates and those of its teams follow; participants get one email.

    What was recorded since must stay possible; otherwise it is refused, and says what to correct first.
    """
    caller.require(Group.COURSES, cohort)
    await move_start(context.engine, caller, cohort, body.course_start)
    return await _shown(cohort, context)
