"""Messages signed as Standard Webhooks say, by its own library."""

from __future__ import annotations

import hashlib
from datetime import datetime

from standardwebhooks import Webhook


def message_id(event_id: str) -> str:
    """The ``webhook-id`` of an event, the same at every attempt.

    Not the event's own id: the standard separates what is signed with full stops, and ids of ours hold them.
    """
    return f"evt_{hashlib.sha256(event_id.encode()).hexdigest()[:32]}"


def signed(event_id: str, body: bytes, at: datetime, signing: tuple[str, ...]) -> dict[str, str]:
    """The headers that prove the body, signed at this moment with each of the secrets."""
    number, text = message_id(event_id), body.decode()
    return {
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(number, at, text) for secret in signing),
    }
