"""What is sent to subscribers, described by the standards: OpenAPI's webhooks, and an AsyncAPI document."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any, Final

from gateway.api.description import CONTACT, LICENCE
from gateway.api.standards import strictly_3_1
from gateway.events.catalogue import EventType, catalogue
from gateway.events.envelopes import STRUCTURED
from operations.event_types import CHANGES, PREFIX, TYPES, type_of

ASYNCAPI: Final = "3.1.0"

_SIGNED: Final = {
    "webhook-id": "The event's id: a repeat has the same.",
    "webhook-timestamp": "When it was sent, in seconds since 1970.",
    "webhook-signature": "As Standard Webhooks says: verify it with your secret before you believe the rest.",
}
_ATTRIBUTES: Final[dict[str, dict[str, Any]]] = {
    "specversion": {"type": "string", "const": "1.0"},
    "id": {"type": "string", "minLength": 1},
    "source": {"type": "string", "format": "uri-reference"},
    "type": {"type": "string"},
    "subject": {"type": "string", "description": "The id of the engagement, cohort, course, academy or person."},
    "time": {"type": "string", "format": "date-time", "description": "When it happened."},
    "recordedtime": {"type": "string", "format": "date-time", "description": "When it was recorded here."},
    "dataschema": {"type": "string", "description": "Where the JSON Schema of its data is."},
    "datacontenttype": {"type": "string", "const": "application/json"},
    "data": {"type": "object"},
}
_OPTIONAL: Final = {"dataschema"}


def published(source: str) -> tuple[EventType, ...]:
    """The types that are published, as this source does."""
    return tuple(known for known in catalogue(source) if known.type.removeprefix(PREFIX) in TYPES)


def webhooks(source: str) -> dict[str, Any]:
    """The webhook that each event of a subscription is posted to, for the OpenAPI document."""
    shown = {type_of("session_held"), *(f"{PREFIX}changed.{what}" for what in CHANGES)}
    examples = {
        known.type.removeprefix(PREFIX): {"summary": known.summary.partition("\n")[0], "value": known.example}
        for known in published(source)
        if known.type in shown
    }
    headers = [
        {
            "name": name,
            "in": "header",
            "required": True,
            "description": said,
            "schema": {"type": "string"},
        }
        for name, said in _SIGNED.items()
    ]
    post = {
        "operationId": "event",
        "tags": ["Subscriptions"],
        "summary": "An event is sent to you",
        "description": "Every event of a subscription, those of one subject in order. The types, each with its schema, "
        "are those of `GET /v1/event-types`, and of `/asyncapi.json`.",
        "security": [],
        "parameters": headers,
        "requestBody": {
            "required": True,
            "content": {STRUCTURED: {"schema": _envelope(), "examples": examples}},
        },
        "responses": {
            "204": {"description": "You have it. Any 2xx says so."},
            "410": {"description": "You want no more: the subscription ends."},
            "503": {"description": "Not now: it is sent again, not before `Retry-After`."},
        },
    }
    return {"event": {"post": post}}


@cache
def asyncapi(source: str, address: str | None) -> dict[str, Any]:
    """The AsyncAPI document: one channel, and a message for each type that is published."""
    schemas: dict[str, Any] = {}
    messages = {known.type.removeprefix(PREFIX): _message(known, schemas) for known in published(source)}
    document: dict[str, Any] = {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Coaching lifecycle engine: events",
            "version": "1",
            "description": "What is sent to subscribers, and read from `GET /v1/events`: ids, codes, numbers and dates "
            "only. How to subscribe is in the OpenAPI document.",
            "contact": CONTACT,
            "license": {"name": LICENCE["name"]},
        },
        "defaultContentType": STRUCTURED,
        "channels": {
            "events": {
                "address": None,
                "title": "Events to a subscriber",
                "description": "The URL that a subscription names.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {
            "send": {
                "action": "send",
                "title": "Send an event",
                "summary": "By a signed webhook, in order for each subject, at least once.",
                "channel": {"$ref": "#/channels/events"},
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            }
        },
        "components": {"messages": messages, "schemas": schemas},
    }
    if address:
        document["externalDocs"] = {"url": f"{address}/openapi.json", "description": "How to subscribe."}
        document["info"]["externalDocs"] = document.pop("externalDocs")
    strictly_3_1(document)
    return document


def _message(known: EventType, schemas: dict[str, Any]) -> dict[str, Any]:
    """A message, whose schema stands among ``schemas`` with those it refers to."""
    name = known.type.removeprefix(PREFIX)
    data = deepcopy(known.data_schema)
    for inner, schema in data.pop("$defs", {}).items():
        schemas.setdefault(inner, _moved(schema))
    schemas[name] = _moved(data)
    envelope = _envelope()
    envelope["properties"] |= {
        "type": {"type": "string", "const": known.type},
        "data": {"$ref": f"#/components/schemas/{name}"},
    }
    headers = {name: {"type": "string", "description": said} for name, said in _SIGNED.items()}
    return {
        "name": known.type,
        "title": known.summary.partition("\n")[0],
        "summary": known.summary,
        "contentType": STRUCTURED,
        "headers": {"type": "object", "properties": headers, "required": list(headers)},
        "payload": envelope,
        "examples": [{"payload": known.example}],
    }


def _envelope() -> dict[str, Any]:
    required = [name for name in _ATTRIBUTES if name not in _OPTIONAL]
    return {"type": "object", "required": required, "properties": deepcopy(_ATTRIBUTES)}


def _moved(part: Any) -> Any:  # noqa: ANN401 - any JSON
    """A schema, whose references lead to the components of the document."""
    if isinstance(part, dict):
        # AsyncAPI's discriminator is another one than OpenAPI's; the kinds are constants, which tell as much.
        return {
            name: inner.replace("#/$defs/", "#/components/schemas/")
            if isinstance(inner, str) and inner.startswith("#/$defs/")
            else _moved(inner)
            for name, inner in part.items()
            if name != "discriminator"
        }
    return [_moved(inner) for inner in part] if isinstance(part, list) else part
