"""What every call and every answer keeps to: the size of a body, the time it takes, the headers of safety."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import KINDS, RETRY_AFTER_SECONDS, Problem, answer
from gateway.settings import GatewaySettings

_SAFE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What an answer says unless it says otherwise itself."""
_A_YEAR_OF_TLS: Final = "max-age=31536000; includeSubDomains"
_LONGER_THAN_A_TELL_SECONDS: Final = 15


class TooLarge(Exception):
    """More bytes came than are taken."""


class Bounds:
    """Stands before the application. No answer is left without its headers, no call goes on for ever."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        self._app = app
        self._bytes = settings.body_bytes
        self._seconds = settings.tell_seconds + _LONGER_THAN_A_TELL_SECONDS
        self._headers = dict(_SAFE)
        if (settings.public_url or "").startswith("https://"):
            self._headers["Strict-Transport-Security"] = _A_YEAR_OF_TLS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, self._counted(scope, receive), sending)
        except TooLarge:
            problem = Problem("too-large", f"The body has more than {self._bytes} bytes. {KINDS['too-large'][2]}")
        except TimeoutError:
            problem = Problem("away", KINDS["away"][2], headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        else:
            return
        if not begun:
            await answer(problem)(scope, receive, sending)

    def _counted(self, scope: Scope, receive: Receive) -> Receive:
        declared = Headers(scope=scope).get("content-length", "0")
        came = int(declared) if declared.isascii() and declared.isdigit() else 0
        too_large = came > self._bytes
        counted = 0

        async def counting() -> Message:
            nonlocal counted
            if too_large:
                raise TooLarge
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > self._bytes:
                raise TooLarge
            return message

        return counting
