"""Virtual clocks: each workflow's own, on a real Temporal server that skips time.

A workflow that is not being advanced lives at the pace of the wall, at a distance from it. While it is advanced, its
clock jumps to the next timer, and at last to the target, whenever it has nothing in flight (a workflow task, an
activity, a child, a signal to another workflow). So whatever falls due before the target is carried out, in order, and
the clock stands at the target with nothing left to do.

Three properties of the server decide how it must be driven:

- If the target passes by the wall while something that fell due just before it is still being carried out, the server
  jumps on to the timer after the target, however far. So no target may lie just after a due instant.
- The wait between the attempts of a failing activity is skipped like a timer. A clock therefore runs on through an
  outage, until the number of jumps or the time allowed for one advance is used up.
- A run that continues as new within a second of its start has to wait, looking idle, so its clock jumps to the target
  with nothing done; ``history.workflowIdReuseMinimalInterval="0s"`` in the server's dynamic configuration prevents it.

Timers are read twenty times a second by default, so that a lone clock takes a fifth of a second for each jump;
``history.timerProcessorMaxPollRPS=2000`` makes it a few milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final, NoReturn
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from temporalio.api.common.v1 import (
    FastForwardConfig,
    Payload,
    TimeSkippingConfig,
    TimeSkippingInfo,
    WorkflowExecution,
)
from temporalio.api.enums.v1 import EventType, FastForwardPollingResult, WorkflowExecutionStatus
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    PollWorkflowExecutionTimeSkippingRequest,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

MOST_JUMPS: Final = 1000
"""So often may one advance wake a workflow. The server's own limit of 200 ends a year with daily timers."""


_UNNOTICED: Final = timedelta(seconds=1)
_GLANCE_SECONDS: Final = 0.02


class NoTimeSkippingError(Exception):
    """The server has no virtual clocks: it needs ``frontend.WorkflowTimeSkippingEnabled=true``."""


class ClockStalledError(Exception):
    """A workflow did not reach the instant it was advanced to in the time allowed. Its clock goes with the wall."""


class ClockOvershotError(Exception):
    """A workflow's clock jumped beyond the instant it was advanced to: that instant lay just after something due."""


