"""What a Temporal server must know: the search attributes, before workflows start, and the Nexus endpoint."""

from __future__ import annotations

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.nexus.v1 import EndpointSpec, EndpointTarget
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, CreateNexusEndpointRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.attributes import SEARCH_ATTRIBUTES
from coaching_client.nexus import ENDPOINT
from coaching_client.registered import endpoint_target, is_kept_from_us, search_attributes, target, type_of
from process.connection import RegistrationError

_log = structlog.stdlib.get_logger("worker")


async def register_search_attributes(client: Client) -> None:
    """Add the search attributes that are missing; harmless to repeat. Raises RegistrationError."""
    missing, wrong = await _missing_and_wrong(client)
    if wrong:
        raise RegistrationError(
            f"the namespace has {', '.join(wrong)} with another type; remove them there, or use another namespace"
        )
    if not missing:
        return
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
    except RPCError as refused:
        if refused.status is not RPCStatusCode.ALREADY_EXISTS:
            raise RegistrationError(
                f"add the search attributes {', '.join(missing)} to the namespace {client.namespace} "
                "(temporal operator search-attribute create), then start again"
            ) from refused


async def register_endpoint(client: Client, task_queue: str, name: str = ENDPOINT) -> bool:
    """Add the Nexus endpoint if the server has none of this name; whether it is known to lead here. Harmless to repeat.

    Endpoints belong to the whole server, so one that leads elsewhere is left alone. Where the worker has not the
    right to add it, an operator does (``temporal operator nexus endpoint create``); the engine needs it for nothing.
    """
    here = target(client, task_queue)
    spec = EndpointSpec(name=name, target=EndpointTarget(worker=here))
    try:
        found = await endpoint_target(client, name)
        if found is None:
            await client.operator_service.create_nexus_endpoint(CreateNexusEndpointRequest(spec=spec))
    except RPCError as refused:
        # Another worker that starts now may have added it in between.
        if not is_kept_from_us(refused) and refused.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
        _log.info("worker.nexus_endpoint_not_added", endpoint=name, reason=refused.status.name)
        return False
    if found is not None and found != here:
        _log.info("worker.nexus_endpoint_elsewhere", endpoint=name)
        return False
    return True


async def _missing_and_wrong(client: Client) -> tuple[dict[str, IndexedValueType.ValueType], list[str]]:
    try:
        missing, wrong = await search_attributes(client)
    except RPCError as refused:
        if not is_kept_from_us(refused):
            raise
        missing, wrong = list(SEARCH_ATTRIBUTES), []
    return {key.name: type_of(key) for key in missing}, [key.name for key in wrong]
