"""For whoever watches over the gateway: whether it runs, and reaches what it needs. Nobody need say who they are."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.api.answers import Running
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.problems import Problem
from operations.readiness import obstacles

router = APIRouter(prefix="/health", tags=["Health"])


@router.get("/live", operation_id="live", summary="Whether it runs")
async def live() -> Running:
    """Always, while the process answers."""
    return Running(status="live")


@router.get("/ready", operation_id="ready", summary="Whether work flows", responses=failing("not-ready", "away"))
async def ready(context: Here) -> Running:
    """When Postgres and Temporal answer, the schema fits, a build is current where builds are used, and a round trip
    through the task queue was made within the last 15 minutes. Otherwise 503, with what to do.
    """
    found = await obstacles(context.engine, context.settings.build_id)
    if found:
        raise Problem("not-ready", "; ".join(found))
    return Running(status="ready")
