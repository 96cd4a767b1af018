"""The gateway with a mail server: an address that is changed is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from gateway.settings import GatewaySettings
from tests.activities.mail_servers import Behaviour, mail_server


@pytest.fixture
async def mail() -> AsyncIterator[Behaviour]:
    """What the mail server took."""
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        behaviour.port = port  # type: ignore[attr-defined] # for the settings
        yield behaviour


@pytest.fixture
def settings(settings: GatewaySettings, mail: Behaviour) -> GatewaySettings:
    """This test's database, task queue and mail server."""
    address = SecretStr(f"smtp://127.0.0.1:{mail.port}")  # type: ignore[attr-defined]
    return settings.model_copy(update={"smtp_url": address})
