"""Cohorts: schedule, check, list, show."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from gateway.access.caller import Administrator, Reader
from gateway.api import paging
from gateway.api.answers import Cohorts, CohortShown, RosterChecked, Scheduled, answered
from gateway.api.bodies import Prefer, responds_async
from gateway.api.description import failing
from gateway.api.facts import CohortPath, Here
from gateway.api.paging import Asked
from gateway.api.rosters import CSV, Label, read_cohort, read_roster
from gateway.context import AppContext, now
from gateway.problems import Problem, from_exception
from operations.cohorts import CohortDiffersError, CohortPlan, Openings, Started, admit, check_same, start_cohort
from records import audit, ledger, lists, views
from records.database import Pool
from schemas.cohort_facts import EnrolmentAccepted
from schemas.recording import AnyFact
from schemas.roster import COLUMNS, Roster
from schemas.subjects import COHORT
from schemas.words import CohortId

router = APIRouter(prefix="/v1/cohorts", tags=["Cohorts"])

_LOOK_AGAIN_AFTER_SECONDS: Final = 0.05
_ROW: Final = {
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
_SHEET: Final = f"{','.join(COLUMNS)}\n{','.join(_ROW.get(column, '') for column in COLUMNS)}\n"
_PLAN: Final = {
    "academy": "sheffield",
    "cohort": "2027-autumn",
    "course_start": "2027-10-04",
    "office_email": "office@example.org",
}


class CohortsAsked(Asked):
    """Which cohorts are asked for."""

    academy: Label | None = Field(default=None, description="Only of this academy.")


class BesideASheet(BaseModel):
    """What a CSV does not say. With JSON it stands in the body."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    academy: str | None = Field(default=None, description="With a CSV: the academy's code.")
    cohort: str | None = Field(default=None, description="With a CSV: the cohort's code within the academy.")
    course_start: date | None = Field(default=None, description="With a CSV: the first day of the course.")
    office_email: str | None = Field(default=None, description="With a CSV: where notices to the office go.")
    office_name: str | None = Field(default=None, description="With a CSV: how the office is addressed.")
    programme: str | None = Field(default=None, description="With a CSV: a name of `GET /v1/programmes`.")


def _body(name: str, example: dict[str, Any]) -> dict[str, Any]:
    one = {"one": {"summary": "One participant", "value": example}}
    sheet = {"one": {"summary": "One participant", "value": _SHEET}}
    content = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}, "examples": one},
        CSV: {"schema": {"type": "string", "description": "One row a participant."}, "examples": sheet},
    }
    return {"requestBody": {"required": True, "content": content}}


_PLACE: Final = {
    "Location": {
        "schema": {"type": "string"},
        "description": "Where it is shown.",
        "example": "/v1/cohorts/sheffield.2027-autumn",
    }
}


def _scheduled(said: str) -> dict[str, Any]:
    return {"model": Scheduled, "description": said, "headers": _PLACE}


