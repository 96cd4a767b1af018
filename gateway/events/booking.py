"""A booking that comes as an event: the person goes to the records, and nothing personal is kept with the event."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from gateway.api.bodies import strictly
from gateway.api.places import BookingOffered
from gateway.doors import Doors
from gateway.events.envelopes import Received
from gateway.events.types import PREFIX
from gateway.problems import Problem
from records.arrivals import Arrival
from schemas.facts import Teller
from schemas.words import Role
from worker.intro_courses import Wanted, requested

TYPE: Final = f"{PREFIX}booking.requested"
"""Asks for a place on the Introduction course that is the event's subject. Its ``time`` is when it was asked for."""

_OFFERED: Final = TypeAdapter(BookingOffered)


async def admitted(doors: Doors, event: Received, arrival: Arrival, at: datetime) -> Arrival:
    """The arrival of a booking: with the fact that tells it by an id, or with what is wrong, by field alone."""
    kept = replace(arrival, received=arrival.received | {"data": _WITHHELD}, fact=None)
    data = event.read_data()
    if arrival.subject is None or not event.timed or not isinstance(data, dict):
        return replace(
            kept, code="invalid", reason="It needs the course as its subject, a time, and a booking as data."
        )
    try:
        offered = strictly(_OFFERED, data, "data")
    except Problem as wrong:
        faults = "; ".join(f"{one['where']}: {one['problem']}" for one in wrong.extra["faults"])
        return replace(kept, code="invalid", reason=faults)
    wanted = Wanted(offered.name, offered.email, offered.organisation, offered.delegate, offered.needs)
    teller = Teller(role=Role.SERVICE)
    fact = await requested(doors.pool, arrival.subject, wanted, event_id=arrival.event_id, at=at, told_by=teller)
    asked_at = event.get_time()
    return replace(
        kept, fact=fact.model_validate(fact.model_dump() | {"occurred_at": asked_at}), code=None, reason=None
    )


_WITHHELD: Final = {"withheld": "A booking's data is personal: it is not kept with the event."}
_NEEDS: Final = "It needs the course as its subject, a time, and a booking as data."
