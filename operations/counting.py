"""How often mails may be asked for, and guesses made: counted in the records, for all gateways and across restarts."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from records import counted
from records.counted import AtMost
from records.database import Connection

_HOUR: Final = timedelta(hours=1)
MAILS_TO_ONE: Final = 3
MAILS_OF_A_SOURCE: Final = 60
"""In an hour. A whole hospital may come from one address."""

WRONG_DAYS: Final = 2
"""One of three days is the right one: a third try would always find it."""
_WRONG_FOR: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Counting:
    """The counts at a moment. ``key`` is the installation's, with which digests are made."""

    conn: Connection
    key: str
    at: datetime

    async def mailed(self, source: str, address: str) -> bool:
        """Count a mail that somebody unknown asks for; False when it is one too many for the source or the address.

        Whoever holds a link of ours, or uses a browser that is known, is counted by :meth:`mailed_own` instead.
        """
        return await self._count(
            self._limit(MAILS_TO_ONE, _HOUR, "mailed", mailbox_of(address)),
            self._limit(MAILS_OF_A_SOURCE, _HOUR, "mails", source),
        )

    async def mailed_own(self, *whose: str) -> bool:
        """Count a mail to whoever has shown whose they are; False when it is one too many. No stranger fills this."""
        return await self._count(self._limit(MAILS_TO_ONE, _HOUR, "mailed-own", *whose))

    async def tried(self, by: str, *, right: bool) -> bool:
        """Count a day that was chosen to show that it is a person; False for two wrong ones, and all after them."""
        limit = self._limit(WRONG_DAYS, _WRONG_FOR, "tried", by)
        if not right:
            await self._count(limit)
        return await counted.room(self.conn, limit)

    def _limit(self, most: int, within: timedelta, *parts: str) -> AtMost:
        return AtMost(digest(self.key, *parts), most, self.at - within)

    async def _count(self, *limits: AtMost) -> bool:
        return await counted.count(self.conn, limits, self.at, self.at - _HOUR)


def mailbox_of(address: str) -> str:
    """The mailbox of an address: capitals, and what follows a plus, lead to the same one. Dots do not."""
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def digest(key: str, *parts: str) -> str:
    """What stands in the records for an address, a client or a person that is counted."""
    return hmac.digest(key.encode(), "\n".join(parts).encode(), "sha256").hex()[:32]
