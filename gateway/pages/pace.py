"""How often one address may open pages, and try links that are not ours: counted in this process alone."""

from __future__ import annotations

from typing import Final

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

# A whole hospital may come from one address; nobody who means well has links that we did not sign.
_OPENED: Final = RateLimitItemPerMinute(300)
_FORGED: Final = RateLimitItemPerMinute(30)
_MAILED: Final = RateLimitItemPerHour(3)
_MAILS: Final = RateLimitItemPerHour(60)


class Pace:
    """The counts of one process."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def opened(self, address: str) -> bool:
        """Count a page; False when it is one too many."""
        return self._limiter.test(_FORGED, "forged", address) and self._limiter.hit(_OPENED, "opened", address)

    def mailed(self, client: str, to: str) -> bool:
        """Count a mail that a client has sent to a mail address; False when it is one too many for either."""
        return self._limiter.test(_MAILS, "mails", client) and (
            self._limiter.hit(_MAILED, "mailed", to.lower()) and self._limiter.hit(_MAILS, "mails", client)
        )

    def forged(self, address: str) -> None:
        """Count a link that is not ours."""
        self._limiter.hit(_FORGED, "forged", address)
