"""What was handed in and is not recorded yet, or was set aside: to be looked at, mended, and tried again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, ValidationError

from gateway.access.caller import Administrator, Caller
from gateway.doors import Doors, doors, now
from gateway.events.types import ANY_FACT
from gateway.problems import Problem, invalid
from records import arrivals, audit
from records.arrivals import ArrivalLine, Status
from schemas.words import Code

router = APIRouter(prefix="/v1/arrivals", tags=["Events in"])
OfDoors = Annotated[Doors, Depends(doors)]


class ArrivalShown(BaseModel):
    """Something that was handed in."""

    event_id: str
    source: str
    source_id: str
    type: str
    subject: str | None
    status: Status
    attempts: int
    arrived_at: datetime
    next_at: datetime
    settled_at: datetime | None
    caller: str
    code: str | None = Field(description="Why it waits or was set aside, for programs.")
    reason: str | None = Field(description="The same, for people.")
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


@router.get("", operation_id="list_arrivals")
async def list_arrivals(
    caller: Administrator,
    doors: OfDoors,
    status: Annotated[Status | None, Query(description="Only of this status.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Arrivals:
    """List what was handed in: what waits and why, what was set aside and why, what was recorded."""
    async with doors.pool.acquire(timeout=doors.settings.tell_seconds) as conn:
        found = await arrivals.listed(conn, status, caller.within("admin"), limit)
    return Arrivals(arrivals=[_shown(one) for one in found])


@router.get("/{event_id}", operation_id="show_arrival")
async def show_arrival(event_id: Code, caller: Administrator, doors: OfDoors) -> ArrivalShown:
    """Show one arrival with what came, word for word."""
    return _shown(await _found(doors, caller, event_id))


@router.post("/{event_id}/replay", status_code=202, operation_id="replay_arrival")
async def replay_arrival(
    event_id: Code, caller: Administrator, doors: OfDoors, mended: Mended | None = None
) -> ArrivalShown:
    """Try an arrival again, as it is or mended. What came stays as it came. A recorded one is not tried again."""
    found = await _found(doors, caller, event_id)
    mended = mended or Mended()
    subject = mended.subject or found.subject
    caller.require("admin", subject)
    fact = None
    if mended.fact is not None:
        try:
            fact = ANY_FACT.validate_python(mended.fact | {"event_id": event_id})
        except ValidationError as wrong:
            raise invalid(wrong.errors(include_url=False, include_input=False)) from None
    async with doors.pool.acquire(timeout=doors.settings.tell_seconds) as conn:
        await audit.note(conn, now(), caller.id, "http", "replay an arrival", subject, event_id)
        if not await arrivals.replay(conn, event_id, now(), mended.subject, fact):
            raise Problem("conflict", "There is nothing to try: it is recorded, or has no fact and subject. Mend it.")
    doors.arrived.set()
    return _shown(await _found(doors, caller, event_id))


async def _found(doors: Doors, caller: Caller, event_id: str) -> ArrivalLine:
    async with doors.pool.acquire(timeout=doors.settings.tell_seconds) as conn:
        found = await arrivals.find(conn, event_id)
    if found is None or not caller.may("admin", found.subject or ""):
        raise Problem("unknown", f"Nothing was handed in as {event_id}.")
    return found


def _shown(line: ArrivalLine) -> ArrivalShown:
    return ArrivalShown.model_validate(line, from_attributes=True)
