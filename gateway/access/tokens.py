"""Bearer tokens: JWTs of one OpenID issuer, checked with the keys it publishes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Annotated, Any, Final

import httpx
import jwt
import structlog
from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError

from gateway.problems import RETRY_AFTER_SECONDS, Problem
from gateway.settings import GatewaySettings
from operations.security import Event, say
from schemas.grants import Grant, from_scopes

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those with a public key: a token signed with anything that is published proves nothing."""

CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="coaching"'}
"""What a 401 says of how to call (RFC 9110, RFC 6750)."""
_BAD_TOKEN: Final = {"WWW-Authenticate": 'Bearer realm="coaching", error="invalid_token"'}

_REFRESH_AFTER_SECONDS: Final = 3600.0
_ASK_AGAIN_AFTER_SECONDS: Final = 30.0
"""A token with a key nobody knows makes us ask, but not more often than this."""
_TRY_AGAIN_AFTER_SECONDS: Final = 5.0
"""As above, for an issuer that did not answer."""
_ANSWERS_WITHIN_SECONDS: Final = 5.0
_LEEWAY_SECONDS: Final = 30
"""How far the issuer's clock and ours may be apart."""

_WRONG: Final = (
    (jwt.ExpiredSignatureError, "The bearer token has expired. Get a new one."),
    (jwt.ImmatureSignatureError, "The bearer token is not valid yet. Is the clock of its issuer right?"),
    (jwt.InvalidAudienceError, "The bearer token is for another service. Ask its issuer for one whose aud names us."),
    (jwt.InvalidIssuerError, "The bearer token names another issuer than the one that is known here."),
    (jwt.MissingRequiredClaimError, "The bearer token lacks one of exp, iss, aud and sub."),
)
_NOT_THEIRS: Final = "The bearer token is not signed by the issuer that is known here."

_SUBJECT: Final[TypeAdapter[str]] = TypeAdapter(Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=255)])
"""OpenID Connect Core, section 2: at most 255 ASCII characters. It goes into the audit."""

_log = structlog.stdlib.get_logger("gateway.access")


@dataclass(frozen=True, slots=True)
class Proved:
    """What a token says, once it is proved: whom the issuer means, and what they may do."""

    subject: str
    grants: tuple[Grant, ...]


class _Description(BaseModel):
    """OpenID Connect Discovery, section 3: what we need of it."""

    issuer: str
    jwks_uri: str


class _Published(BaseModel):
    """RFC 7517, section 5."""

    keys: list[dict[str, Any]]


class Issuer:
    """The issuer of bearer tokens, with the keys it published when it was asked last."""

    def __init__(self, settings: GatewaySettings, clock: Callable[[], float] = monotonic) -> None:
        self._issuer = settings.oidc_issuer
        self._audience = settings.oidc_audience
        self._clock = clock
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._renewed_at = float("-inf")
        self._away = False
        self._published: dict[str, dict[str, Any]] = {}
        self._ready: dict[tuple[str, str], jwt.PyJWK] = {}

    async def prove(self, token: str, source: str | None = None) -> Proved:
        """What a token says, sent from a client address.

        Raises Problem("not-authenticated"), or "away" where the issuer's keys are needed.
        """
        if self._issuer is None:
            raise Problem(
                "not-authenticated", "Bearer tokens are not accepted here. Use an API key.", headers=CHALLENGE
            )
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")), str(header.get("alg", "")))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
            return Proved(_SUBJECT.validate_python(claims["sub"]), from_scopes(_granted(claims)))
        except (jwt.PyJWTError, ValidationError) as error:
            say(Event.TOKEN_REFUSED, source=source, why=type(error).__name__)
            said = next((said for kind, said in _WRONG if isinstance(error, kind)), _NOT_THEIRS)
            raise Problem("not-authenticated", said, headers=_BAD_TOKEN) from None

    async def _key(self, kid: str, algorithm: str) -> jwt.PyJWK:
        # Where a key is only to be renewed, one call waits for the issuer, and the others go on with what we have.
        renewing = kid in self._published and self._asking.locked()
        if self._worth_asking(kid) and not renewing:
            async with self._asking:
                if self._worth_asking(kid):
                    await self._ask()
        if (found := self._published.get(kid)) is None:
            if self._away:
                raise Problem("away", _ISSUER_AWAY, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
            raise jwt.InvalidKeyError
        if algorithm not in ALGORITHMS or found.get("alg", algorithm) != algorithm:
            raise jwt.InvalidAlgorithmError
        if (kid, algorithm) not in self._ready:
            self._ready[kid, algorithm] = jwt.PyJWK(found, algorithm)
        return self._ready[kid, algorithm]

    def _worth_asking(self, kid: str) -> bool:
        now, known = self._clock(), kid in self._published
        pause = _TRY_AGAIN_AFTER_SECONDS if self._away and not known else _ASK_AGAIN_AFTER_SECONDS
        old = now - self._renewed_at > _REFRESH_AFTER_SECONDS
        return (old or not known) and now - self._asked_at > pause

    async def _ask(self) -> None:
        """Renew the keys. Those we have go on where the issuer does not answer."""
        try:
            published = await self._keys_published()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            _log.warning("access.issuer_away", error=type(error).__name__)
            self._away = True
        else:
            # RFC 7517, section 4.2: one to encrypt with signs nothing.
            self._published = {str(key.get("kid", "")): key for key in published if key.get("use", "sig") == "sig"}
            self._ready = {}
            self._away = False
            self._renewed_at = self._clock()
        self._asked_at = self._clock()

    async def _keys_published(self) -> list[dict[str, Any]]:
        issuer = self._issuer or ""
        async with httpx.AsyncClient(timeout=_ANSWERS_WITHIN_SECONDS) as http:
            described = await http.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            description = _Description.model_validate_json(described.raise_for_status().content)
            if description.issuer != issuer:
                raise ValueError("the issuer names itself otherwise than MCA_OIDC_ISSUER does")
            found = await http.get(description.jwks_uri)
            return _Published.model_validate_json(found.raise_for_status().content).keys


_ISSUER_AWAY: Final = (
    "The issuer of tokens cannot be reached, or does not answer as it should, so nobody's token can be checked. "
    "Nothing was changed. Repeat the call after Retry-After."
)


def _granted(claims: dict[str, Any]) -> list[str]:
    """``scope`` of OAuth, or the ``scp`` that some issuers write, and app roles; words in a string, or a list."""
    return _words(claims.get("scope") or claims.get("scp")) + _words(claims.get("roles"))


def _words(said: object) -> list[str]:
    named = said.split() if isinstance(said, str) else said
    return [word for word in named if isinstance(word, str)] if isinstance(named, list) else []
