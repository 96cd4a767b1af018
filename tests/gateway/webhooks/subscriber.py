"""A real subscriber on this machine, and events for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import Response

from operations.subscriptions import new_secret
from process.listening import listen
from records import subscriptions
from records.database import Pool
from records.subscriptions import Wish
from schemas.improvement_facts import MeasureDefined
from schemas.recording import RecordFact
from tests.records.telling import at, record, told

COHORT = "sheffield.2026-autumn"


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent in it."""
        said: dict[str, Any] = json.loads(self.body)
        return said

    @property
    def id(self) -> str:
        """The event's id."""
        return str(self.event["id"])


Answer = Callable[[Message], int | Response]


class Subscriber:
    """Keeps what came, in order, and answers as it is told to: 204 unless told otherwise."""

    def __init__(self) -> None:
        self.came: list[Message] = []
        self.answer: Answer = lambda _: 204
        self.held = asyncio.Event()
        self.held.set()
        self.url = ""

    @property
    def ids(self) -> list[str]:
        """Ids of the events that came, in the order they came."""
        return [message.id for message in self.came]

    def of(self, subject: str) -> list[str]:
        """Ids of those about one subject."""
        return [message.id for message in self.came if message.event["subject"] == subject]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Take one message; while it is ``held`` nobody is answered."""
        request = Request(scope, receive)
        message = Message(request.url.path, dict(request.headers), await request.body())
        self.came.append(message)
        await self.held.wait()
        answer = self.answer(message)
        response = answer if isinstance(answer, Response) else Response(status_code=answer)
        await response(scope, receive, send)


@asynccontextmanager
async def listening() -> AsyncIterator[Subscriber]:
    """A subscriber that can be called on a port of its own."""
    subscriber = Subscriber()
    with listen("127.0.0.1", 0) as socket:
        config = uvicorn.Config(
            subscriber, access_log=False, log_config=None, lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[socket]))
        subscriber.url = f"http://127.0.0.1:{socket.getsockname()[1]}/hook"
        try:
            yield subscriber
        finally:
            subscriber.held.set()
            server.should_exit = True
            await running


async def came(subscriber: Subscriber, number: int) -> bool:
    """Whether so many messages came."""
    return len(subscriber.came) == number


async def subscribed(pool: Pool, name: str, url: str, secret: str | None = None) -> None:
    """Somebody is sent everything."""
    async with pool.acquire() as conn:
        assert await subscriptions.create(conn, Wish(name, url), secret or new_secret(), at(0), "key_1")


async def recorded(pool: Pool, subject: str, *numbers: int) -> None:
    """Facts of a subject, numbered from 1, are recorded: ``<subject>-1`` and so on."""
    for number in numbers:
        fact = MeasureDefined(event_id=f"{subject}-{number}", occurred_at=at(1), measure="on_time", better="higher")
        async with pool.acquire() as conn:
            asked = RecordFact(subject=subject, fact=fact, recorded_at=at(2), known=number - 1)
            await record(conn, told(fact, number - 1)._replace(asked=asked))
