"""Waiting for what a server shows, and holding a record back at the moment before it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from temporalio.client import ScheduleHandle

from records.database import Pool
from tests.workflows.subjects import Engagement, Subject, now


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.02)


async def pause(schedule: ScheduleHandle) -> None:
    """Pause it until the server says so: an update asked for just before may be carried out after, and undo it."""

    async def paused() -> bool:
        await schedule.pause()
        return (await schedule.describe()).schedule.state.paused

    await eventually(paused)


async def nothing_due(life: Engagement) -> None:
    """Wait until what is due now was carried out: by day that begins at once, by night it waits for the morning."""

    async def all_ahead() -> bool:
        due = (await life.state()).next_due
        if due is not None and due.at <= now():
            return False
        return not (await life.handle.describe()).raw_description.pending_activities

    await eventually(all_ahead)


@asynccontextmanager
async def held_before_commit(pool: Pool, event_id: str) -> AsyncIterator[None]:
    """Whoever records this event waits for as long as this lasts, with all of its statement handed in."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer) "
            "VALUES ('elsewhere', 1, $1, 'none', now(), now(), 'service', '{}', '{}')",
            event_id,
        )
        try:
            yield
        finally:
            await transaction.rollback()


async def somebody_waits(pool: Pool) -> bool:
    """Whether a statement waits for a lock in this database."""
    return bool(
        await pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    )


async def attempts(subject: Subject) -> int:
    """How often the pending activity was tried, as the UI shows it; 0 if none is pending."""
    pending = (await subject.handle.describe()).raw_description.pending_activities
    return max((activity.attempt for activity in pending), default=0)
