"""For whoever watches over the gateway: whether it runs, and reaches what it needs. Nobody need say who they are."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from fastapi import APIRouter

from gateway.api.answers import Running
from gateway.api.description import failing
from gateway.api.facts import Here
from records.database import answers

router = APIRouter(prefix="/health", tags=["Health"])

WITHIN: Final = timedelta(seconds=3)


@router.get("/live", operation_id="live", summary="Whether it runs")
async def live() -> Running:
    """Always, while the process answers."""
    return Running(status="live")


@router.get("/ready", operation_id="ready", summary="Whether it can serve", responses=failing("away"))
async def ready(context: Here) -> Running:
    """When Postgres and Temporal answer. Otherwise 503: send calls to another gateway."""
    async with asyncio.timeout(WITHIN.total_seconds()):
        async with context.pool.acquire(timeout=WITHIN.total_seconds()) as conn:
            await answers(conn)
        await context.client.service_client.check_health(timeout=WITHIN)
    return Running(status="ready")
