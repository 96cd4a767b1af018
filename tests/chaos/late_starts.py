"""Workflows that are started in the middle of a rehearsal begin at its virtual present, not on the wall's clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    StartWorkflowUpdateWithStartInput,
    UpdateWithStartStartWorkflowInput,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.service import RPCError, RPCStatusCode

from coaching_client import handles
from process import connection
from rehearsal.clocks import VirtualClocks
from schemas.subjects import KINDS

_LIVES = frozenset(kind.workflow for kind in KINDS if kind.table) | {handles.WEEKLY_MAIL_WORKFLOW}
_BEFORE = timedelta(minutes=2)
"""So long before the present it begins: a clock must not be stopped just where something falls due."""
_ADMITTED_WITHIN = 0.2
"""Seconds."""


@dataclass
class LateStarts(Interceptor):
    """A client's starts of what keeps time, delayed to the present that a file holds, with their clocks put there."""

    present: Path
    client: Client | None = None

    @classmethod
    async def connected(cls, address: str, present: Path) -> tuple[Client, Self]:
        """A client that starts workflows so."""
        made = cls(present)
        plain = await connection.connect(address=address)
        config = plain.config()
        config["interceptors"] = [made]
        made.client = plain
        return Client(**config), made

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """As the SDK asks."""
        return _Late(next, self)

    def now(self) -> datetime | None:
        """The academy's present; None before it has one."""
        said = self.present.read_text()
        return datetime.fromisoformat(said) if said else None

    async def runs(self, workflow: str) -> bool:
        """Whether it runs already."""
        assert self.client is not None
        try:
            return (await self.client.get_workflow_handle(workflow).describe()).status is _RUNNING
        except RPCError as failed:
            if failed.status is RPCStatusCode.NOT_FOUND:
                return False
            raise

    async def settle(self, workflow: str, moment: datetime) -> None:
        """Put the clock of what was just started to the present."""
        assert self.client is not None
        await VirtualClocks(self.client).advance(workflow, moment)


_RUNNING = WorkflowExecutionStatus.RUNNING


def _again(start: StartWorkflowInput | UpdateWithStartStartWorkflowInput) -> bool:
    """Whether it takes up what was begun before. Whatever begins is adopted by the stage, from the wall's clock on."""
    return start.workflow in _LIVES and not any(getattr(said, "opening", None) for said in start.args)


class _Late(OutboundInterceptor):
    def __init__(self, after: OutboundInterceptor, starts: LateStarts) -> None:
        super().__init__(after)
        self._starts = starts

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - the SDK's name
        moment = self._starts.now()
        if moment is None or not _again(input) or await self._starts.runs(input.id):
            return await super().start_workflow(input)
        started = await self._delayed(input, moment)
        await self._starts.settle(input.id, moment)
        return started

    async def _delayed(self, start: StartWorkflowInput, moment: datetime) -> WorkflowHandle[Any, Any]:
        delay = moment - _BEFORE - datetime.now(UTC)
        return await super().start_workflow(replace(start, start_delay=delay) if delay > timedelta(0) else start)

    async def _told_when_it_begins(
        self, start: StartWorkflowInput, told: StartWorkflowUpdateWithStartInput
    ) -> WorkflowUpdateHandle[Any]:
        """The update waits for the first task, as it would in one call: what has ended would be gone before."""
        moment = self._starts.now()
        assert moment is not None
        await self._delayed(start, moment)
        telling = asyncio.create_task(super().start_update_with_start_workflow(told))
        await asyncio.sleep(_ADMITTED_WITHIN)
        settling = asyncio.create_task(self._starts.settle(start.id, moment))
        try:
            return await telling
        finally:
            await settling

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002 - the SDK's name
    ) -> WorkflowUpdateHandle[Any]:
        """The server takes no delay together with an update, so that the start goes before it."""
        start = input.start_workflow_input
        if self._starts.now() is not None and _again(start) and not await self._starts.runs(start.id):
            said = {name: getattr(start, name) for name in StartWorkflowInput.__annotations__ if hasattr(start, name)}
            said |= {"start_signal": None, "start_signal_args": [], "request_eager_start": False}
            said |= {"rpc_metadata": input.rpc_metadata, "rpc_timeout": input.rpc_timeout}
            return await self._told_when_it_begins(StartWorkflowInput(**said), input)
        return await super().start_update_with_start_workflow(input)
