"""Somebody above hears: the operator by mail, and whatever watches over the engine from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from activities.mail import read_address
from activities.mailer import Mailer, Server
from operations import heartbeat
from operations.heartbeat import beat
from operations.operator import tell_operator
from operations.watching import Watch
from records import incidents, reconciliations
from records.accounts import made
from records.database import Connection, Pool
from schemas.incidents import ENGINE, Finding, IncidentKind
from tests.activities.mail_servers import Behaviour, mail_server

AT = datetime(2027, 3, 1, 12, tzinfo=UTC)
SOON = timedelta(minutes=5)
OPERATOR = read_address("Service desk <desk@example.org>")
TEAM = "sheffield.2027-summer.P01"
STUCK = Finding(
    kind=IncidentKind.STUCK,
    subject=TEAM,
    facts={"due": AT.isoformat(), "reason": "PostgresError", "attempts": "9"},
)
LOST = Finding(kind=IncidentKind.RECORDS_LOST, subject=ENGINE, facts={"from": AT.isoformat(), "to": AT.isoformat()})
MENDED = Finding(
    kind=IncidentKind.NOT_RUNNING, subject=TEAM, facts={"status": "terminated"}, done="restarted", mended=True
)


@dataclass
class Post:
    """A mail server, and the way to it."""

    server: Behaviour
    mailer: Mailer

    @property
    def subjects(self) -> list[str]:
        """The subjects of what was taken."""
        return [str(message["Subject"]) for message in self.server.taken]

    @property
    def last(self) -> str:
        """The text of the last one, its lines joined."""
        text = self.server.taken[-1].get_body(("plain",))
        assert text is not None
        return " ".join(text.get_content().split())


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    """A real mail server."""
    behaviour = Behaviour()
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(mail_server(behaviour))
        mailer = Mailer(Server("127.0.0.1", port), read_address("engine@example.org"))
        yield Post(behaviour, await stack.enter_async_context(mailer))


@pytest.fixture
async def conn(pool: Pool) -> AsyncIterator[Connection]:
    """A connection to fresh records."""
    async with pool.acquire() as connection:
        yield connection


async def found(conn: Connection, *findings: Finding, at: datetime = AT) -> None:
    """What a run finds: what is not among it is over."""
    await incidents.open_incidents(conn, findings, at)
    await incidents.close_others(conn, set(IncidentKind), findings, at)


async def test_all_that_is_new_is_one_mail(pool: Pool, conn: Connection, post: Post) -> None:
    """In plain words: what, since when, what was done about it, and what to do; the same is not said again."""
    await found(conn, STUCK, LOST, MENDED)
    assert await tell_operator(pool, post.mailer, OPERATOR, AT + SOON)
    assert post.server.recipients == ["desk@example.org"]
    assert post.subjects == ["Coaching engine: 3 new problems"]
    assert "Stuck" in post.last
    assert "First seen on Monday 1 March 2027 at midday." in post.last
    assert "It was started again from the records. First seen" in post.last
    assert "Then run: mca reconcile" in post.last
    assert "Open now: 2." in post.last
    await found(conn, STUCK, LOST, at=AT + SOON)
    assert not await tell_operator(pool, post.mailer, OPERATOR, AT + 2 * SOON)
    assert len(post.server.taken) == 1


async def test_what_is_over_is_in_the_next_mail(pool: Pool, conn: Connection, post: Post) -> None:
    """With other news, or by itself after an hour, and once."""
    await found(conn, STUCK, LOST)
    await tell_operator(pool, post.mailer, OPERATOR, AT)
    await found(conn, LOST, at=AT + SOON)
    assert not await tell_operator(pool, post.mailer, OPERATOR, AT + SOON)
    await found(conn, LOST, MENDED, at=AT + 2 * SOON)
    assert await tell_operator(pool, post.mailer, OPERATOR, AT + 2 * SOON)
    assert post.subjects[1:] == ["Coaching engine: 1 new problem, 1 problem is over"]
    assert f"- Stuck: {TEAM}, from Monday 1 March 2027 at midday to Monday" in post.last
    await found(conn, at=AT + 3 * SOON)
    assert not await tell_operator(pool, post.mailer, OPERATOR, AT + 3 * SOON)
    assert await tell_operator(pool, post.mailer, OPERATOR, AT + 3 * SOON + timedelta(hours=1))
    assert post.subjects[2:] == ["Coaching engine: 1 problem is over"]
    assert "Nothing is open now." in post.last
    assert not await tell_operator(pool, post.mailer, OPERATOR, AT + timedelta(days=9))


async def test_mail_that_does_not_go_is_tried_again(pool: Pool, conn: Connection, post: Post) -> None:
    """Nobody counts as told before the mail server has taken it; tried again, it is the same mail."""
    await found(conn, STUCK)
    for refusal in ("451 later", "550 no"):
        post.server.to_data = refusal
        assert not await tell_operator(pool, post.mailer, OPERATOR, AT)
    post.server.to_data = ""
    assert await tell_operator(pool, post.mailer, OPERATOR, AT + SOON)
    assert await incidents.untold(conn) == []


async def test_hundreds_are_not_listed_one_by_one(pool: Pool, conn: Connection, post: Post) -> None:
    """The first twenty are, and how many more there are."""
    await found(conn, *(STUCK.model_copy(update={"subject": f"sheffield.2027.P{number}"}) for number in range(130)))
    await tell_operator(pool, post.mailer, OPERATOR, AT)
    assert post.subjects == ["Coaching engine: 130 new problems"]
    assert "There are 110 more." in post.last
    assert await incidents.untold(conn) == []


async def test_without_an_operator_it_stays_on_the_worklist(pool: Pool, conn: Connection, post: Post) -> None:
    """And whoever is named later hears of it."""
    await found(conn, STUCK)
    assert not await tell_operator(pool, post.mailer, None, AT)
    assert await tell_operator(pool, post.mailer, OPERATOR, AT)


@dataclass
class Monitor:
    """What watches from outside: an HTTP server that keeps what it was told, and answers so, or not."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    answer: str = "200 OK"
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[15:]) for line in head.lower().splitlines() if line.startswith("content-length:"))
        self.calls.append((" ".join(head.split()[:2]), (await reader.readexactly(length)).decode()))
        if self.answer:
            writer.write(f"HTTP/1.1 {self.answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        # Until the caller has had enough.
        await reader.read()
        writer.close()


@pytest.fixture
async def monitor() -> AsyncIterator[Monitor]:
    """A real one."""
    made = Monitor()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ping/abc"
    async with server:
        yield made


async def test_outside_is_told_that_all_is_well_or_what_is_not(
    pool: Pool, conn: Connection, post: Post, monitor: Monitor
) -> None:
    """After each comparison: success, or failure while an incident is open, by kinds and counts alone.

    The day is accounted for by the second one: what fell due while nothing ran is given its time.
    """
    watch = Watch(pool, post.mailer, OPERATOR, monitor.url)
    async with watch.over(AT):
        await reconciliations.note(conn, AT, 0)
    assert await made(conn, AT.date()) is None
    async with watch.over(AT + SOON):
        await found(conn, STUCK, LOST, at=AT + SOON)
    async with watch.over(AT + 2 * SOON):
        await found(conn, at=AT + 2 * SOON)
    assert monitor.calls == [
        ("POST /ping/abc", "all is well"),
        ("POST /ping/abc/fail", "records_lost: 1\nstuck: 1"),
        ("POST /ping/abc", "all is well"),
    ]
    assert len(post.server.taken) == 1
    assert await made(conn, AT.date()) == (AT + SOON, 0)


async def test_a_comparison_that_fails_is_heard_of_outside(pool: Pool, post: Post, monitor: Monitor) -> None:
    """And stays a failure."""
    with pytest.raises(OSError, match="gone"):
        async with Watch(pool, post.mailer, OPERATOR, monitor.url).over(AT):
            raise ConnectionError("gone")
    assert monitor.calls == [("POST /ping/abc/fail", "ConnectionError: 1")]


async def test_an_end_is_no_failure(pool: Pool, post: Post, monitor: Monitor) -> None:
    """A worker that is asked to end says nothing; another one will."""
    with pytest.raises(asyncio.CancelledError):
        async with Watch(pool, post.mailer, OPERATOR, monitor.url).over(AT):
            raise asyncio.CancelledError
    assert monitor.calls == []


async def test_nobody_outside_holds_the_engine_up(monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A monitor that refuses, hangs or is not there changes nothing."""
    monitor.answer = "500 Oh"
    await beat(monitor.url, {})
    await beat("http://127.0.0.1:1/", {})
    monkeypatch.setattr(heartbeat, "SECONDS", 0.2)
    monitor.answer = ""
    async with asyncio.timeout(5):
        await beat(monitor.url, {})
    await beat(None, {"stuck": 1})


async def test_numbers_that_a_restored_database_gives_again_are_other_news(
    pool: Pool, conn: Connection, post: Post
) -> None:
    """The operator's mail server must not take the next mail for one it has had."""
    await found(conn, STUCK)
    await tell_operator(pool, post.mailer, OPERATOR, AT)
    await conn.execute("TRUNCATE incidents RESTART IDENTITY")
    await found(conn, LOST, at=AT + SOON)
    await tell_operator(pool, post.mailer, OPERATOR, AT + SOON)
    assert len({message["Message-ID"] for message in post.server.taken}) == 2
