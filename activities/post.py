"""Mail over SMTP: one message at a time, every outcome an answer and never an exception.

``permanent`` is said only of the recipient: the address is malformed, or the server refused it (or this message to
it) with 501, 521, 550, 551, 553, 554 or 556. Everything else is ``temporary`` and worth another try: 4xx (greylisting
among them), no connection, a time-out, TLS or login that fails, a refused sender, and refusals with a 5.7 status
(policy, relaying), because these say that the sending side is set up wrongly, not that the address is. A time-out
after the text was sent leaves open whether the server took it: the next try carries the same Message-ID.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import aiosmtplib

CONNECT_SECONDS: Final = 5.0
"""For the connection with its greeting; TLS and login have as long again."""
SEND_SECONDS: Final = 10.0
SLOT_SECONDS: Final = 10.0
"""How long a batch waits for one of the few connections before its mail is called temporary."""

_ABOUT_RECIPIENT: Final = frozenset({501, 521, 550, 551, 553, 554, 556})
_LOCAL_PART: Final = re.compile(r"(?!\.)(?!.*\.\.)[^\s\x00-\x1f\x7f@<>()\[\]\\,;:\"]+(?<!\.)")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_POLICY_STATUS: Final = re.compile(r"^\s*5\.7\.")
_SERVICE_CLOSING: Final = 421

StartTls = Literal["required", "if-offered", "never"]


class Outcome(StrEnum):
    """What became of one message."""

    SENT = "sent"
    PERMANENT = "permanent"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True)
class Posted:
    """The outcome of one message. ``failure`` is a code such as ``smtp_550``, never the server's words."""

    outcome: Outcome
    message_id: str | None
    failure: str | None = None


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


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in. Made from ``smtp://user:password@host:587?starttls=required`` or ``smtps://…``.

    ``starttls`` is ``required``, ``if-offered`` or ``never``; by default required where a login is given.
    """

    host: str
    port: int
    implicit_tls: bool = False
    starttls: StartTls = "if-offered"
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> Server:
        """Raises ValueError, without the URL's own text: it may hold a password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("host or port cannot be read") from None
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("write smtp://host:port or smtps://host:port")
        implicit = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        return cls(
            host=parts.hostname,
            port=port or (465 if implicit else 587 if user else 25),
            implicit_tls=implicit,
            starttls=_starttls(parts),
            user=user,
            password=unquote(parts.password or "") if user else None,
        )

    def client(self, local_name: str) -> aiosmtplib.SMTP:
        """A client that is not connected yet."""
        upgrade = {"required": True, "if-offered": None, "never": False}[self.starttls]
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.implicit_tls,
            start_tls=False if self.implicit_tls else upgrade,
            username=self.user,
            password=self.password,
            local_hostname=local_name,
            timeout=CONNECT_SECONDS,
        )


def _starttls(parts: SplitResult) -> StartTls:
    query = parse_qs(parts.query, keep_blank_values=True)
    chosen = query.pop("starttls", ["required" if parts.username else "if-offered"])
    if query:
        raise ValueError("only starttls=required, if-offered or never may follow the question mark")
    match chosen:
        case ["required"]:
            return "required"
        case ["if-offered"]:
            return "if-offered"
        case ["never"]:
            return "never"
        case _:
            raise ValueError("starttls is required, if-offered or never")


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


