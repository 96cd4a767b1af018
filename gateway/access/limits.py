"""How often somebody may call one gateway process."""

from __future__ import annotations

from math import ceil
from time import time
from typing import Final

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from gateway.problems import Problem

_WINDOW_SECONDS: Final = 60


class Rate:
    """So many calls a minute, for each caller by itself.

    Two counters a caller, however often they call: a list of every call costs four times as much time.
    """

    def __init__(self, calls_per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(calls_per_minute)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def hit(self, caller: str) -> dict[str, str]:
        """Count one call, and answer the headers that say how many are left. Raises Problem("too-many")."""
        allowed = await self._limiter.hit(self._item, caller)
        reset_at, remaining = await self._limiter.get_window_stats(self._item, caller)
        reset = max(1, ceil(reset_at - time()))
        headers = {
            "RateLimit-Policy": f'"calls";q={self._item.amount};w={_WINDOW_SECONDS}',
            "RateLimit": f'"calls";r={remaining};t={reset}',
        }
        if not allowed:
            detail = f"At most {self._item.amount} calls a minute. Go on in {reset} seconds."
            raise Problem("too-many", detail, headers=headers | {"Retry-After": str(reset)})
        return headers
