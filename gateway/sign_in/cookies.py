"""The cookies: where a code was asked for, who is signed in, who is with their provider, whose a browser is."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from fastapi import Request, Response

from gateway.settings import GatewaySettings
from operations.known_browsers import KNOWN_FOR
from operations.signing_in import AT_MOST, CODE_STANDS, DRAFT_STANDS

_HOST: Final = "__Host-"
"""Browsers take a cookie of such a name over TLS alone, for this host alone, and from no other page of it."""

_OWN_MACHINE: Final = "http://localhost"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Cookies:
    """Sets and reads them. On one's own machine, which needs no TLS, their names are plain; elsewhere they need it."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._secure = urlsplit(settings.public_url or _OWN_MACHINE).hostname not in _LOOPBACK
        prefix = _HOST if self._secure else ""
        self._asked, self._signed_in, self._away, self._place, self._known = (
            f"{prefix}{name}"
            for name in ("coaching-code", "coaching", "coaching-provider", "coaching-place", "coaching-browser")
        )

    def browser(self, request: Request) -> str | None:
        """In which browser a code was asked for."""
        return request.cookies.get(self._asked)

    def signed_in(self, request: Request) -> str | None:
        """The secret of whoever is signed in."""
        return request.cookies.get(self._signed_in)

    def ask(self, response: Response, browser: str) -> None:
        """Remember the browser for as long as a code can be typed."""
        self._set(response, self._asked, browser, int(CODE_STANDS.total_seconds()))

    def forget_code(self, response: Response) -> None:
        """No code that was asked for here counts any more."""
        self._forget(response, self._asked)

    def sign_in(self, response: Response, secret: str) -> None:
        """Somebody is signed in from now on. What ends that is the record; the cookie says whose it was for a day."""
        self._set(response, self._signed_in, secret, 2 * int(AT_MOST.total_seconds()))
        self.forget_code(response)

    def sign_out(self, response: Response) -> None:
        """Nobody is signed in any more."""
        self._forget(response, self._signed_in)

    def known(self, request: Request) -> str | None:
        """The secret of a browser that is known to be somebody's."""
        return request.cookies.get(self._known)

    def know(self, response: Response, secret: str) -> None:
        """The browser is known from now on."""
        self._set(response, self._known, secret, int(KNOWN_FOR.total_seconds()))
        self.forget_code(response)

    def provider(self, request: Request) -> str | None:
        """What is to be remembered of somebody who signs in with a provider."""
        return request.cookies.get(self._away)

    def remember(self, response: Response, sealed: str) -> None:
        """Remember it while they are with the provider, and until they are known here."""
        self._set(response, self._away, sealed, int(CODE_STANDS.total_seconds()))

    def forget_provider(self, response: Response) -> None:
        """It is not needed any more."""
        self._forget(response, self._away)

    def place(self, request: Request) -> str | None:
        """Where somebody was when they had to sign in."""
        return request.cookies.get(self._place)

    def leave_place(self, response: Response, sealed: str) -> None:
        """Remember where somebody was, for as long as what they typed is kept."""
        self._set(response, self._place, sealed, int(DRAFT_STANDS.total_seconds()))

    def forget_place(self, response: Response) -> None:
        """They are there again."""
        self._forget(response, self._place)

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax")

    def _forget(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")
