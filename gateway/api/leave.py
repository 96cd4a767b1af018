"""A person's leave: told once, and heard by all that is theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, Field, model_validator

from gateway.access.caller import holding
from gateway.api.answers import Answer
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.api.rosters import within_calendar
from gateway.context import AppContext, now
from gateway.problems import Problem
from operations.callers import Caller
from operations.effects import Heard
from operations.leaves import Away, agree_leave, take_back_leave
from records import pages
from schemas.facts import Teller as ToldBy
from schemas.words import Code, Group, PersonId, Role, Said

router = APIRouter(prefix="/v1/people/{person}/leave", tags=["People"])

Teller = Annotated[Caller, holding(Group.LEAVE)]
"""Somebody who may tell of leave somewhere; where, the operation asks."""

LeaveDay = Annotated[date, AfterValidator(within_calendar)]


class LeaveDays(Said):
    """The days on which somebody is away."""

    first_day: LeaveDay = Field(description="The first day away.")
    last_day: LeaveDay = Field(description="The last day away, included.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("the last day must not be before the first")
        return self


class LeaveToAgree(LeaveDays):
    """The days on which somebody will be away."""

    confirmed: bool = Field(
        default=False, description="Confirms leave that is unusually long. Without it, such leave is refused."
    )


class RefusedLeave(Answer):
    """Who did not take it."""

    subject: Code
    reason: str
    """The refusal in words."""


class LeaveHeard(Answer):
    """Who heard of a leave, or that it was taken back."""

    told: tuple[Code, ...]
    """Those that did not know it before."""

    refused: tuple[RefusedLeave, ...] = ()


OfPerson = Annotated[PersonId, Path(description="The person's id, as engagements and cohorts have it.")]
Tell = Callable[..., Coroutine[Any, Any, Heard]]


@router.post("", operation_id="agree_leave", summary="Say that somebody is away", responses=failing("unknown"))
async def agree(person: OfPerson, caller: Teller, context: Here, body: LeaveToAgree) -> LeaveHeard:
    """All teams, cohorts and Introduction courses that are theirs hear of it; said again, those that are new.

    What can wait for them waits, what cannot goes to somebody else, and sessions are excused while every coach is away.
    """
    return await _told(context, caller, person, body, agree_leave, confirmed=body.confirmed)


@router.delete("", operation_id="take_leave_back", summary="Take a leave back", responses=failing("unknown"))
async def take_back(
    person: OfPerson, caller: Teller, context: Here, asked: Annotated[LeaveDays, Query()]
) -> LeaveHeard:
    """The leave of exactly these days, wherever it stands: it was told by mistake, or is on other days."""
    return await _told(context, caller, person, asked, take_back_leave)


async def _told(
    context: AppContext, caller: Caller, person: str, days: LeaveDays, tell: Tell, *, confirmed: bool = False
) -> LeaveHeard:
    async with context.connection() as conn:
        reader = await pages.reader(conn, person)
    # The same for both: nobody learns who exists elsewhere.
    if reader is None or not caller.may(Group.LEAVE, reader.academy):
        raise Problem("unknown", f"There's nobody with the id {person}. Check the id.")
    away = Away(reader.academy, person, days.first_day, days.last_day, now(), ToldBy(role=Role.SERVICE), confirmed)
    async with asyncio.timeout(context.settings.tell_seconds):
        heard = await tell(context.engine, caller, away)
    refused = tuple(RefusedLeave(subject=subject, reason=reason) for subject, reason in heard.refused)
    return LeaveHeard(told=heard.told, refused=refused)
