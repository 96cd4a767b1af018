"""What every door needs: the connections of one gateway process, and its clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import Request
from temporalio.client import Client

from gateway.settings import GatewaySettings
from records.database import Pool


@dataclass(frozen=True, slots=True)
class Doors:
    """The open connections of one gateway."""

    client: Client
    pool: Pool
    settings: GatewaySettings
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by whoever keeps an arrival, so that nobody waits for the next look."""


def doors(request: Request) -> Doors:
    """The connections of the gateway that answers this request: a dependency of its operations."""
    found: Doors = request.app.state.doors
    return found


def now() -> datetime:
    """The wall clock, UTC, whole seconds: when something reached a door."""
    return datetime.now(UTC).replace(microsecond=0)
