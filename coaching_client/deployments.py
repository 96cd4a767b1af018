"""Builds of the engine, as Temporal's worker versioning knows them."""

from __future__ import annotations

from typing import Final

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

DEPLOYMENT: Final = "coaching"
"""The deployment that every worker with a build id belongs to."""


async def deployment(client: Client) -> WorkerDeploymentInfo | None:
    """The deployment with its builds; None when no worker with a build id was ever there."""
    try:
        found = await client.workflow_service.describe_worker_deployment(
            DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=DEPLOYMENT)
        )
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return found.worker_deployment_info


async def current_build(client: Client) -> str | None:
    """The build that is given the work; None when workers without a build id are."""
    found = await deployment(client)
    return found.routing_config.current_deployment_version.build_id or None if found else None
