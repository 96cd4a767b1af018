"""What programs may rely on in every answer of the API: HEAD, compression, and ETag with If-None-Match."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware

PLACES: Final = ("/v1/", "/openapi.json", "/asyncapi.json", "/health/")
"""Pages for people go past this: what compression tells of a secret in a page is not to be known."""

_SHORTEST_COMPRESSED_BYTES: Final = 1000
_PERSONAL: Final = ("/v1/people", "/v1/worklist")
"""Of these nobody else keeps a copy, not even one that is asked about each time."""


class Answering:
    """Stands between the bounds of a call and the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._for_programs = CompressMiddleware(_tagged(app), minimum_size=_SHORTEST_COMPRESSED_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http" or not scope["path"].startswith(PLACES):
            await self._app(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._for_programs({**scope, "method": "GET"}, receive, _without_body(send))
        else:
            await self._for_programs(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def headers_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return headers_only


def _tagged(app: ASGIApp) -> ASGIApp:
    """With a tag of what was read, and 304 for whoever has it already."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await app(scope, receive, send)
            return
        kept = _Kept(scope, send)
        await app(scope, receive, kept.take)

    return answer


class _Kept:
    """An answer that is held back until it is whole. Every answer of the API is in memory before it is sent anyway."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._asked = ",".join(Headers(scope=scope).getlist("if-none-match"))
        self._personal = scope["path"].startswith(_PERSONAL)
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def take(self, message: Message) -> None:
        """The next piece."""
        if message["type"] == "http.response.start" and message["status"] == 200:
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._answer(self._start)

    async def _answer(self, start: Message) -> None:
        # Weak, for a compressed answer says the same in other bytes.
        tag = f'W/"{blake2b(self._body, digest_size=16).hexdigest()}"'
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["ETag"] = tag
        if not self._personal:
            headers.setdefault("Cache-Control", "private, no-cache")
        body, status = self._body, start["status"]
        if self._asked.strip() == "*" or tag.removeprefix("W/") in {
            one.strip().removeprefix("W/") for one in self._asked.split(",")
        }:
            body, status = b"", 304
            del headers["content-length"], headers["content-type"]
        await self._send({**start, "status": status, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})
