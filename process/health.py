"""A page for whoever watches over a process that has no other: whether it lives, and whether it is ready."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

import structlog

from process.listening import listen

_SECONDS: Final = 5.0
"""How long somebody may take to ask."""

Obstacles = Callable[[], Awaitable[Sequence[str]]]

_log = structlog.stdlib.get_logger("health")


@asynccontextmanager
async def health_page(address: str, obstacles: Obstacles) -> AsyncIterator[str]:
    """Answer ``/health/live`` and ``/health/ready`` as the gateway does, while the context lasts; yields the URL.

    Ready asks ``obstacles``, live asks nothing. Raises CannotListenError.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                asked = (await reader.readline()).split(b" ")
            status, body = await _said(asked[1:2], obstacles)
            written = json.dumps(body).encode()
            head = f"HTTP/1.0 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(written)}\r\n\r\n".encode() + written)
            await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass
        finally:
            writer.close()

    host, _, port = address.rpartition(":")
    with listen(host, int(port), "MCA_HEALTH") as listening:
        async with await asyncio.start_server(answer, sock=listening):
            host, port = listening.getsockname()[:2]
            yield f"http://{host}:{port}"


async def _said(asked: Sequence[bytes], obstacles: Obstacles) -> tuple[HTTPStatus, dict[str, object]]:
    if asked == [b"/health/live"]:
        return HTTPStatus.OK, {"status": "live"}
    if asked != [b"/health/ready"]:
        return HTTPStatus.NOT_FOUND, {"status": "unknown"}
    try:
        found = tuple(await obstacles())
    except Exception as error:  # noqa: BLE001 - whatever keeps it from looking keeps it from working
        found = (f"Postgres or Temporal does not answer ({type(error).__name__}); see mca doctor",)
    if not found:
        return HTTPStatus.OK, {"status": "ready"}
    _log.warning("health.not_ready", obstacles=found)
    return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "not_ready", "obstacles": found}
