"""Sending a test: it goes the way of every event, through whichever gateway delivers, and is tried once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from records import deliveries, events
from records.database import Pool
from records.deliveries import DeliveryLine

_LOOK_EVERY_SECONDS: Final = 0.1


async def send_test(pool: Pool, subscription: str, at: datetime, wait: timedelta) -> DeliveryLine | None:
    """Send one and wait for what comes of it; still ``waiting`` where no gateway delivered it in that time.

    None for a subscription that is not there, or has ended.
    """
    async with pool.acquire() as conn:
        number = await events.send_test(conn, subscription, uuid4(), at)
    if number is None:
        return None
    found: DeliveryLine | None = None
    try:
        async with asyncio.timeout(wait.total_seconds()):
            while found is None or found.status == "waiting":
                async with pool.acquire() as conn:
                    found = await deliveries.find(conn, subscription, number)
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
    except TimeoutError:
        pass
    return found
