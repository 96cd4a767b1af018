"""How events are described where they are handed in."""

from __future__ import annotations

from typing import Any, Final

from gateway.events.catalogue import example_event
from gateway.events.envelopes import BATCH, LONGEST_NAME, MOST_IN_A_BATCH, STRUCTURED
from schemas.engagement_facts import SessionHeld

_TEXT: Final = {"type": "string", "minLength": 1, "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$"}
_NAME: Final = {**_TEXT, "maxLength": LONGEST_NAME}
_OR_NOTHING: Final = ["string", "null"]
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {**_NAME, "description": "With `source`, names the event."},
        "source": {**_NAME, "description": "Who says so, as a URI."},
        "type": {**_TEXT, "description": "One of `GET /v1/event-types`."},
        "subject": {**_TEXT, "type": _OR_NOTHING, "description": "The id of the engagement, cohort or course."},
        "time": {"type": _OR_NOTHING, "format": "date-time", "description": "When it happened."},
        "datacontenttype": {
            "type": _OR_NOTHING,
            "description": "`application/json`, which is meant where it is missing.",
        },
        "data": {"description": "The fact's fields, as an object. Anything else is kept, and set aside."},
    },
    "patternProperties": {"^[a-z0-9]{1,20}$": {"type": ["string", "integer", "boolean", "object", "null"]}},
    "additionalProperties": False,
}
_HEADERS: Final = {
    "ce-specversion": "`1.0`",
    "ce-id": "With the source, names the event.",
    "ce-source": "Who says so, as a URI.",
    "ce-type": "One of `GET /v1/event-types`.",
    "ce-subject": "The id of the engagement, cohort or course.",
    "ce-time": "When it happened.",
}


def _one(value: object) -> dict[str, Any]:
    return {"one": {"value": value}}


def events_body() -> dict[str, Any]:
    """The request of handing events in, in each of the three modes, for an operation's ``openapi_extra``."""
    example = example_event(SessionHeld)
    parameters = [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": f"In binary mode: {said}",
            "schema": {"type": "string"},
        }
        for name, said in _HEADERS.items()
    ]
    content = {
        STRUCTURED: {"schema": _EVENT, "examples": _one(example)},
        BATCH: {
            "schema": {"type": "array", "minItems": 1, "maxItems": MOST_IN_A_BATCH, "items": _EVENT},
            "examples": _one([example]),
        },
        "application/json": {
            "schema": {"type": "object", "description": "In binary mode: the data alone; the rest is in the headers."},
            "examples": _one(example["data"]),
        },
    }
    described = {"required": True, "description": "One event, or a batch of them.", "content": content}
    return {"parameters": parameters, "requestBody": described}
