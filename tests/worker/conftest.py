"""A real Temporal server for the tests of the worker."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from process.connection import DATA_CONVERTER
from tests.dev_server import dev_server
from worker.registration import register_search_attributes


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """A client of a dev server that lives for the run and knows our search attributes."""
    async with await dev_server(dev_server_log_level="error", data_converter=DATA_CONVERTER) as environment:
        await register_search_attributes(environment.client)
        yield environment.client


@pytest.fixture
def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
