"""One mail: whom it is for, and its bytes on the wire."""

from __future__ import annotations

import hashlib
import re
from binascii import b2a_qp
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr, quote
from typing import Final

_LOCAL_PART: Final = re.compile(r"(?!\.)(?!.*\.\.)[^\s\x00-\x1f\x7f@<>()\[\]\\,;:\"]+(?<!\.)")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
# The older policy parses no header, which made composing five times as dear. A link stays on the line of its header.
_WIRE: Final = compat32.clone(linesep="\r\n", max_line_length=998)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one person. ``key`` names it for ever, so that a repeat carries the same Message-ID."""

    key: str
    to_name: str
    to_address: str
    reply_name: str
    reply_address: str | None
    subject: str
    text: str
    html: str
    at: datetime
    unsubscribe: str = ""
    """Where mail of this kind is stopped with one click; empty where it cannot be."""
    calendar: str = ""
    """What a calendar program takes out of it, as iCalendar with the ``method``; empty for none."""
    method: str = ""


class MailAddressError(ValueError):
    """The address cannot be written in a mail."""


def read_address(written: str) -> Address:
    """``Coaching office <office@example.org>`` or ``office@example.org``. Raises MailAddressError."""
    name, spec = parseaddr(written)
    return address_of(name, spec)


def address_of(name: str, spec: str) -> Address:
    """Somebody's name and address as a mail has them. Raises MailAddressError."""
    local, _, domain = spec.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if not (_LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise MailAddressError("malformed address")
    return Address(display_name=" ".join(name.split()), username=local, domain=domain)


def compose(mail: Mail, sender: Address) -> bytes:
    """The message with all its headers: the same bytes for the same mail. Raises MailAddressError."""
    alternatives = [_part("plain", mail.text)]
    if mail.html:
        alternatives.append(_part("html", mail.html))
    if mail.calendar:
        # RFC 6047: the method stands in the part's head too.
        alternatives.append(_part("calendar", mail.calendar, method=mail.method))
    message = Message(policy=_WIRE)
    for name, value in _headers(mail, sender):
        message[name] = value
    message["MIME-Version"] = "1.0"
    message.add_header("Content-Type", "multipart/alternative", boundary=f"part-{_digest(mail.key)}")
    for part in alternatives:
        message.attach(part)
    return message.as_bytes()


def _headers(mail: Mail, sender: Address) -> Iterator[tuple[str, str]]:
    yield "From", _written(sender)
    yield "To", _written(address_of(mail.to_name, mail.to_address))
    if mail.reply_address is not None:
        with suppress(MailAddressError):
            yield "Reply-To", _written(address_of(mail.reply_name, mail.reply_address))
    yield "Subject", Header(" ".join(mail.subject.split()), header_name="Subject").encode()
    yield "Date", format_datetime(mail.at)
    yield "Message-ID", message_id(mail.key, sender)
    # Some services write a Message-ID of their own: what comes back is known by this.
    yield "X-Coaching-Mail", name_of(mail.key)
    yield "Auto-Submitted", "auto-generated"
    if mail.unsubscribe:
        yield "List-Unsubscribe", f"<{mail.unsubscribe}>"
    if mail.unsubscribe.startswith("https:"):
        # RFC 8058: a mail program may post there without opening a page.
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _written(address: Address) -> str:
    if address.addr_spec.isascii():
        return formataddr((address.display_name, address.addr_spec))
    # RFC 6532: where the server takes such an address, headers are UTF-8. The policy passes on bytes written so.
    named = f'"{quote(address.display_name)}" ' if address.display_name else ""
    return f"{named}<{address.addr_spec}>".encode().decode("ascii", "surrogateescape")


def _part(subtype: str, text: str, **said: str) -> Message:
    part = Message(policy=_WIRE)
    part.add_header("Content-Type", f"text/{subtype}", charset="utf-8", **said)
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part


def message_id(key: str, sender: Address) -> str:
    """The Message-ID of a mail: receivers recognise a repeat by it."""
    return f"<{name_of(key)}@{sender.domain}>"


def name_of(key: str) -> str:
    """What names a mail wherever its Message-ID does not reach: in its envelope, and in a header of its own."""
    return _digest(key)


def returning_to(bounces: Address, key: str) -> Address:
    """The address that one mail comes back to: a part of its own of the mailbox (``bounces+…@``)."""
    return Address(username=f"{bounces.username}+{name_of(key)}", domain=bounces.domain)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]
