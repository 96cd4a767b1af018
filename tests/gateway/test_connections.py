"""Connections: slow and idle ones are closed, and only known proxies say who is behind them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from gateway import connections
from gateway.context import AppContext
from gateway.main import serving
from gateway.pages.assets import assets

PATIENCE = 0.3
BOUND = 10
HEAD = b"GET /health/live HTTP/1.1\r\nHost: gateway\r\n"
FORM = HEAD.replace(b"GET /health/live", b"POST /sign-in") + (
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\n"
)


@pytest.fixture
async def url(context: AppContext, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Where a gateway answers, whose proxies are as the test says."""
    said = {"listen": "127.0.0.1:0", "trusted_proxies": getattr(request, "param", "127.0.0.1")}
    async with serving(replace(context, settings=context.settings.model_copy(update=said))) as running:
        yield running.url


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for as long as in earnest."""
    monkeypatch.setattr(connections, "PATIENCE_SECONDS", PATIENCE)


async def _opened(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = url.removeprefix("http://").rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def _until_closed(reader: asyncio.StreamReader) -> bytes:
    """All that was answered. Fails where the connection stays."""
    try:
        return await asyncio.wait_for(reader.read(), BOUND)
    except ConnectionResetError:
        return b""


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "said",
    [b"", b"GE", HEAD, FORM],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
async def test_a_connection_that_says_no_more_is_closed(url: str, said: bytes) -> None:
    """Wherever it stopped."""
    reader, writer = await _opened(url)
    writer.write(said)
    assert await _until_closed(reader) == b""
    writer.close()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("begun", [HEAD, FORM], ids=["head", "body"])
async def test_a_connection_that_goes_on_letter_by_letter_is_closed(url: str, begun: bytes) -> None:
    """What comes in time is the end, not one more letter."""
    reader, writer = await _opened(url)
    writer.write(begun)
    closed = asyncio.create_task(_until_closed(reader))
    while not closed.done():
        writer.write(b"x")
        await asyncio.wait({closed}, timeout=PATIENCE / 10)
    assert closed.result() == b""
    writer.close()


@pytest.mark.usefixtures("impatient")
async def test_a_connection_that_reads_no_answer_is_closed(url: str) -> None:
    """However much it asks for: nothing is kept for it."""
    asked = HEAD.replace(b"/health/live", f"/assets/{assets().design}".encode()) + b"\r\n"
    loop, (host, _, port) = asyncio.get_running_loop(), url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port))) as deaf:
        deaf.setblocking(False)
        await loop.sock_sendall(deaf, asked * 100)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            async with asyncio.timeout(BOUND):
                while True:
                    await loop.sock_sendall(deaf, b"x")
                    await asyncio.sleep(PATIENCE / 10)


@pytest.mark.usefixtures("impatient")
async def test_a_connection_is_kept_from_one_request_to_the_next(url: str) -> None:
    """Several at once too: each is answered, and only then it is closed."""
    reader, writer = await _opened(url)
    for _ in range(3):
        writer.write(HEAD + b"\r\n" + HEAD + b"\r\n")
        await asyncio.sleep(0)
    answered = await _until_closed(reader)
    assert answered.count(b"HTTP/1.1 200") == 6
    writer.close()


async def _tries(url: str, *sources: str) -> list[int]:
    """What a link that is not ours is answered, to each of these sources."""
    async with httpx.AsyncClient(base_url=url) as http:
        return [(await http.get("/a/forged", headers={"X-Forwarded-For": said})).status_code for said in sources]


async def test_a_known_proxy_says_who_is_behind_it(url: str) -> None:
    """Each source has its own thirty; whatever a caller writes before the proxy's own word changes nothing."""
    assert await _tries(url, *["203.0.113.1"] * 31) == [404] * 30 + [429]
    assert await _tries(url, "198.51.100.9, 203.0.113.1", "203.0.113.1, 203.0.113.2") == [429, 404]


async def test_an_ipv6_source_is_its_network(url: str) -> None:
    """Whoever has one address of a /64 has them all."""
    assert await _tries(url, *[f"2001:db8:0:1::{number:x}" for number in range(31)]) == [404] * 30 + [429]
    assert await _tries(url, "2001:db8:0:2::1", "[2001:db8:0:1::77]:4711") == [404, 429]


@pytest.mark.parametrize("url", ["10.20.0.0/16"], indirect=True)
async def test_nobody_else_is_believed(url: str) -> None:
    """Else anybody would have a new source with each call."""
    assert await _tries(url, *[f"203.0.113.{number}" for number in range(31)]) == [404] * 30 + [429]
