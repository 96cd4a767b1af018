"""A person's leave: told once, and heard by all that is theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from gateway.access.caller import holding
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.api.passed_on import Days, DaysToSay, Told
from gateway.context import AppContext, now
from gateway.problems import Problem
from operations.callers import Caller
from operations.effects import Heard
from operations.leaves import Away, agree_leave, take_back_leave
from records import pages
from schemas.facts import Teller as ToldBy
from schemas.words import Group, PersonId, Role

router = APIRouter(prefix="/v1/people/{person}/leave", tags=["People"])

Teller = Annotated[Caller, holding(Group.LEAVE)]
"""Somebody who may tell of leave somewhere; where, the operation asks."""

OfPerson = Annotated[PersonId, Path(description="The person's id, as engagements and cohorts have it.")]
Tell = Callable[..., Coroutine[Any, Any, Heard]]


@router.post("", operation_id="agree_leave", summary="Say that somebody is away", responses=failing("unknown"))
async def agree(person: OfPerson, caller: Teller, context: Here, body: DaysToSay) -> Told:
    """All teams, cohorts and Introduction courses that are theirs hear of it; said again, those that are new.

    What can wait for them waits, what cannot goes to somebody else, and sessions are excused while every coach is away.
    """
    return await _told(context, caller, person, body, agree_leave, confirmed=body.confirmed)


@router.delete("", operation_id="take_leave_back", summary="Take a leave back", responses=failing("unknown"))
async def take_back(person: OfPerson, caller: Teller, context: Here, asked: Annotated[Days, Query()]) -> Told:
    """The leave of exactly these days, wherever it stands: it was told by mistake, or is on other days."""
    return await _told(context, caller, person, asked, take_back_leave)


async def _told(
    context: AppContext, caller: Caller, person: str, days: Days, tell: Tell, *, confirmed: bool = False
) -> Told:
    async with context.connection() as conn:
        reader = await pages.reader(conn, person)
    # The same for both: nobody learns who exists elsewhere.
    if reader is None or not caller.may(Group.LEAVE, reader.academy):
        raise Problem("unknown", f"There's nobody with the id {person}. Check the id.")
    away = Away(
        reader.academy, reader.person, days.first_day, days.last_day, now(), ToldBy(role=Role.SERVICE), confirmed
    )
    async with asyncio.timeout(context.settings.tell_seconds):
        heard = await tell(context.engine, caller, away)
    return Told.of(heard)
