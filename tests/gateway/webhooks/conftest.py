"""A gateway that delivers to this machine, with a clock that tests set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from temporalio.client import Client

from gateway.context import AppContext
from gateway.settings import GatewaySettings
from gateway.webhooks.relay import Relay
from records.database import Pool
from tests.gateway.webhooks.subscriber import Subscriber, listening
from tests.workflows.subjects import now


class Clock:
    """The present of a relay."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> datetime:
        """The present."""
        return self.at

    def forward(self, **by: float) -> None:
        """Some time passes."""
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """The present, which stands still until it is moved."""
    return Clock()


@pytest.fixture
async def own_context(pool: Pool, database_url: str) -> AppContext:
    """What a relay needs of a gateway: the database, and leave to call this machine. Temporal is never called."""
    settings = GatewaySettings.from_environment(
        {
            "MCA_DATABASE_URL": database_url,
            "MCA_SMTP_URL": "smtp://127.0.0.1:1",
            "MCA_WEBHOOK_NETWORKS": "127.0.0.1/32",
            "MCA_PUBLIC_URL": "https://coaching.example.org",
            "MCA_TELL_SECONDS": "5",
        }
    )
    return AppContext(await Client.connect("127.0.0.1:1", lazy=True), pool, settings)


@pytest.fixture
async def relay(own_context: AppContext, clock: Clock) -> AsyncIterator[Relay]:
    """A relay of this test, which looks when it is told to."""
    made = Relay(own_context, clock=clock, answers_within=timedelta(seconds=5))
    yield made
    await made.close()


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    """A subscriber on this machine."""
    async with listening() as made:
        yield made
