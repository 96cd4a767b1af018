"""Who calls, and what they may do: the dependencies of every operation that is not for people."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from gateway.access.bodies import RATE_HEADERS
from gateway.access.limits import Rate
from gateway.access.queries import require_known
from gateway.access.tokens import CHALLENGE, Issuer
from gateway.context import AppContext, now
from gateway.problems import Problem
from operations.callers import Caller
from operations.security import Event, say
from records import keys
from records.database import serve_only
from records.keys import KeyRefused
from schemas.grants import Grant, Wanted

_BEARER: Final = HTTPBearer(
    scheme_name="token",
    bearerFormat="JWT",
    description="A token of the installation's OpenID issuer. Its scopes or app roles are grants, as in "
    "`coaching:tell:sheffield:sessions`. An API key is accepted here too.",
    auto_error=False,
)
_KEY: Final = APIKeyHeader(
    name="X-API-Key", scheme_name="key", description="A key made with `mca key make`.", auto_error=False
)
_DOOR: Final = "http"
_WHY: Final = {
    "unknown": "The API key is not known.",
    "revoked": "The API key was revoked. Use another one.",
    "expired": "The API key has expired, or has a new secret. Ask for that: mca key rotate.",
}


class Access:
    """What one gateway process remembers of callers: the issuer's keys, and how often each called."""

    def __init__(self, context: AppContext, clock: Callable[[], float] = monotonic) -> None:
        self._context = context
        self._issuer = Issuer(context.settings, clock)
        self._rate = Rate(context.settings.calls_per_minute)

    async def by_key(self, secret: str, source: str | None = None) -> Caller:
        """Whose API key this is, sent from a client address. Raises Problem("not-authenticated")."""
        async with self._context.connection() as conn:
            found = await keys.use(conn, secret, now())
        if isinstance(found, KeyRefused):
            say(Event.KEY_REFUSED, who=found.key, source=source, why=found.why)
            raise Problem("not-authenticated", _WHY[found.why], headers=CHALLENGE)
        return Caller(found.key, _DOOR, tuple(Grant.parse(grant) for grant in found.grants))

    async def by_token(self, token: str, source: str | None = None) -> Caller:
        """Whom this token names. Raises Problem("not-authenticated"), or "away" for an issuer that is not there."""
        proved = await self._issuer.prove(token, source)
        return Caller(f"token:{proved.subject}", _DOOR, proved.grants)

    async def count(self, caller: Caller) -> dict[str, str]:
        """Count a call; the headers that say how many are left. Raises Problem("too-many")."""
        return await self._rate.hit(caller.id)


async def caller(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    key: Annotated[str | None, Security(_KEY)],
) -> Caller:
    """Whoever calls. Raises Problem for nobody, and for somebody who calls too often."""
    access: Access = request.app.state.access
    source = request.client.host if request.client else None
    if key:
        found = await access.by_key(key, source)
    elif not bearer:
        raise Problem("not-authenticated", "Send a bearer token or an API key.", headers=CHALLENGE)
    elif bearer.credentials.startswith(keys.PREFIX):
        found = await access.by_key(bearer.credentials, source)
    else:
        found = await access.by_token(bearer.credentials, source)
    request.scope[RATE_HEADERS] = await access.count(found)
    if (academies := found.academies) is not None:
        serve_only(academies)
    require_known(request)
    return found


Somebody = Annotated[Caller, Depends(caller)]
"""Whoever has a key or a token, whatever they may do."""


def holding(wanted: Wanted) -> object:
    """The dependency of an operation that takes this grant somewhere; where exactly, the operation asks next."""

    async def holds(found: Somebody) -> Caller:
        found.require(wanted)
        return found

    return Depends(holds)


async def _teller(found: Somebody) -> Caller:
    found.require_some_telling()
    return found


Teller = Annotated[Caller, Depends(_teller)]
"""Somebody who may tell facts of some group somewhere."""
