"""What a subscriber is sent: an event as a CloudEvent in structured mode, made by the official SDK. Ids only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cloudevents.core.bindings.http import HTTPMessage, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from operations.event_types import PREFIX


def cloud_event(*, source: str, id: str, type: str, subject: str, time: datetime, data: dict[str, Any]) -> HTTPMessage:  # noqa: A002 - CloudEvents' own names
    """Body and content type of an event; ``type`` as it is recorded, without our prefix."""
    attributes = {
        "source": source,
        "id": id,
        "type": f"{PREFIX}{type}",
        "subject": subject,
        "time": time,
        "datacontenttype": "application/json",
    }
    return to_structured_event(CloudEvent(attributes, data))
