"""Workflows that are started while the demonstration's clock is ahead begin at its present, not on the wall's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.service import RPCError, RPCStatusCode

from coaching_client import handles
from rehearsal.clocks import VirtualClocks
from schemas.subjects import KINDS

LIVES: Final = frozenset(kind.workflow for kind in KINDS) | {handles.WEEKLY_MAIL_WORKFLOW}
"""The types of the workflows that keep time; the others are started by a schedule, which keeps the wall's."""

_BEFORE: Final = timedelta(seconds=1)
"""So long before a start its clock is stopped: where something falls due it must not be."""

_TIME_TO_TELL: Final = timedelta(seconds=5)
"""So much later than its present it would begin by itself."""


@dataclass
class LateStarts(Interceptor):
    """Delays a client's starts of what keeps time to ``present``, if there is one, and puts their clocks there."""

    present: Callable[[], datetime | None]
    plain: Client

    @classmethod
    def over(cls, plain: Client, present: Callable[[], datetime | None]) -> Client:
        """The same client, which starts workflows so."""
        config = plain.config()
        config["interceptors"] = [*config["interceptors"], cls(present, plain)]
        return Client(**config)

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """As the SDK asks."""
        return _Late(next, self)

    async def runs(self, workflow: str) -> bool:
        """Whether it runs already."""
        try:
            described = await self.plain.get_workflow_handle(workflow).describe()
        except RPCError as failed:
            if failed.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return described.status is WorkflowExecutionStatus.RUNNING

    async def settle(self, workflow: str, moment: datetime) -> None:
        """Have what was just started begin."""
        await VirtualClocks(self.plain).advance(workflow, moment - _BEFORE)


class _Late(OutboundInterceptor):
    def __init__(self, after: OutboundInterceptor, starts: LateStarts) -> None:
        super().__init__(after)
        self._starts = starts

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - the SDK's name
        """Delayed, and skipped to."""
        moment = self._starts.present()
        if moment is None or input.workflow not in LIVES or await self._starts.runs(input.id):
            return await super().start_workflow(input)
        started = await self._delayed(input, moment)
        await self._starts.settle(input.id, moment)
        return started

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002 - the SDK's name
    ) -> WorkflowUpdateHandle[Any]:
        """The server takes no delay together with an update, so that the start goes before it, and its clock.

        An update does not wait for the first task of a delayed start, but makes one: its clock must be there already.
        """
        start, moment = input.start_workflow_input, self._starts.present()
        if moment is None or start.workflow not in LIVES or await self._starts.runs(start.id):
            return await super().start_update_with_start_workflow(input)
        said = {name: getattr(start, name) for name in StartWorkflowInput.__annotations__ if hasattr(start, name)}
        said |= {"start_signal": None, "start_signal_args": [], "request_eager_start": False}
        said |= {"rpc_metadata": input.rpc_metadata, "rpc_timeout": input.rpc_timeout}
        await self._delayed(StartWorkflowInput(**said), moment + _TIME_TO_TELL)
        await self._starts.settle(start.id, moment + 2 * _BEFORE)
        return await super().start_update_with_start_workflow(input)

    async def _delayed(self, start: StartWorkflowInput, moment: datetime) -> WorkflowHandle[Any, Any]:
        delay = moment - datetime.now(UTC)
        return await super().start_workflow(replace(start, start_delay=delay) if delay > timedelta(0) else start)
