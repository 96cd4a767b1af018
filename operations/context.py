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


class _Clock:
    """How far this process is ahead of the wall's clock: not at all, but in a demonstration."""

    ahead = timedelta(0)


def now() -> datetime:
    """The clock, UTC, in whole seconds: when something was asked."""
    return (datetime.now(UTC) + _Clock.ahead).replace(microsecond=0)


def ahead() -> timedelta:
    """How far a demonstration's clock is ahead of the wall's; nothing anywhere else."""
    return _Clock.ahead


def go_ahead(by: timedelta) -> None:
    """Have the clock go so far ahead of the wall's. For the demonstration alone, as a test holds."""
    _Clock.ahead = by


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
