"""What every part of one gateway process shares: its connections, its settings, its clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import Request
from temporalio.client import Client

from gateway.demonstration.academy import Demonstration
from gateway.settings import GatewaySettings
from operations.context import EngineContext, now
from operations.counting import Counting
from records.database import Acquired, Pool

__all__ = ["AppContext", "context", "counting", "now"]


@dataclass(frozen=True, slots=True)
class AppContext:
    """The open connections of one gateway."""

    client: Client
    pool: Pool
    settings: GatewaySettings
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by whoever keeps an arrival, so that nobody waits for the next look."""
    demonstration: Demonstration | None = None
    """The demonstration that this gateway shows. No setting gives it one."""

    @property
    def engine(self) -> EngineContext:
        """The same as operations need it."""
        within = timedelta(seconds=self.settings.tell_seconds)
        return EngineContext(self.client, self.pool, self.settings.task_queue, within)

    def connection(self) -> Acquired:
        """A connection to the records, once one is free; waited for no longer than a fact is."""
        return self.engine.connection()


@asynccontextmanager
async def counting(context: AppContext) -> AsyncIterator[Counting]:
    """The counts that every gateway of the installation shares."""
    async with context.connection() as conn:
        yield Counting(conn, context.settings.signing_keys[-1], now())


async def context(request: Request) -> AppContext:
    """The context of the gateway that answers this request: a dependency of its operations.

    Async, like every dependency here: FastAPI hands others to a thread and waits for it, which costs more than they do.
    """
    found: AppContext = request.app.state.context
    return found
