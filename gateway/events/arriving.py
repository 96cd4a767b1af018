"""CloudEvents in: structured, binary or a batch. Each is kept before it is answered, and told afterwards."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from coaching_client.handles import FactRefusedError
from gateway.access.caller import Teller
from gateway.api.bodies import strictly
from gateway.api.description import failing
from gateway.context import AppContext, context, now
from gateway.events import booking
from gateway.events.envelopes import Received, events_of, is_recordable
from gateway.events.offered import events_body
from gateway.events.published import source_of
from gateway.problems import Problem
from lifecycle.identity import full
from operations.callers import Caller, NotAllowedError
from operations.event_types import kind_of
from operations.intro_courses import forget_needs
from operations.telling import require_sayable
from records import arrivals, audit, ledger
from records.arrivals import Arrival
from records.database import Connection
from schemas.corrections import ANY_FACT, AnyFact, Correction
from schemas.intro_course_facts import PlaceRequested
from schemas.words import SCOPE, Code, EventId, Group

_DIFFERENT: Final = "different_content"
_NOT_ALLOWED: Final = "not_allowed"
_SUBJECT: Final = TypeAdapter(Code)
_OWN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,119}")

router = APIRouter(tags=["Events"])


class Became(BaseModel):
    """What became of one event."""

    source: str
    id: str
    event_id: str = Field(description="The fact's event id; `GET /v1/facts/{event_id}` says how it goes on.")
    status: Literal["waiting", "recorded", "set_aside", "different_content", "not_allowed"] = Field(
        description="`different_content`: its source and id came before with something else. `not_allowed`: the caller "
        "may not tell its subject anything, or, of an event without one, not tell everything. Neither was kept; the "
        "others were."
    )
    code: str | None = Field(default=None, description="Why it waits, or was set aside or refused, for programs.")
    reason: str | None = Field(default=None, description="The same, for people.")


class BecameOfAll(BaseModel):
    """What became of the events, in the order they came."""

    events: list[Became]


class _NoFactError(Exception):
    """The event tells no fact."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


@router.options(
    "/events",
    status_code=204,
    operation_id="allow_sender",
    summary="May events be sent here?",
    responses={204: {"description": "They may."}, **failing("malformed", "invalid")},
)
async def allow(
    webhook_request_origin: Annotated[
        str | None,
        Header(
            max_length=253,
            pattern=r"^[!-~]+$",
            description="Who wants to send, by a DNS name.",
            examples=["diary.example.org"],
        ),
    ] = None,
) -> Response:
    """The handshake of CloudEvents' web hooks. It opens nothing: whoever sends needs a key or a token all the same."""
    headers = {"Allow": "OPTIONS, POST"}
    if webhook_request_origin is not None:
        headers |= {"WebHook-Allowed-Origin": webhook_request_origin, "WebHook-Allowed-Rate": "*"}
    return Response(status_code=204, headers=headers)


@router.post(
    "/events",
    status_code=202,
    operation_id="take_events",
    summary="Take in CloudEvents",
    responses={202: {"description": "They are kept."}, **failing("conflict", "media-type", "invalid")},
    openapi_extra=events_body(),
)
async def take(request: Request, caller: Teller, context: Annotated[AppContext, Depends(context)]) -> BecameOfAll:
    """Take in CloudEvents 1.0. They are kept when this answers, and told to what they are about afterwards.

    The type says the fact, `subject` the engagement, cohort or Introduction course, `data` the fact's fields, `time`
    when it happened.
    `source` and `id` make an event one fact, however often it comes. What is not known or not possible yet waits; what
    never can be is set aside with its reason, at once where it happened before its subject began. Each event of a
    batch is answered by itself. 503: repeat the same.
    """
    received = events_of(request.headers, await request.body())
    # The order in a request is that in which its events of one subject are told.
    moments = (now() + timedelta(microseconds=number) for number in range(len(received)))
    ours = source_of(context.settings)
    arriving = [await _arriving(context, event, caller, ours, at) for event, at in zip(received, moments, strict=False)]
    async with context.connection() as conn, conn.transaction():
        became = await _kept(conn, caller, arriving)
    await _forgotten(context, arriving, became)
    context.arrived.set()
    if len(became) == 1:
        _raise_refused(became[0], caller, arriving[0])
    return BecameOfAll(events=became)


async def _kept(conn: Connection, caller: Caller, arriving: Iterable[Arrival]) -> list[Became]:
    became: dict[int, Became] = {}
    # In one order, whatever order they came in: else two batches could wait for each other.
    for number, arrival in sorted(enumerate(arriving), key=lambda numbered: numbered[1].event_id):
        try:
            _require(caller, arrival)
        except NotAllowedError as refused:
            became[number] = _refused(arrival, _NOT_ALLOWED, f"{refused}")
            continue
        await audit.note(
            conn, arrival.arrived_at, caller.id, "events", "keep an event", arrival.subject, arrival.event_id
        )
        kept = await arrivals.keep(conn, await _as_it_fits(conn, arrival))
        if not kept.same:
            reason = "An event of this source and id came before with other content. Nothing was changed."
            became[number] = _refused(replace(arrival, event_id=kept.event_id), _DIFFERENT, reason)
            continue
        became[number] = Became(source=arrival.source, id=arrival.source_id, event_id=kept.event_id, status=kept.status,
                                code=kept.code, reason=kept.reason)  # fmt: skip
    return [became[number] for number in sorted(became)]


