"""Mail over SMTP: one message at a time, every outcome an answer and never an exception.

``permanent`` is said only of the recipient: the address is malformed, or the server refused it (or this message to
it) with 501, 521, 550, 551, 553, 554 or 556. Everything else is ``temporary`` and worth another try: 4xx (greylisting
among them), no connection, a time-out, TLS or login that fails, a refused sender, and refusals for a policy (5.7, but
for restricted mailboxes), because these say that the sending side is set up wrongly, not the address. A time-out after
the text was sent leaves open whether the server took it: the next try carries the same Message-ID.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from enum import StrEnum
from types import TracebackType
from typing import Final, Literal, Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import aiosmtplib

from activities.mail import Mail, MailAddressError, address_of, compose, message_id, name_of, returning_to
from lifecycle.undeliverable import Fault, fault_of

CONNECT_SECONDS: Final = 5.0
"""For the connection with its greeting; TLS, login and the sender have as long again."""
SEND_SECONDS: Final = 10.0
SLOT_SECONDS: Final = 10.0
"""How long a batch waits for one of the few connections before its mail is called temporary."""
IDLE_SECONDS: Final = 20.0
"""How long a connection without mail is kept: less than servers and firewalls wait before they drop it."""

_ABOUT_RECIPIENT: Final = frozenset({501, 521, 550, 551, 553, 554, 556})
_POLICY_STATUS: Final = re.compile(r"^\s*(5\.7\.\d{1,3})")
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


ERASED: Final = Posted(Outcome.PERMANENT, message_id=None, failure="no_address")
"""Somebody who was erased has no address any more."""
NO_DEPUTY: Final = Posted(Outcome.PERMANENT, message_id=None, failure="no_deputy")
"""Nobody stands above the office: no deputy is named, and no operator."""


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

    async def greeted(self, local_name: str) -> str | None:
        """Greet the server, with TLS and login as set, and leave without a mail; where that fails, a code why."""
        smtp = self.client(local_name)
        try:
            async with asyncio.timeout(2 * CONNECT_SECONDS):
                await smtp.connect()
                if smtp.is_ehlo_or_helo_needed:
                    await smtp.ehlo()
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            return _code(error)
        await _leave(smtp)
        return None


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


class MailConnection:
    """One connection for a batch: one that was kept, else opened by the first message.

    A kept one may have been dropped meanwhile: then the message goes over a new one. After a new one fails, or one in
    the middle of a message, the rest of the batch is temporary at once instead of waiting again.
    """

    def __init__(
        self,
        server: Server,
        sender: Address,
        bounces: Address | None = None,
        *,
        kept: aiosmtplib.SMTP | None = None,
        down: str | None = None,
    ) -> None:
        self._server = server
        self._sender = sender
        self._bounces = bounces
        self._down = down
        self.kept = kept
        """Where the next message may go; None while one is being handed in."""

    async def send(self, mail: Mail) -> Posted:
        """Hand one message in. Never raises because of the mail server or the address."""
        key = message_id(mail.key, self._sender)
        try:
            recipient = address_of(mail.to_name, mail.to_address).addr_spec
            message = compose(mail, self._sender)
        except MailAddressError:
            return Posted(Outcome.PERMANENT, key, "malformed_address")
        if self._down is not None:
            return Posted(Outcome.TEMPORARY, key, self._down)
        try:
            outcome, failure = await self._hand_in(recipient, message, mail.key)
        except _NoSmtpUtf8Error:
            return Posted(Outcome.PERMANENT, key, "address_not_supported")
        except (aiosmtplib.SMTPException, OSError) as error:
            self._down = _code(error)
            return Posted(Outcome.TEMPORARY, key, self._down)
        return Posted(outcome, key, failure)

    async def _hand_in(self, recipient: str, message: bytes, key: str) -> tuple[Outcome, str | None]:
        encoding = "ascii" if recipient.isascii() else "utf-8"
        async with asyncio.timeout(2 * CONNECT_SECONDS):
            smtp = await self._begin(encoding, key)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                said = await _hand_over(smtp, recipient, message, encoding)
        except BaseException:
            smtp.close()
            raise
        self.kept = smtp
        return said

    async def _begin(self, encoding: str, key: str) -> aiosmtplib.SMTP:
        """Where the server has taken the sender. No message was handed in so far, so a dropped one can be replaced."""
        smtp, self.kept = self.kept, None
        if smtp is not None:
            with suppress(aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPSenderRefused):
                return await self._said_sender(smtp, encoding, key)
        smtp = self._server.client(self._sender.domain)
        await smtp.connect()
        return await self._said_sender(smtp, encoding, key)

    async def _said_sender(self, smtp: aiosmtplib.SMTP, encoding: str, key: str) -> aiosmtplib.SMTP:
        options = [] if encoding == "ascii" else ["SMTPUTF8"]
        try:
            if smtp.is_ehlo_or_helo_needed and smtp.is_connected:
                await smtp.ehlo()
            if options and not smtp.supports_extension("smtputf8"):
                raise _NoSmtpUtf8Error  # noqa: TRY301 - closed like any other that cannot go on
            if smtp.supports_extension("dsn"):
                # RFC 3461: a notification says it again.
                options.append(f"ENVID={name_of(key)}")
            sender = returning_to(self._bounces, key) if self._bounces else self._sender
            await smtp.mail(sender.addr_spec, options=options, encoding=encoding)
        except BaseException:
            smtp.close()
            raise
        return smtp


class _NoSmtpUtf8Error(Exception):
    """The server takes no address beyond ASCII."""


async def _hand_over(
    smtp: aiosmtplib.SMTP, recipient: str, message: bytes, encoding: str
) -> tuple[Outcome, str | None]:
    try:
        await smtp.rcpt(recipient, encoding=encoding)
        await smtp.data(message)
    except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as refused:
        if refused.code == _SERVICE_CLOSING:
            raise
        await smtp.rset()
        return _judged(refused), f"smtp_{refused.code}"
    return Outcome.SENT, None


def _judged(refused: aiosmtplib.SMTPResponseException) -> Outcome:
    policy = _POLICY_STATUS.match(refused.message)
    about_us = policy is not None and fault_of(policy[1], refused.message) is Fault.OURS
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


class Mailer:
    """The way out for mail: at most ``connections`` at a time, kept from one batch to the next until it is closed."""

    def __init__(
        self, server: Server, sender: Address, bounces: Address | None = None, *, connections: int = 4
    ) -> None:
        self._server = server
        self._sender = sender
        self._bounces = bounces
        self._slots = asyncio.Semaphore(connections)
        self._idle: dict[aiosmtplib.SMTP, asyncio.Task[None]] = {}

    @property
    def sender(self) -> Address:
        """Whom mail comes from."""
        return self._sender

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[MailConnection]:
        """A connection for one batch. It opens with the first message; when none comes free, mail is temporary."""
        try:
            async with asyncio.timeout(SLOT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            yield MailConnection(self._server, self._sender, self._bounces, down="busy")
            return
        connection = MailConnection(self._server, self._sender, self._bounces, kept=self._taken())
        try:
            yield connection
        finally:
            self._keep(connection.kept)
            self._slots.release()

    def _taken(self) -> aiosmtplib.SMTP | None:
        """The idle connection that was used last: those that are too many are left alone, and close."""
        while self._idle:
            smtp, leaving = self._idle.popitem()
            leaving.cancel()
            if smtp.is_connected:
                return smtp
        return None

    def _keep(self, smtp: aiosmtplib.SMTP | None) -> None:
        if smtp is not None:
            self._idle[smtp] = asyncio.create_task(self._leave_when_idle(smtp))

    async def _leave_when_idle(self, smtp: aiosmtplib.SMTP) -> None:
        await asyncio.sleep(IDLE_SECONDS)
        del self._idle[smtp]
        await _leave(smtp)

    async def close(self) -> None:
        """Take leave of the server on every idle connection."""
        idle, self._idle = self._idle, {}
        for leaving in idle.values():
            leaving.cancel()
        await asyncio.gather(*map(_leave, idle))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _leave(smtp: aiosmtplib.SMTP) -> None:
    """Without waiting for the server long."""
    try:
        with suppress(aiosmtplib.SMTPException, OSError):
            await smtp.quit(timeout=1)
    finally:
        smtp.close()
