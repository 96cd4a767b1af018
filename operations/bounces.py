"""Mail that comes back: a delivery status notification (RFC 3464) is read, and the mail it is about is found.

Mail servers send them to the sender's mailbox. Whatever else arrives there is refused with a sentence, and changes
nothing: who writes to a mailbox may write anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, message_from_string
from email.message import Message
from email.policy import compat32
from enum import StrEnum
from typing import Final

from records import bounces
from records.database import Connection

LARGEST_BYTES: Final = 250_000
"""Mails of ours have some ten thousand, and come back once, with a report. What is larger takes seconds to read."""

_MOST_RECIPIENTS: Final = 100
_STATUS_PARTS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED_MAILS: Final = frozenset({"message/rfc822", "message/global", "message/global-headers"})
_RETURNED_HEADERS: Final = "text/rfc822-headers"
_DELIVERED: Final = frozenset({"delivered", "relayed", "expanded"})
_ID: Final = re.compile(r"<[^<>\s]{1,250}>")
_STATUS: Final = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})(?!\d)")
_BLANK_LINE: Final = re.compile(r"\r?\n[ \t]*\r?\n")


class NoBounceError(ValueError):
    """What was handed in does not say that a mail came back. The message says why, and quotes nothing of it."""


class NotOursError(Exception):
    """A mail came back, but none that is recorded."""

    def __init__(self) -> None:
        super().__init__("No mail of ours: no notice and no weekly mail has this Message-ID. Nothing was changed.")


class Outcome(StrEnum):
    """What a notification came to."""

    CAME_BACK = "came_back"
    """The mail failed for good: its notices are marked so, and the worklist has a line for the person."""

    KNOWN = "known"
    """It had failed before. Nothing was changed."""

    OUR_SIDE = "our_side"
    """Refused for a policy (5.7): the sender is set up wrongly, not the address. Nothing was changed."""

    NOT_FOR_GOOD = "not_for_good"
    """Delayed, delivered, passed on, or failed for now (4). Nothing was changed."""


SENTENCES: Final = {
    Outcome.CAME_BACK: "The mail came back ({status}). {notices} marked as failed; see the worklist.",
    Outcome.KNOWN: "The mail had failed before ({status}). Nothing was changed.",
    Outcome.OUR_SIDE: "Refused for a policy ({status}): look at how the sender is set up (SPF, DKIM, DMARC, a blocked "
    "address of the mail server), not at the recipient. Nothing was changed.",
    Outcome.NOT_FOR_GOOD: "The mail has not failed for good ({status}). Nothing was changed.",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a notification says: which mail it may be about, the most likely first, and what became of it.

    ``status`` is an enhanced status code as ``5.1.1``.
    """

    message_ids: tuple[str, ...]
    status: str
    failed: bool
    delivered: bool

    @property
    def for_good(self) -> bool:
        """Whether the mail server gave it up (RFC 3464, ``Action: failed``), whatever the reason, and nobody has it."""
        return self.failed and not self.delivered


@dataclass(frozen=True, slots=True)
class Taken:
    """What a notification came to, and how many notices were marked."""

    outcome: Outcome
    status: str
    notices: int = 0

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        notices = "1 notice is" if self.notices == 1 else f"{self.notices} notices are"
        return SENTENCES[self.outcome].format(status=self.status, notices=notices)


async def find(conn: Connection, report: Report) -> bounces.SentMail:
    """The mail of ours that came back. Raises NotOursError."""
    found = await bounces.sent_as(conn, report.message_ids)
    if found is None:
        raise NotOursError
    return found


async def take(conn: Connection, mail: bounces.SentMail, report: Report, at: datetime) -> Taken:
    """Mark a mail as failed, if the report says so for good. Repeating it changes nothing."""
    if not report.for_good:
        return Taken(Outcome.NOT_FOR_GOOD, report.status)
    if report.status.startswith("5.7."):
        return Taken(Outcome.OUR_SIDE, report.status)
    async with conn.transaction():
        marked = await bounces.came_back(conn, mail.message_id, at, f"bounced_{report.status}")
    return Taken(Outcome.CAME_BACK if marked else Outcome.KNOWN, report.status, marked)


def read(written: bytes) -> Report:
    """Read a notification, as its mail server wrote it. Raises NoBounceError."""
    if len(written) > LARGEST_BYTES:
        raise NoBounceError(f"It has more than {LARGEST_BYTES} bytes; no notification has.")
    try:
        return _read(message_from_bytes(written, policy=compat32))
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, NoBounceError):
            raise
        # What the standard library trips over is no notification either.
        raise NoBounceError("It cannot be read as a mail.") from None


def _read(message: Message) -> Report:
    parts = _parts(message)
    statuses = [part for part in parts if part.get_content_type() in _STATUS_PARTS]
    if not statuses:
        raise NoBounceError("It is no delivery status notification (multipart/report, RFC 3464).")
    groups = [group for part in statuses for group in _recipients(part)]
    if not groups:
        raise NoBounceError("The notification says nothing of any recipient.")
    ids = tuple(dict.fromkeys([*_returned(parts), *_ids(message.get("In-Reply-To"))]))
    if not ids:
        raise NoBounceError("The notification does not return the mail's headers, so nobody can tell which it was.")
    actions = [str(group["Action"]).strip().lower() for group in groups]
    failed = [group for group, action in zip(groups, actions, strict=True) if action == "failed"]
    status = _worst(failed or groups)
    return Report(ids, status, bool(failed), any(action in _DELIVERED for action in actions))


def _parts(message: Message) -> list[Message]:
    """The parts of a report, also of one that a list or a scanner wrapped once."""
    found = _children(message)
    if not any(part.get_content_type() in _STATUS_PARTS for part in found):
        found = [inner for part in found if part.get_content_type() == "multipart/report" for inner in _children(part)]
    return found


def _children(message: Message) -> list[Message]:
    parts = message.get_payload()
    if not (message.get_content_maintype() == "multipart" and isinstance(parts, list)):
        return []
    return [part for part in parts if isinstance(part, Message)]


def _recipients(part: Message) -> list[Message]:
    """The groups of fields that are about a recipient; the first of a part is about the message."""
    inner = part.get_payload()
    text = "\n\n".join(str(piece) for piece in inner) if isinstance(inner, list) else str(inner)
    groups = [message_from_string(block, policy=compat32) for block in _BLANK_LINE.split(text.strip()) if block.strip()]
    return [group for group in groups if "Action" in group][:_MOST_RECIPIENTS]


def _returned(parts: list[Message]) -> Iterator[str]:
    """The Message-IDs that the returned mail, or its headers, hold."""
    for part in parts:
        inner, decoded = part.get_payload(), part.get_payload(decode=True)
        if part.get_content_type() in _RETURNED_MAILS and isinstance(inner, list) and isinstance(inner[0], Message):
            yield from _ids(inner[0].get("Message-ID"))
        elif part.get_content_type() == _RETURNED_HEADERS and isinstance(decoded, bytes):
            yield from _ids(message_from_bytes(decoded, policy=compat32).get("Message-ID"))


def _ids(header: object) -> list[str]:
    return _ID.findall(str(header)) if header else []


def _worst(groups: list[Message]) -> str:
    """The status of the recipients, the most final where there are several. Raises NoBounceError."""
    found = [match for group in groups if (match := _STATUS.match(str(group["Status"])))]
    if not found:
        raise NoBounceError("The notification has no status code that can be read.")
    return ".".join(max(found, key=lambda match: match[1]).groups())
