"""What was handed in and is not recorded yet, or was set aside: to be looked at, mended, and tried again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from gateway.access.caller import holding
from gateway.api.bodies import strictly
from gateway.api.description import failing
from gateway.context import AppContext, context, now
from gateway.problems import Problem
from operations import reading
from operations.callers import Caller
from operations.telling import require_sayable
from records import arrivals, audit
from records.arrivals import ArrivalLine, Status
from schemas.corrections import ANY_FACT
from schemas.grants import Managing
from schemas.words import Code, EventId

router = APIRouter(prefix="/v1/arrivals", tags=["Events"])

Administrator = Annotated[Caller, holding(Managing.ARRIVALS)]
"""Somebody who may see to these somewhere; where, the operation asks."""
OfDoors = Annotated[AppContext, Depends(context)]
Id = Annotated[EventId, Path(description="The event id under which it is kept.", examples=["ce-5f0c1b"])]


class ArrivalShown(BaseModel):
    """Something that was handed in."""

    event_id: str
    source: str
    source_id: str
    type: str
    subject: str | None = None
    status: Status
    attempts: int
    arrived_at: datetime
    next_at: datetime
    settled_at: datetime | None = None
    caller: str
    code: str | None = Field(default=None, description="Why it waits or was set aside, for programs.")
    reason: str | None = Field(default=None, description="The same, for people.")
    received: dict[str, Any] = Field(description="What came, word for word.")


class Arrivals(BaseModel):
    """The newest first."""

    arrivals: list[ArrivalShown]


class Mended(BaseModel):
    """What is told instead of what came."""

    subject: Code | None = Field(default=None, description="The engagement or cohort, where another one was meant.")
    fact: dict[str, Any] | None = Field(
        default=None, description="The whole fact, where what came was none; its `event_id` stays that of the arrival."
    )


@router.get(
    "",
    operation_id="list_arrivals",
    summary="List what was handed in",
    responses={200: {"description": "They are listed."}},
)
async def list_arrivals(
    caller: Administrator,
    context: OfDoors,
    status: Annotated[Status | None, Query(description="Only of this status.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 200,
) -> Arrivals:
    """What waits and why, what was set aside and why, what was recorded; the newest first."""
    async with context.connection() as conn:
        await reading.noted(conn, caller, "events", None, now())
        found = await arrivals.listed(conn, status, caller.within(Managing.ARRIVALS), limit)
    return Arrivals(arrivals=[_shown(arrival) for arrival in found])


@router.get(
    "/{event_id}",
    operation_id="show_arrival",
    summary="Show what was handed in",
    responses={200: {"description": "What came, and what became of it."}, **failing("unknown")},
)
async def show_arrival(event_id: Id, caller: Administrator, context: OfDoors) -> ArrivalShown:
    """Show one arrival with what came, word for word."""
    line = await _found(context, caller, event_id)
    async with context.connection() as conn:
        await reading.noted(conn, caller, "event", line.subject, now())
    return _shown(line)


@router.post(
    "/{event_id}/replay",
    status_code=202,
    operation_id="replay_arrival",
    summary="Try what was handed in again",
    responses={202: {"description": "It is tried again, soon."}, **failing("unknown", "conflict")},
)
async def replay_arrival(
    event_id: Id, caller: Administrator, context: OfDoors, mended: Mended | None = None
) -> ArrivalShown:
    """As it came, or mended. What came stays as it came, and the event id too.

    409: it is recorded already, is being told at this moment, or tells no fact yet.
    """
    found = await _found(context, caller, event_id)
    mended = mended or Mended()
    subject = mended.subject or found.subject
    if subject is not None:
        caller.require(Managing.ARRIVALS, subject)
    # What somebody mended is told by what they may do; what comes as it came, by what its caller might.
    grants = caller.written_grants if mended.subject or mended.fact else None
    fact = None
    if mended.fact is not None:
        fact = strictly(ANY_FACT, mended.fact | {"event_id": event_id}, "fact")
        if subject is not None:
            caller.require_telling(subject, fact)
            require_sayable(caller, subject, fact)
    async with context.connection() as conn:
        await audit.note(conn, now(), caller.id, "http", "replay an arrival", subject, event_id)
        if not await arrivals.replay(conn, event_id, now(), mended.subject, fact, grants):
            raise Problem("conflict", "It is recorded, is being told now, or has no fact and subject yet: mend it.")
    context.arrived.set()
    return _shown(await _found(context, caller, event_id))


async def _found(context: AppContext, caller: Caller, event_id: str) -> ArrivalLine:
    async with context.connection() as conn:
        found = await arrivals.find(conn, event_id)
    if found is None or not caller.may(Managing.ARRIVALS, found.subject or ""):
        raise Problem("unknown", f"Nothing was handed in as {event_id}.")
    return found


def _shown(line: ArrivalLine) -> ArrivalShown:
    return ArrivalShown.model_validate(line, from_attributes=True)
