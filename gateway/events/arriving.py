"""CloudEvents in: structured, binary or a batch. Each is kept before it is answered, and told afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import CE_PREFIX, HTTPMessage, from_binary
from cloudevents.core.exceptions import BaseCloudEventException, MissingRequiredAttributeError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, ValidationError

from gateway.access.caller import Teller
from gateway.doors import Doors, doors, now
from gateway.events.types import ANY_FACT, kind_of
from gateway.problems import Problem
from gateway.settings import EVENT_SOURCE
from records import arrivals, audit
from records.arrivals import Arrival, Kept
from schemas.recording import AnyFact

STRUCTURED: Final = JSONFormat.CONTENT_TYPE
BATCH: Final = "application/cloudevents-batch+json"
_MOST_IN_A_BATCH: Final = 500

router = APIRouter(tags=["Events in"])


class Became(BaseModel):
    """What became of one event."""

    source: str
    id: str
    event_id: str = Field(description="The fact's event id; `GET /v1/facts/{event_id}` says how it goes on.")
    status: str = Field(
        description="`waiting`, `recorded`, `set_aside`, or `different_content`: its id was used before."
    )
    code: str | None = None
    reason: str | None = None


class BecameOfAll(BaseModel):
    """What became of the events, in the order they came."""

    events: list[Became]


class NoEventError(Exception):
    """This is no CloudEvent. The message says what is missing."""


class _Received(CloudEvent):
    """An event as it came: nothing that is missing is made up."""

    def __init__(self, attributes: dict[str, Any], data: dict[str, Any] | str | bytes | None = None) -> None:
        for name in ("specversion", "id"):
            if name not in attributes:
                raise MissingRequiredAttributeError(name)
        self.timed = "time" in attributes
        super().__init__(attributes, data)


@dataclass(frozen=True, slots=True)
class _Fact:
    """The fact an event tells, or why it tells none."""

    fact: AnyFact | None
    code: str | None = None
    reason: str | None = None


@router.post("/events", status_code=202, operation_id="take_events")
async def take(request: Request, caller: Teller, doors: Annotated[Doors, Depends(doors)]) -> BecameOfAll:
    """Take in CloudEvents 1.0. They are kept when this answers, and told to their engagement or cohort afterwards.

    The type says the fact, `subject` the engagement or cohort, `data` the fact's fields, `time` when it happened.
    `source` and `id` make an event one fact. What is not known or not possible yet waits; what never can be is set
    aside with its reason.
    """
    received = _events(request.headers, await request.body())
    arriving = [_arrival(event, caller.id, doors.settings.public_url or EVENT_SOURCE) for event in received]
    for one in arriving:
        caller.require("tell", one.subject or "")
    became = []
    async with doors.pool.acquire(timeout=doors.settings.tell_seconds) as conn, conn.transaction():
        for one in arriving:
            await audit.note(conn, now(), caller.id, "events", f"tell {one.type}"[:200], one.subject, one.event_id)
            became.append(_became(one, await arrivals.keep(conn, one)))
    doors.arrived.set()
    if len(became) == 1 and became[0].status == _DIFFERENT:
        raise Problem("conflict", became[0].reason or "", extra={"code": _DIFFERENT})
    return BecameOfAll(events=became)


_DIFFERENT: Final = "different_content"


def _became(arrival: Arrival, kept: Kept) -> Became:
    if not kept.same:
        reason = "An event of this source and id came before with other content. Nothing was changed."
        return Became(source=arrival.source, id=arrival.source_id, event_id=kept.event_id, status=_DIFFERENT,
                      code=_DIFFERENT, reason=reason)  # fmt: skip
    return Became(
        source=arrival.source,
        id=arrival.source_id,
        event_id=kept.event_id,
        status=kept.status,
        code=kept.code,
        reason=kept.reason,
    )


def _events(headers: Mapping[str, str], body: bytes) -> list[_Received]:
    """The events of a request. Raises Problem: nothing is taken of a request that is not wholly events."""
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    binary = any(name.lower().startswith(CE_PREFIX) for name in headers)
    try:
        if media == BATCH:
            return _batch(body)
        if media == STRUCTURED:
            return [_strict(JSONFormat().read(_Received, body))]
        if binary:
            return [_strict(from_binary(HTTPMessage(headers=dict(headers), body=body), JSONFormat(), _Received))]
    except (BaseCloudEventException, ValueError, TypeError, AttributeError, KeyError) as error:
        named = sorted(getattr(error, "errors", {})) or [getattr(error, "attribute_name", "the body")]
        raise Problem("malformed", f"This is no CloudEvent 1.0: look at {', '.join(map(str, named))}.") from None
    raise Problem("media-type", f"Send {STRUCTURED}, {BATCH}, or an event in binary mode, with ce- headers.")


def _batch(body: bytes) -> list[_Received]:
    listed = json.loads(body)
    if not isinstance(listed, list) or not listed:
        raise Problem("malformed", "A batch is a JSON array with at least one event.")
    if len(listed) > _MOST_IN_A_BATCH:
        raise Problem("too-large", f"At most {_MOST_IN_A_BATCH} events in one batch.")
    return [_strict(JSONFormat().read(_Received, json.dumps(one))) for one in listed]


def _strict(event: BaseCloudEvent) -> _Received:
    if not isinstance(event, _Received) or event.get_specversion() != "1.0":
        raise ValueError
    return event


def _arrival(event: _Received, caller: str, ours: str) -> Arrival:
    event_id = event.get_id() if event.get_source() == ours else _event_id(event.get_source(), event.get_id())
    told = _told(event, event_id)
    subject = event.get_subject()
    attributes = {name: _as_text(value) for name, value in event.get_attributes().items()}
    if not event.timed:
        attributes.pop("time")
    data = event.get_data()
    return Arrival(
        event_id=event_id,
        source=event.get_source(),
        source_id=event.get_id(),
        type=event.get_type(),
        subject=subject,
        fact=told.fact,
        received=attributes | {"data": data.decode(errors="replace") if isinstance(data, bytes) else data},
        caller=caller,
        arrived_at=now(),
        code=told.code or (None if subject else "no_subject"),
        reason=told.reason or (None if subject else "The event has no subject: the engagement or cohort it is about."),
    )


def _told(event: _Received, event_id: str) -> _Fact:
    kind, data = kind_of(event.get_type()), event.get_data()
    if kind is None:
        return _Fact(None, "unknown_type", f"{event.get_type()} is no type that can be told. See GET /v1/event-types.")
    if not isinstance(data, dict):
        return _Fact(None, "no_data", "The event's data is no JSON object with the fields of the fact.")
    said: dict[str, Any] = {"occurred_at": event.get_time() if event.timed else None}
    said |= {name: value for name, value in data.items() if name not in {"kind", "event_id"}}
    try:
        return _Fact(ANY_FACT.validate_python(said | {"kind": kind, "event_id": event_id}))
    except ValidationError as wrong:
        faults = [
            f"{'.'.join(str(part) for part in one['loc'][1:]) or 'data'}: {one['msg']}"
            for one in wrong.errors(include_url=False, include_input=False)
        ]
        return _Fact(None, "invalid", "; ".join(faults))


def _event_id(source: str, number: str) -> str:
    return f"ce-{hashlib.sha256(f'{source} {number}'.encode()).hexdigest()[:32]}"


def _as_text(value: Any) -> Any:  # noqa: ANN401 - an attribute may be text, a number or a time
    return value.isoformat() if isinstance(value, datetime) else value