class VirtualClocks:
    """The clocks of the workflows of one namespace. They can only be put forward.

    Workflows are started as ever, by anybody, and must not ask for time skipping at their start. All instants are aware
    UTC. Workflows may be advanced at the same time; one workflow only once at a time. A workflow that continues as new
    keeps its clock. ``timeout_seconds`` is the wall time allowed for one advance.
    """

    def __init__(self, client: Client, *, timeout_seconds: float = 120) -> None:
        self._client = client
        self._timeout_seconds = timeout_seconds
        self._left: dict[str, tuple[datetime, float]] = {}

    async def adopt(self, workflow_id: str) -> None:
        """Take over the clock of a running workflow: it goes with the wall from where it is, whatever moved it before.

        Raises NoTimeSkippingError, and RPCError (NOT_FOUND) for a workflow that is unknown or has ended.
        """
        self._left.pop(workflow_id, None)
        await self._configure(workflow_id, TimeSkippingConfig(enabled=False))

    async def now(self, workflow_id: str) -> datetime:
        """What a workflow's clock reads; of a workflow that has ended, when it ended."""
        return _time(await self._describe(workflow_id))

    async def advance(self, workflow_id: str, to: datetime) -> datetime | None:
        """Put a workflow's clock forward to ``to``; everything due on the way is carried out, and nothing is in flight.

        The time reached: ``to``, and later only by the wall time this took. At once what the clock reads if that is not
        before ``to``. None if the workflow had ended, or ended on the way. Raises ClockStalledError,
        ClockOvershotError, NoTimeSkippingError, and RPCError (NOT_FOUND) for an unknown workflow.
        """
        started, before = monotonic(), self._reckoned(workflow_id)
        reckoned = before is not None and before < to
        if not reckoned:
            before = await self._read(workflow_id)
        if before is None or before >= to:
            return before
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._fast_forward(workflow_id, to - before)
                after = await self._at_rest(workflow_id)
        except TimeoutError:
            raise ClockStalledError(await self._why_stalled(workflow_id, to)) from None
        except RPCError as refused:
            if refused.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        if not _runs(after):
            return None
        if reckoned and _time(after) < to:
            # Somebody started it anew in between, by the clock of the wall.
            return await self.advance(workflow_id, to)
        at = _arrived(workflow_id, after, to, timedelta(seconds=monotonic() - started))
        self._left[workflow_id] = at, monotonic()
        return at

    def _reckoned(self, workflow_id: str) -> datetime | None:
        """What a clock reads that was left at a time: since then it went with the wall. Nobody else moves it."""
        left = self._left.pop(workflow_id, None)
        return None if left is None else left[0] + timedelta(seconds=monotonic() - left[1])

    async def _read(self, workflow_id: str) -> datetime | None:
        described = await self._describe(workflow_id)
        return _time(described) if _runs(described) else None

    async def _fast_forward(self, workflow_id: str, by: timedelta) -> None:
        target = FastForwardConfig(id=str(uuid4()))
        target.duration.FromTimedelta(by)
        await self._configure(
            workflow_id,
            TimeSkippingConfig(enabled=True, fast_forward_config=target, max_session_skip_count=MOST_JUMPS),
        )
        question = PollWorkflowExecutionTimeSkippingRequest(
            namespace=self._client.namespace, workflow_execution=_chain(workflow_id), fast_forward_id=target.id
        )
        answer = FastForwardPollingResult.FAST_FORWARD_POLLING_RESULT_POLL_TIMEOUT
        while answer == FastForwardPollingResult.FAST_FORWARD_POLLING_RESULT_POLL_TIMEOUT:
            polled = await self._client.workflow_service.poll_workflow_execution_time_skipping(question, retry=True)
            answer = polled.fast_forward_polling_result

    async def _at_rest(self, workflow_id: str) -> DescribeWorkflowExecutionResponse:
        """A clock that reached a near target by the wall has work in flight still."""
        while _busy(described := await self._describe(workflow_id)):  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(_GLANCE_SECONDS)
        return described

    async def _why_stalled(self, workflow_id: str, to: datetime) -> str:
        described = await self._describe(workflow_id)
        if _runs(described):
            await self.adopt(workflow_id)
        in_flight = [f"{a.activity_type.name} (attempt {a.attempt})" for a in described.pending_activities]
        return (
            f"{workflow_id} was to reach {to:%Y-%m-%d %H:%M:%S} UTC within {self._timeout_seconds:g} seconds; "
            f"its clock reads {_time(described):%Y-%m-%d %H:%M:%S}; "
            + (f"pending: {', '.join(in_flight)}" if in_flight else f"no activity pending, {_skipping(described)}")
        )

    async def _configure(self, workflow_id: str, config: TimeSkippingConfig) -> None:
        try:
            await self._client.workflow_service.update_workflow_execution_options(
                UpdateWorkflowExecutionOptionsRequest(
                    namespace=self._client.namespace,
                    workflow_execution=_chain(workflow_id),
                    workflow_execution_options=WorkflowExecutionOptions(time_skipping_config=config),
                    update_mask=FieldMask(paths=["time_skipping_config"]),
                    identity=self._client.identity,
                ),
                retry=True,
            )
        except RPCError as refused:
            if refused.status is RPCStatusCode.UNIMPLEMENTED:
                raise NoTimeSkippingError(NoTimeSkippingError.__doc__) from refused
            raise

    async def _describe(self, workflow_id: str) -> DescribeWorkflowExecutionResponse:
        # Not the handle's describe: it decodes what nobody reads here, and fails on a paused workflow.
        return await self._client.workflow_service.describe_workflow_execution(
            DescribeWorkflowExecutionRequest(namespace=self._client.namespace, execution=_chain(workflow_id)),
            retry=True,
        )


