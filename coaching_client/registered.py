"""What a Temporal server was told of the engine: search attributes, and the Nexus endpoint."""

from __future__ import annotations

from typing import Any, Final

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.nexus.v1 import EndpointTarget
from temporalio.api.operatorservice.v1 import ListNexusEndpointsRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType, SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.attributes import SEARCH_ATTRIBUTES
from coaching_client.nexus import ENDPOINT

_NOT_OURS_TO_ASK: Final = frozenset({RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED})
"""A server that keeps such questions to its operators answers with one of these."""

_TYPES: Final = {
    SearchAttributeIndexedValueType.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    SearchAttributeIndexedValueType.DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}


def type_of(key: SearchAttributeKey[Any]) -> IndexedValueType.ValueType:
    """The type that the server should know of a search attribute."""
    return _TYPES[key.indexed_value_type]


async def search_attributes(client: Client) -> tuple[list[SearchAttributeKey[Any]], list[SearchAttributeKey[Any]]]:
    """Which of ours the namespace lacks, and which it has with another type. Raises RPCError."""
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    known = dict(answer.custom_attributes)
    missing = [key for key in SEARCH_ATTRIBUTES if key.name not in known]
    return missing, [key for key in SEARCH_ATTRIBUTES if known.get(key.name, type_of(key)) != type_of(key)]


def target(client: Client, task_queue: str) -> EndpointTarget.Worker:
    """Where the Nexus endpoint should lead."""
    return EndpointTarget.Worker(namespace=client.namespace, task_queue=task_queue)


async def endpoint_target(client: Client, name: str = ENDPOINT) -> EndpointTarget.Worker | None:
    """Where the Nexus endpoint leads; None when there is none. Raises RPCError."""
    found = (await client.operator_service.list_nexus_endpoints(ListNexusEndpointsRequest(name=name))).endpoints
    return found[0].spec.target.worker if found else None


def is_kept_from_us(error: RPCError) -> bool:
    """Whether the server answers such questions to its operators only."""
    return error.status in _NOT_OURS_TO_ASK
