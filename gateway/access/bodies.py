"""What every call and every answer keeps to: the size of a body, the time it takes, the headers of safety."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import KINDS, Problem, answer, from_exception
from gateway.settings import GatewaySettings
from records.database import serve_all

RATE_HEADERS: Final = "coaching.rate_headers"
"""Under this name a call's scope holds the headers that say how many calls are left."""

_SAFE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What an answer says unless it says otherwise itself."""
_A_YEAR_OF_TLS: Final = "max-age=31536000"
_LONGER_THAN_A_TELL_SECONDS: Final = 15.0
_DIGITS_OF_ANY_LENGTH: Final = 18

_log = structlog.stdlib.get_logger("gateway")


class Bounds:
    """Stands before the application. No answer is left without its headers, no call goes on for ever.

    ``page`` is what a browser is shown in place of a problem, if anything.

    Nor does any exception go past it: the server would log what it says, and that may be personal.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: GatewaySettings,
        longer_seconds: float = _LONGER_THAN_A_TELL_SECONDS,
        page: Callable[[Problem, Headers], Response | None] = lambda *_: None,
    ) -> None:
        self._app = app
        self._page = page
        self._bytes = settings.body_bytes
        self._seconds = settings.tell_seconds + longer_seconds
        self._headers = dict(_SAFE)
        if (settings.public_url or "").startswith("https://"):
            self._headers["Strict-Transport-Security"] = _A_YEAR_OF_TLS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        serve_all()
        call = _Call(scope, receive, send, self._headers, self._bytes)
        problem = None if call.too_large else await self._problem(scope, call)
        if call.too_large:
            detail = f"The body has more than {self._bytes} bytes. {KINDS['too-large'][2]}"
            # Whatever else is on its way is not read: it may have no end.
            problem = Problem("too-large", detail, headers={"Connection": "close"})
        if problem and not call.begun:
            shown = self._page(problem, Headers(scope=scope)) or answer(problem)
            await shown(scope, receive, call.answer)

    async def _problem(self, scope: Scope, call: _Call) -> Problem | None:
        """Let the application answer; what is to be answered where it could not."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, call.receive, call.send)
        except Exception as error:  # noqa: BLE001 - see the class
            problem = from_exception(error)
            event = "gateway.broken" if problem.kind == "broken" else "gateway.away"
            _log.error(event, path=_route(scope), error=type(error).__name__, at=_place(error))
            return problem
        return None


class _Call:
    """How much of a body has come, and whether the answer has begun."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, headers: Mapping[str, str], at_most: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._headers = headers
        self._at_most = at_most
        self._came = 0
        self.begun = False
        self.too_large = _declared(scope) > at_most

    async def receive(self) -> Message:
        """The next piece. Raises what frameworks pass on, once too much has come."""
        message = await self._receive()
        self._came += len(message.get("body", b""))
        if self._came > self._at_most:
            self.too_large = True
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    async def send(self, message: Message) -> None:
        """Pass the application's answer on, unless it is one to a body that it could not read to its end."""
        if self.begun or not self.too_large:
            await self.answer(message)

    async def answer(self, message: Message) -> None:
        """Pass an answer on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in {**self._headers, **self._scope.get(RATE_HEADERS, {})}.items():
                headers.setdefault(name, value)
        await self._send(message)


def _declared(scope: Scope) -> int:
    """The length that the call names, or 0 where it names none: it is counted in any case."""
    said = Headers(scope=scope).get("content-length", "")
    return int(said[:_DIGITS_OF_ANY_LENGTH]) if said.isascii() and said.isdigit() else 0


def _route(scope: Scope) -> str:
    """The route's pattern, never the address that was called: it may hold a token."""
    return getattr(scope.get("route"), "path", "unknown")


def _place(error: Exception) -> str:
    """The file and line it was raised at, of which nothing is personal."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
