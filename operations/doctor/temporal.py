"""Is Temporal well: the server, what it must know of the engine, who works, and what runs by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from temporalio.api.enums.v1 import TaskQueueType, VersionDrainageStatus
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    GetSystemInfoRequest,
    PollActivityTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.deployments import DEPLOYMENT, deployment
from coaching_client.nexus import ENDPOINT
from coaching_client.registered import endpoint_target, is_kept_from_us, search_attributes, target, type_of
from coaching_client.schedules import intro_schedule_id, reconcile_schedule_id, retention_schedule_id
from operations.doctor.checking import Found, Installation, failed, warning, well
from records import intro_calendars, retention
from workflows.options import notices_queue

WORKFLOWS: Final = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
ACTIVITIES: Final = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY

_POLLED_WITHIN: Final = timedelta(minutes=2)
"""A worker that waits for work asks again every minute."""

_CLOCK_QUEUE: Final = "mca-doctor-clock"
"""Nothing is ever put on this task queue: asking it makes the server note the time."""
_BETWEEN_LOOKS_SECONDS: Final = 0.05


async def server(of: Installation) -> Found:
    """The server answers, and has the namespace."""
    if of.client is None:
        return failed(
            "no Temporal server answers", "start it, or set TEMPORAL_ADDRESS or TEMPORAL_PROFILE to where it is"
        )
    service = of.temporal.workflow_service
    await service.describe_namespace(DescribeNamespaceRequest(namespace=of.temporal.namespace))
    version = (await service.get_system_info(GetSystemInfoRequest())).server_version
    return well(f"Temporal {version} answers, and has the namespace {of.temporal.namespace}")


async def attributes(of: Installation) -> Found:
    """The namespace knows every search attribute."""
    try:
        missing, wrong = await search_attributes(of.temporal)
    except RPCError as refused:
        if not is_kept_from_us(refused):
            raise
        return warning("this account isn't allowed to list the search attributes", "ask whoever runs Temporal")
    if wrong:
        names = ", ".join(key.name for key in wrong)
        return failed(f"wrong type: {names}", "remove them, or give the engine a namespace of its own")
    if missing:
        kinds = {key.name: type_of(key) for key in missing}
        return failed(f"missing: {', '.join(kinds)}", "restart a worker, which adds them")
    return well("all are there")


async def nexus(of: Installation) -> Found:
    """Other workflows reach the engine by the Nexus endpoint. The engine itself needs it for nothing."""
    try:
        found = await endpoint_target(of.temporal)
    except RPCError as refused:
        if not is_kept_from_us(refused):
            raise
        return well("this account isn't allowed to check; only other namespaces need it")
    if found is None:
        return warning(f"there's no endpoint {ENDPOINT}", "restart a worker, which adds it")
    if found != target(of.temporal, of.task_queue):
        return warning(f"the endpoint {ENDPOINT} leads to another engine", "correct it with temporal operator nexus")
    return well(f"the endpoint {ENDPOINT} leads here")


async def pollers(of: Installation) -> Found:
    """Workers wait for work on both task queues."""
    now = datetime.now(UTC)
    silent = [
        f"{queue} ({_called(kind)})"
        for queue, kind in _queues(of.task_queue)
        if not _alive(await polling(of.temporal, queue, kind), now)
    ]
    if silent:
        return failed(f"no worker is listening on {', '.join(silent)}", "start one with mca worker")
    working = {poller.identity for poller in await polling(of.temporal, of.task_queue, WORKFLOWS)}
    many = f"{len(working)} workers are listening" if len(working) > 1 else "a worker is listening"
    return well(f"{many} on {of.task_queue} and on its notices queue")


async def builds(of: Installation) -> Found:
    """Where workers have build ids, one build is current and has workers, and no former one still has work."""
    waiting = _alive(await polling(of.temporal, of.task_queue, WORKFLOWS), datetime.now(UTC))
    working = {poller.deployment_options.build_id for poller in waiting}
    found = await deployment(of.temporal)
    current = found.routing_config.current_deployment_version.build_id if found else ""
    if current not in working and working:
        if not current:
            which = f"set-current-version --deployment-name {DEPLOYMENT} --build-id {max(working)}"
            return failed("no build is current, so no worker is given work", f"temporal worker deployment {which}")
        remedy = f"start workers with MCA_BUILD_ID={current}, or make the running workers' build current"
        return failed(f"build {current} is current, but none of its workers is running", remedy)
    draining = [
        version.deployment_version.build_id
        for version in (found.version_summaries if found else ())
        if version.drainage_status == VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINING
    ]
    if draining:
        return warning(
            f"older builds that still have work: {', '.join(draining)}", "keep their workers until it is done"
        )
    return well(f"build {current} is current" if current else "no build ids are used")


async def schedules(of: Installation) -> Found:
    """What should run by the clock is there, and nothing of it is paused."""
    async with of.records.acquire() as conn:
        meant = [intro_schedule_id(given.academy) for given in await intro_calendars.everything(conn)]
        deleting = await retention.academies(conn)
    meant.append(reconcile_schedule_id(of.task_queue))
    states = {name: await _paused(of.temporal, name) for name in meant}
    if missing := [name for name, paused in states.items() if paused is None]:
        return failed(f"missing: {', '.join(missing)}", "mca reconcile")
    if paused := [name for name, paused in states.items() if paused]:
        return failed(f"paused: {', '.join(paused)}", f"temporal schedule toggle --unpause --schedule-id {paused[0]}")
    nightly = retention_schedule_id(of.task_queue)
    if deleting and (held := await _paused(of.temporal, nightly)) is not False:
        if not held:
            return failed(f"missing: {nightly}", "mca reconcile")
        remedy = f"temporal schedule toggle --unpause --schedule-id {nightly} once nothing need be held"
        return warning(f"paused: {nightly}, so academies keep records for longer than they say", remedy)
    return well(f"{len(meant)} there, and none paused")


async def _paused(client: Client, schedule: str) -> bool | None:
    """Whether a schedule is paused; None where there is none."""
    try:
        return (await client.get_schedule_handle(schedule).describe()).schedule.state.paused
    except RPCError as failure:
        if failure.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def polling(client: Client, queue: str, kind: TaskQueueType.ValueType) -> list[PollerInfo]:
    """Who asked a task queue for work in the last minutes."""
    asked = DescribeTaskQueueRequest(namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind)
    return list((await client.workflow_service.describe_task_queue(asked)).pollers)


async def temporal_clock(client: Client) -> datetime:
    """The server's clock, now: it notes when a task queue is asked, and says so."""
    asked = PollActivityTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=_CLOCK_QUEUE), identity=f"mca doctor {uuid4()}"
    )
    waiting = asyncio.create_task(
        client.workflow_service.poll_activity_task_queue(asked, timeout=timedelta(seconds=15))
    )
    try:
        while not waiting.done():
            for poller in await polling(client, _CLOCK_QUEUE, ACTIVITIES):
                if poller.identity == asked.identity:
                    return poller.last_access_time.ToDatetime(UTC)
            await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)
    finally:
        waiting.cancel()
        with suppress(RPCError, asyncio.CancelledError):
            await waiting
    raise TimeoutError


def _queues(task_queue: str) -> tuple[tuple[str, TaskQueueType.ValueType], ...]:
    return (task_queue, WORKFLOWS), (task_queue, ACTIVITIES), (notices_queue(task_queue), ACTIVITIES)


def _called(kind: TaskQueueType.ValueType) -> str:
    return "workflows" if kind == WORKFLOWS else "activities"


def _alive(found: Iterable[PollerInfo], now: datetime) -> list[PollerInfo]:
    return [poller for poller in found if now - poller.last_access_time.ToDatetime(UTC) <= _POLLED_WITHIN]
