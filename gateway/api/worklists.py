"""The worklist: what waits for a human."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.access.caller import holding
from gateway.api.answers import Worklist
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.context import now
from gateway.problems import Problem, invalid
from lifecycle.worklist import Waiting
from operations import reading
from operations.callers import Caller
from operations.worklist import NothingWaitsError, SnoozeError, Wanted, put_off, standing, worklist
from schemas.grants import Managing, Reading
from schemas.texts import Words
from schemas.words import Code, PersonId, Role

router = APIRouter(prefix="/v1/worklist", tags=["Worklist"])

Reader = Annotated[Caller, holding(Reading.WORKLIST)]
"""Somebody who may read these somewhere; where, the operation asks."""
Manager = Annotated[Caller, holding(Managing.WORKLIST)]
"""Somebody who may snooze lines somewhere; where, the operation asks."""

_ITEM: Final = r"^[A-Za-z0-9][A-Za-z0-9._:@+/-]*$"


class WorklistAsked(BaseModel):
    """Whose worklist is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    academy: Code = Field(description="The academy's short name.", examples=["sheffield"])
    turn: Role | None = Field(default=None, description="Only what waits for this role.")
    person: PersonId | None = Field(default=None, description="Only what waits for this person.")
    snoozed: bool = Field(default=False, description="Snoozed tasks too.")


class PutOff(BaseModel):
    """Which line is put off, until when and why."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    academy: Code
    item: str = Field(pattern=_ITEM, max_length=250)
    """As in the list."""

    until: date
    """The day it comes back, at most eight weeks ahead. Sooner when its matter goes a step further."""

    reason: Words = Field(min_length=1, max_length=500)
    """Why it can wait, in a sentence; kept in the records, and shown on the page. No patients' data."""


@router.get("", operation_id="show_worklist", summary="What waits for a human")
async def show_worklist(caller: Reader, context: Here, asked: Annotated[WorklistAsked, Query()]) -> Worklist:
    """The most pressing first: by what is lost by waiting, then by when it is owed.

    Questions nobody has answered, mail that comes back, events and deliveries that were set aside. A line closes by
    itself: there is nothing to tick off.
    """
    caller.require(Reading.WORKLIST, asked.academy)
    async with context.connection() as conn:
        await reading.noted(conn, caller, "worklist", asked.academy, now(), asked.person)
        found = await worklist(conn, asked.academy, now(), Wanted(asked.person, asked.turn))
    return Worklist(items=tuple(found if asked.snoozed else standing(found)))


@router.post("/snoozes", operation_id="put_off", summary="Put a line off", responses=failing("unknown"))
async def put_off_line(caller: Manager, context: Here, body: PutOff) -> Waiting:
    """Off the list until a day, or until its matter goes a step further. What the engine asks goes on."""
    caller.require(Managing.WORKLIST, body.academy)
    async with context.connection() as conn:
        try:
            return await put_off(
                conn, body.academy, body.item, until=body.until, reason=body.reason, by=caller.id, now=now()
            )
        except SnoozeError as error:
            raise invalid([{"loc": ("body", "until"), "msg": str(error)}]) from None
        except NothingWaitsError:
            raise Problem("unknown", f"Nothing waits under {body.item}.") from None
