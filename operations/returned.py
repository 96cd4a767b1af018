"""Reading what arrives in the mailbox that our mail comes from: which mail came back, whether for good, and why.

A delivery status notification (RFC 3464) says it field by field; what older mail servers write in words of their own
flufl.bounce recognises. Whatever else arrives is refused with a sentence: who writes to a mailbox may write anything.
"""

from __future__ import annotations

import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from enum import StrEnum
from typing import Final

from flufl.bounce import all_failures

from lifecycle.undeliverable import Fault, fault_of

LARGEST_BYTES: Final = 250_000
"""Mails of ours have some ten thousand, and come back once, with a report. What is larger takes seconds to read."""

_MOST: Final = 100
"""Of parts, recipients and ids."""
_DEEPEST: Final = 4
_STATUS_PARTS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_MAILS: Final = frozenset({"message/rfc822", "message/global"})
_RETURNED: Final = _MAILS | {"message/global-headers", "text/rfc822-headers"}
_OTHER_REPORTS: Final = frozenset({"message/disposition-notification", "message/feedback-report"})
_DELIVERED: Final = frozenset({"delivered", "relayed", "expanded"})
_SERVERS: Final = frozenset({"mailer-daemon", "postmaster", "mail-daemon"})
_ID_HEADERS: Final = ("Message-ID", "References", "In-Reply-To", "Original-Message-ID")
_ID: Final = re.compile(r"<[!-;=?-~]{1,250}>")
_NAME: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")
"""What names a mail of ours in its Message-ID, its own header, the envelope, and the address that it returns to."""
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)")
_BLANK_LINE: Final = re.compile(rb"\r?\n[ \t]*\r?\n")


class NoBounceError(ValueError):
    """What was handed in does not say that a mail came back. The message says why, and quotes nothing of it."""


class Became(StrEnum):
    """What a notification says of the mail."""

    FAILED = "failed"
    """Given up (``Action: failed``), whatever the code's class, and nobody has it."""
    NOT_FOR_GOOD = "not_for_good"
    """Delayed, delivered, or passed on."""
    UNCLEAR = "unclear"
    """It came from a mail server, and cannot be read."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a notification says: which mail it may be about, the most likely first, and what became of it.

    ``names`` are the beginnings of Message-IDs of ours, wherever they stand. ``status`` is an enhanced code as
    ``5.1.1``, empty where the mail server gives none.
    """

    message_ids: tuple[str, ...]
    names: tuple[str, ...]
    became: Became
    status: str = ""
    fault: Fault = Fault.ADDRESS

    @property
    def traceable(self) -> bool:
        """Whether it says anything of which mail it is about."""
        return bool(self.message_ids or self.names)


def read(written: bytes) -> Report:
    """Read a notification, as its mail server wrote it, or forwarded as an attachment. Raises NoBounceError."""
    if len(written) > LARGEST_BYTES:
        raise NoBounceError(f"It has more than {LARGEST_BYTES} bytes; no notification has.")
    try:
        mails = list(_mails(message_from_bytes(written, policy=compat32)))
        reports = [mail for mail in mails if any(part.get_content_type() in _STATUS_PARTS for part in _leaves(mail))]
        if reports:
            return _told(reports[0])
        if spoken := [mail for mail in mails if _is_from_a_server(mail)]:
            return _in_words(spoken[0], written)
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, AssertionError):
        # What the standard library trips over is no notification either.
        raise NoBounceError("It cannot be read as a mail.") from None
    raise NoBounceError("It is no delivery status notification (multipart/report, RFC 3464).")


def status_in(*written: object) -> str:
    """The enhanced code of a recipient: the first that says more than its class. Empty where there is none."""
    found = [match for text in written if text and (match := _STATUS.search(str(text)))]
    particular = [match for match in found if match.groups()[1:] != ("0", "0")]
    return ".".join((particular or found)[0].groups()) if found else ""


def names_in(*written: object) -> tuple[str, ...]:
    """The names of mails of ours in some text."""
    found = (name for text in written for name in _NAME.findall(str(text).lower()))
    return tuple(dict.fromkeys(found))[:_MOST]


def _told(report: Message) -> Report:
    """What the fields of a report say."""
    parts = list(_leaves(report))
    statuses = [_content(part) for part in parts if part.get_content_type() in _STATUS_PARTS]
    groups = [group for text in statuses for group in _recipients(text)]
    actions = [str(group["Action"]).strip().lower().partition(" ")[0] for group in groups]
    failed = [group for group, action in zip(groups, actions, strict=True) if action == "failed"]
    became = Became.NOT_FOR_GOOD
    if failed and not any(action in _DELIVERED for action in actions):
        became = Became.FAILED
    elif not groups:
        became = Became.UNCLEAR
    returned = [mail for part in parts if (mail := _returned(part)) is not None]
    status, fault = _worst(failed or groups)
    ids, names = _ids_of(report, returned, statuses)
    return Report(ids, names, became, status, fault)


