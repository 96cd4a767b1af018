"""Cohorts that run already: taken over with their past, as the command line does."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, TypeAdapter

from gateway.access.caller import holding
from gateway.api.answers import Answer
from gateway.api.bodies import json_object, strictly
from gateway.api.cohorts import PLAN, ROW, BesideASheet
from gateway.api.description import failing, handed_in
from gateway.api.facts import Here
from gateway.api.rosters import ImportOffered, Read, participants_of, plan_of, read_plan, read_rows
from gateway.api.sheets import is_sheet, mended, read, to_be_mended, wants_sheet
from gateway.problems import Problem
from operations.callers import Caller
from operations.cohorts import CohortPlan
from operations.imports import Foreseen, foresee_import, import_cohort
from operations.past_facts import FactFault, FactsFileError, PastFact, past_facts, past_of
from operations.sheets import WhichPageError
from schemas.grants import Managing
from schemas.past import COLUMNS, check_past
from schemas.roster import CheckedRoster, Roster, RosterFault
from schemas.sheet import Sheet, UnreadableSheetError
from schemas.words import CohortId

router = APIRouter(prefix="/v1/cohorts", tags=["Cohorts"])

Administrator = Annotated[Caller, holding(Managing.COHORTS)]
"""Somebody who may see to these somewhere; where, the operation asks."""

PARTICIPANTS: Final = "Participants"
WHAT_HAPPENED: Final = "What happened"
"""The pages of a workbook."""

_FACT: Final = {"subject": "P01", "kind": "session_held", "day": "2025-11-03"}
_SHEET: Final = f"{','.join(COLUMNS)}\nP01,2025-11-03,session held,,\n"


class PastFault(Answer):
    """Something that happened and cannot be taken over."""

    line: int
    """The line of the sheet, or the place of the fact in `past`, from 1; 0 for what concerns all of it."""

    subject: str
    problem: str


class CohortImported(Answer):
    """What was taken over, or would be."""

    cohort: CohortId
    fresh: bool
    """Whether nothing of the cohort was recorded before."""

    engagements: int
    facts: int
    faults: tuple[PastFault, ...] = ()
    """Only with `dry_run`: without, nothing is taken over while there are any."""


class ImportAsked(BesideASheet):
    """How an import is asked for."""

    dry_run: bool = Field(default=False, description="Only say what would become of it.")


@router.post(
    "/import",
    operation_id="import_cohort",
    summary="Take over a cohort that runs already",
    response_model=CohortImported,
    responses={
        200: {"description": "What was taken over, or would be.", "content": mended(COLUMNS)},
        **failing("refused", "conflict", "media-type"),
    },
    openapi_extra=handed_in(
        "ImportOffered",
        PLAN | {"participants": [ROW], "past": [_FACT]},
        (
            f"One row for each thing; a workbook has the pages `{PARTICIPANTS}` and `{WHAT_HAPPENED}`.",
            _SHEET,
        ),
    ),
)
async def take_over(
    request: Request, caller: Administrator, context: Here, asked: Annotated[ImportAsked, Query()]
) -> CohortImported | Response:
    """Its past is recorded and nothing stale is sent: all of it, or, with any fault, nothing; every fault is named.

    The same again changes nothing; what is new is added. With `dry_run` nothing is recorded, and who accepts `text/csv`
    or a workbook is given the rows that have a fault.
    """
    plan, roster, past, sheet, faults = await _handed_in(request, asked)
    trusted = caller.entrusted(Managing.COHORTS, plan.cohort)
    with roster.asking():
        rows = roster.faultless() if roster.checked.faults or roster.checked.roster else Roster(())
        if asked.dry_run:
            foreseen = await foresee_import(context.engine, plan, rows, past)
            faults = (*faults, *foreseen.faults)
            if wants_sheet(request) and sheet is not None:
                return to_be_mended(sheet, [RosterFault(one.line, "", one.problem, "") for one in faults])
            return _answer(foreseen, faults)
        if faults:
            raise _wrong(faults)
        try:
            async with asyncio.timeout(_WITHIN_SECONDS):
                done = await import_cohort(context.engine, trusted, plan, rows, past)
        except FactsFileError as wrong:
            raise _wrong(wrong.faults) from None
    return _answer(Foreseen(done, past), ())


_WITHIN_SECONDS: Final = 120
_IMPORT: Final = TypeAdapter(ImportOffered)


async def _handed_in(
    request: Request, asked: ImportAsked
) -> tuple[CohortPlan, Read, tuple[PastFact, ...], Sheet | None, tuple[FactFault, ...]]:
    """Plan, roster, past, and what of it cannot be read. Raises Problem."""
    if not is_sheet(request):
        offered = strictly(_IMPORT, await json_object(request))
        plan = plan_of(offered, "body")
        try:
            past = past_facts(enumerate(offered.past, start=1), plan)
        except FactsFileError as wrong:
            raise _wrong(wrong.faults) from None
        return plan, participants_of(offered.participants, plan.programme.course), past, None, ()
    plan, raw = read_plan(asked.plan()), await request.body()
    roster = Read(CheckedRoster(None), rows=False)
    try:
        sheet = await read(raw, COLUMNS, asked.model_copy(update={"page": WHAT_HAPPENED}))
        if sheet.workbook:
            roster = await read_rows(raw, plan.programme.course, asked.model_copy(update={"page": PARTICIPANTS}))
    except WhichPageError:
        sheet = await _alone(raw, asked)
    except UnreadableSheetError as wrong:
        raise _wrong((FactFault(wrong.line, "", f"{wrong.problem}; {wrong.remedy}"),)) from None
    lines, faults = check_past(sheet)
    unread = tuple(FactFault(one.line, "", f"{one.column}: {one.problem}; {one.remedy}") for one in faults)
    return plan, roster, past_of(lines, plan), sheet, unread


async def _alone(raw: bytes, asked: ImportAsked) -> Sheet:
    """A workbook that has what happened alone. Raises Problem."""
    try:
        return await read(raw, COLUMNS, asked)
    except UnreadableSheetError as wrong:
        raise _wrong((FactFault(wrong.line, "", f"{wrong.problem}; {wrong.remedy}"),)) from None


def _answer(foreseen: Foreseen, faults: tuple[FactFault, ...]) -> CohortImported:
    done = foreseen.imported
    said = tuple(PastFault(line=one.line, subject=one.subject, problem=one.problem) for one in faults)
    return CohortImported(
        cohort=done.cohort, fresh=done.fresh, engagements=done.engagements, facts=done.facts, faults=said
    )


def _wrong(faults: tuple[FactFault, ...]) -> Problem:
    said = [{"where": f"line {one.line}", "problem": f"{one.subject} {one.problem}".strip()} for one in faults]
    number = f"{len(said)} fault{'s' if len(said) > 1 else ''}"
    return Problem("invalid", f"The past has {number}. Nothing was imported.", extra={"faults": said})
