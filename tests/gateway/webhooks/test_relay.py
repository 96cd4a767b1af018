"""Delivery: signed, in order, at least once, tried for days, and nobody waits for somebody else's subscriber."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.responses import Response

from gateway.context import AppContext
from gateway.webhooks.relay import GIVE_UP_AFTER, LONGEST_PAUSE, Relay, pause
from operations.subscriptions import BOTH_FOR, new_secret
from records import deliveries, events, projections, subscriptions
from records.database import Pool
from records.deliveries import DeliveryLine
from schemas.words import Health
from tests.faults.waiting import eventually
from tests.gateway.webhooks.conftest import Clock
from tests.gateway.webhooks.subscriber import COHORT, Answer, Message, Subscriber, came, listening, recorded, subscribed
from tests.records.telling import ENGAGEMENT, at, changes, engagement

ONE, TWO = f"{COHORT}.P01", f"{COHORT}.P02"


async def looked(*relays: Relay) -> None:
    """They look once, and deliver whatever is due."""
    await asyncio.gather(*(one.look() for one in relays))
    await asyncio.gather(*(one.idle() for one in relays))


async def lines(pool: Pool, name: str = "dashboard") -> list[DeliveryLine]:
    """What became of the events, the oldest first."""
    async with pool.acquire() as conn:
        return (await deliveries.listed(conn, name))[::-1]


async def statuses(pool: Pool, name: str = "dashboard") -> list[str]:
    """The status of each event, the oldest first."""
    return [line.status for line in await lines(pool, name)]


async def test_a_fact_arrives_as_a_signed_cloud_event(relay: Relay, pool: Pool, subscriber: Subscriber) -> None:
    """The official libraries verify and read it; its time is the fact's, its id the fact's, its source ours."""
    secret = new_secret()
    await subscribed(pool, "dashboard", subscriber.url, secret)
    await recorded(pool, ONE, 1)
    await looked(relay)
    (message,) = subscriber.came
    assert Webhook(secret).verify(message.body, message.headers)["id"] == f"{ONE}-1"
    assert "." not in message.headers["webhook-id"]
    event = from_http_event(HTTPMessage(headers=message.headers, body=message.body))
    assert event.get_type() == "org.coaching-lifecycle.fact.measure_defined"
    assert (event.get_source(), event.get_subject()) == ("https://coaching.example.org", ONE)
    assert event.get_time() == at(1)
    said: Any = event.get_data()
    assert (said["measure"], said["better"], said["event_id"]) == ("on_time", "higher", f"{ONE}-1")
    assert await statuses(pool) == ["delivered"]
    await looked(relay)
    assert len(subscriber.came) == 1


async def test_a_changed_body_is_not_verified(relay: Relay, pool: Pool, subscriber: Subscriber) -> None:
    """Neither is one signed with another secret."""
    secret = new_secret()
    await subscribed(pool, "dashboard", subscriber.url, secret)
    await recorded(pool, ONE, 1)
    await looked(relay)
    (message,) = subscriber.came
    for by, body in ((secret, message.body.replace(b"P01", b"P02")), (new_secret(), message.body)):
        with pytest.raises(WebhookVerificationError):
            Webhook(by).verify(body, message.headers)


@pytest.mark.parametrize(("ago", "both"), [(timedelta(hours=1), True), (timedelta(days=1), False)])
async def test_for_a_day_after_a_rotation_both_secrets_sign(
    ago: timedelta, both: bool, relay: Relay, pool: Pool, subscriber: Subscriber, clock: Clock
) -> None:
    """Afterwards only the new one."""
    before, after = new_secret(), new_secret()
    await subscribed(pool, "dashboard", subscriber.url, before)
    async with pool.acquire() as conn:
        await subscriptions.rotate(conn, "dashboard", after, clock() - ago + BOTH_FOR)
    await recorded(pool, ONE, 1)
    await looked(relay)
    (message,) = subscriber.came
    Webhook(after).verify(message.body, message.headers)
    if both:
        Webhook(before).verify(message.body, message.headers)
    else:
        with pytest.raises(WebhookVerificationError):
            Webhook(before).verify(message.body, message.headers)


async def test_an_event_that_fails_holds_back_only_its_engagement(
    relay: Relay, pool: Pool, subscriber: Subscriber, clock: Clock
) -> None:
    """What follows it waits; other engagements and other subscribers go on; then all arrive in order."""
    async with listening() as other:
        await subscribed(pool, "dashboard", subscriber.url)
        await subscribed(pool, "other", other.url)
        await recorded(pool, ONE, 1, 2, 3)
        await recorded(pool, TWO, 1, 2, 3)
        subscriber.answer = lambda message: 500 if message.id == f"{ONE}-2" else 204
        await looked(relay)
        await looked(relay)
        assert subscriber.of(ONE) == [f"{ONE}-1", f"{ONE}-2"]
        assert subscriber.of(TWO) == [f"{TWO}-{number}" for number in (1, 2, 3)]
        assert other.of(ONE) == [f"{ONE}-{number}" for number in (1, 2, 3)]
        subscriber.answer = lambda _: 204
        clock.forward(minutes=1)
        await looked(relay)
        assert subscriber.of(ONE) == [f"{ONE}-1", f"{ONE}-2", f"{ONE}-2", f"{ONE}-3"]
        first, again = (message for message in subscriber.came if message.id == f"{ONE}-2")
        assert first.headers["webhook-id"] == again.headers["webhook-id"]


async def test_a_subscriber_who_hangs_harms_no_other(
    own_context: AppContext, pool: Pool, subscriber: Subscriber, clock: Clock
) -> None:
    """While all its connections hang, others get everything, and so do events that come meanwhile."""
    relay = Relay(own_context, clock=clock, answers_within=timedelta(minutes=5))
    async with listening() as other:
        await subscribed(pool, "dashboard", subscriber.url)
        await subscribed(pool, "other", other.url)
        subscriber.held.clear()
        subjects = [f"{COHORT}.P{number:02}" for number in range(20)]
        for subject in subjects:
            await recorded(pool, subject, 1)
        await relay.look()
        await eventually(lambda: came(other, 20))
        for subject in subjects:
            await recorded(pool, subject, 2)
        await relay.look()
        await eventually(lambda: came(other, 40))
        assert 0 < len(subscriber.came) <= 8
        subscriber.held.set()
        await relay.idle()
        assert len(subscriber.came) == 40
    await relay.close()


async def test_a_subscriber_who_never_answers_is_tried_again(
    own_context: AppContext, pool: Pool, subscriber: Subscriber, clock: Clock
) -> None:
    """It has some seconds; then it counts as failed."""
    relay = Relay(own_context, clock=clock, answers_within=timedelta(milliseconds=300))
    await subscribed(pool, "dashboard", subscriber.url)
    await recorded(pool, ONE, 1)
    subscriber.held.clear()
    await looked(relay)
    (line,) = await lines(pool)
    assert (line.status, line.attempts, line.failure) == ("waiting", 1, "no answer within 0.3 seconds")
    assert line.next_at == clock() + pause(1)
    await relay.close()


async def test_pauses_grow_to_an_hour() -> None:
    """Seconds first, then minutes, then an hour at most."""
    pauses = [pause(number) for number in range(1, 30)]
    assert pauses[0] == timedelta(seconds=5)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


async def test_after_five_days_an_event_is_set_aside_and_replayed_later(
    relay: Relay, pool: Pool, subscriber: Subscriber, clock: Clock
) -> None:
    """It is tried with growing pauses; what followed it had its days too; a replay sends all, in order."""
    await subscribed(pool, "dashboard", subscriber.url)
    await recorded(pool, ONE, 1, 2)
    subscriber.answer = lambda _: 503
    begun, tried = clock(), [clock()]
    await looked(relay)
    while (await statuses(pool))[0] == "waiting":
        clock.at = _next(await lines(pool))
        tried.append(clock())
        await looked(relay)
    gaps = [after - before for before, after in pairwise(tried)]
    assert gaps == [pause(number) for number in range(1, len(tried))]
    assert GIVE_UP_AFTER <= clock() - begun < GIVE_UP_AFTER + LONGEST_PAUSE
    assert 100 < subscriber.of(ONE).count(f"{ONE}-1") < 150
    # Its days began when the first failed: it is tried once, and set aside too.
    assert await statuses(pool) == ["set_aside", "set_aside"]
    assert [line.failure for line in await lines(pool)] == ["answered 503", "answered 503"]

    subscriber.answer = lambda _: 204
    subscriber.came.clear()
    await recorded(pool, ONE, 3)
    await looked(relay)
    assert subscriber.ids == [f"{ONE}-3"]
    async with pool.acquire() as conn:
        assert await events.replay(conn, "dashboard", at(2), at(3)) == 3
    await looked(relay)
    assert subscriber.ids == [f"{ONE}-3", f"{ONE}-1", f"{ONE}-2", f"{ONE}-3"]
    assert await statuses(pool) == ["delivered"] * 3


def _next(found: list[DeliveryLine]) -> datetime:
    (soonest,) = [line.next_at for line in found if line.next_at is not None]
    return soonest


async def test_a_subscriber_who_is_back_catches_up_at_once(
    relay: Relay, pool: Pool, subscriber: Subscriber, clock: Clock
) -> None:
    """When one of many subjects is taken, no other waits for its pause; each keeps its order."""
    subjects = [f"{COHORT}.P{number:02}" for number in range(6)]
    await subscribed(pool, "dashboard", subscriber.url)
    for subject in subjects:
        await recorded(pool, subject, 1, 2)
    subscriber.answer = lambda _: 503
    for _ in range(7):
        await looked(relay)
        clock.forward(hours=1)
    await pool.execute("UPDATE deliveries SET next_at = $1 WHERE subject <> $2", clock.at + LONGEST_PAUSE, subjects[0])
    subscriber.came.clear()
    subscriber.answer = lambda _: 204
    await looked(relay)
    await looked(relay)
    assert await statuses(pool) == ["delivered"] * 12
    assert all(subscriber.of(subject) == [f"{subject}-1", f"{subject}-2"] for subject in subjects)


@pytest.mark.parametrize("as_date", [False, True])
async def test_a_retry_after_is_waited_for(
    as_date: bool, relay: Relay, pool: Pool, subscriber: Subscriber, clock: Clock
) -> None:
    """In seconds or as a date; a year is not believed, and a past date asks for nothing."""
    await subscribed(pool, "dashboard", subscriber.url)
    await recorded(pool, ONE, 1)
    asked = clock() + timedelta(minutes=2)
    says = [format_datetime(asked, usegmt=True) if as_date else "120"]
    subscriber.answer = lambda _: Response(status_code=429, headers={"Retry-After": says[-1]})
    await looked(relay)
    assert [line.next_at for line in await lines(pool)] == [asked]
    for said, wait in (("31536000", timedelta(days=1)), ("Thu, 01 Jan 1970 00:00:00 GMT", pause(3)), ("?", pause(4))):
        says.append(said)
        clock.at = _next(await lines(pool))
        await looked(relay)
        assert [line.next_at for line in await lines(pool)] == [clock() + wait]


async def test_two_relays_at_once_keep_every_order(
    own_context: AppContext, pool: Pool, subscriber: Subscriber, clock: Clock
) -> None:
    """Both deliver the events of many subjects, some of which fail at first; no event is ever seen before its time."""
    await subscribed(pool, "dashboard", subscriber.url)
    subjects = [f"{COHORT}.P{number:02}" for number in range(12)]
    for subject in subjects:
        await recorded(pool, subject, *range(1, 9))
    seen: set[str] = set()

    def answer(message: Message) -> int:
        again = message.id in seen
        seen.add(message.id)
        return 204 if again or crc32(message.id.encode()) % 5 else 500

    subscriber.answer = answer
    both = [Relay(own_context, clock=clock), Relay(own_context, clock=clock)]
    while "waiting" in await statuses(pool):
        await looked(*both)
        clock.forward(minutes=1)
    for subject in subjects:
        took = subscriber.of(subject)
        assert list(dict.fromkeys(took)) == [f"{subject}-{number}" for number in range(1, 9)]
        # What failed came again at once, before anything that follows it.
        assert took == sorted(took)
    for one in both:
        await one.close()


async def test_a_redirect_is_not_followed(relay: Relay, pool: Pool, subscriber: Subscriber) -> None:
    """Wherever it points: it counts as failed."""
    async with listening() as elsewhere:
        await subscribed(pool, "dashboard", subscriber.url)
        await recorded(pool, ONE, 1)
        subscriber.answer = lambda _: Response(status_code=307, headers={"Location": elsewhere.url})
        await looked(relay)
        assert elsewhere.came == []
        assert [line.failure for line in await lines(pool)] == ["answered 307"]


async def test_a_subscriber_who_is_gone_is_sent_nothing_more(relay: Relay, pool: Pool, subscriber: Subscriber) -> None:
    """410 ends the subscription; what waited is set aside with the reason, and no new event goes on its way."""
    await subscribed(pool, "dashboard", subscriber.url)
    await recorded(pool, ONE, 1, 2)
    subscriber.answer = lambda _: 410
    await looked(relay)
    await recorded(pool, ONE, 3)
    await looked(relay)
    assert subscriber.ids == [f"{ONE}-1"]
    assert [line.status for line in await lines(pool)] == ["set_aside"] * 2
    assert {line.failure for line in await lines(pool)} == {"answered 410: the subscriber wants no more"}


async def test_a_test_is_tried_once_and_ends_nothing(relay: Relay, pool: Pool, subscriber: Subscriber) -> None:
    """It arrives signed; where it fails it is set aside at once."""
    secret = new_secret()
    await subscribed(pool, "dashboard", subscriber.url, secret)
    for number, answer in enumerate((204, 500, 410), 1):
        subscriber.answer = _always(answer)
        async with pool.acquire() as conn:
            await events.send_test(conn, "dashboard", UUID(int=number), at(1))
        await looked(relay)
    assert await statuses(pool) == ["delivered", "set_aside", "set_aside"]
    said = Webhook(secret).verify(subscriber.came[0].body, subscriber.came[0].headers)
    assert said["type"] == "org.coaching-lifecycle.test"
    assert said["data"] == {"subscription": "dashboard"}
    async with pool.acquire() as conn:
        assert await subscriptions.active(conn) == ["dashboard"]


def _always(status: int) -> Answer:
    return lambda _: status


async def test_a_change_arrives_with_what_it_was(relay: Relay, pool: Pool, subscriber: Subscriber) -> None:
    """Ids, codes and dates only."""
    await subscribed(pool, "dashboard", subscriber.url)
    async with pool.acquire() as conn:
        await projections.write(conn, ENGAGEMENT, at(1), *changes(engagement()))
        await projections.write(conn, ENGAGEMENT, at(2), *changes(engagement(health=Health.AT_RISK)))
    await looked(relay)
    (message,) = subscriber.came
    assert message.event == message.event | {
        "type": "org.coaching-lifecycle.changed.health",
        "subject": ENGAGEMENT,
        "time": at(2).isoformat().replace("+00:00", "Z"),
        "data": {"from": "on_track", "to": "at_risk"},
    }


async def test_whatever_a_subscriber_does_is_a_failure_and_nothing_more(relay: Relay, pool: Pool) -> None:
    """It hangs up, talks nonsense, or talks without end: the event waits."""
    answers = {"silent": b"", "nonsense": b"SSH-2.0-OpenSSH\r\n", "headers": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000}
    servers = []
    for name, bytes_sent in answers.items():
        servers.append(await asyncio.start_server(_saying(bytes_sent), "127.0.0.1", 0))
        await subscribed(pool, name, f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}/")
    await recorded(pool, ONE, 1)
    await looked(relay)
    for name in answers:
        (line,) = await lines(pool, name)
        assert line.status == "waiting"
        assert line.failure is not None
        assert line.failure.startswith("cannot be reached")
    for server in servers:
        server.close()


def _saying(bytes_sent: bytes) -> Any:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(bytes_sent)
        writer.close()

    return say


async def test_an_answer_without_end_is_not_read(relay: Relay, pool: Pool) -> None:
    """The status counts; the rest costs the connection."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 10_000)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    await subscribed(pool, "dashboard", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await recorded(pool, ONE, 1)
    await looked(relay)
    assert await statuses(pool) == ["delivered"]
    server.close()


async def test_an_answer_counts_before_it_has_ended(relay: Relay, pool: Pool) -> None:
    """Who says 200 and then nothing more has the event."""

    async def dawdling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(dawdling, "127.0.0.1", 0)
    await subscribed(pool, "dashboard", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await recorded(pool, ONE, 1)
    await looked(relay)
    assert await statuses(pool) == ["delivered"]
    server.close()
