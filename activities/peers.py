"""What workflows start through the client: known by id, never children."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final

from temporalio import activity
from temporalio.client import Client

from activities.signatures import Activity, StartIntroCourses
from coaching_client import handles
from records.database import SECONDS_TO_ACQUIRE, Pool
from records.zones import zone_of
from schemas.subjects import INTRO_COURSE

_LOOKED_AFTER: Final = 600.0


class Academies:
    """Sees to it that the weekly mail of every academy is kept, as soon as something waits for it."""

    def __init__(self, client: Client, pool: Pool, task_queue: str) -> None:
        self._client = client
        self._pool = pool
        self._task_queue = task_queue
        self._looked_at: dict[str, float] = {}

    async def keep(self, academy: str) -> None:
        """Start its workflow, unless it runs; looked at again after ten minutes, should somebody have ended it."""
        if monotonic() - self._looked_at.get(academy, -_LOOKED_AFTER) >= _LOOKED_AFTER:
            async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
                zone = await zone_of(connection, academy)
            await handles.start_weekly_mail(self._client, academy, zone=zone, task_queue=self._task_queue)
            self._looked_at[academy] = monotonic()


class PeerActivities:
    """Reaches other workflows through the client. Repeating any of it changes nothing."""

    def __init__(self, client: Client, task_queue: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._task_queue = task_queue
        self._clock = clock

    @activity.defn(name=Activity.START_INTRO_COURSES)
    async def start_intro_courses(self, asked: StartIntroCourses) -> None:
        """Start each Introduction course that does not run yet, and never did.

        One whose first day came meanwhile is opened no more: this was tried again for long, or a demonstration's clock
        is ahead of the schedule's.
        """
        today = self._clock().date()
        for opened in asked.openings:
            if opened.opening.day_1 <= today:
                continue
            await handles.start(
                self._client, INTRO_COURSE, opened.course, opened.opening, scoped=True, task_queue=self._task_queue
            )
