"""Signing in with an identity provider: OpenID Connect's authorisation code with PKCE, by authlib."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.starlette_client import OAuth  # type: ignore[import-untyped]
from fastapi import Request, Response
from joserfc.errors import JoseError

from gateway.pages.mailing import Sealed
from gateway.pages.shown import Nobody
from gateway.settings import GatewaySettings
from operations.signing_in import Account

_ANSWERS_WITHIN_SECONDS: Final = 5.0

_log = structlog.stdlib.get_logger("gateway.sign_in")


class ProviderError(Exception):
    """The provider did not say who it is: it is away, refused, or what came back is not what was asked for."""


class Provider:
    """The identity provider that the settings name. What must be kept meanwhile is sealed in a cookie."""

    def __init__(self, settings: GatewaySettings) -> None:
        issuer = settings.sign_in_issuer or ""
        self._issuer = issuer
        self._remembered = Sealed("provider", settings.signing_keys)
        self._accounts = Sealed("account", settings.signing_keys)
        self._client = OAuth().register(
            "provider",
            client_id=settings.sign_in_client,
            client_secret=settings.sign_in_secret.get_secret_value() if settings.sign_in_secret else None,
            server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": settings.sign_in_scopes,
                "code_challenge_method": "S256",
                "timeout": _ANSWERS_WITHIN_SECONDS,
            },
        )

    async def leave(self, request: Request, back: str, *, again: bool = False) -> tuple[Response, str]:
        """Send somebody to the provider; with what to remember of it. Raises ProviderError.

        ``again`` has the provider ask who they are, even if it knows.
        """
        kept: dict[str, Any] = {}
        request.scope["session"] = kept
        asks = {"prompt": "login", "max_age": "0"} if again else {}
        try:
            response: Response = await self._client.authorize_redirect(request, back, **asks)
        except (OAuthError, httpx2.HTTPError, ValueError) as error:
            raise _failed(error) from None
        return response, self._remembered.seal_words(json.dumps(kept))

    async def returned(self, request: Request, remembered: str) -> Account:
        """Who came back. Raises ProviderError."""
        try:
            (kept,) = self._remembered.open_words(remembered)
            request.scope["session"] = json.loads(kept)
            token = await self._client.authorize_access_token(request)
            return self._account(token["userinfo"])
        except (OAuthError, JoseError, httpx2.HTTPError, Nobody, ValueError, KeyError, TypeError) as error:
            raise _failed(error) from None

    def _account(self, said: Mapping[str, Any]) -> Account:
        if said["iss"] != self._issuer:
            raise ValueError("the provider names itself otherwise than MCA_SIGN_IN_ISSUER does")
        # Only `true`: some providers let their customers write any address into an account.
        address = said.get("email") if said.get("email_verified") is True else None
        called = said.get("email") or said.get("preferred_username") or said.get("name") or ""
        # Who was known to the provider for long has not shown again who they are; not all say since when.
        proved = said.get("auth_time")
        proved_at = datetime.fromtimestamp(proved, UTC) if isinstance(proved, int | float) else None
        groups = (said.get(name) for name in ("groups", "roles"))
        named = frozenset(str(group).lower() for found in groups if isinstance(found, list) for group in found)
        return Account(said["iss"], said["sub"], address, str(called), proved_at, named)

    def keep(self, account: Account) -> str:
        """An account that is not matched yet, to be remembered until it is."""
        return self._accounts.seal_words(account.issuer, account.subject, account.called)

    def kept(self, remembered: str | None) -> Account | None:
        """The account that was to be remembered."""
        try:
            issuer, subject, called = self._accounts.open_words(remembered or "")
        except Nobody:
            return None
        return Account(issuer, subject, called=called)


def _failed(error: Exception) -> ProviderError:
    # The name only: what a provider says may be personal.
    _log.warning("sign_in.provider_failed", error=type(error).__name__)
    return ProviderError(type(error).__name__)
