"""What Amazon SES says of a mail that came back: its own notification, an event, or either within one of SNS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from lifecycle.undeliverable import Fault, fault_of
from operations.returned import LARGEST_BYTES, Became, NoBounceError, Report, names_in, status_in

_SUBSCRIBING: Final = (
    "It is no notification: SNS asks to confirm the subscription. Confirm it in the AWS console (Amazon SNS, "
    "Subscriptions), or open its SubscribeURL yourself."
)
_UNREADABLE: Final = "It is no notification of Amazon SES."
_NESTED: Final = ("Message", "detail")
"""Where SNS and EventBridge keep what SES said."""
_FAULTS: Final = {
    "ContentRejected": Fault.OURS,
    "AttachmentRejected": Fault.OURS,
    "MailboxFull": Fault.THEIRS,
    "MessageTooLarge": Fault.OURS,
}


def read(written: bytes | str) -> Report:
    """Read a notification. Raises NoBounceError."""
    if len(written) > LARGEST_BYTES:
        raise NoBounceError(f"It has more than {LARGEST_BYTES} bytes; no notification has.")
    try:
        said = _unwrapped(json.loads(written))
    except NoBounceError:
        raise
    except (ValueError, RecursionError):
        raise NoBounceError(_UNREADABLE) from None
    kind = said.get("notificationType") or said.get("eventType")
    mail = said.get("mail")
    if not isinstance(kind, str) or not isinstance(mail, Mapping):
        raise NoBounceError(_UNREADABLE)
    bounce = said.get("bounce")
    became, status, fault = _judged(bounce if kind == "Bounce" and isinstance(bounce, Mapping) else {})
    return Report((), names_in(json.dumps(mail)), became, status, fault)


def _unwrapped(said: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    for _ in range(3):
        if isinstance(said, str):
            said = json.loads(said)
        if not isinstance(said, Mapping):
            raise NoBounceError(_UNREADABLE)
        if str(said.get("Type", "")).endswith("Confirmation"):
            raise NoBounceError(_SUBSCRIBING)
        if (key := next((key for key in _NESTED if key in said), None)) is None:
            return said
        said = said[key]
    raise NoBounceError(_UNREADABLE)


def _judged(bounce: Mapping[str, Any]) -> tuple[Became, str, Fault]:
    """Without a bounce it was sent, delivered, delayed or complained of: not failed for good."""
    if not bounce:
        return Became.NOT_FOR_GOOD, "", Fault.ADDRESS
    listed = bounce.get("bouncedRecipients")
    recipients = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    kind = str(bounce.get("bounceType"))
    final = kind == "Permanent" or any(str(one.get("action", "")).lower() == "failed" for one in recipients)
    unknown = kind not in {"Permanent", "Transient"}
    became = Became.FAILED if final else Became.UNCLEAR if unknown else Became.NOT_FOR_GOOD
    said = [
        (status_in(one.get("status"), one.get("diagnosticCode")), str(one.get("diagnosticCode"))) for one in recipients
    ]
    status, diagnosis = max(said, key=lambda each: each[0][:1], default=("", ""))
    return became, status, _FAULTS.get(str(bounce.get("bounceSubType")), fault_of(status, diagnosis))
