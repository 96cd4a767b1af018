"""Every event type there is, with its JSON Schema and an example, made from the models."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field
from pydantic_core import to_json

from gateway.access.caller import Somebody
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.api.places import BookingOffered
from gateway.events import booking
from gateway.events.published import schema_of, source_of
from gateway.examples import example_of
from gateway.problems import Problem
from gateway.settings import EVENT_SOURCE
from operations.event_types import ASKS, CHANGES, PREFIX, Ask, type_of
from schemas.facts import Fact
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, KINDS, AnyKind

_TOLD_BY_THE_EVENT: Final = ("kind", "event_id")
_A_TIME: Final = "2027-10-04T10:00:00Z"
_RECORDED: Final = "2027-10-04T10:02:00Z"
_SCHEMA: Final = "application/schema+json"
_SHOWN: Final = {
    "schema": {"type": "object"},
    "examples": {"one": {"summary": "An example", "value": {"type": "object", "properties": {}}}},
}
_CHANGED: Final = {
    "phase": {"from": "pre_phase", "to": "action"},
    "health": {"from": "on_track", "to": "at_risk"},
    "ramp_step": {"from": "theme", "to": "global_aim"},
    "cohort_stage": {"from": "confirmed", "to": "in_teaching"},
    "course_stage": {"from": "open", "to": "closed"},
}
_OF_OTHERS: Final[dict[str, AnyKind]] = {"cohort_stage": COHORT, "course_stage": INTRO_COURSE}
"""What is a change of something else than an engagement."""

_ASK: Final = {
    "matter": "session",
    "window": "2027-10-11",
    "step": 1,
    "turn": "coach",
    "person": "per_3f2a",
    "since": "2027-10-11T10:00:00Z",
    "owed_by": "2027-10-12T10:00:00Z",
    "about": "2027-10-11",
}

router = APIRouter(tags=["Events"])


class EventType(BaseModel):
    """One type of event."""

    type: str
    summary: str = Field(description="What has happened.")
    subjects: tuple[str, ...] = Field(description="What its subject can be: `engagement`, `cohort`, `intro_course`.")
    taken_in: bool = Field(description="Whether `POST /events` takes it; all types are sent to subscribers.")
    data_schema: dict[str, Any] = Field(description="The JSON Schema of its data.")
    example: dict[str, Any] = Field(description="A whole event.")


class EventTypes(BaseModel):
    """All types."""

    types: list[EventType]


TypePath = Annotated[str, Path(max_length=200, description="A type's whole name.", examples=[type_of("session_held")])]


@router.get(
    "/v1/event-types",
    operation_id="list_event_types",
    summary="List every type of event",
    responses={200: {"description": "The types."}},
)
async def list_event_types(_: Somebody, context: Here) -> EventTypes:
    """Each with its JSON Schema and an example, for handing in and for what is published."""
    return EventTypes(types=list(catalogue(source_of(context.settings))))


@router.get(
    "/v1/event-types/{event_type}/schema",
    operation_id="show_event_schema",
    summary="The schema of a type of event",
    response_class=Response,
    responses={
        200: {"description": "A JSON Schema.", "content": {_SCHEMA: _SHOWN}},
        **failing("unknown", "invalid"),
    },
)
async def show_event_schema(event_type: TypePath) -> Response:
    """What `dataschema` of an event names: the JSON Schema of its data, for anybody."""
    found = next((known.data_schema for known in catalogue() if known.type == event_type), None)
    if found is None:
        raise Problem("unknown", "There is no such type of event. GET /v1/event-types lists them.")
    return Response(to_json(found), media_type=_SCHEMA)


@cache
def catalogue(source: str = EVENT_SOURCE) -> tuple[EventType, ...]:
    """Every type, made from the models, as this source publishes it."""
    told = (_of_a_fact(model, source) for model in dict.fromkeys(model for kind in KINDS for model in kind.models))
    return (*told, _of_a_booking(), *_of_changes(source), *_of_asks(source))


def example_event(model: type[Fact], source: str = EVENT_SOURCE) -> dict[str, Any]:
    """A whole event by which this kind of fact is told."""
    kind = str(model.model_fields["kind"].default)
    of = next(subject for subject in KINDS if model in subject.models)
    data = {name: value for name, value in example_of(kind).items() if name not in {*_TOLD_BY_THE_EVENT, "occurred_at"}}
    return _event(type_of(kind), data, of, source)


def _of_a_fact(model: type[Fact], source: str) -> EventType:
    kind = str(model.model_fields["kind"].default)
    of = tuple(subject for subject in KINDS if model in subject.models)
    return EventType(
        type=type_of(kind),
        summary=inspect.cleandoc(model.__doc__ or ""),
        subjects=tuple(subject.name for subject in of),
        taken_in=True,
        data_schema=_schema(model),
        example=example_event(model, source),
    )


def _of_a_booking() -> EventType:
    data = {
        "name": "Delegate Aster",
        "email": "delegate.aster@example.org",
        "organisation": "Example Trust",
        "delegate": "external",
        "needs": "step-free access",
    }
    return EventType(
        type=booking.TYPE,
        summary="Somebody wants a place on an Introduction course. Nothing of the data is kept with the event.",
        subjects=("intro_course",),
        taken_in=True,
        data_schema=BookingOffered.model_json_schema(),
        example=_event(booking.TYPE, data, INTRO_COURSE),
    )


def _schema(model: type[Fact]) -> dict[str, Any]:
    """The fact's schema, without what the event's own attributes say."""
    schema = model.model_json_schema()
    for name in _TOLD_BY_THE_EVENT:
        schema["properties"].pop(name)
    schema["required"] = [name for name in schema["required"] if name not in {*_TOLD_BY_THE_EVENT, "occurred_at"}]
    # What we publish has both; what is taken in need not.
    schema["properties"] |= {name: {"type": "string"} for name in _TOLD_BY_THE_EVENT}
    return schema


def _of_changes(source: str) -> list[EventType]:
    return [
        EventType(
            type=(name := f"{PREFIX}changed.{what}"),
            summary=inspect.cleandoc(model.__doc__ or ""),
            subjects=((of := _OF_OTHERS.get(what, ENGAGEMENT)).name,),
            taken_in=False,
            data_schema=model.model_json_schema(by_alias=True),
            example=_event(name, _CHANGED[what], of, source),
        )
        for what, model in CHANGES.items()
    ]


def _of_asks(source: str) -> list[EventType]:
    return [
        EventType(
            type=(name := f"{PREFIX}ask.{what}"),
            summary=said,
            subjects=(ENGAGEMENT.name, COHORT.name, INTRO_COURSE.name),
            taken_in=False,
            data_schema=Ask.model_json_schema(),
            example=_event(name, _ASK, ENGAGEMENT, source),
        )
        for what, said in ASKS.items()
    ]


def _event(event_type: str, data: dict[str, Any], of: AnyKind, source: str | None = None) -> dict[str, Any]:
    """An event as it is published, or, without a source, as somebody else would hand it in."""
    ours = {"dataschema": schema_of(source, event_type), "recordedtime": _RECORDED} if source else {}
    return {
        "specversion": "1.0",
        "type": event_type,
        "source": source or "urn:example:diary",
        "id": "diary-8841",
        "subject": of.example,
        "time": _A_TIME,
        "datacontenttype": "application/json",
        **ours,
        "data": data,
    }
