"""How often pages may be opened, and links tried that are not ours: counted in this process alone."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

# A whole hospital may come from one address; nobody who means well has links that we did not sign.
_OPENED: Final = RateLimitItemPerMinute(300)
_FORGED: Final = RateLimitItemPerMinute(30)
_MAILED: Final = RateLimitItemPerHour(3)
_MAILS: Final = RateLimitItemPerHour(60)
# One of three days is the right one: a third try would always find it.
_TRIED: Final = RateLimitItemPerMinute(2, 5)


class Pace:
    """The counts of one process."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def opened(self, by: str) -> bool:
        """Count a page, opened by whoever holds a link of ours, or else by a source; False when it is one too many."""
        return self._limiter.hit(_OPENED, "opened", by)

    def mailed(self, client: str, to: str) -> bool:
        """Count a mail that a client has sent to a mail address; False when it is one too many for either.

        Whoever holds a link of ours, or uses a browser that is known, is counted by :meth:`mailed_own` instead.
        """
        return self._limiter.test(_MAILS, "mails", client) and (
            self._limiter.hit(_MAILED, "mailed", to.lower()) and self._limiter.hit(_MAILS, "mails", client)
        )

    def mailed_own(self, *whose: str) -> bool:
        """Count a mail to whoever has shown whose they are; False when it is one too many. No stranger fills this."""
        return self._limiter.hit(_MAILED, "mailed-own", *whose)

    def tried(self, by: str, *, right: bool) -> bool:
        """Count a day that was chosen to show that it is a person; False for two wrong ones, and all after them."""
        if not right and self._limiter.test(_TRIED, "tried", by):
            self._limiter.hit(_TRIED, "tried", by)
        return self._limiter.test(_TRIED, "tried", by)

    def forged(self, source: str) -> bool:
        """Count a link that is not ours; False when it is one too many. Links that are ours work all the same."""
        return self._limiter.hit(_FORGED, "forged", source)


def source_of(address: str) -> str:
    """What counts as one source: an IPv4 address, or the network of 64 bits that an IPv6 one can be changed within."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found.packed[:8] + bytes(8), 64)))
