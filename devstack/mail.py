"""A mail server that keeps every message as a file and sends nothing on."""

import asyncio
import logging
from email.parser import BytesHeaderParser
from pathlib import Path
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

SUFFIX = ".eml"

# Every command of every conversation, with the addresses in it.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Outbox:
    """A directory of messages, one file each, named in the order they came."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        # Messages hold names and addresses.
        directory.chmod(0o700)
        kept = sorted(directory.glob(f"*{SUFFIX}"))
        self._last = int(kept[-1].stem) if kept else 0
        self._ids = {message_id for path in kept if (message_id := _message_id(path.read_bytes()))}

    def keep(self, message: bytes) -> bool:
        """Keep the message; False for one that was kept before, known by its Message-ID, as receivers do."""
        message_id = _message_id(message)
        if message_id in self._ids:
            return False
        self._last += 1
        path = self.directory / f"{self._last:06}{SUFFIX}"
        half = path.with_suffix(".part")
        half.write_bytes(message)
        half.replace(path)
        if message_id:
            self._ids.add(message_id)
        return True

    def empty(self) -> None:
        """Forget all messages."""
        for path in self.directory.glob(f"*{SUFFIX}"):
            path.unlink()
        self._ids.clear()


def _message_id(message: bytes) -> str | None:
    value = BytesHeaderParser().parsebytes(message).get("Message-ID")
    return str(value).strip() if value else None


class MailSink:
    """An SMTP server on 127.0.0.1 that accepts whatever it is sent and keeps it in the outbox."""

    def __init__(self, outbox: Path) -> None:
        self._outbox = Outbox(outbox)
        self._server: asyncio.Server | None = None
        self._open: WeakSet[SMTP] = WeakSet()

    async def start(self, port: int) -> None:
        """Listen on the port."""
        self._server = await asyncio.get_running_loop().create_server(self._answer, "127.0.0.1", port)

    def empty(self) -> None:
        """Forget all messages that were kept."""
        self._outbox.empty()

    async def stop(self) -> None:
        """Listen no more, and hang up on whoever is connected. Harmless when repeated."""
        if self._server is None:
            return
        self._server.close()
        for conversation in tuple(self._open):
            if conversation.transport is not None:
                conversation.transport.close()
        await self._server.wait_closed()
        self._server = None

    def _answer(self) -> SMTP:
        conversation = SMTP(self, hostname="localhost", ident="mca outbox", enable_SMTPUTF8=True)
        self._open.add(conversation)
        return conversation

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - looked up by it
        """Answer a message once it is kept, so that what was accepted is never lost."""
        content = envelope.original_content or b""
        return "250 Kept" if self._outbox.keep(content) else "250 Kept before"