async def _as_it_fits(conn: Connection, arrival: Arrival) -> Arrival:
    """Set aside at once what happened before its subject began: no waiting changes that. Bookings go by their order."""
    fact = arrival.fact
    if fact is None or arrival.subject is None or isinstance(fact, Correction | PlaceRequested):
        return arrival
    began = await ledger.began(conn, arrival.subject)
    if began is None or fact.occurred_at >= began:
        return arrival
    reason = (
        f"It happened at {fact.occurred_at:%Y-%m-%dT%H:%M:%SZ}, before {arrival.subject} began at "
        f"{began:%Y-%m-%dT%H:%M:%SZ}: it can never be recorded there. If time or subject is wrong, replay it mended."
    )
    return replace(arrival, code="before_the_beginning", reason=reason)


async def _forgotten(context: AppContext, arriving: Iterable[Arrival], became: Iterable[Became]) -> None:
    """What somebody needs whose booking was not kept is not kept either."""
    for arrival, kept in zip(arriving, became, strict=True):
        if kept.status == _DIFFERENT and isinstance(arrival.fact, PlaceRequested):
            async with context.connection() as conn:
                await forget_needs(conn, arrival.fact)


def _refused(arrival: Arrival, code: Literal["different_content", "not_allowed"], reason: str) -> Became:
    return Became(
        source=arrival.source, id=arrival.source_id, event_id=arrival.event_id, status=code, code=code, reason=reason
    )


def _raise_refused(became: Became, caller: Caller, arrival: Arrival) -> None:
    """An event that is alone is refused as any call is."""
    if became.status == _DIFFERENT:
        raise Problem("conflict", became.reason or "", extra={"code": _DIFFERENT, "when": "never"})
    if became.status == _NOT_ALLOWED:
        _require(caller, arrival)


def _require(caller: Caller, arrival: Arrival) -> None:
    """Raises NotAllowedError for what its caller may not tell; what tells nothing takes a grant for its place."""
    subject = arrival.subject or ""
    if arrival.type == booking.TYPE:
        caller.require(Group.BOOKINGS, subject)
    elif arrival.fact is not None:
        caller.require_telling(subject, arrival.fact)
    else:
        caller.require_some_telling(subject)


async def _arriving(context: AppContext, event: Received, caller: Caller, ours: str, at: datetime) -> Arrival:
    arrival = _arrival(event, await _event_id(context, event, caller, ours), caller, at)
    if event.get_type() != booking.TYPE:
        return arrival
    if not caller.may(Group.BOOKINGS, arrival.subject or ""):
        return replace(arrival, received={})
    return await booking.admitted(context, event, arrival, now())


def _arrival(event: Received, event_id: EventId, caller: Caller, at: datetime) -> Arrival:
    subject = _subject(event)
    fact, code, reason = None, None, None
    try:
        fact = _fact(event, event_id, subject)
        if subject is not None and caller.may_tell(subject):
            require_sayable(caller, subject, fact)
    except FactRefusedError as no:
        fact, code, reason = None, no.refusal.code, no.refusal.reason
    except _NoFactError as error:
        code, reason = error.code, error.reason
    return Arrival(
        event_id=event_id,
        source=event.get_source(),
        source_id=event.get_id(),
        type=event.get_type(),
        subject=subject,
        fact=fact,
        received=event.as_it_came(),
        caller=caller.id,
        grants=caller.written_grants,
        arrived_at=at,
        code=code,
        reason=reason,
    )


def _fact(event: Received, event_id: str, subject: str | None) -> AnyFact:
    kind, data = kind_of(event.get_type()), event.read_data()
    if kind is None:
        raise _NoFactError("unknown_type", "Its type is none that can be told. See GET /v1/event-types.")
    if subject is None:
        raise _NoFactError("no_subject", "Its subject is no id of an engagement, cohort or course, or is missing.")
    if not isinstance(data, dict):
        raise _NoFactError("no_data", "Its data is no JSON object with the fields of the fact.")
    if not is_recordable(data):
        raise _NoFactError("invalid", "data: holds a number or a character that cannot be recorded")
    if data.get("kind", kind) != kind:
        raise _NoFactError("invalid", f"data.kind: is not what the type says: {kind}")
    said = {"occurred_at": event.get_time()} if event.timed else {}
    try:
        return strictly(ANY_FACT, said | data | {"kind": kind, "event_id": event_id}, "data")
    except Problem as wrong:
        faults = "; ".join(f"{arrival['where']}: {arrival['problem']}" for arrival in wrong.extra["faults"])
        raise _NoFactError("invalid", faults) from None


def _subject(event: Received) -> str | None:
    try:
        return _SUBJECT.validate_python(event.get_subject())
    except ValidationError:
        return None


async def _event_id(context: AppContext, event: Received, caller: Caller, ours: str) -> EventId:
    """A fact of ours that comes back has its own id. All others have one of the caller's, by source and id."""
    source, number, subject = event.get_source(), event.get_id(), event.get_subject() or ""
    if source == ours:
        async with context.connection() as conn:
            if caller.may_tell(subject) and await ledger.holds(conn, subject, [number]):
                return number
        own = full(caller.scope, number)
        if _OWN.fullmatch(own.partition(SCOPE)[2]):
            return own
    return full(caller.scope, f"ce-{hashlib.sha256(f'{source} {number}'.encode()).hexdigest()[:32]}")
