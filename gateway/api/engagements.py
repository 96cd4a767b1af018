"""Engagements: list and show. What comes, why, and what was told and sent is read as of every kind of subject."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from gateway.access.caller import holding
from gateway.api import asking, paging
from gateway.api.answers import Engagements, EngagementShown, RoleHeld, UnsentNotice, shown
from gateway.api.description import failing
from gateway.api.facts import EngagementPath, Here
from gateway.api.paging import Asked, UpdatedSince, WrittenMoment
from gateway.api.rosters import Label
from operations.callers import Caller
from records import lists, views
from records.lists import Sought
from schemas.grants import Reading
from schemas.subjects import ENGAGEMENT
from schemas.words import CohortId, Health, PersonId, Phase, Role, Stage

router = APIRouter(prefix="/v1/engagements", tags=["Engagements"])

Reader = Annotated[Caller, holding(Reading.ENGAGEMENTS)]
"""Somebody who may read these somewhere; where, the operation asks."""


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
        found = await lists.engagements(conn, sought, paging.after(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: line.engagement)
    return Engagements(items=items, next=following)


@router.get("/{engagement}", operation_id="show_engagement", summary="Show an engagement", responses=failing("unknown"))
async def show_engagement(engagement: EngagementPath, caller: Reader, context: Here) -> EngagementShown:
    """Where it stands now, whose turn it is and what is due next, who is in it, and what could not be sent."""
    caller.require(Reading.ENGAGEMENTS, engagement)
    async with context.connection() as conn:
        found = await lists.engagement(conn, engagement)
        people = await views.people(conn, engagement)
        unsent = await views.unsent(conn, engagement)
    if found is None:
        raise asking.unknown(ENGAGEMENT, engagement)
    return EngagementShown(
        engagement=found,
        standing=await asking.standing(context, engagement),
        people=shown(RoleHeld, people),
        unsent=shown(UnsentNotice, unsent),
    )