def _in_words(mail: Message, written: bytes) -> Report:
    """What a mail server says in words of its own."""
    returned = [found for part in _leaves(mail) if (found := _returned(part)) is not None]
    texts = [part.get_payload(decode=True) or b"" for part in _leaves(mail) if not part.is_multipart()]
    ids, names = _ids_of(mail, returned, [text for text in texts if isinstance(text, bytes)] or [written])
    temporary, permanent = all_failures(mail)
    became = Became.FAILED if permanent else Became.NOT_FOR_GOOD if temporary else Became.UNCLEAR
    status = status_in(b"\n".join(text for text in texts if isinstance(text, bytes)).decode("ascii", "replace"))
    status = "" if status.startswith("2") else status
    return Report(ids, names, became, status, fault_of(status))


def _is_from_a_server(mail: Message) -> bool:
    """Whether a mail server wrote it, or a gateway as one; receipts and complaints are theirs too, and no failures."""
    if any(part.get_content_type() in _OTHER_REPORTS for part in _leaves(mail)):
        return False
    senders = {spec.partition("@")[0].lower() for _, spec in getaddresses([str(mail.get("From", ""))])}
    return (
        bool(senders & _SERVERS) or "X-Failed-Recipients" in mail or mail.get_param("report-type") == "delivery-status"
    )


def _mails(mail: Message, depth: int = 0) -> Iterator[Message]:
    """A mail, and those attached to it: the outer first."""
    yield mail
    if depth < _DEEPEST:
        for part in _leaves(mail):
            attached = part.get_content_type() in _MAILS or (part.get_filename() or "").lower().endswith(".eml")
            if attached and (inner := _mail_of(part)) is not None:
                yield from _mails(inner, depth + 1)


def _leaves(mail: Message) -> list[Message]:
    """The parts of a mail, however they are gathered; of a mail within it only the mail."""
    found: list[Message] = []
    waiting = [mail]
    while waiting and len(found) < _MOST:
        part = waiting.pop(0)
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = [child for child in inner if isinstance(child, Message)]
        else:
            found.append(part)
    return found


def _content(part: Message) -> bytes:
    """What a part holds, with its transfer encoding undone: also where the standard library took it for a mail."""
    inner = part.get_payload()
    if not isinstance(inner, list):
        decoded = part.get_payload(decode=True)
        return decoded if isinstance(decoded, bytes) else b""
    text = b"\n\n".join(piece.as_bytes().strip(b"\r\n") for piece in inner if isinstance(piece, Message))
    match str(part.get("Content-Transfer-Encoding", "")).strip().lower():
        case "base64":
            return b64decode(b"".join(text.split()))
        case "quoted-printable":
            return quopri.decodestring(text)
        case _:
            return text


def _mail_of(part: Message) -> Message | None:
    inner = part.get_payload()
    encoded = str(part.get("Content-Transfer-Encoding", "")).strip().lower() in {"base64", "quoted-printable"}
    if isinstance(inner, list) and not encoded:
        return inner[0] if inner and isinstance(inner[0], Message) else None
    return message_from_bytes(_content(part).lstrip(), policy=compat32)


def _returned(part: Message) -> Message | None:
    """The returned mail, or its headers."""
    return _mail_of(part) if part.get_content_type() in _RETURNED else None


def _recipients(text: bytes) -> list[Message]:
    """The groups of fields that are about a recipient; the first of a part is about the message."""
    blocks = (message_from_bytes(block, policy=compat32) for block in _BLANK_LINE.split(text.strip()) if block.strip())
    return [group for group in blocks if "Action" in group][:_MOST]


def _ids_of(outer: Message, returned: list[Message], texts: list[bytes]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whatever may name the mail: any returned header, the words around it, and the address that it returned to."""
    ids = [
        found
        for mail in [*returned, outer]
        for header in (_ID_HEADERS if mail is not outer else _ID_HEADERS[1:])
        for value in mail.get_all(header, [])
        for found in _ID.findall(str(value))
    ]
    names = names_in(
        *(value for mail in returned for value in mail.values()),
        *outer.values(),
        *(text.decode("ascii", "replace") for text in texts),
    )
    return tuple(dict.fromkeys(ids))[:_MOST], names


def _worst(groups: list[Message]) -> tuple[str, Fault]:
    """The code of the recipients and whose fault it is, the most final where there are several."""
    said = [(status_in(group["Status"], group["Diagnostic-Code"]), str(group["Diagnostic-Code"])) for group in groups]
    status, diagnosis = max(said, key=lambda each: each[0][:1], default=("", ""))
    return status, fault_of(status, diagnosis)
