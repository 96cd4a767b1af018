"""Engagements: list, show, what comes, why, and what was told."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from gateway.access.caller import Somebody, holding
from gateway.api import asking, paging
from gateway.api.answers import Engagements, EngagementShown, Facts, Reasons, RoleHeld, Timeline, UnsentNotice, shown
from gateway.api.description import failing
from gateway.api.facts import CohortPath, CoursePath, EngagementPath, Here
from gateway.api.paging import Asked, UpdatedSince, WrittenMoment
from gateway.api.rosters import Label
from operations.callers import Caller
from records import lists, views
from records.lists import Sought
from schemas.grants import Reading
from schemas.words import CohortId, Health, PersonId, Phase, Role, Stage

router = APIRouter(prefix="/v1/engagements", tags=["Engagements"])

Reader = Annotated[Caller, holding(Reading.ENGAGEMENTS)]
"""Somebody who may read these somewhere; where, the operation asks."""
beside = APIRouter(prefix="/v1")

_UNKNOWN: Final = failing("unknown")
_ABOUT: Final = r"^[A-Za-z0-9][A-Za-z0-9._:@+/-]*$"


class EngagementsAsked(Asked):
    """Which engagements are asked for."""

    academy: Label | None = Field(default=None, description="Only of this academy.")
    cohort: CohortId | None = Field(default=None, description="Only of this cohort.")
    stage: Stage | None = Field(default=None, description="Only at this stage.")
    phase: Phase | None = Field(default=None, description="Only in this phase.")
    health: Health | None = Field(default=None, description="Only with this health.")
    turn: Role | None = Field(default=None, description="Only those where it is this role's turn.")
    coach: PersonId | None = Field(default=None, description="Only those this person coaches, in whatever part.")
    due_before: WrittenMoment | None = Field(default=None, description="Only with something due before this.")
    updated_since: UpdatedSince = None


@router.get(
    "",
    operation_id="list_engagements",
    summary="List engagements",
    responses={200: {"headers": paging.LINK, "description": "A page of those the caller may read."}},
)
async def list_engagements(
    request: Request, response: Response, caller: Reader, context: Here, asked: Annotated[EngagementsAsked, Query()]
) -> Engagements:
    """Ended ones too, in the order of their ids: a page stays what it is while others are added."""
    if asked.cohort is not None:
        caller.require(Reading.ENGAGEMENTS, asked.cohort)
    filters = asked.model_dump(exclude={"limit", "cursor"})
    sought = Sought(within=caller.within(Reading.ENGAGEMENTS), **filters)
    async with context.connection() as conn:
        found = await lists.engagements(conn, sought, paging.after(asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: line.engagement)
    return Engagements(items=items, next=following)


@router.get("/{engagement}", operation_id="show_engagement", summary="Show an engagement", responses=_UNKNOWN)
async def show_engagement(engagement: EngagementPath, caller: Reader, context: Here) -> EngagementShown:
    """Where it stands now, whose turn it is and what is due next, who is in it, and what could not be sent."""
    caller.require(Reading.ENGAGEMENTS, engagement)
    async with context.connection() as conn:
        found = await lists.engagement(conn, engagement)
        people = await views.people(conn, engagement)
        unsent = await views.unsent(conn, engagement)
    if found is None:
        raise asking.unknown(engagement)
    return EngagementShown(
        engagement=found,
        standing=await asking.standing(context, engagement),
        people=shown(RoleHeld, people),
        unsent=shown(UnsentNotice, unsent),
    )


@router.get("/{engagement}/timeline", operation_id="show_timeline", summary="What will fall due", responses=_UNKNOWN)
async def show_timeline(engagement: EngagementPath, caller: Reader, context: Here) -> Timeline:
    """Every due item to the end, each with its rule, its parameter and the facts behind it."""
    caller.require(Reading.ENGAGEMENTS, engagement)
    return Timeline(items=await asking.timeline(context, engagement))


AboutWhat = Annotated[
    str,
    Query(
        pattern=_ABOUT,
        max_length=200,
        description="The key of a due item, a matter (`learning_session`), the id of a notice (`ntc_…`), or `next`.",
        openapi_examples={"next": {"summary": "What is due next", "value": "next"}},
    ),
]


@beside.get(
    "/cohorts/{cohort}/why",
    operation_id="show_cohort_why",
    summary="Why, and why not",
    responses=_UNKNOWN,
    tags=["Cohorts"],
)
async def show_cohort_why(cohort: CohortPath, caller: Somebody, context: Here, about: AboutWhat = "next") -> Reasons:
    """As for an engagement: the rule, parameter and facts behind what a cohort asks, sends or keeps back."""
    caller.require(Reading.COHORTS, cohort)
    return Reasons(items=await asking.why(context, cohort, about))


@beside.get(
    "/intro-courses/{course}/why",
    operation_id="show_course_why",
    summary="Why, and why not",
    responses=_UNKNOWN,
    tags=["Introduction courses"],
)
async def show_course_why(course: CoursePath, caller: Somebody, context: Here, about: AboutWhat = "next") -> Reasons:
    """As for an engagement: the rule, parameter and facts behind what a course asks, sends or keeps back."""
    caller.require(Reading.COURSES, course)
    return Reasons(items=await asking.why(context, course, about))


@router.get("/{engagement}/why", operation_id="show_why", summary="Why, and why not", responses=_UNKNOWN)
async def show_why(
    engagement: EngagementPath,
    caller: Reader,
    context: Here,
    about: Annotated[
        str,
        Query(
            pattern=_ABOUT,
            max_length=200,
            description="The key of a due item (`session/2027-10-11/0`), a matter (`session`), the id of a notice "
            "(`ntc_…`), `health`, or `next`.",
            openapi_examples={
                "next": {"summary": "What is due next", "value": "next"},
                "matter": {"summary": "A matter", "value": "session"},
                "health": {"summary": "Why a team is at risk", "value": "health"},
            },
        ),
    ] = "next",
) -> Reasons:
    """The rule, parameter and facts behind something that is due, was done or was sent; or why there is nothing."""
    caller.require(Reading.ENGAGEMENTS, engagement)
    return Reasons(items=await asking.why(context, engagement, about))


@router.get(
    "/{engagement}/facts",
    operation_id="list_facts",
    summary="What was told",
    responses={200: {"headers": paging.LINK, "description": "A page of the ledger."}, **_UNKNOWN},
)
async def list_facts(
    engagement: EngagementPath,
    request: Request,
    response: Response,
    caller: Reader,
    context: Here,
    asked: Annotated[Asked, Query()],
) -> Facts:
    """The facts in the order they were recorded, corrected ones too: nothing is ever taken out."""
    caller.require(Reading.ENGAGEMENTS, engagement)
    async with context.connection() as conn:
        if await lists.opening_kind(conn, engagement) != "engagement_proposed":
            raise asking.unknown(engagement)
        found = await lists.facts(conn, engagement, paging.after_number(asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: str(line.number))
    return Facts(items=items, next=following)
