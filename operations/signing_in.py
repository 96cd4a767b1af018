"""Signing in: a code that was mailed proves an address, and a cookie then says for a while who somebody is."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from records import sign_ins
from records.database import Connection
from records.roles import Held, roles_of
from records.sign_ins import Known, SignIn, Way
from schemas.words import Role

CODE_STANDS: Final = timedelta(minutes=10)
"""How long a mailed code can be typed."""

FAILURES_AT_MOST: Final = 10
"""After so many wrong codes only a new one counts."""

IDLE: Final = timedelta(minutes=30)
"""Whoever opens no page for so long is signed out."""

AT_MOST: Final = timedelta(hours=12)
"""And whoever signed in so long ago, in any case."""

FRESH_FOR: Final = timedelta(minutes=5)
"""Whoever showed longer ago who they are is asked again before something weighty."""

DRAFT_STANDS: Final = timedelta(hours=1)
"""How long what was typed waits for somebody to sign in again."""

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
    await sign_ins.keep_code(conn, digest(browser), address, keep.of_code(browser, code), at, at - _KEPT)
    return code


@dataclass(frozen=True, slots=True)
class Here:
    """Where somebody signs in: what the browser is called, who was signed in there until now, who are operators."""

    called: str
    before: SignIn | None = None
    operators: frozenset[str] = frozenset()


async def sign_in(conn: Connection, keep: Secrets, browser: str, code: str, at: datetime, here: Here) -> str | None:
    """The new cookie of whoever typed the right code; None for a wrong one, or one that is over."""
    since = at - CODE_STANDS
    async with conn.transaction():
        address = await sign_ins.use_code(
            conn, digest(browser), keep.of_code(browser, code), at, since, FAILURES_AT_MOST
        )
        people = [found.person for found in await sign_ins.people_at(conn, address)] if address else []
        shown = _Shown("code", people, at, _named({(address or "").lower()}, here.operators))
        return await _begin(conn, shown, at, here)


@dataclass(frozen=True, slots=True)
class Account:
    """An account that an identity provider has proved. ``address`` is one that it has verified, if it said so.

    ``called`` is what its owner knows it by; it proves nothing. ``proved_at`` is when its owner last showed the
    provider who they are, if it says so; ``groups`` are those it says they are in.
    """

    issuer: str
    subject: str
    address: str | None = None
    called: str = ""
    proved_at: datetime | None = None
    groups: frozenset[str] = frozenset()


async def sign_in_account(conn: Connection, account: Account, at: datetime, here: Here) -> str | None:
    """The new cookie of whoever an account was matched to, or belongs to by its address; None for nobody known."""
    async with conn.transaction():
        people = await sign_ins.people_of(conn, account.issuer, account.subject)
        if not people and account.address:
            people = [found.person for found in await sign_ins.people_at(conn, account.address)]
        # An address is an operator's where it is proved: not for a group that somebody may have given its name.
        named = {(account.address or "").lower(), *(group for group in account.groups if "@" not in group)}
        # By a clock that is ahead nobody has shown it for longer than by ours.
        proved_at = min(account.proved_at, at) if account.proved_at else None
        shown = _Shown("openid", people, proved_at, _named(named, here.operators))
        return await _begin(conn, shown, at, here)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What somebody has shown: whom the address or account belongs to, when, and what makes them an operator."""

    way: Way
    people: Sequence[str]
    proved_at: datetime | None
    operator_as: tuple[bytes, ...]


async def _begin(conn: Connection, shown: _Shown, at: datetime, here: Here) -> str | None:
    """Begin a session, with a cookie of its own, in place of the one before in this browser.

    Who was signed in here before, or is the only one, need not be chosen.
    """
    people = shown.people
    if not people and not shown.operator_as:
        return None
    before = here.before.person if here.before else None
    person = before if before in people else people[0] if len(people) == 1 else None
    cookie, name = new_secret(), f"sig_{secrets.token_hex(6)}"
    begun = sign_ins.Begun(
        sign_in=name,
        cookie=digest(cookie),
        way=shown.way,
        browser=here.called,
        people=people,
        person=person,
        operator_as=shown.operator_as,
        at=at,
        proved_at=shown.proved_at,
    )
    await sign_ins.begin(conn, begun)
    if here.before is not None:
        await sign_ins.end(conn, here.before.sign_in, at)
    return cookie


def _named(names: AbstractSet[str], operators: AbstractSet[str]) -> tuple[bytes, ...]:
    """Digests of those names that are an operator's: an address is kept with its person alone."""
    return tuple(digest(name) for name in sorted(names & operators))


async def demonstrated(conn: Connection, address: str, at: datetime, here: Here) -> str | None:
    """The new cookie of whoever presses a name: in a demonstration alone, where nobody is real."""
    people = [found.person for found in await sign_ins.people_at(conn, address)]
    return await _begin(conn, _Shown("code", people, at, _named({address.lower()}, here.operators)), at, here)


