"""Which Temporal server the engine speaks to, and what its namespace must know."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from coaching_client.attributes import SEARCH_ATTRIBUTES
from process.connection import NotConnectedError, RegistrationError, connect, runtime
from worker.registration import register_search_attributes


async def namespace(client: Client, name: str) -> Client:
    """A client of a new namespace on the same server, once the server knows it everywhere."""
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=name, workflow_execution_retention_period=Duration(seconds=int(timedelta(days=1).total_seconds()))
        )
    )
    return await connect(address=client.service_client.config.target_host, namespace=name)


async def test_the_environment_names_the_server(temporal: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, as for every tool of Temporal's; a given address goes first."""
    address = temporal.service_client.config.target_host
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    assert (await connect()).namespace == "default"
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "elsewhere")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    assert (await connect(address=address)).namespace == "elsewhere"
    assert (await connect(address=address, namespace="default")).namespace == "default"


async def test_a_profile_names_the_server(temporal: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From Temporal's own configuration file."""
    file = tmp_path / "temporal.toml"
    file.write_text(f'[profile.trust]\naddress = "{temporal.service_client.config.target_host}"\nnamespace = "trust"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    assert (await connect(profile="trust")).namespace == "trust"


async def test_a_server_that_does_not_answer_is_named_with_the_remedy() -> None:
    """One sentence, with the address and the variables."""
    with pytest.raises(NotConnectedError, match=r"no Temporal server answers at 127\.0\.0\.1:1; .*TEMPORAL_ADDRESS"):
        await connect(address="127.0.0.1:1")


async def test_metrics_are_served_where_asked(temporal: Client, unused_port: int) -> None:
    """Prometheus reads them over HTTP."""
    await connect(address=temporal.service_client.config.target_host, over=runtime(f"127.0.0.1:{unused_port}"))
    reader, writer = await asyncio.open_connection("127.0.0.1", unused_port)
    writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
    assert b"temporal_request" in await reader.read()
    writer.close()


async def test_search_attributes_are_added_once(temporal: Client) -> None:
    """Repeating the registration is harmless, and adds what is missing only."""
    await register_search_attributes(temporal)
    known = await temporal.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=temporal.namespace)
    )
    assert {key.name for key in SEARCH_ATTRIBUTES} <= set(known.custom_attributes)


async def test_an_attribute_of_another_type_is_refused(temporal: Client) -> None:
    """Before any workflow starts, naming the attribute."""
    other = await namespace(temporal, "other-types")
    wanted = AddSearchAttributesRequest(
        namespace="other-types", search_attributes={"Phase": IndexedValueType.INDEXED_VALUE_TYPE_INT}
    )
    while True:
        try:
            await other.operator_service.add_search_attributes(wanted)
            break
        except RPCError:
            await asyncio.sleep(0.1)
    with pytest.raises(RegistrationError, match="Phase with another type"):
        await register_search_attributes(other)
