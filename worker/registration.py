"""What a Temporal server must know: the search attributes, before workflows start, and the Nexus endpoint."""

from __future__ import annotations

from typing import Any, Final

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.nexus.v1 import EndpointSpec, EndpointTarget
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    CreateNexusEndpointRequest,
    ListNexusEndpointsRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType, SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.attributes import SEARCH_ATTRIBUTES
from coaching_client.nexus import ENDPOINT
from process.connection import RegistrationError

_TYPES: Final = {
    SearchAttributeIndexedValueType.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    SearchAttributeIndexedValueType.DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}

_NOT_OURS_TO_ASK: Final = frozenset({RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED})

_log = structlog.stdlib.get_logger("worker")


async def register_search_attributes(client: Client) -> None:
    """Add the search attributes that are missing; harmless to repeat. Raises RegistrationError."""
    known = await _known(client)
    wrong = [key.name for key in SEARCH_ATTRIBUTES if known.get(key.name, _type(key)) != _type(key)]
    if wrong:
        raise RegistrationError(
            f"the namespace has {', '.join(wrong)} with another type; remove them there, or use another namespace"
        )
    missing = {key.name: _type(key) for key in SEARCH_ATTRIBUTES if key.name not in known}
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
    target = EndpointTarget.Worker(namespace=client.namespace, task_queue=task_queue)
    spec = EndpointSpec(name=name, target=EndpointTarget(worker=target))
    asked = ListNexusEndpointsRequest(name=name)
    try:
        found = (await client.operator_service.list_nexus_endpoints(asked)).endpoints
        if not found:
            await client.operator_service.create_nexus_endpoint(CreateNexusEndpointRequest(spec=spec))
    except RPCError as refused:
        # Another worker that starts now may have added it in between.
        if refused.status not in _NOT_OURS_TO_ASK | {RPCStatusCode.ALREADY_EXISTS}:
            raise
        _log.info("worker.nexus_endpoint_not_added", endpoint=name, reason=refused.status.name)
        return False
    if found and found[0].spec.target.worker != target:
        _log.info("worker.nexus_endpoint_elsewhere", endpoint=name)
        return False
    return True


async def _known(client: Client) -> dict[str, Any]:
    try:
        answer = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as refused:
        if refused.status in _NOT_OURS_TO_ASK:
            return {}
        raise
    return dict(answer.custom_attributes)


def _type(key: SearchAttributeKey[Any]) -> IndexedValueType.ValueType:
    return _TYPES[key.indexed_value_type]
