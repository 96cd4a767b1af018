"""The mail sink keeps what it accepts, once, in the order it came."""

import asyncio
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from devstack.mail import MailSink, Outbox
from devstack.settings import External
from devstack.stack import Part
from tests.devstack.conftest import stack_in

ONLY_MAIL = External(temporal=True, database_url="postgresql://elsewhere/mca")


def message(number: int) -> EmailMessage:
    """A message with an id of its own."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "office@example.org", "coach@example.org", f"Zoë, number {number}"
    made["Message-ID"] = f"<{number}@example.org>"
    made.set_content("Did your session happen?\n.\nYes or no?\n")
    return made


def port_of(url: str) -> int:
    """The port in an SMTP URL."""
    return int(url.rpartition(":")[2])


async def test_a_message_is_kept_as_one_file_in_the_order_of_arrival(state: Path) -> None:
    """Files sort by arrival and hold the message as it was sent; only their owner may read them."""
    async with stack_in(state, ONLY_MAIL) as stack:
        for number in (2, 1):
            await aiosmtplib.send(message(number), hostname="127.0.0.1", port=port_of(stack.smtp_url))
        assert stack.outbox is not None
        kept = sorted(stack.outbox.iterdir())
        assert [path.name for path in kept] == ["000001.eml", "000002.eml"]
        assert b"<2@example.org>" in kept[0].read_bytes()
        assert b"\r\n.\r\nYes or no?" in kept[0].read_bytes()
        assert stack.outbox.stat().st_mode & 0o077 == 0


def test_a_message_that_comes_again_is_not_kept_twice(tmp_path: Path) -> None:
    """A repeated Message-ID is accepted and dropped, also after a restart, and the numbers go on."""
    outbox = Outbox(tmp_path)
    assert outbox.keep(message(1).as_bytes())
    assert not outbox.keep(message(1).as_bytes())
    again = Outbox(tmp_path)
    assert not again.keep(message(1).as_bytes())
    assert again.keep(message(2).as_bytes())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000001.eml", "000002.eml"]


async def test_an_idle_client_does_not_keep_the_sink_from_stopping(tmp_path: Path) -> None:
    """Stopping hangs up on whoever is connected."""
    sink = MailSink(tmp_path)
    await sink.start(0)
    assert sink._server is not None
    port = sink._server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert (await reader.readline()).startswith(b"220")
    async with asyncio.timeout(5):
        await sink.stop()
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_mail_is_refused_during_an_outage_and_accepted_after_it(state: Path) -> None:
    """The sink comes back at the same address."""
    async with stack_in(state, ONLY_MAIL) as stack:
        port = port_of(stack.smtp_url)
        async with stack.outage(Part.MAIL):
            with pytest.raises(aiosmtplib.SMTPConnectError):
                await aiosmtplib.send(message(1), hostname="127.0.0.1", port=port)
        await aiosmtplib.send(message(1), hostname="127.0.0.1", port=port)
