"""What follows each comparison of records and workflows: the day's account, and word to those outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address

from activities.mailer import Mailer
from operations.accounting import account
from operations.deputies import look_at_offices, tell_deputies
from operations.heartbeat import beat
from operations.holidays import look_at_holidays
from operations.keys import look_at_keys
from operations.operator import tell_operator
from operations.reconciling import GAP
from records import incidents, reconciliations
from records.database import SECONDS_TO_ACQUIRE, Pool


@dataclass(frozen=True, slots=True)
class Watch:
    """Who hears: the operator, if there is one, and what is called at ``heartbeat``, if anything."""

    pool: Pool
    mailer: Mailer
    operator: Address | None = None
    heartbeat: str | None = None

    @asynccontextmanager
    async def over(self, at: datetime, alive: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Watch over a comparison. One that fails is heard of outside."""
        try:
            async with self.pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
                before = await reconciliations.last(conn)
            yield
            try:
                # After an outage what fell due meanwhile is given until the next run.
                if before is not None and at - before <= GAP:
                    await account(self.pool, at, alive=alive)
                await look_at_offices(self.pool, at)
                await look_at_holidays(self.pool, at)
                await look_at_keys(self.pool, at)
                await tell_deputies(self.pool, self.mailer, at)
            finally:
                await tell_operator(self.pool, self.mailer, self.operator, at)
            async with self.pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
                wrong = await incidents.counted(conn)
        except Exception as failed:
            await beat(self.heartbeat, {type(failed).__name__: 1})
            raise
        await beat(self.heartbeat, wrong)
