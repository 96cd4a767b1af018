"""Every event type there is, with its JSON Schema and an example, made from the models."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gateway.access.caller import Somebody
from gateway.api.places import BookingOffered
from gateway.events import booking
from gateway.examples import example_of
from gateway.settings import EVENT_SOURCE
from operations.event_types import CHANGES, PREFIX, type_of
from schemas.facts import Fact
from schemas.subjects import ENGAGEMENT, INTRO_COURSE, KINDS, AnyKind

_TOLD_BY_THE_EVENT: Final = ("kind", "event_id")
_A_TIME: Final = "2027-10-04T10:00:00Z"
_CHANGED: Final = {
    "phase": {"from": "pre_phase", "to": "action"},
    "health": {"from": "on_track", "to": "at_risk"},
    "ramp_step": {"from": "theme", "to": "global_aim"},
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


@router.get(
    "/v1/event-types",
    operation_id="list_event_types",
    summary="List every type of event",
    responses={200: {"description": "The types."}},
)
async def list_event_types(_: Somebody) -> EventTypes:
    """Each with its JSON Schema and an example, for handing in and for what is published."""
    return EventTypes(types=list(catalogue()))


@cache
def catalogue() -> tuple[EventType, ...]:
    """Every type, made from the models."""
    told = (_of_a_fact(model) for model in dict.fromkeys(model for kind in KINDS for model in kind.models))
    return (*told, _of_a_booking(), *_of_changes())


def _of_a_fact(model: type[Fact]) -> EventType:
    kind = str(model.model_fields["kind"].default)
    of = tuple(subject for subject in KINDS if model in subject.models)
    data = {name: value for name, value in example_of(kind).items() if name not in {*_TOLD_BY_THE_EVENT, "occurred_at"}}
    return EventType(
        type=type_of(kind),
        summary=inspect.cleandoc(model.__doc__ or ""),
        subjects=tuple(subject.name for subject in of),
        taken_in=True,
        data_schema=_schema(model),
        example=_event(type_of(kind), data, of[0]),
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


def _of_changes() -> list[EventType]:
    return [
        EventType(
            type=(name := f"{PREFIX}changed.{what}"),
            summary=inspect.cleandoc(model.__doc__ or ""),
            subjects=("engagement",),
            taken_in=False,
            data_schema=model.model_json_schema(by_alias=True),
            example=_event(name, _CHANGED[what], ENGAGEMENT),
        )
        for what, model in CHANGES.items()
    ]


def _event(event_type: str, data: dict[str, Any], of: AnyKind) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": event_type,
        "source": EVENT_SOURCE,
        "id": "diary-8841",
        "subject": of.example,
        "time": _A_TIME,
        "datacontenttype": "application/json",
        "data": data,
    }
