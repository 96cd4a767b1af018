"""The two that are compared, as one calls them: an engagement, and the bare workflow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final, Protocol

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from benchmarks.bare import Bare, BareInput
from benchmarks.made_up import known
from benchmarks.subjects import agreement, bare_fact, sessions, wall, with_a_past
from coaching_client import handles
from records.database import Pool
from schemas.corrections import EngagementFact
from schemas.engagement_facts import SessionHeld
from schemas.subjects import ENGAGEMENT

READY: Final = "ready"
"""What a worker process says when it takes work."""


@dataclass(frozen=True, slots=True)
class Process:
    """A worker in a process of its own."""

    pid: int
    task_queue: str


class Place(Protocol):
    """Where both sides run: a client of the server, a pool on the database, and worker processes."""

    @property
    def client(self) -> Client:
        """Starts and tells."""

    @property
    def pool(self) -> Pool:
        """Sees what was recorded."""

    def worker(self) -> AbstractAsyncContextManager[Process]:
        """A worker process on a task queue of its own, while the context lasts."""


class Side(Protocol):
    """Something that can be started and told things. Subjects are named by the caller."""

    async def start(self, subject: str) -> None:
        """Returns when the server has it."""

    async def prepare(self, subject: str) -> None:
        """Bring a started subject to where facts can be told."""

    async def tell(self, subject: str) -> None:
        """Tell the next fact; returns when it is recorded."""

    async def recorded(self) -> int:
        """How many starts were recorded."""


class Engagements:
    """Our side, by the functions programs call."""

    def __init__(self, client: Client, pool: Pool, task_queue: str) -> None:
        self._client = client
        self._pool = pool
        self._task_queue = task_queue
        self._now: datetime = wall()
        self._sessions: dict[str, Iterator[SessionHeld]] = {}

    async def start(self, subject: str) -> None:
        """An engagement with a past."""
        begun = with_a_past(subject, self._now)
        await known(self._pool, subject, begun)
        await handles.start(self._client, ENGAGEMENT, subject, begun, task_queue=self._task_queue)

    async def prepare(self, subject: str) -> None:
        """Have the agreement signed."""
        begun = with_a_past(subject, self._now)
        for signed in agreement(begun, begun.occurred_at):
            await handles.tell(self._client, ENGAGEMENT, subject, signed, task_queue=self._task_queue)
        self._sessions[subject] = sessions(begun, self._now)

    async def tell(self, subject: str) -> None:
        """The next week's session was held."""
        await self.say(subject, self.next_fact(subject))

    def next_fact(self, subject: str) -> SessionHeld:
        """The session of the week after the one before."""
        return next(self._sessions[subject])

    async def say(self, subject: str, fact: EngagementFact) -> None:
        """Tell it a fact; returns when it is recorded."""
        await handles.tell(self._client, ENGAGEMENT, subject, fact, task_queue=self._task_queue)

    async def recorded(self) -> int:
        """How many openings the ledger has."""
        return int(await self._pool.fetchval("SELECT count(*) FROM facts WHERE seq = 1"))


class BareWorkflows:
    """The other side. ``records_its_start``: with an activity and an insert at the start, too."""

    def __init__(self, client: Client, pool: Pool, task_queue: str, *, records_its_start: bool = True) -> None:
        self._client = client
        self._pool = pool
        self._task_queue = task_queue
        self._records_its_start = records_its_start
        self._numbers = count(1)
        self._now = wall()

    async def start(self, subject: str) -> None:
        """A bare workflow."""
        given = BareInput(
            subject=subject, opening=bare_fact(subject, 0, self._now) if self._records_its_start else None
        )
        await self._client.start_workflow(
            Bare.run,
            given,
            id=f"bare:{subject}",
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    async def prepare(self, subject: str) -> None:
        """It takes anything at once."""

    async def tell(self, subject: str) -> None:
        """Anything."""
        fact = bare_fact(subject, next(self._numbers), self._now)
        await self._client.get_workflow_handle_for(Bare.run, f"bare:{subject}").execute_update(
            Bare.tell, fact, id=fact.event_id
        )

    async def recorded(self) -> int:
        """How many openings the table has."""
        return int(await self._pool.fetchval("SELECT count(*) FROM bare_facts WHERE event_id LIKE '%:0'"))
