"""The engine in the middle of trouble: real servers that go away, and workers that are processes of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from process.connection import connect
from tests.workflows.subjects import temporal_server


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """A client of a dev server with virtual clocks, which no test here takes down."""
    async with temporal_server() as address:
        yield await connect(address=address)
