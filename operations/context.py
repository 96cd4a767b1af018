"""What every operation needs to reach the engine."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.client import Client

from coaching_client.handles import TASK_QUEUE
from records.database import SECONDS_TO_ACQUIRE, Acquired, Pool

TELL_WITHIN: Final = timedelta(seconds=30)


class _Clock:
    """How far it is ahead of the wall's: not at all, but in a demonstration."""

    ahead = timedelta(0)


_CLOCK: Final[ContextVar[_Clock]] = ContextVar("clock", default=_Clock())  # noqa: B039 - one for the whole process


def now() -> datetime:
    """The clock, UTC, in whole seconds: when something was asked."""
    return (datetime.now(UTC) + _CLOCK.get().ahead).replace(microsecond=0)


def ahead() -> timedelta:
    """How far a demonstration's clock is ahead of the wall's; nothing anywhere else."""
    return _CLOCK.get().ahead


def go_ahead(by: timedelta) -> None:
    """Have the clock go so far ahead of the wall's. For the demonstration alone, as a test holds."""
    _CLOCK.get().ahead = by


def apart() -> None:
    """Have this task, and those it starts from here on, go by a clock of their own: whoever watches a rehearsal."""
    _CLOCK.set(_Clock())


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
