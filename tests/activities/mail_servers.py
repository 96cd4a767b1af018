"""Mail servers for tests: real ones on 127.0.0.1 that behave as told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).parent / "localhost.pem"
"""A key and its self-signed certificate for localhost, good for nothing else."""


@dataclass
class Behaviour:
    """What the server answers, and what it took."""

    to_recipient: dict[str, str] = field(default_factory=dict)
    to_data: str = ""
    stalls: bool = False
    drops: bool = False
    """Hangs up instead of taking the text."""
    to_sender_after: tuple[int, str] | None = None
    """Takes so many messages over one connection, and then answers the next sender so."""
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    sessions: Counter[str] = field(default_factory=Counter)
    """How many messages each conversation brought, by where it came from."""
    handing_in: asyncio.Event = field(default_factory=asyncio.Event)
    farewell: asyncio.Event = field(default_factory=asyncio.Event)
    conversations: WeakSet[SMTP] = field(default_factory=WeakSet)

    def hang_up(self, word: bytes = b"") -> None:
        """End every conversation, with a last word."""
        for conversation in tuple(self.conversations):
            if isinstance(conversation.transport, asyncio.WriteTransport):
                conversation.transport.write(word)
                conversation.transport.close()

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept the sender unless told otherwise."""
        del server
        if self.to_sender_after and self.sessions[str(session.peer)] >= self.to_sender_after[0]:
            return self.to_sender_after[1]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take leave."""
        del server, session, envelope
        self.farewell.set()
        return "221 Bye"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept the recipient unless told otherwise."""
        del server, session, options
        if answer := self.to_recipient.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Keep the message unless told otherwise."""
        self.handing_in.set()
        if self.stalls:
            await asyncio.Event().wait()
        if self.drops:
            assert server.transport is not None
            server.transport.close()
            return "250 OK"
        if self.to_data:
            return self.to_data
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.recipients += envelope.rcpt_tos
        self.senders.append(str(envelope.mail_from))
        self.sessions[str(session.peer)] += 1
        return "250 OK"


@asynccontextmanager
async def mail_server(
    behaviour: Behaviour, *, tls: bool = False, password: str | None = None, port: int = 0
) -> AsyncIterator[int]:
    """A server with this behaviour; gives its port."""
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object) -> AuthResult:
        right = isinstance(given, LoginPassword) and given.password.decode() == password
        return AuthResult(success=right, handled=False)

    def protocol() -> SMTP:
        conversation = SMTP(
            behaviour,
            enable_SMTPUTF8=True,
            tls_context=context,
            require_starttls=tls,
            authenticator=check,
            auth_required=password is not None,
            auth_require_tls=True,
            hostname="localhost",
            loop=asyncio.get_running_loop(),
        )
        behaviour.conversations.add(conversation)
        return conversation

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        behaviour.hang_up()


@asynccontextmanager
async def silent_server(port: int = 0) -> AsyncIterator[int]:
    """A server that takes connections and never says a word."""
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _reader, writer: held.append(writer), "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for writer in held:
            writer.close()
        server.close()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