async def after_a_move(conn: Connection, cookie: str, at: datetime, operators: AbstractSet[str]) -> SignIn | None:
    """Who is signed in with this cookie, in a demonstration: its clock was put forward, but nobody went away."""
    await sign_ins.go_on(conn, digest(cookie), at)
    return await signed_in(conn, cookie, at, operators)


async def match(conn: Connection, account: Account, found: SignIn, at: datetime) -> bool:
    """Match an account to whoever is signed in, if it is known by now who that is."""
    if found.person is None:
        return False
    await sign_ins.match(conn, account.issuer, account.subject, found.person, at)
    return True


async def code_waits(conn: Connection, browser: str, at: datetime) -> bool:
    """Whether a code was mailed that this browser can still use."""
    return await sign_ins.code_waits(conn, digest(browser), at - CODE_STANDS, FAILURES_AT_MOST)


async def signed_in(conn: Connection, cookie: str, at: datetime, operators: AbstractSet[str]) -> SignIn | None:
    """Who is signed in with this cookie, which goes on counting from now; None where it is over.

    Whoever signed in as one of the ``operators`` is one for as long as the settings name them.
    """
    found = await _seen(conn, cookie, at)
    if found is None or not found.operator:
        return found
    still = {digest(name) for name in operators}
    found = replace(found, operator_as=tuple(each for each in found.operator_as if each in still))
    return found if found.people or found.operator else None


async def _seen(conn: Connection, cookie: str, at: datetime) -> SignIn | None:
    return await sign_ins.seen(conn, digest(cookie), at, at - IDLE, at - AT_MOST)


async def last_seen(conn: Connection, cookie: str) -> SignIn | None:
    """Whose cookie this is, or was before their session was over. Does not count as a page."""
    return await sign_ins.last_seen(conn, digest(cookie))


@dataclass(frozen=True, slots=True)
class Left:
    """How long a session lasts without another page; ``last`` where no page makes it last longer."""

    time: timedelta
    last: bool


async def left(conn: Connection, cookie: str, at: datetime, *, counts: bool) -> Left | None:
    """How long a session still lasts; None where it is over. ``counts`` as a page that was opened."""
    found = await (_seen(conn, cookie, at) if counts else last_seen(conn, cookie))
    if found is None or (ends := ends_at(found, found.seen_at)) <= at:
        return None
    return Left(ends - at, last=ends == found.began_at + AT_MOST)


async def sign_out(conn: Connection, found: SignIn, at: datetime, other: str | None) -> None:
    """Sign somebody out of another browser of theirs; without one, of this and all others."""
    if other is None:
        await sign_ins.end(conn, found.sign_in, at)
    if found.person is not None and other is None:
        await sign_ins.end_all(conn, found.person, at)
    elif found.person is not None and other is not None:
        await sign_ins.end(conn, other, at, found.person)


async def choices(conn: Connection, found: SignIn) -> Sequence[Known]:
    """Whom the proved address belongs to."""
    return await sign_ins.known(conn, found.people)


async def elsewhere(conn: Connection, person: str, at: datetime) -> Sequence[SignIn]:
    """All browsers in which somebody is signed in, the latest first."""
    return await sign_ins.of_person(conn, person, at - IDLE, at - AT_MOST)


def ends_at(found: SignIn, at: datetime) -> datetime:
    """When somebody who opens no page after ``at`` is signed out."""
    return min(at + IDLE, found.began_at + AT_MOST)


def fresh(found: SignIn, at: datetime) -> bool:
    """Whether somebody showed just now that it is them, and not only their browser."""
    return found.proved_at is not None and at - found.proved_at <= FRESH_FOR


async def keep_draft(conn: Connection, person: str, sealed: str, at: datetime) -> str:
    """Keep what somebody sent, sealed, until they have signed in again; answers the secret it is had back by."""
    secret = new_secret()
    await sign_ins.keep_draft(conn, digest(secret), person, sealed, at, at - DRAFT_STANDS)
    return secret


async def draft(conn: Connection, secret: str, person: str, at: datetime) -> str | None:
    """What somebody sent when their session was over, sealed; nobody else has it back."""
    return await sign_ins.draft(conn, digest(secret), person, at - DRAFT_STANDS)


def digest(secret: str) -> bytes:
    """Of what is long and random a plain hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


async def parts(conn: Connection, found: SignIn) -> tuple[Held, ...]:
    """All that whoever is signed in is, and where: by the facts, and by the settings."""
    theirs = await roles_of(conn, found.person) if found.person else ()
    return theirs + ((Held(Role.OPERATOR, "", ""),) if found.operator else ())
