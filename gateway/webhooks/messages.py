"""What a subscriber is sent: an event as a CloudEvent in structured mode, made by the official SDK. Ids only."""

from __future__ import annotations

from cloudevents.core.bindings.http import HTTPMessage, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from gateway.events.published import attributes
from records.deliveries import Claimed


def cloud_event(source: str, claimed: Claimed) -> HTTPMessage:
    """Body and content type of an event on its way."""
    said = attributes(
        source,
        id=claimed.id,
        type=claimed.type,
        subject=claimed.subject,
        occurred_at=claimed.occurred_at,
        recorded_at=claimed.recorded_at,
    )
    # Of an extension the SDK writes what it is given.
    said["recordedtime"] = claimed.recorded_at.isoformat().replace("+00:00", "Z")
    return to_structured_event(CloudEvent(said, claimed.data))
