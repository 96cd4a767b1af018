"""What a Temporal namespace must know before workflows start: the search attributes."""

from __future__ import annotations

from typing import Any, Final

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType, SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.attributes import SEARCH_ATTRIBUTES

_TYPES: Final = {
    SearchAttributeIndexedValueType.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    SearchAttributeIndexedValueType.DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}


class RegistrationError(Exception):
    """The namespace has no such search attributes, and they cannot be added from here. The message says the remedy."""


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


async def _known(client: Client) -> dict[str, Any]:
    try:
        answer = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as refused:
        if refused.status in {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED}:
            return {}
        raise
    return dict(answer.custom_attributes)


def _type(key: SearchAttributeKey[Any]) -> IndexedValueType.ValueType:
    return _TYPES[key.indexed_value_type]
