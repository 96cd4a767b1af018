"""How often pages may be opened, and links tried that are not ours: counted in this process alone.

That spares a gateway. What spares people, mails and guesses, is counted for all gateways: operations/counting.py.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

# A whole hospital may come from one address; nobody who means well has links that we did not sign.
_OPENED: Final = RateLimitItemPerMinute(300)
_FORGED: Final = RateLimitItemPerMinute(30)


class Pace:
    """The counts of one process."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def opened(self, by: str) -> bool:
        """Count a page, opened by whoever holds a link of ours, or else by a source; False when it is one too many."""
        return self._limiter.hit(_OPENED, "opened", by)

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
