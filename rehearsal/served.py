"""The real world: workflows on a Temporal server, a worker, a database and mail. Only the clocks are virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from coaching_client import handles
from operations.cohorts import start_cohort
from operations.context import EngineContext
from operations.intro_courses import CoursePlan, Wanted, schedule_course
from records import intro_courses, lists, notes, rehearsed, views
from records.database import Pool
from records.lists import Sought
from records.views import ListedEngagement
from rehearsal.acts import REHEARSED, Asked
from rehearsal.asking import Questions
from rehearsal.clocks import VirtualClocks
from rehearsal.register import Recorded
from rehearsal.script import Plot, Script
from rehearsal.world import Admitted, BookingLine, EngagementLine, words_beside
from schemas.due import AnyTold, Refusal
from schemas.engagement_facts import EngagementProposed
from schemas.facts import Fact
from schemas.intro_course_facts import PlaceRequested
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, AnyKind, kept_in, workflow_id
from schemas.words import BookingId, Code, EngagementId, IntroCourseId, PersonId, Role

ALL: Final = 100_000
"""More engagements than any rehearsal has."""

_SECONDS_TO_START: Final = 60.0
_GLANCE_SECONDS: Final = 0.05


def engagement_line(line: ListedEngagement) -> EngagementLine:
    """What a rehearsal needs to know of a listed engagement."""
    return EngagementLine(
        line.engagement, line.cohort, line.stage, line.phase, line.next_due, line.ended_at, line.end_reason
    )


class ServedWorld:
    """A rehearsal's world on servers that run already. ``now`` is the wall clock, on which every workflow begins."""

    def __init__(
        self,
        plot: Plot,
        client: Client,
        pool: Pool,
        task_queue: str,
        now: datetime,
        clocks: VirtualClocks | None = None,
    ) -> None:
        self.clocks = clocks or VirtualClocks(client)
        self._plot = plot
        self._register = Recorded(pool)
        self._client = client
        self._pool = pool
        self._task_queue = task_queue
        self._now = now
        self._questions = Questions(pool, plot.scope)

    async def admit(self, script: Script) -> Admitted:
        """Before anything is started the server must have virtual clocks: else the cohort would live, and write mail.

        Raises NoTimeSkippingError.
        """
        await self._adopted(workflow_id(COHORT, script.cohort))
        admitted = await self._register.admit(script, self._now)
        await handles.start(
            self._client,
            COHORT,
            script.cohort,
            admitted.openings.scheduled,
            scoped=True,
            task_queue=self._task_queue,
        )
        await self.clocks.adopt(workflow_id(COHORT, script.cohort))
        return admitted

    async def keep_weekly_mail(self) -> None:
        """Of this cohort or academy alone: by a clock that is ahead, nobody else's mail may be judged."""
        zone = self._plot.first.programme.zone
        await handles.start_weekly_mail(self._client, self._plot.scope, zone=zone, task_queue=self._task_queue)
        await self.clocks.adopt(handles.weekly_mail_id(self._plot.scope))

    async def enrol(self, script: Script, at: datetime) -> None:
        """As the command line does."""
        engine = EngineContext(self._client, self._pool, self._task_queue)
        await start_cohort(engine, REHEARSED, script.plan, script.roster, at=at, wait=False)

    async def advance(self, kind: AnyKind, subject: str, to: datetime) -> datetime | None:
        """By the clock of its workflow."""
        return await self.clocks.advance(workflow_id(kind, subject), to)

    async def advance_mail(self, to: datetime) -> None:
        """By the clock of its workflow."""
        await self.clocks.advance(handles.weekly_mail_id(self._plot.scope), to)

    async def clock(self, kind: AnyKind, subject: str) -> datetime:
        """By the clock of its workflow."""
        return await self.clocks.now(workflow_id(kind, subject))

    async def tell(self, kind: AnyKind, subject: str, fact: Fact) -> Refusal | None:
        """Some facts have words beside them."""
        try:
            await self._told(kind, subject, fact)
        except handles.FactRefusedError as refused:
            return refused.refusal
        return None

    async def _told(self, kind: AnyKind, subject: str, fact: Fact) -> AnyTold:
        words = words_beside(fact)
        if words is not None:
            async with self._pool.acquire() as conn:
                await notes.keep(conn, subject, fact.event_id, words, self._now)
        answer: AnyTold = await handles.tell(
            self._client,
            kind,
            subject,
            fact,  # type: ignore[arg-type]  # one of the union
            scoped=True,
            task_queue=self._task_queue,
        )
        return answer

    async def started(self, engagement: EngagementId) -> None:
        """As soon as the cohort has started it."""
        async with asyncio.timeout(_SECONDS_TO_START):
            while not await self._adopted(workflow_id(ENGAGEMENT, engagement)):  # noqa: ASYNC110  # nothing announces it
                await asyncio.sleep(_GLANCE_SECONDS)

    async def opening(self, engagement: EngagementId) -> tuple[EngagementProposed, Mapping[Role, PersonId]] | None:
        """As the records have it."""
        async with self._pool.acquire() as conn:
            opening = await views.opening(conn, engagement)
            if opening is None:
                return None
            return opening, {line.role: line.person for line in await views.people(conn, engagement)}

    async def engagements(self) -> list[EngagementLine]:
        """As the records have them."""
        async with self._pool.acquire() as conn:
            listed = await lists.engagements(conn, Sought(within=[self._plot.scope]), None, ALL)
        return [engagement_line(line) for line in listed]

    async def untold(self, academy: Code, suffix: str) -> list[tuple[AnyKind, str]]:
        """As the records have it."""
        async with self._pool.acquire() as conn:
            found = await views.open_subjects(conn, academy, suffix)
        return [(kept_in(table), subject) for subject, table in found]

    async def asked(self) -> list[Asked]:
        """From the notices."""
        return await self._questions.new()

    async def schedule(self, plan: CoursePlan) -> None:
        """On the wall clock."""
        engine = EngineContext(self._client, self._pool, self._task_queue, clock=lambda: self._now)
        await schedule_course(engine, REHEARSED, plan, wait=False)
        await self.clocks.adopt(workflow_id(INTRO_COURSE, plan.course))

    async def requested(self, course: IntroCourseId, wanted: Wanted, event_id: str) -> PlaceRequested:
        """By the records."""
        return await self._register.requested(course, wanted, event_id, self._now)

    async def resting(self, until: datetime) -> set[IntroCourseId]:
        """As the records have it."""
        async with self._pool.acquire() as conn:
            return await rehearsed.resting(conn, until)

    async def bookings(self, course: IntroCourseId) -> Sequence[BookingLine]:
        """As the records have them."""
        async with self._pool.acquire() as conn:
            listed = await intro_courses.bookings(conn, course)
        return [BookingLine(line.booking, line.person, line.state, line.days) for line in listed]

    async def room(self, course: IntroCourseId, day: int) -> bool:
        """As the records have it."""
        async with self._pool.acquire() as conn:
            listed = await intro_courses.course(conn, course)
        return listed is not None and (listed.taken_1, listed.taken_2)[day - 1] < listed.places

    async def keep_feedback(
        self, course: IntroCourseId, booking: BookingId, at: datetime, marks: Mapping[str, int], comment: str
    ) -> None:
        """In the records."""
        await self._register.keep_feedback(course, booking, at, marks, comment)

    async def _adopted(self, workflow: str) -> bool:
        try:
            await self.clocks.adopt(workflow)
        except RPCError as unknown:
            if unknown.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True
