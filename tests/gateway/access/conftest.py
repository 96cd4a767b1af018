"""The gateway before whom callers stand: real application, real database, a real issuer; no engine is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from temporalio.client import Client

from gateway.access.caller import Access, Teller, holding
from gateway.app import build_app
from gateway.context import AppContext, now
from gateway.settings import GatewaySettings
from operations.callers import Caller
from operations.keys import AT_MOST
from records import keys
from records.database import Pool
from schemas.grants import Managing, Reading
from schemas.words import Group
from tests.gateway.access.issuer import Issuer

Reader = Annotated[Caller, holding(Reading.ENGAGEMENTS)]
Administrator = Annotated[Caller, holding(Managing.AUDIT)]
TEAM = "sheffield.2026-autumn.P01"
NOWHERE = "postgresql://127.0.0.1:1/nowhere"


@dataclass
class Clock:
    """A clock that stands still until a test moves it. Seconds."""

    at: float = 1000.0

    def __call__(self) -> float:
        """The moment it shows."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """By which the gateway remembers the issuer's keys."""
    return Clock()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """By which calls are counted: 20 seconds into a minute, until a test moves it."""
    made = Clock(1_700_000_000.0 // 60 * 60 + 20)
    stopped = SimpleNamespace(time=made)
    monkeypatch.setattr("limits.aio.storage.memory.time", stopped)
    monkeypatch.setattr("limits.aio.strategies.time", stopped)
    monkeypatch.setattr("gateway.access.limits.time", made)
    return made


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer that answers."""
    made = Issuer()
    yield made
    made.close()


@pytest.fixture
def settings(issuer: Issuer) -> GatewaySettings:
    """Few calls, small bodies; the database is whatever the pool says."""
    return GatewaySettings.from_environment(
        {
            "MCA_DATABASE_URL": NOWHERE,
            "MCA_SMTP_URL": "smtp://127.0.0.1:1",
            "MCA_OIDC_ISSUER": issuer.url,
            "MCA_CALLS_PER_MINUTE": "5",
            "MCA_BODY_BYTES": "10000",
            "MCA_TELL_SECONDS": "5",
        }
    )


@pytest.fixture
async def context(pool: Pool, settings: GatewaySettings) -> AppContext:
    """Nobody here needs Temporal: its client never connects."""
    return AppContext(await Client.connect("127.0.0.1:1", lazy=True), pool, settings)


def probes(app: FastAPI) -> None:
    """Operations that say who called, or do what a test needs."""

    @app.get("/probe/read")
    async def read(caller: Reader) -> str:
        return caller.id

    @app.get("/probe/read/{subject}")
    async def read_of(caller: Reader, subject: str) -> str:
        caller.require(Reading.ENGAGEMENTS, subject)
        return caller.id

    @app.get("/probe/tell/{subject}")
    async def tell_of(caller: Teller, subject: str) -> str:
        caller.require(Group.SESSIONS, subject)
        return caller.id

    @app.get("/probe/admin")
    async def admin(caller: Administrator) -> str:
        return caller.id

    @app.post("/probe/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.post("/probe/parsed")
    async def parsed(body: dict[str, str]) -> int:
        return len(body)

    @app.get("/probe/broken")
    async def broken() -> None:
        raise ZeroDivisionError("Nurse Alder")

    @app.get("/probe/own")
    async def own() -> HTMLResponse:
        return HTMLResponse("hello", headers={"Content-Security-Policy": "default-src 'self'"})


@pytest.fixture
def app(context: AppContext, clock: Clock) -> FastAPI:
    """The gateway's application, with operations to probe it."""
    made = build_app(context)
    made.state.access = Access(context, clock)
    probes(made)
    return made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that does not say who it is."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as made:
        yield made


Knock = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def knock(http: httpx.AsyncClient) -> Knock:
    """Call with a token."""

    async def knocked(token: str, path: str = "/probe/read") -> httpx.Response:
        return await http.get(path, headers={"Authorization": f"Bearer {token}"})

    return knocked


@pytest.fixture
def key(pool: Pool) -> Callable[..., Awaitable[str]]:
    """Make an API key that holds these grants."""

    async def made(*grants: str) -> str:
        async with pool.acquire() as connection:
            return (await keys.create(connection, "diary", grants, now(), now() + AT_MOST)).secret

    return made