def compose(mail: Mail, sender: Address) -> EmailMessage:
    """The message with all its headers: the same bytes for the same mail. Raises MailAddressError."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = address_of(mail.to_name, mail.to_address)
    if mail.reply_address is not None:
        with suppress(MailAddressError):
            message["Reply-To"] = address_of(mail.reply_name, mail.reply_address)
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = message_id(mail.key, sender)
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
    if mail.unsubscribe.startswith("https:"):
        # RFC 8058: a mail program may post there without opening a page.
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    if mail.calendar:
        # RFC 6047: the method stands in the part's head too.
        said = {"method": mail.method}
        message.add_alternative(mail.calendar, subtype="calendar", cte="quoted-printable", params=said)
    message.set_boundary(f"part-{_digest(mail.key)}")
    return message


def as_sent(message: EmailMessage, *, plain: bool = True) -> bytes:
    """The bytes on the wire. Headers are not folded: a link in one would be encoded, and not be read."""
    return message.as_bytes(policy=(SMTP if plain else SMTPUTF8).clone(max_line_length=998))


def message_id(key: str, sender: Address) -> str:
    """The Message-ID of a mail: receivers recognise a repeat by it."""
    return f"<{_digest(key)}@{sender.domain}>"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]


class Line:
    """One connection, opened by the first message and reused for the batch.

    After the connection itself fails, the rest of the batch is temporary at once instead of waiting again.
    """

    def __init__(self, connect: Callable[[], aiosmtplib.SMTP], sender: Address, *, down: str | None = None) -> None:
        self._connect = connect
        self._sender = sender
        self._smtp: aiosmtplib.SMTP | None = None
        self._down = down

    async def send(self, mail: Mail) -> Posted:
        """Hand one message in. Never raises because of the mail server or the address."""
        key = message_id(mail.key, self._sender)
        try:
            message = compose(mail, self._sender)
        except MailAddressError:
            return Posted(Outcome.PERMANENT, key, "malformed_address")
        if self._down is not None:
            return Posted(Outcome.TEMPORARY, key, self._down)
        try:
            smtp = await self._open()
            async with asyncio.timeout(SEND_SECONDS):
                outcome, failure = await self._hand_in(smtp, message)
        except (aiosmtplib.SMTPException, OSError) as error:
            self.hang_up(_code(error))
            return Posted(Outcome.TEMPORARY, key, self._down)
        return Posted(outcome, key, failure)

    async def _open(self) -> aiosmtplib.SMTP:
        if self._smtp is None:
            smtp = self._connect()
            async with asyncio.timeout(2 * CONNECT_SECONDS):
                await smtp.connect()
            self._smtp = smtp
        return self._smtp

    async def _hand_in(self, smtp: aiosmtplib.SMTP, message: EmailMessage) -> tuple[Outcome, str | None]:
        recipient: Address = message["To"].addresses[0]
        plain = recipient.addr_spec.isascii()
        if not plain and not smtp.supports_extension("smtputf8"):
            return Outcome.PERMANENT, "address_not_supported"
        options, encoding = ([], "ascii") if plain else (["SMTPUTF8"], "utf-8")
        await smtp.mail(self._sender.addr_spec, options=options, encoding=encoding)
        try:
            await smtp.rcpt(recipient.addr_spec, encoding=encoding)
            await smtp.data(as_sent(message, plain=plain))
        except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as refused:
            if refused.code == _SERVICE_CLOSING:
                raise
            await smtp.rset()
            return _judged(refused), f"smtp_{refused.code}"
        return Outcome.SENT, None

    def hang_up(self, why: str) -> None:
        """Drop the connection; what follows in this batch is temporary for the reason ``why``."""
        self._down = why
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    async def close(self) -> None:
        """Take leave of the server, without waiting for it long."""
        if self._smtp is not None:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._smtp.quit(timeout=1)
            self._smtp.close()


def _judged(refused: aiosmtplib.SMTPResponseException) -> Outcome:
    about_us = _POLICY_STATUS.match(refused.message)
    return Outcome.PERMANENT if refused.code in _ABOUT_RECIPIENT and not about_us else Outcome.TEMPORARY


def _code(error: Exception) -> str:
    match error:
        case aiosmtplib.SMTPResponseException():
            return f"smtp_{error.code}"
        case TimeoutError():
            return "timed_out"
        case aiosmtplib.SMTPServerDisconnected():
            return "disconnected"
        case aiosmtplib.SMTPConnectError() | OSError():
            return "unreachable"
        case _:
            return "starttls_or_login_not_possible"


class Post:
    """The way out for mail: at most ``connections`` at a time, each reused for a batch."""

    def __init__(self, server: Server, sender: Address, *, connections: int = 4) -> None:
        self._server = server
        self._sender = sender
        self._slots = asyncio.Semaphore(connections)

    @property
    def sender(self) -> Address:
        """Whom mail comes from."""
        return self._sender

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """A line for one batch. It connects with the first message; when no slot comes free, mail is temporary."""
        try:
            async with asyncio.timeout(SLOT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            yield Line(self._client, self._sender, down="busy")
            return
        line = Line(self._client, self._sender)
        try:
            yield line
        finally:
            try:
                await line.close()
            finally:
                self._slots.release()

    def _client(self) -> aiosmtplib.SMTP:
        return self._server.client(self._sender.domain)
