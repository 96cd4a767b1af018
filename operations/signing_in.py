"""Signing in: a code that was mailed proves an address, and a cookie then says for a while who somebody is."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from records import sign_ins
from records.database import Connection
from records.sign_ins import Known, SignIn

CODE_STANDS: Final = timedelta(minutes=10)
"""How long a mailed code can be typed."""

FAILURES_AT_MOST: Final = 10
"""After so many wrong codes only a new one counts."""

IDLE: Final = timedelta(minutes=30)
"""Whoever opens no page for so long is signed out."""

AT_MOST: Final = timedelta(hours=12)
"""And whoever signed in so long ago, in any case."""

_DIGITS: Final = 6
_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What turns codes into what is kept of them: with the installation's key, so that a copy of the rows is no use."""

    key: str

    def of_code(self, browser: str, code: str) -> bytes:
        """The digest of a code, for one browser."""
        return hmac.digest(self.key.encode(), f"{browser}:{code}".encode(), "sha256")


def new_secret() -> str:
    """What a cookie holds: nobody guesses it."""
    return secrets.token_urlsafe(32)


async def new_code(conn: Connection, keep: Secrets, browser: str, address: str, at: datetime) -> str:
    """A code for an address, to be mailed there, that counts in this browser."""
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    await sign_ins.keep_code(conn, _digest(browser), address, keep.of_code(browser, code), at, at - _KEPT)
    return code


async def sign_in(conn: Connection, keep: Secrets, browser: str, code: str, at: datetime) -> str | None:
    """The new cookie of whoever typed the right code; None for a wrong one, or one that is over."""
    since = at - CODE_STANDS
    async with conn.transaction():
        address = await sign_ins.use_code(
            conn, _digest(browser), keep.of_code(browser, code), at, since, FAILURES_AT_MOST
        )
        people = [found.person for found in await sign_ins.people_at(conn, address)] if address else []
        return await _begin(conn, "code", people, at)


@dataclass(frozen=True, slots=True)
class Account:
    """An account that an identity provider has proved. ``address`` is one that it has verified, if it said so.

    ``called`` is what its owner knows it by; it proves nothing.
    """

    issuer: str
    subject: str
    address: str | None = None
    called: str = ""


async def sign_in_account(conn: Connection, account: Account, at: datetime) -> str | None:
    """The new cookie of whoever an account was matched to, or belongs to by its address; None for nobody known."""
    async with conn.transaction():
        people = await sign_ins.people_of(conn, account.issuer, account.subject)
        if not people and account.address:
            people = [found.person for found in await sign_ins.people_at(conn, account.address)]
        return await _begin(conn, "openid", people, at)


async def _begin(conn: Connection, way: str, people: Sequence[str], at: datetime) -> str | None:
    if not people:
        return None
    cookie = new_secret()
    await sign_ins.begin(conn, f"sig_{secrets.token_hex(6)}", _digest(cookie), way, people, at)
    return cookie


async def match(conn: Connection, account: Account, found: SignIn, at: datetime) -> bool:
    """Match an account to whoever is signed in, if it is known by now who that is."""
    if found.person is None:
        return False
    await sign_ins.match(conn, account.issuer, account.subject, found.person, at)
    return True


async def code_waits(conn: Connection, browser: str, at: datetime) -> bool:
    """Whether a code was mailed that this browser can still use."""
    return await sign_ins.code_waits(conn, _digest(browser), at - CODE_STANDS, FAILURES_AT_MOST)


async def signed_in(conn: Connection, cookie: str, at: datetime) -> SignIn | None:
    """Who is signed in with this cookie, which goes on counting from now; None where it is over."""
    return await sign_ins.seen(conn, _digest(cookie), at, at - IDLE, at - AT_MOST)


async def choices(conn: Connection, found: SignIn) -> Sequence[Known]:
    """Whom the proved address belongs to."""
    return await sign_ins.known(conn, found.people)


async def elsewhere(conn: Connection, person: str, at: datetime) -> Sequence[SignIn]:
    """All browsers in which somebody is signed in, the latest first."""
    return await sign_ins.of_person(conn, person, at - IDLE, at - AT_MOST)


def ends_at(found: SignIn, at: datetime) -> datetime:
    """When somebody who opens no other page is signed out."""
    return min(at + IDLE, found.began_at + AT_MOST)


def _digest(secret: str) -> bytes:
    """Of what is long and random a plain hash is enough."""
    return hashlib.sha256(secret.encode()).digest()
