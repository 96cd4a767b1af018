"""What concerns all of an academy at once: closed weeks, bank holidays, and the programme that holds from now on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from gateway.access.caller import holding
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.api.offices import OfAcademy
from gateway.api.passed_on import Days, DaysToSay, Told
from operations.academies import adopt_programme, close_academy, revise_calendar
from operations.callers import Caller
from schemas.programme import Programme
from schemas.words import Code, Group, Said

router = APIRouter(prefix="/v1/academies/{academy}", tags=["Academies"])

Teller = Annotated[Caller, holding(Group.ACADEMY)]
"""Somebody who may tell an academy what concerns all of it."""


class TableNamed(Said):
    """A bank-holiday table."""

    calendar: Code = Field(description="Its name, as in `uk-2026-11`.", examples=["uk-2026-11"])


class ProgrammeToAdopt(Said):
    """A whole version of a programme, with every parameter that differs from the shipped ones."""

    programme: Programme


@router.post("/closed-days", operation_id="close_academy", summary="Say that an academy is closed")
async def close(academy: OfAcademy, caller: Teller, context: Here, body: DaysToSay) -> Told:
    """All that has not ended, or begins later, hears of it: sessions are excused, and nothing is sent."""
    caller.require(Group.ACADEMY, academy)
    days = body.first_day, body.last_day
    return Told.of(await close_academy(context.engine, caller, academy, *days, confirmed=body.confirmed))


@router.delete("/closed-days", operation_id="open_academy", summary="Take closed days back")
async def reopen(academy: OfAcademy, caller: Teller, context: Here, asked: Annotated[Days, Query()]) -> Told:
    """Exactly these days, wherever they stand: they were told by mistake, or are others."""
    caller.require(Group.ACADEMY, academy)
    return Told.of(await close_academy(context.engine, caller, academy, asked.first_day, asked.last_day, back=True))


@router.put(
    "/calendar", operation_id="revise_calendar", summary="Have another bank-holiday table", responses=failing("refused")
)
async def revise(academy: OfAcademy, caller: Teller, context: Here, body: TableNamed) -> Told:
    """It holds from now on, for all that has not ended."""
    caller.require(Group.ACADEMY, academy)
    return Told.of(await revise_calendar(context.engine, caller, academy, body.calendar))


@router.put(
    "/programme", operation_id="adopt_programme", summary="Adopt a version of a programme", responses=failing("refused")
)
async def adopt(academy: OfAcademy, caller: Teller, context: Here, body: ProgrammeToAdopt) -> Told:
    """It holds from now on, for all that follows this programme now and all that starts later."""
    caller.require(Group.ACADEMY, academy)
    return Told.of(await adopt_programme(context.engine, caller, academy, body.programme))
