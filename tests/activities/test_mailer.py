"""Mail that goes out over SMTP, to real servers that behave well and badly."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from activities import mailer
from activities.mail import Mail, MailAddressError, compose, read_address
from activities.mailer import Mailer, Outcome, Posted, Server
from tests.activities.mail_servers import CERTIFICATE, Behaviour, free_port, mail_server, silent_server

AT = datetime(2027, 3, 29, 8, 0, tzinfo=UTC)
SENDER = read_address("Coaching programme <coaching@example.org>")


def mail(to: str = "anna@example.org", *, key: str = "ntc_1", name: str = "Anna Example") -> Mail:
    """A mail as the wording makes it."""
    return Mail(
        key=key,
        to_name=name,
        to_address=to,
        reply_name="Office",
        reply_address="office@example.org",
        subject="Did your session happen?",
        text="Did it? “Yes, it did”\n",
        html="<p>Did it? “Yes, it did”</p>\n",
        at=AT,
    )


async def send(url: str, *mails: Mail) -> list[Posted]:
    """Hand the mails in as one batch."""
    async with Mailer(Server.from_url(url), SENDER) as way_out, way_out.connection() as smtp:
        return [await smtp.send(each) for each in mails]


def way_out(port: int, *, connections: int = 4) -> Mailer:
    """A mailer for the server on this port."""
    return Mailer(Server.from_url(f"smtp://127.0.0.1:{port}"), SENDER, connections=connections)


async def posted(mails: Mailer, *sent: Mail) -> Posted:
    """What became of the last of these, sent as one batch."""
    async with mails.connection() as smtp:
        return [await smtp.send(each) for each in sent][-1]


def read(sent: Mail) -> EmailMessage:
    """A composed mail as a mail program reads it."""
    message = message_from_bytes(compose(sent, SENDER), policy=default)
    assert isinstance(message, EmailMessage)
    return message


async def test_a_mail_says_who_sent_it_for_whom_when_and_to_whom_answers_go() -> None:
    """From, To, Reply-To, Date by the caller's clock, Auto-Submitted, and the same content as text and HTML."""
    server = Behaviour()
    async with mail_server(server) as port:
        [posted] = await send(f"smtp://127.0.0.1:{port}", mail())
    [taken] = server.taken
    assert posted == Posted(Outcome.SENT, taken["Message-ID"])
    assert taken["From"] == "Coaching programme <coaching@example.org>"
    assert taken["To"] == "Anna Example <anna@example.org>"
    assert taken["Reply-To"] == "Office <office@example.org>"
    assert taken["Date"].datetime == AT
    assert taken["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in taken.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().replace("\r\n", "\n") for part in taken.iter_parts()] == [mail().text, mail().html]


async def test_a_repeat_carries_the_same_message_id_and_another_mail_another() -> None:
    """So that receivers recognise what was sent twice around a crash."""
    assert compose(mail(), SENDER) == compose(mail(), SENDER)
    assert read(mail())["Message-ID"] != read(mail(key="ntc_2"))["Message-ID"]


async def test_one_connection_serves_a_batch() -> None:
    """Three mails, one session with the server."""
    server = Behaviour()
    async with mail_server(server) as port:
        await send(f"smtp://127.0.0.1:{port}", mail(key="a"), mail(key="b"), mail(key="c"))
    assert (len(server.taken), len(server.sessions)) == (3, 1)


async def test_a_connection_is_kept_for_the_next_batch() -> None:
    """Batches after one another share it; batches at once have one each, at most as many as allowed."""
    server = Behaviour()
    async with mail_server(server) as port, way_out(port, connections=2) as mails:
        for key in "abc":
            await posted(mails, mail(key=key))
        assert (len(server.taken), len(server.sessions)) == (3, 1)
        await asyncio.gather(*(posted(mails, mail(key=key)) for key in "defgh"))
        assert (len(server.taken), len(server.sessions)) == (8, 2)


async def test_an_idle_connection_is_left_with_a_farewell(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time, and when the mailer closes: the server is told, and holds nothing open."""
    monkeypatch.setattr(mailer, "IDLE_SECONDS", 0.0)
    server = Behaviour()
    async with mail_server(server) as port:
        async with way_out(port) as mails:
            await posted(mails, mail())
            await server.farewell.wait()
            monkeypatch.setattr(mailer, "IDLE_SECONDS", 60.0)
            server.farewell.clear()
            await posted(mails, mail(key="b"))
        await server.farewell.wait()
    assert (len(server.taken), len(server.sessions)) == (2, 2)


@pytest.mark.parametrize("farewell", [b"", b"421 4.4.2 Idle for too long\r\n"])
async def test_a_connection_that_the_server_dropped_is_opened_anew(farewell: bytes) -> None:
    """With or without a word of it: the mail goes at once, and once."""
    server = Behaviour()
    async with mail_server(server) as port, way_out(port) as mails:
        await posted(mails, mail(key="a"))
        server.hang_up(farewell)
        assert (await posted(mails, mail(key="b"))).outcome is Outcome.SENT
    assert [taken["Message-ID"] for taken in server.taken] == [read(mail(key=key))["Message-ID"] for key in "ab"]
    assert len(server.sessions) == 2


@pytest.mark.parametrize("answer", ["421 4.3.2 Going down", "452 4.5.3 Too many messages over this connection"])
async def test_a_server_that_ends_a_long_conversation_gets_the_rest_over_a_new_one(answer: str) -> None:
    """Also in the middle of a batch: nothing was handed in when it refused the sender."""
    server = Behaviour(to_sender_after=(2, answer))
    async with mail_server(server) as port, way_out(port) as mails:
        assert (await posted(mails, *(mail(key=key) for key in "abcde"))).outcome is Outcome.SENT
    assert (len(server.taken), len(server.sessions)) == (5, 3)


async def test_a_connection_lost_over_the_text_is_temporary() -> None:
    """The server may have taken it: it goes later under the same Message-ID, never twice at once."""
    server = Behaviour()
    async with mail_server(server) as port, way_out(port) as mails:
        await posted(mails, mail())
        server.drops = True
        lost = await posted(mails, mail(key="b"))
        server.drops = False
        assert (lost.outcome, lost.failure) == (Outcome.TEMPORARY, "disconnected")
        assert (await posted(mails, mail(key="b"))).message_id == lost.message_id
    assert len(server.taken) == 2


async def test_a_conversation_that_was_broken_off_is_not_gone_on_with() -> None:
    """Whoever sends next has a connection of their own."""
    server = Behaviour(stalls=True)
    async with mail_server(server) as port, way_out(port, connections=1) as mails:
        broken_off = asyncio.create_task(posted(mails, mail()))
        await server.handing_in.wait()
        broken_off.cancel()
        await asyncio.wait([broken_off])
        server.stalls = False
        assert (await posted(mails, mail(key="b"))).outcome is Outcome.SENT
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 5.1.1 no such mailbox", Outcome.PERMANENT),
        ("550 no such mailbox", Outcome.PERMANENT),
        ("553 mailbox name not allowed", Outcome.PERMANENT),
        ("501 syntax error", Outcome.PERMANENT),
        ("450 4.2.0 greylisted, come back later", Outcome.TEMPORARY),
        ("452 mailbox full", Outcome.TEMPORARY),
        ("552 mailbox full", Outcome.TEMPORARY),
        ("530 authentication required", Outcome.TEMPORARY),
        ("550 5.7.1 relaying denied", Outcome.TEMPORARY),
        ("550 5.7.133 only from inside the organisation", Outcome.PERMANENT),
    ],
)
async def test_only_a_refusal_of_the_recipient_is_permanent(answer: str, outcome: Outcome) -> None:
    """Who is greylisted, or refused because the sending side is set up wrongly, gets the mail later."""
    server = Behaviour(to_recipient={"anna@example.org": answer})
    async with mail_server(server) as port:
        refused, other = await send(f"smtp://127.0.0.1:{port}", mail(), mail("ben@example.org", key="b"))
    assert (refused.outcome, refused.failure) == (outcome, f"smtp_{answer[:3]}")
    assert other.outcome is Outcome.SENT


async def test_a_mail_can_be_known_wherever_it_comes_back() -> None:
    """By a header that no service rewrites, and by the address it returns to: one of its own, if wanted."""
    server, bounces = Behaviour(), read_address("bounces@example.org")
    async with mail_server(server) as port, Mailer(Server("127.0.0.1", port), SENDER, bounces) as way_out:
        await posted(way_out, mail())
        await posted(way_out, mail(key="ntc_2"))
    names = [taken["X-Coaching-Mail"] for taken in server.taken]
    assert [taken["Message-ID"] for taken in server.taken] == [f"<{name}@example.org>" for name in names]
    assert server.senders == [f"bounces+{name}@example.org" for name in names]
    assert len(set(names)) == 2


async def test_a_refused_message_is_judged_like_a_refused_recipient() -> None:
    """Some servers know only after the text whom they do not know."""
    async with mail_server(Behaviour(to_data="550 5.1.1 no such mailbox")) as port:
        assert (await send(f"smtp://127.0.0.1:{port}", mail()))[0].outcome is Outcome.PERMANENT
    async with mail_server(Behaviour(to_data="451 4.3.0 try again")) as port:
        assert (await send(f"smtp://127.0.0.1:{port}", mail()))[0].outcome is Outcome.TEMPORARY


@pytest.mark.parametrize(
    "address", ["", "anna", "anna@", "@example.org", "an na@example.org", "a@b\r\nBcc: c@example.org", "a@ex..org"]
)
async def test_a_malformed_address_is_permanent_and_reaches_no_server(address: str) -> None:
    """Nothing that is no address is put into a header or a command."""
    [posted] = await send(f"smtp://127.0.0.1:{free_port()}", mail(address))
    assert (posted.outcome, posted.failure) == (Outcome.PERMANENT, "malformed_address")


async def test_a_name_cannot_add_headers() -> None:
    """A name that holds line ends and quotes stays a name."""
    message = read(mail(name='Anna "A"\r\nBcc: c@example.org'))
    assert "Bcc" not in message
    assert message["To"].addresses[0].addr_spec == "anna@example.org"


async def test_addresses_beyond_ascii_are_written_as_the_server_can_take_them() -> None:
    """The domain in its ASCII form; the local part as it is, where the server offers SMTPUTF8."""
    server = Behaviour()
    async with mail_server(server) as port:
        [posted] = await send(f"smtp://127.0.0.1:{port}", mail("zoë@bücher.example"))
    assert posted.outcome is Outcome.SENT
    assert server.recipients == ["zoë@xn--bcher-kva.example"]


async def test_a_server_that_is_down_is_temporary() -> None:
    """A refused connection is no fault of the recipient's."""
    posted = await send(f"smtp://127.0.0.1:{free_port()}", mail(), mail(key="b"))
    assert [each.failure for each in posted] == ["unreachable", "unreachable"]


async def test_a_silent_server_is_given_up_and_asked_once_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the connection timed out the rest of the batch does not wait again."""
    monkeypatch.setattr(mailer, "CONNECT_SECONDS", 0.2)
    async with silent_server() as port:
        posted = await send(f"smtp://127.0.0.1:{port}", *(mail(key=str(number)) for number in range(20)))
    assert {each.failure for each in posted} == {"timed_out"}
    assert {each.outcome for each in posted} == {Outcome.TEMPORARY}


async def test_a_server_that_stalls_over_the_text_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail may or may not have been taken: it is temporary, and goes again under the same Message-ID."""
    monkeypatch.setattr(mailer, "SEND_SECONDS", 0.2)
    async with mail_server(Behaviour(stalls=True)) as port:
        [posted] = await send(f"smtp://127.0.0.1:{port}", mail())
    assert posted == Posted(Outcome.TEMPORARY, read(mail())["Message-ID"], "timed_out")


async def test_mail_waits_its_turn_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """When all connections are in use for too long, mail is temporary rather than stuck."""
    monkeypatch.setattr(mailer, "SLOT_SECONDS", 0.05)
    server = Behaviour()
    async with mail_server(server) as port, way_out(port, connections=1) as mails:
        async with mails.connection() as first, mails.connection() as second:
            assert (await second.send(mail(key="b"))).failure == "busy"
            assert (await first.send(mail())).outcome is Outcome.SENT
        assert (await posted(mails, mail(key="c"))).outcome is Outcome.SENT


async def test_starttls_and_login_are_used_where_a_login_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application account signs in over TLS, and the certificate is checked."""
    server = Behaviour()
    async with mail_server(server, tls=True, password="pass word") as port:
        url = f"smtp://account:pass%20word@localhost:{port}"
        [unknown] = await send(url, mail())
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        [sent] = await send(url, mail())
        [wrong] = await send(f"smtp://account:other@localhost:{port}", mail())
    assert (unknown.outcome, unknown.failure) == (Outcome.TEMPORARY, "unreachable")
    assert sent.outcome is Outcome.SENT
    assert (wrong.outcome, wrong.failure) == (Outcome.TEMPORARY, "smtp_535")
    assert len(server.taken) == 1


async def test_a_server_can_be_greeted_without_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """With TLS and login as set; a code says why it does not work. Nothing is handed in."""
    server = Behaviour()
    async with mail_server(server, tls=True, password="pass word") as port:
        url = f"smtp://account:pass%20word@localhost:{port}"
        assert await Server.from_url(url).greeted("example.org") == "unreachable"
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        assert await Server.from_url(url).greeted("example.org") is None
        assert await Server.from_url(f"smtp://account:other@localhost:{port}").greeted("example.org") == "smtp_535"
    assert await Server.from_url(url).greeted("example.org") == "unreachable"
    assert server.taken == []


async def test_a_login_is_never_sent_in_clear() -> None:
    """A server that offers no STARTTLS gets neither the password nor the mail, unless the URL says so."""
    server = Behaviour()
    async with mail_server(server) as port:
        [posted] = await send(f"smtp://account:secret@127.0.0.1:{port}", mail())
    assert (posted.outcome, posted.failure) == (Outcome.TEMPORARY, "starttls_or_login_not_possible")
    assert not server.taken


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", Server("mail.example.org", 25)),
        ("smtp://127.0.0.1:1025", Server("127.0.0.1", 1025)),
        ("smtp://a:b@mail.example.org", Server("mail.example.org", 587, starttls="required", user="a", password="b")),
        ("smtps://mail.example.org", Server("mail.example.org", 465, implicit_tls=True)),
        ("smtp://mail.example.org:587?starttls=required", Server("mail.example.org", 587, starttls="required")),
        ("smtp://[::1]:25?starttls=never", Server("::1", 25, starttls="never")),
    ],
)
def test_the_url_says_where_and_how(url: str, server: Server) -> None:
    """Port 587 and STARTTLS with a login, 465 for implicit TLS, 25 otherwise."""
    assert Server.from_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://host:port",
        "smtp://h?starttls=maybe",
        "smtp://h?tls=1",
    ],
)
def test_an_unusable_url_is_refused(url: str) -> None:
    """The error names no part of the URL: there may be a password in it."""
    with pytest.raises(ValueError, match=r"smtp|starttls|port"):
        Server.from_url(url)


def test_the_password_is_not_shown() -> None:
    """Neither in logs nor in tracebacks."""
    assert "secret" not in repr(Server.from_url("smtp://account:secret@mail.example.org"))


def test_a_sender_is_an_address() -> None:
    """With or without a name."""
    assert read_address("coaching@example.org").addr_spec == "coaching@example.org"
    with pytest.raises(MailAddressError):
        read_address("Coaching")


@pytest.mark.parametrize(
    ("url", "listed", "one_click"),
    [
        ("https://coaching.example.org/a/t", "<https://coaching.example.org/a/t>", "List-Unsubscribe=One-Click"),
        ("http://127.0.0.1:8080/a/t", "<http://127.0.0.1:8080/a/t>", None),
        ("", None, None),
    ],
)
def test_a_mail_that_can_be_stopped_says_where(url: str, listed: str | None, one_click: str | None) -> None:
    """With one click only over TLS, as RFC 8058 wants it; other mail says nothing of it."""
    message = read(replace(mail(), unsubscribe=url))
    assert message["List-Unsubscribe"] == listed
    assert message["List-Unsubscribe-Post"] == one_click


def test_a_long_link_in_a_header_stays_a_link() -> None:
    """Folded, it would be encoded word by word."""
    url = "https://coaching.example.org/a/" + "WyJ3ZWVrbHl_" * 12
    sent = compose(replace(mail(), unsubscribe=url), SENDER)
    assert f"List-Unsubscribe: <{url}>".encode() in sent
    assert max(len(line) for line in sent.partition(b"Content-Type: text/plain")[2].split(b"\r\n")) <= 78
