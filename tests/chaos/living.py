"""The rehearsed academy in trouble: its people tell again what was not answered, and servers die under their hands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from coaching_client import handles
from rehearsal.clocks import ClockOvershotError, VirtualClocks
from rehearsal.introductions import Introductions
from rehearsal.script import Plot
from rehearsal.served import ServedWorld
from rehearsal.stage import Cohort, Stage
from schemas.due import Refusal
from schemas.facts import Fact
from schemas.subjects import AnyKind
from tests.chaos.servers import QUEUE, Servers

AWAY = (RPCError, WorkflowUpdateFailedError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What a teller meets while something is down, and after which they tell again."""
_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that was answered."""

    kind: AnyKind
    subject: str
    fact: Any
    answer: Any


class PatientClocks(VirtualClocks):
    """Clocks of servers that die: one whose work took longer than its target was away runs on, and is left there."""

    overshot = 0

    def _reckoned(self, workflow_id: str) -> datetime | None:  # noqa: ARG002 - whichever it is
        """Nothing: what was reset, deleted or restored has another clock than it was left with."""
        return None

    async def advance(self, workflow_id: str, to: datetime) -> datetime | None:
        """Put it forward; what it reads."""
        try:
            return await super().advance(workflow_id, to)
        except ClockOvershotError:
            self.overshot += 1
            return await self.now(workflow_id)
        except RPCError as failed:
            # An emptied Temporal knows nothing of what had ended by then, and was not started again.
            if failed.status is RPCStatusCode.NOT_FOUND:
                return None
            raise


class PatientWorld(ServedWorld):
    """Its people tell again what was not answered."""

    def __init__(self, plot: Plot, servers: Servers, now: datetime) -> None:
        self.patient = PatientClocks(servers.client, timeout_seconds=180)
        super().__init__(plot, servers.client, servers.pool, QUEUE, now, self.patient)
        self.answered: list[Told] = []
        self.repeats = 0

    async def advance_mail(self, to: datetime) -> None:
        """Until it is there: a run that was just begun for one that was ended may not be found at once."""
        async with asyncio.timeout(_SECONDS):
            while await self.clocks.advance(handles.weekly_mail_id(self._plot.scope), to) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    async def tell(self, kind: AnyKind, subject: str, fact: Fact) -> Refusal | None:
        """Until it is answered."""
        async with asyncio.timeout(_SECONDS):
            while True:
                try:
                    answer = await self._told(kind, subject, fact)
                except handles.FactRefusedError as refused:
                    return refused.refusal
                except AWAY:
                    self.repeats += 1
                    await asyncio.sleep(0.2)
                else:
                    self.answered.append(Told(kind, subject, fact, answer))
                    return None


@dataclass(slots=True)
class LivingStage(Stage):
    """Between two weeks ``between`` happens, at a standstill; ``beside`` happens while clocks are driven.

    ``between`` is told whether all cohorts are open by then.
    """

    world: PatientWorld
    between: Callable[[datetime, bool], Awaitable[None]] = field(kw_only=True)
    beside: Callable[[], Awaitable[None] | None] = field(kw_only=True)

    async def _pass_week(
        self, cohorts: list[Cohort], introductions: Introductions, barrier: datetime, *, last: bool
    ) -> None:
        await super(LivingStage, self)._pass_week(cohorts, introductions, barrier, last=last)
        await self._catch_up_mail()
        await self.between(barrier, all(cohort.open for cohort in cohorts))

    async def _together(self, drives: Iterable[Awaitable[None]]) -> None:
        trouble = self.beside()
        if trouble is None:
            await super(LivingStage, self)._together(drives)
            return
        await asyncio.gather(super(LivingStage, self)._together(drives), trouble)
