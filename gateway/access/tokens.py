"""Bearer tokens: JWTs of one OpenID issuer, checked with the keys it publishes."""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

import httpx
import jwt
import structlog

from gateway.access.grants import from_scopes
from gateway.problems import RETRY_AFTER_SECONDS, Problem
from gateway.settings import GatewaySettings

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those with a public key: a token signed with anything that is published proves nothing."""

_REFRESH_AFTER_SECONDS: Final = 3600.0
_ASK_AGAIN_AFTER_SECONDS: Final = 30.0
"""A token with a key nobody knows makes us ask, but not more often than this."""
_LEEWAY_SECONDS: Final = 30
_BAD: Final = "The bearer token is not valid: expired, not for this service, or not signed by the issuer we know."

_log = structlog.stdlib.get_logger("gateway.access")


class Issuer:
    """The issuer of bearer tokens, with the keys it published when it was asked last."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._issuer = settings.oidc_issuer
        self._audience = settings.oidc_audience
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_at = float("-inf")

    async def claims(self, token: str) -> dict[str, Any]:
        """What the token says, once it is proved. Raises Problem("not-authenticated"), or "away" for the issuer."""
        if self._issuer is None:
            raise Problem("not-authenticated", "Bearer tokens are not accepted here. Use an API key.")
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.InvalidTokenError:
            raise Problem("not-authenticated", _BAD, headers=CHALLENGE) from None
        return claims

    async def _key(self, kid: str) -> jwt.PyJWK:
        age = monotonic() - self._asked_at
        if age > _REFRESH_AFTER_SECONDS or (kid not in self._keys and age > _ASK_AGAIN_AFTER_SECONDS):
            await self._ask()
        if kid not in self._keys:
            raise jwt.InvalidKeyError
        return self._keys[kid]

    async def _ask(self) -> None:
        try:
            async with httpx.AsyncClient(timeout=5, follow_redirects=False, trust_env=False) as http:
                found = (await http.get(f"{(self._issuer or '').rstrip('/')}/.well-known/openid-configuration")).json()
                published = (await http.get(str(found["jwks_uri"]))).json()
            keys = jwt.PyJWKSet.from_dict(published).keys
        except (httpx.HTTPError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            _log.warning("access.issuer_away", error=type(error).__name__)
            if self._keys:
                # Those we have go on until the issuer answers again.
                return
            raise Problem(
                "away",
                "The issuer of tokens cannot be reached, so nobody's token can be checked. Nothing was changed.",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            ) from None
        self._keys = {str(key.key_id): key for key in keys if key.key_id}
        self._asked_at = monotonic()


CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="coaching"'}


def grants_of(claims: dict[str, Any]) -> Any:  # noqa: ANN401 - as from_scopes answers
    """What a token grants: ``scope`` of OAuth, or the ``scp`` that some issuers write."""
    return from_scopes(claims.get("scope") or claims.get("scp") or "")
