"""What we say of an event of ours: CloudEvents' attributes, the same in the feed, in webhooks and in the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway.settings import EVENT_SOURCE, GatewaySettings
from operations.event_types import PREFIX, TYPES


def source_of(settings: GatewaySettings) -> str:
    """The source of what this installation publishes: its public address, if it has one."""
    return settings.public_url or EVENT_SOURCE


def schema_of(source: str, event_type: str) -> str:
    """Where the JSON Schema of a type's data is; a name of it, where the installation has no address."""
    if source == EVENT_SOURCE:
        return f"{EVENT_SOURCE}:schema:{event_type}"
    return f"{source}/v1/event-types/{event_type}/schema"


def attributes(
    source: str,
    *,
    id: str,  # noqa: A002 - CloudEvents' own name
    type: str,  # noqa: A002 - as above
    subject: str,
    occurred_at: datetime,
    recorded_at: datetime,
) -> dict[str, Any]:
    """The attributes of an event; ``type`` as it is recorded, without our prefix."""
    name = f"{PREFIX}{type}"
    said = {"source": source, "id": id, "type": name, "subject": subject, "time": occurred_at}
    if type in TYPES:
        said["dataschema"] = schema_of(source, name)
    # CloudEvents' documented extension: when the producer recorded it.
    return said | {"recordedtime": recorded_at, "datacontenttype": "application/json"}
