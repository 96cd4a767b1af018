"""What every operation needs to reach the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.client import Client

from coaching_client.handles import TASK_QUEUE
from records.database import SECONDS_TO_ACQUIRE, Acquired, Pool

TELL_WITHIN: Final = timedelta(seconds=30)


def now() -> datetime:
    """The wall clock, UTC, in whole seconds: when something was asked."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class EngineContext:
    """The open connections of one process, how long it waits for a fact to be recorded, and its clock."""

    client: Client
    pool: Pool
    task_queue: str = TASK_QUEUE
    tell_within: timedelta = TELL_WITHIN
    clock: Callable[[], datetime] = now

    def connection(self) -> Acquired:
        """A connection to the records. A fact's teller waits no longer for it than for the fact."""
        return self.pool.acquire(timeout=min(SECONDS_TO_ACQUIRE, self.tell_within.total_seconds()))
