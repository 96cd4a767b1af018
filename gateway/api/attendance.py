"""Attendance from a sheet: of a learning session, or of a day of an Introduction course."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from gateway.access.caller import holding
from gateway.api.answers import Answer, RosterLine
from gateway.api.bodies import media_type
from gateway.api.description import failing, sheet_only
from gateway.api.facts import CohortPath, CoursePath, Here
from gateway.api.sheets import (
    SHEETS,
    AskedOfASheet,
    is_sheet,
    mended,
    sheet_sent,
    to_be_mended,
    unreadable,
    wants_sheet,
)
from gateway.context import AppContext, now
from gateway.problems import Problem
from operations import attendance, reading
from operations.attendance import NoRegisterError, Read, Register
from operations.callers import Caller
from schemas.attendance import OF_A_COHORT, OF_A_COURSE
from schemas.facts import Teller
from schemas.roster import RosterFault
from schemas.sheet import Sheet, UnreadableSheetError
from schemas.words import Group, Role

router = APIRouter(prefix="/v1")

Taker = Annotated[Caller, holding(Group.COURSES)]
"""Somebody who may tell of courses somewhere; where, the operation asks."""


class AttendanceAsked(AskedOfASheet):
    """How a sheet is to be read, and whether what it says is recorded."""

    preview: bool = Field(default=True, description="Show what would be recorded. False records it.")


class There(Answer):
    """Whether somebody was there, by the id of their enrolment or booking."""

    id: str
    there: bool


class AttendanceAnswered(Answer):
    """What a sheet says."""

    preview: bool
    items: tuple[There, ...]
    """What was recorded, or would be: what is recorded already isn't among it."""

    unsaid: tuple[str, ...]
    """Who is expected, and is neither on the sheet nor recorded. At a learning session they count as not there."""

    refused: str | None = None
    """Why it would be refused as things stand."""

    faults: tuple[RosterLine, ...] = ()
    """Rows that record nothing: what is wrong, and what to do."""


def _described(columns: tuple[str, ...], row: str) -> dict[str, Any]:
    return {
        "response_model": AttendanceAnswered,
        "responses": {
            200: {"description": "What is recorded, or would be.", "content": mended(columns)},
            **failing("unknown", "refused", "media-type"),
        },
        "openapi_extra": sheet_only("One row a person.", f"{','.join(columns)}\n{row}\n"),
    }


@router.post(
    "/cohorts/{cohort}/attendance/{number}",
    operation_id="take_attendance",
    summary="Take the attendance of a learning session from a sheet",
    tags=["Cohorts"],
    **_described(OF_A_COHORT, "P01,Coach Alder,coach.alder@example.org,yes"),
)
async def of_a_cohort(
    cohort: CohortPath,
    number: Annotated[int, Path(ge=1, le=50, description="Which learning session.", examples=[1])],
    request: Request,
    caller: Taker,
    context: Here,
    asked: Annotated[AttendanceAsked, Query()],
) -> AttendanceAnswered | Response:
    """Each row says who by a code, a name or an address, and yes or no. A row that is wrong hinders no other; who
    accepts `text/csv` or a workbook is given those. Of whoever has no row what is recorded stays; where nothing is,
    they count as not there.
    """
    return await _taken(request, caller, context, asked, cohort, number)


@router.post(
    "/intro-courses/{course}/attendance/{day}",
    operation_id="take_intro_attendance",
    summary="Take the attendance of a day from a sheet",
    tags=["Introduction courses"],
    **_described(OF_A_COURSE, "B01,Delegate Aster,delegate.aster@example.org,yes"),
)
async def of_a_course(
    course: CoursePath,
    day: Annotated[int, Path(ge=1, le=2, description="Which day.", examples=[1])],
    request: Request,
    caller: Taker,
    context: Here,
    asked: Annotated[AttendanceAsked, Query()],
) -> AttendanceAnswered | Response:
    """As for a learning session; of whoever has no row nothing is said."""
    return await _taken(request, caller, context, asked, course, day)


async def _taken(
    request: Request, caller: Caller, context: AppContext, asked: AttendanceAsked, subject: str, number: int
) -> AttendanceAnswered | Response:
    caller.require(Group.COURSES, subject)
    if not is_sheet(request):
        raise Problem("media-type", f"Send a sheet: {', '.join(SHEETS)}, and not {media_type(request) or 'nothing'}.")
    try:
        found = await attendance.register(context.engine, subject, number)
    except NoRegisterError as none:
        raise Problem("unknown", f"{none}") from None
    async with context.connection() as conn:
        await reading.noted(conn, caller, "attendance", subject, now())
    sheet, read = await _read(request, asked, found)
    changed = found.changed(read.said)
    refused = attendance.refusal(found, read.said) if asked.preview else ""
    if not asked.preview:
        await attendance.record(context.engine, caller, found, read.said, Teller(role=Role.OFFICE))
    if wants_sheet(request):
        return to_be_mended(sheet, read.faults)
    return AttendanceAnswered(
        preview=asked.preview,
        items=tuple(There(id=key, there=there) for key, there in changed.items()),
        unsaid=tuple(one.key for one in found.unsaid(read.said)),
        refused=refused or None,
        faults=tuple(map(RosterLine.of_a_sheet, read.faults)),
    )


async def _read(request: Request, asked: AttendanceAsked, found: Register) -> tuple[Sheet, Read]:
    own = tuple(f"{heading}={column}" for heading, column in found.headings.items())
    try:
        sheet = await sheet_sent(request, found.columns, asked.model_copy(update={"map": (*own, *asked.map)}))
    except UnreadableSheetError as wrong:
        raise unreadable((RosterFault(wrong.line, "", wrong.problem, wrong.remedy),), "recorded") from None
    read = attendance.understood(found, sheet)
    if any(one.line == 1 and one.column for one in read.faults):
        raise unreadable(read.faults, "recorded")
    return sheet, read
