"""Browsers in which somebody typed a code that was mailed to them: there their links open what is theirs alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from operations.signing_in import CODE_STANDS, FAILURES_AT_MOST, FRESH_FOR, Secrets, digest, new_secret
from records import links, sign_ins
from records.database import Connection

KNOWN_FOR: Final = timedelta(days=60)
"""How long a browser is known, unless the person's links are forgotten before."""


async def known(conn: Connection, cookie: str, person: str, at: datetime) -> bool:
    """Whether a browser is known to be somebody's."""
    return await links.known(conn, digest(cookie), person, at - KNOWN_FOR)


async def known_lately(conn: Connection, cookie: str, person: str, at: datetime) -> bool:
    """Whether somebody typed a code in a browser just now, so that it is them and not only their browser."""
    return await links.known(conn, digest(cookie), person, at - FRESH_FOR)


@dataclass(frozen=True, slots=True)
class Typed:
    """A code that was typed as somebody's, in a browser that asked for it.

    ``known_by`` is the cookie by which the browser is known already, perhaps to be somebody else's too.
    """

    person: str
    browser: str
    code: str
    known_by: str | None


async def know(conn: Connection, keep: Secrets, typed: Typed, at: datetime) -> str | None:
    """The new cookie of the browser in which somebody's code was typed; None for a wrong code, or another's."""
    code, since = keep.of_code(typed.browser, typed.code), at - CODE_STANDS
    async with conn.transaction():
        address = await sign_ins.use_code(conn, digest(typed.browser), code, at, since, FAILURES_AT_MOST)
        theirs = await sign_ins.people_at(conn, address) if address else []
        if typed.person not in {found.person for found in theirs}:
            return None
        cookie = new_secret()
        await links.know(conn, digest(typed.known_by or cookie), digest(cookie), typed.person, at, at - KNOWN_FOR)
        return cookie
