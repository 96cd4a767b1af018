"""What every call and every answer keeps to, over real connections where they matter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from gateway.access.bodies import Bounds
from gateway.app import build_app
from gateway.context import AppContext
from gateway.pages import kindly
from gateway.settings import GatewaySettings
from process.listening import listen
from records.database import Pool, connect
from tests.gateway.access.conftest import NOWHERE, probes

AT_MOST = 10_000
BOUND = 20


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    """No database: what is bounded here never gets that far."""
    made = await connect(NOWHERE)
    yield made
    await made.close()


@asynccontextmanager
async def _listening(app: FastAPI) -> AsyncIterator[tuple[str, int]]:
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, BOUND)


async def _sent(address: tuple[str, int], *pieces: bytes) -> bytes:
    """What is answered to these bytes, which are sent for as long as the other side reads."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), BOUND)
    finally:
        writer.close()


def _head(path: str, *headers: str) -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: gateway", "Content-Type: application/json", *headers)
    return "\r\n".join((*lines, "", "")).encode()


def _chunk(size: int) -> bytes:
    return f"{size:x}\r\n".encode() + b" " * size + b"\r\n"


@pytest.mark.parametrize("path", ["/probe/size", "/probe/parsed"])
async def test_a_declared_body_that_is_too_large_is_413_before_it_is_sent(app: FastAPI, path: str) -> None:
    """Nobody waits for it."""
    async with _listening(app) as address:
        head = await _sent(address, _head(path, f"Content-Length: {AT_MOST + 1}"))
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in head
    assert b"connection: close" in head.lower()


@pytest.mark.parametrize("path", ["/probe/size", "/probe/parsed"])
async def test_a_streamed_body_that_grows_too_large_is_413(app: FastAPI, path: str) -> None:
    """Its bytes are counted as they come; it need not end."""
    async with _listening(app) as address:
        pieces = [_chunk(4000)] * 3
        head = await _sent(address, _head(path, "Transfer-Encoding: chunked"), *pieces)
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in head
    assert b"connection: close" in head.lower()
    assert b"nosniff" in head


async def test_a_body_as_large_as_allowed_is_read(app: FastAPI) -> None:
    """Declared or streamed."""
    async with _listening(app) as (host, port), httpx.AsyncClient(base_url=f"http://{host}:{port}") as http:

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(4):
                yield b"x" * (AT_MOST // 4)

        for content in (b"x" * AT_MOST, pieces()):
            response = await http.post("/probe/size", content=content)
            assert (response.status_code, response.json()) == (200, AT_MOST)


async def test_a_length_that_hides_the_body_does_not_help(settings: GatewaySettings) -> None:
    """Bytes are counted whatever was declared, and whatever the application makes of it."""
    sent, pieces = [], iter([{"type": "http.request", "body": b"x" * 6000, "more_body": True}] * 3)

    async def greedy(_: Scope, receive: Receive, send: Send) -> None:
        try:
            while True:
                await receive()
        except Exception:  # noqa: BLE001 - what frameworks do
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"could not read it"})

    async def receive() -> dict[str, object]:
        return next(pieces)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", b"5")]}
    await Bounds(greedy, settings)(scope, receive, send)  # type: ignore[arg-type] # plain dicts are messages
    assert [message.get("status") for message in sent] == [413, None]


async def test_a_body_that_does_not_come_ends_in_503(context: AppContext) -> None:
    """A call takes as long as telling may take, and somewhat longer; then it is ended. A browser is shown a page."""
    hasty = AppContext(context.client, context.pool, context.settings.model_copy(update={"tell_seconds": 1}))
    app = build_app(hasty)
    app.user_middleware.clear()
    app.add_middleware(Bounds, settings=hasty.settings, longer_seconds=-0.8, page=partial(kindly.in_place_of, root=""))
    probes(app)
    async with _listening(app) as address:
        heads = [
            await _sent(address, _head("/probe/size", "Content-Length: 10", accepts), b"12345")
            for accepts in ("Accept: */*", "Accept: text/html,*/*;q=0.8")
        ]
    for head, kind in zip(heads, (b"application/problem+json", b"text/html"), strict=True):
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5" in head.lower()
        assert b"nosniff" in head
        assert kind in head


@pytest.mark.parametrize(
    ("path", "status"), [("/probe/own", 200), ("/probe/read", 401), ("/nothing-here", 404), ("/probe/broken", 500)]
)
async def test_every_answer_has_the_headers_of_safety(http: httpx.AsyncClient, path: str, status: int) -> None:
    """Good or bad; over plain http no promise of TLS is made."""
    response = await http.get(path)
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in response.headers


async def test_an_answer_may_say_otherwise(http: httpx.AsyncClient) -> None:
    """A page has a policy of its own; everything else may load nothing and be framed nowhere."""
    assert (await http.get("/probe/own")).headers.get_list("Content-Security-Policy") == ["default-src 'self'"]
    usual = (await http.get("/probe/read")).headers["Content-Security-Policy"]
    assert usual == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("public", "promised"),
    [("https://coaching.example.org", "max-age=31536000"), ("http://coaching.example.org", None), (None, None)],
)
async def test_tls_is_promised_where_the_public_address_has_it(
    context: AppContext, public: str | None, promised: str | None
) -> None:
    """For a year, for this host alone: of others beside it we know nothing."""
    app = build_app(
        AppContext(context.client, context.pool, context.settings.model_copy(update={"public_url": public}))
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http:
        assert (await http.get("/nothing-here")).headers.get("Strict-Transport-Security") == promised


async def test_what_breaks_is_logged_without_its_words(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    """By its name and place only, by the server under it too; the caller learns nothing of it."""
    with capture_logs() as logs:
        async with _listening(app) as (host, port), httpx.AsyncClient(base_url=f"http://{host}:{port}") as http:
            response = await http.get("/probe/broken?secret=Alder")
    assert response.status_code == 500
    assert response.json()["type"] == "/problems/broken"
    broken = [line for line in logs if line["event"] == "gateway.broken"]
    assert [(line["path"], line["error"]) for line in broken] == [("/probe/broken", "ZeroDivisionError")]
    assert broken[0]["at"].startswith("conftest.py:")
    assert "Alder" not in f"{logs}{caplog.text}{response.text}"
