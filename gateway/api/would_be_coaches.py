"""Delegates of Introduction courses who want to become coaches, for the office of the next cohort."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from gateway.access.caller import holding
from gateway.api import paging
from gateway.api.answers import shown
from gateway.api.facts import Here
from gateway.api.paging import Asked
from gateway.api.rosters import Label
from operations.callers import Caller
from records import intro_courses
from schemas.grants import Reading
from schemas.words import BookingId, Delegate, IntroCourseId, PersonId

router = APIRouter(prefix="/v1/would-be-coaches", tags=["Introduction courses"])

Reader = Annotated[Caller, holding(Reading.COURSES)]
"""Somebody who may read these somewhere; where, the operation asks."""


class WouldBeCoach(BaseModel):
    """Somebody who said so after a course, by ids."""

    course: IntroCourseId
    booking: BookingId
    person: PersonId
    delegate: Delegate


class WouldBeCoaches(BaseModel):
    """A page of them."""

    items: tuple[WouldBeCoach, ...]
    next: str | None = Field(default=None, description="The cursor of the next page.")


class OfAcademy(Asked):
    """Of which academy."""

    academy: Label = Field(description="The academy's code.", examples=["sheffield"])


@router.get(
    "",
    operation_id="list_would_be_coaches",
    summary="List who wants to become a coach",
    responses={200: {"headers": paging.LINK, "description": "A page of those whom no cohort has yet."}},
)
async def list_would_be_coaches(
    request: Request, response: Response, caller: Reader, context: Here, asked: Annotated[OfAcademy, Query()]
) -> WouldBeCoaches:
    """Delegates who said so and stand on no cohort's list. Telling the course `handed_on_to_cohort` puts one there."""
    caller.require(Reading.COURSES, asked.academy)
    async with context.connection() as conn:
        found = await intro_courses.would_be_coaches(
            conn, asked.academy, paging.after(request, asked.cursor), asked.limit + 1
        )
    items, following = paging.page(request, response, found, asked.limit, lambda line: line.booking)
    return WouldBeCoaches(items=shown(WouldBeCoach, items), next=following)