@router.post(
    "",
    operation_id="schedule_cohort",
    summary="Schedule a cohort",
    responses={
        200: _scheduled("It was there before; late participants were added."),
        201: _scheduled("It is scheduled."),
        202: _scheduled("It is started, and will be recorded, as `Prefer: respond-async` asked."),
        **failing("refused", "conflict", "media-type"),
    },
    openapi_extra=_body("CohortOffered", _PLAN | {"participants": [_ROW]}),
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
    under the same id is a 409. Every fault of a roster is named at once, with its line and column.
    """
    plan, read = await read_cohort(request, sheet.model_dump(mode="json", exclude_none=True))
    caller.require("admin", plan.cohort)
    later = responds_async(prefer)
    started = await _noted(context, caller.id, plan, read.faultless(), later=later)
    said = Scheduled(cohort=started.cohort, fresh=started.fresh, added=started.added, known=started.known)
    place = f"/v1/cohorts/{started.cohort}"
    if later:
        return answered(response, said, 202, Location=place, Preference_Applied="respond-async")
    return answered(response, said, 201 if started.fresh else 200, Location=place)


@router.post(
    "/check",
    operation_id="check_roster",
    summary="Check a roster",
    responses={200: {"description": "What it is found to be."}, **failing("media-type")},
    openapi_extra=_body("RosterOffered", {"participants": [_ROW]}),
)
async def check(request: Request, _: Administrator) -> RosterChecked:
    """Every fault with its line, its column and what to do. Nothing is started, and nothing kept."""
    read = await read_roster(request)
    rows = read.checked.roster.rows if read.checked.roster else ()
    return RosterChecked(
        faultless=not read.checked.faults,
        participants=len(rows),
        teams=len({row.microsystem for row in rows if row.microsystem}),
        faults=read.lines(read.checked.faults),
        warnings=read.lines(read.checked.warnings),
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
        found = await lists.cohorts(
            conn, caller.within("read"), asked.academy, paging.after(asked.cursor), asked.limit + 1
        )
    items, following = paging.page(request, response, found, asked.limit, lambda one: one.cohort)
    return Cohorts(items=items, next=following)


@router.get("/{cohort}", operation_id="show_cohort", summary="Show a cohort", responses=failing("unknown"))
async def show_cohort(cohort: CohortPath, caller: Reader, context: Here) -> CohortShown:
    """The cohort with its counts, and every participant by id, with the engagements that came of the enrolment."""
    caller.require("read", cohort)
    async with context.connection() as conn:
        found = await views.cohort_summary(conn, cohort)
    if found is None:
        raise Problem("unknown", f"There is no cohort {cohort}. Check the id.")
    listed = (line.without_name() for line in found.enrolments)
    return CohortShown(cohort=found.cohort, enrolments=tuple(listed))


async def _noted(context: AppContext, caller: str, plan: CohortPlan, roster: Roster, *, later: bool) -> Started:
    """As :func:`_start`, in the audit. Raises Problem and FactRefusedError."""
    async with context.connection() as conn:
        noted = await audit.note(conn, now(), caller, "http", "schedule", plan.cohort)
    try:
        async with asyncio.timeout(context.settings.tell_seconds):
            return await _start(context, plan, roster, later=later)
    except (CohortDiffersError, FactRefusedError, Problem) as error:
        differs = isinstance(error, CohortDiffersError)
        problem = Problem("conflict", f"{error}.") if differs else from_exception(error)
        async with context.connection() as conn:
            await audit.refused(conn, noted.number, str(problem.extra.get("code", problem.kind)))
        raise problem from None


async def _start(context: AppContext, plan: CohortPlan, roster: Roster, *, later: bool) -> Started:
    at, queue = now(), context.settings.task_queue
    recorded = await _recorded(context.pool, plan.cohort)
    if recorded:
        check_same(plan, recorded[0])
    begins = await admit(context.pool, plan, roster, at)
    _check_participants(begins, recorded)
    started = await start_cohort(context.client, context.pool, plan, roster, at=at, task_queue=queue)
    if started.fresh and not later:
        await _settled(context, plan, begins)
    return started


async def _settled(context: AppContext, plan: CohortPlan, begins: Openings) -> None:
    """Wait until a fresh cohort and its participants are recorded, and are those of this call and no other."""
    while not (recorded := await _recorded(context.pool, plan.cohort)):  # noqa: ASYNC110 - another process records it
        await asyncio.sleep(_LOOK_AGAIN_AFTER_SECONDS)
    check_same(plan, recorded[0])
    for enrolment in begins.enrolments:
        try:
            await handles.tell(context.client, COHORT, plan.cohort, enrolment, task_queue=context.settings.task_queue)
        except FactRefusedError as refused:
            # Told by a call a moment before ours.
            if refused.refusal.code != "different_content":
                raise
    _check_participants(begins, await _recorded(context.pool, plan.cohort))


async def _recorded(pool: Pool, cohort: CohortId) -> tuple[AnyFact, ...]:
    async with pool.acquire() as conn:
        return (await ledger.load(conn, cohort)).facts


def _check_participants(wanted: Openings, recorded: tuple[AnyFact, ...]) -> None:
    """Raises Problem for participants who were enrolled with something else."""
    known = {fact.enrolment: fact for fact in recorded if isinstance(fact, EnrolmentAccepted)}
    other = [
        one.enrolment
        for one in wanted.enrolments
        if one.enrolment in known and known[one.enrolment].model_copy(update={"occurred_at": one.occurred_at}) != one
    ]
    if other:
        raise Problem(
            "conflict",
            f"Enrolled before with another person or team: {', '.join(other)}. Nobody was added. Tell what changed as "
            "facts of the cohort or engagement.",
        )
