"""A Temporal dev server in memory, as the SDK starts one: for tests that need no part of ours."""

from __future__ import annotations

import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import Any

from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from coaching_client.deployments import DEPLOYMENT

_TRIES = 6


async def dev_server(**options: Any) -> WorkflowEnvironment:
    """One with these options. The SDK gives it five seconds to come up; a busy machine may need another try."""
    for _ in range(_TRIES - 1):
        with suppress(RuntimeError):
            return await _start(options)
    return await _start(options)


async def make_current(client: Client, build_id: str) -> None:
    """Make a build current, as soon as the server has seen a worker of it."""
    while True:
        try:
            await client.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace=client.namespace, deployment_name=DEPLOYMENT, build_id=build_id
                )
            )
        except RPCError as early:
            if early.status.name not in {"NOT_FOUND", "FAILED_PRECONDITION"}:
                raise
        else:
            return


async def _start(options: dict[str, Any]) -> WorkflowEnvironment:
    return await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sysconfig.get_path("scripts")) / "temporal"), **options
    )
