"""Reading what was posted as CloudEvents 1.0: structured, binary or a batch; with the official SDK, and no laxer."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NoReturn

from cloudevents.core.bindings.http import CE_PREFIX, HTTPMessage, from_binary
from cloudevents.core.exceptions import BaseCloudEventException, CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic_core import from_json, to_json

from gateway.problems import Problem

STRUCTURED: Final = JSONFormat.CONTENT_TYPE
BATCH: Final = "application/cloudevents-batch+json"
MOST_IN_A_BATCH: Final = 500
LONGEST_NAME: Final = 300
"""Characters of ``source`` and of ``id``, which together name an event: an index holds them."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NAME: Final = re.compile(r"[a-z0-9_]{1,40}")
_FORMAT: Final = JSONFormat()


class NoEventError(ValueError):
    """This is no CloudEvent. The message says which attribute to look at, never what it holds."""


class Received(CloudEvent):
    """An event as it came: nothing that is missing is made up."""

    def __init__(self, attributes: dict[str, Any], data: dict[str, Any] | str | bytes | None = None) -> None:
        for name in ("specversion", "id"):
            if name not in attributes:
                raise NoEventError(name)
        self.timed = "time" in attributes
        super().__init__(attributes, data)
        for name, value in self.get_attributes().items():
            if not _is_attribute(value) or (name in {"id", "source"} and len(value) > LONGEST_NAME):
                raise NoEventError(name)

    def read_data(self) -> Any:  # noqa: ANN401 - any JSON
        """The data: JSON also where it came as bytes."""
        data = self.get_data()
        return _FORMAT.read_data(data, self.get_datacontenttype()) if isinstance(data, bytes) else data

    def as_it_came(self) -> dict[str, Any]:
        """The event as JSON that a database can hold."""
        attributes = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in self.get_attributes().items()
            if name != "time" or self.timed
        }
        data = self.read_data()
        if isinstance(data, bytes):
            return attributes | {"data_base64": base64.b64encode(data).decode()}
        return attributes | {"data": data if is_recordable(data) else json.dumps(data)}


def is_recordable(data: object) -> bool:
    """Whether a database holds it as it is. It holds no NUL, no half of a character, no infinity, nothing too deep."""
    try:
        text = to_json({"data": data})
        from_json(text, allow_inf_nan=False)
    except (ValueError, RecursionError):
        return False
    return b"\\u0000" not in text


def events_of(headers: Mapping[str, str], body: bytes) -> list[Received]:
    """The events of a request. Raises Problem: of a request that is not wholly events nothing is taken."""
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if media == BATCH:
            return _batch(_json(body))
        if media == STRUCTURED:
            return [_structured(_json(body))]
        if any(name.lower().startswith(CE_PREFIX) for name in headers):
            return [_received(from_binary(HTTPMessage(headers=dict(headers), body=body), _FORMAT, Received))]
    except NoEventError as error:
        where = str(error)
    except CloudEventValidationError as error:
        where = ", ".join(sorted(name if _NAME.fullmatch(name) else "the attributes' names" for name in error.errors))
    except (BaseCloudEventException, ValueError, TypeError, AttributeError, RecursionError):
        where = "the body and its time"
    else:
        raise Problem("media-type", f"Send {STRUCTURED}, {BATCH}, or an event in binary mode, with ce- headers.")
    raise Problem("malformed", f"This is no CloudEvent 1.0 that can be kept. Nothing was taken. Look at {where}.")


def _json(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(body.decode(), parse_constant=_no_number)


def _no_number(_: str) -> NoReturn:
    raise NoEventError("the data: JSON has no such number")


def _batch(listed: object) -> list[Received]:
    if not isinstance(listed, list) or not listed:
        raise Problem("malformed", "A batch is a JSON array with at least one event.")
    if len(listed) > MOST_IN_A_BATCH:
        raise Problem("invalid", f"Nothing was taken: at most {MOST_IN_A_BATCH} events in one batch.")
    return [_structured(event) for event in listed]


def _structured(said: object) -> Received:
    if not isinstance(said, dict):
        raise NoEventError("the body: an event is an object")
    # As the specification says: an attribute that is null is not there.
    present = {name: value for name, value in said.items() if value is not None}
    if "data_base64" in present:
        base64.b64decode(present["data_base64"], validate=True)
    return _received(_FORMAT.read(Received, json.dumps(present)))


def _received(event: object) -> Received:
    if not isinstance(event, Received):
        raise TypeError
    return event


def _is_attribute(value: object) -> bool:
    return isinstance(value, int | datetime) or (isinstance(value, str) and not _CONTROL.search(value))
