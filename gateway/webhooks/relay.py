"""The loop that delivers what was published. Gateways share it: a delivery is one gateway's until its lease ends.

Each subscription has a line of its own, with its own connections, so that a subscriber who is slow, away or hostile
holds back nobody else. Within a line several subjects go in parallel, the events of one strictly one after another.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import structlog

from gateway.context import AppContext, now
from gateway.events.published import source_of
from gateway.webhooks.messages import cloud_event
from gateway.webhooks.sending import ANSWERS_WITHIN, Outcome, Sender
from gateway.webhooks.signing import signed
from records import deliveries, subscriptions
from records.database import Connection
from records.deliveries import Claimed
from records.events import TEST

LOOK_EVERY: Final = timedelta(seconds=1)
SUBJECTS_AT_A_TIME: Final = 8
LEASE: Final = timedelta(seconds=60)
"""Several times as long as a subscriber may take: only what a dead gateway left is sent by another."""

FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(hours=1)
"""Who is away is asked once an hour for each subject; whatever waits goes out as soon as one of these is taken."""

GIVE_UP_AFTER: Final = timedelta(days=5)
"""What could not be delivered for as long as this is set aside."""

_log = structlog.stdlib.get_logger("gateway.webhooks")


async def relay(context: AppContext) -> None:
    """Deliver for as long as the gateway runs; cancelled, finish what is on its way. Postgres away is waited for."""
    running = Relay(context)
    try:
        while True:
            await running.look()
            await asyncio.sleep(LOOK_EVERY.total_seconds())
    finally:
        await running.close()


class Relay:
    """A line for every subscription that goes on."""

    def __init__(
        self, context: AppContext, *, clock: Callable[[], datetime] = now, answers_within: timedelta = ANSWERS_WITHIN
    ) -> None:
        self._context = context
        self._clock = clock
        self._answers_within = answers_within
        self._tls = ssl.create_default_context()
        self._lines: dict[str, _Line] = {}

    async def look(self) -> None:
        """Begin to deliver whatever is due now; does not wait for subscribers."""
        with _away_is_waited_for():
            async with self._context.connection() as conn:
                active = await subscriptions.active(conn)
            for name in active:
                if name not in self._lines:
                    self._lines[name] = _Line(name, self._context, self._sender(), self._clock)
                self._lines[name].wake()
            for name in self._lines.keys() - set(active):
                if self._lines[name].idle:
                    await self._lines.pop(name).close()

    async def idle(self) -> None:
        """Wait until nothing is on its way."""
        await asyncio.gather(*(line.ended() for line in self._lines.values()))

    async def close(self) -> None:
        """Let what is on its way arrive, and begin nothing more."""
        await asyncio.gather(*(line.close() for line in self._lines.values()))

    def _sender(self) -> Sender:
        return Sender(
            self._context.settings.reachable_networks,
            tls=self._tls,
            at_a_time=SUBJECTS_AT_A_TIME,
            answers_within=self._answers_within,
        )


class _Line:
    """The way to one subscriber."""

    def __init__(self, name: str, context: AppContext, sender: Sender, clock: Callable[[], datetime]) -> None:
        self._name = name
        self._context = context
        self._sender = sender
        self._clock = clock
        self._at_work: set[asyncio.Task[None]] = set()
        self._closing = False
        self._last = ""

    @property
    def idle(self) -> bool:
        return not self._at_work

    def wake(self) -> None:
        """One more of a few looks for something to deliver."""
        if len(self._at_work) < SUBJECTS_AT_A_TIME and not self._closing:
            task = asyncio.create_task(self._work())
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    async def ended(self) -> None:
        while self._at_work:
            await asyncio.wait(self._at_work)

    async def close(self) -> None:
        self._closing = True
        await self.ended()
        await self._sender.close()

    async def _work(self) -> None:
        with _away_is_waited_for():
            while not self._closing and (claimed := await self._claim()):
                # There may be more than one can deliver.
                self.wake()
                await self._deliver(claimed)

    async def _claim(self) -> Claimed | None:
        """The next subject's turn: after the last one, all the way round."""
        at, last = self._clock(), self._last
        async with self._context.connection() as conn:
            claimed = await deliveries.claim(conn, self._name, at, at + LEASE, last)
            if claimed is None and last:
                claimed = await deliveries.claim(conn, self._name, at, at + LEASE)
        self._last = claimed.subject if claimed else ""
        return claimed

    async def _deliver(self, claimed: Claimed) -> None:
        outcome = await self._send(claimed)
        async with self._context.connection() as conn:
            if outcome.failure is None:
                await deliveries.delivered(conn, claimed, self._clock(), LEASE)
                _log.info("webhooks.delivered", subscription=self._name, event_id=claimed.id, subject=claimed.subject)
            else:
                await self._not_delivered(conn, claimed, outcome, outcome.failure)

    async def _send(self, claimed: Claimed) -> Outcome:
        at = self._clock()
        message = cloud_event(source_of(self._context.settings), claimed)
        headers = {
            **message.headers,
            **signed(claimed.id, message.body, at, _secrets(claimed, at)),
            "user-agent": _AGENT,
        }
        return await self._sender.send(claimed.url, headers, message.body, at)

    async def _not_delivered(self, conn: Connection, claimed: Claimed, outcome: Outcome, why: str) -> None:
        at, test = self._clock(), claimed.type == TEST
        ended = outcome.gone and not test
        given_up = test or at - (claimed.failing_since or at) >= GIVE_UP_AFTER
        if ended:
            await subscriptions.end(
                conn, self._name, at, failure=f"{why}: the subscriber wants no more", url=claimed.url
            )
        elif given_up:
            await deliveries.set_aside(conn, claimed, at, why)
        else:
            wait = max(pause(claimed.attempts), outcome.retry_after or timedelta())
            await deliveries.failed(conn, claimed, at, at + wait, why)
        _log.warning(
            "webhooks.not_delivered",
            subscription=self._name,
            event_id=claimed.id,
            subject=claimed.subject,
            attempts=claimed.attempts,
            failure=why,
            set_aside=given_up,
            ended=ended,
        )


_AGENT: Final = "coaching-lifecycle-webhooks"


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: four times as long each time, at most an hour."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << 2 * min(attempts - 1, 10)))


def _secrets(claimed: Claimed, at: datetime) -> tuple[str, ...]:
    before = claimed.previous_secret
    if before is None or claimed.previous_until is None or at >= claimed.previous_until:
        return (claimed.secret,)
    return (claimed.secret, before)


@contextmanager
def _away_is_waited_for() -> Iterator[None]:
    """What was claimed is sent again after its lease."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, the next look goes on
        _log.warning("webhooks.records_away", error=type(error).__name__)