def _chain(workflow_id: str) -> WorkflowExecution:
    """Without a run: the current one, also after continue-as-new."""
    return WorkflowExecution(workflow_id=workflow_id)


def _runs(described: DescribeWorkflowExecutionResponse) -> bool:
    return described.workflow_execution_info.status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING


def _busy(described: DescribeWorkflowExecutionResponse) -> bool:
    in_flight = described.HasField("pending_workflow_task") or bool(described.pending_activities)
    return _runs(described) and in_flight


def _info(described: DescribeWorkflowExecutionResponse) -> TimeSkippingInfo | None:
    extended = described.workflow_extended_info
    return extended.time_skipping_info if extended.HasField("time_skipping_info") else None


def _time(described: DescribeWorkflowExecutionResponse) -> datetime:
    info = _info(described)
    return info.current_time.ToDatetime(UTC) if info else datetime.now(UTC)


def _skipping(described: DescribeWorkflowExecutionResponse) -> str:
    info = _info(described)
    if info and info.effective_config.enabled:
        return f"{info.current_session_skip_count} jumps made"
    return f"jumping was ended, as after {MOST_JUMPS} jumps"


def _arrived(workflow_id: str, described: DescribeWorkflowExecutionResponse, to: datetime, wall: timedelta) -> datetime:
    at = _time(described)
    if at > to + wall + _UNNOTICED:
        raise ClockOvershotError(f"{workflow_id} was to stop at {to:%Y-%m-%d %H:%M:%S} UTC; its clock reads {at}")
    if at < to:
        raise ClockStalledError(f"{workflow_id} was stopped at {at} on its way to {to:%Y-%m-%d %H:%M:%S} UTC")
    return at


@dataclass(frozen=True, slots=True)
class HistorySize:
    """How long a history is: ``events`` counts them, ``bytes`` is what they carry (see ``history_size``)."""

    events: int
    bytes: int

    def __add__(self, other: HistorySize) -> HistorySize:
        """Of several runs of one workflow together."""
        return HistorySize(self.events + other.events, self.bytes + other.bytes)


def is_virtual_time_event(event: HistoryEvent) -> bool:
    """Whether an event only exists because a virtual clock was put forward."""
    return event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED or (
        event.workflow_execution_options_updated_event_attributes.time_skipping_config_updated
    )


def history_size(history: WorkflowHistory) -> HistorySize:
    """The size of one run's history, the same whenever the same life is lived.

    Left out: events of virtual time, and workflow tasks. A busy machine makes one task of what an idle one makes two
    of, so their number says nothing of the life. Of each other event the name of its type and the data of its payloads
    (arguments, results, details, summaries, memo, search attributes) are counted; ids, times, identities, tokens and
    failure messages are not. So it is less than the server stores, and good for comparing.
    """
    kept = [e for e in history.events if not is_virtual_time_event(e) and e.event_type not in _WORKFLOW_TASKS]
    return HistorySize(len(kept), sum(len(EventType.Name(e.event_type)) + _payload_bytes(e) for e in kept))


_WORKFLOW_TASKS = frozenset(value for name, value in EventType.items() if name.startswith("EVENT_TYPE_WORKFLOW_TASK_"))


def _payload_bytes(message: Message) -> int:
    if isinstance(message, Payload):
        return len(message.data)
    return sum(_payload_bytes(part) for part in _parts(message))


def _parts(message: Message) -> Iterator[Message]:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            yield from (entry for entry in value.values() if isinstance(entry, Message))
        elif isinstance(value, Message):
            yield value
        else:
            yield from value


def leave(status: int) -> NoReturn:
    """End the process at once with a status, when everything is closed and written.

    The SDK's threads outlive its event loop; while the interpreter closes they can crash it, so that finished work ends
    with a status of 134, 135 or 139 and unwritten output.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
