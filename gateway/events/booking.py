"""A booking that comes as an event: the person goes to the records, and nothing personal is kept with the event."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from gateway.api.bodies import strictly
from gateway.api.places import BookingOffered
from gateway.context import AppContext
from gateway.events.envelopes import Received
from gateway.problems import Problem
from operations.event_types import PREFIX
from operations.intro_courses import Wanted, requested
from operations.who_is_meant import WhoIsMeantError
from records.arrivals import Arrival
from schemas.facts import Teller
from schemas.words import PersonId, Role

TYPE: Final = f"{PREFIX}booking.requested"
"""Asks for a place on the Introduction course that is the event's subject. Its ``time`` is when it was asked for."""

_OFFERED: Final = TypeAdapter(BookingOffered)


_ENVELOPE: Final = ("specversion", "type", "source", "id", "time")
_WITHHELD: Final = "A booking's data is personal: it is not kept with the event."
_NEEDED: Final = "It needs the course as its subject, a time, and a booking as its data."


async def admitted(context: AppContext, event: Received, arrival: Arrival, at: datetime) -> Arrival:
    """The arrival of a booking: with the fact that tells it by an id, or with what is wrong, by field alone.

    Of the event no more is kept than names it, and the id of who wants the place: so another booking under the same
    source and id is seen to be another.
    """
    kept = replace(arrival, received=_nameless(event, arrival), fact=None, code="invalid")
    data = event.read_data()
    if arrival.subject is None or not event.timed or not isinstance(data, dict):
        return replace(kept, reason=_NEEDED)
    try:
        offered = strictly(_OFFERED, data, "data")
    except Problem as wrong:
        return replace(
            kept, reason="; ".join(f"{fault['where']}: {fault['problem']}" for fault in wrong.extra["faults"])
        )
    wanted = Wanted(offered.name, offered.email, offered.organisation, offered.delegate, offered.needs, offered.person)
    teller = Teller(role=Role.SERVICE)
    try:
        fact = await requested(context.pool, arrival.subject, wanted, event_id=arrival.event_id, at=at, told_by=teller)
    except WhoIsMeantError as unclear:
        return replace(kept, reason=f"{unclear}.")
    asked = fact.model_validate(fact.model_dump() | {"occurred_at": event.get_time()})
    return replace(kept, received=kept.received | {"data": _data(fact.person)}, fact=asked, code=None)


def _nameless(event: Received, arrival: Arrival) -> dict[str, Any]:
    came = event.as_it_came()
    named = {name: came[name] for name in _ENVELOPE if name in came}
    return named | ({"subject": arrival.subject} if arrival.subject else {}) | {"data": _data()}


def _data(person: PersonId | None = None) -> dict[str, str]:
    return {"withheld": _WITHHELD} | ({"person": person} if person else {})
