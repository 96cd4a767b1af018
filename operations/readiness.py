"""Whether work flows, which is more than that a process is up."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from coaching_client.deployments import DEPLOYMENT, current_build
from operations.context import EngineContext
from records import reconciliations
from records.database import check_schema
from records.errors import SchemaUnfit

WITHIN: Final = timedelta(seconds=3)
"""For each of Postgres and Temporal."""
STALE: Final = timedelta(minutes=15)
"""Every few minutes the records are compared with the running workflows: a round trip through the queue."""


async def obstacles(
    engine: EngineContext, build_id: str | None = None, *, since: datetime | None = None
) -> tuple[str, ...]:
    """What keeps work from flowing, each with its remedy; nothing when it flows. Raises when a server is away.

    With ``since`` a round trip made before then, by another process perhaps, is not enough.
    """
    found: list[str | None] = []
    async with asyncio.timeout(WITHIN.total_seconds()):
        async with engine.pool.acquire(timeout=WITHIN.total_seconds()) as conn:
            try:
                await check_schema(conn)
            except SchemaUnfit as unfit:
                return (f"{unfit}",)
            made = await reconciliations.last(conn)
    found.append(no_round_trip(made, engine.clock(), since))
    await engine.client.service_client.check_health(timeout=WITHIN)
    if build_id is not None:
        async with asyncio.timeout(WITHIN.total_seconds()):
            found.append(no_current_build(await current_build(engine.client), build_id))
    return tuple(obstacle for obstacle in found if obstacle)


def no_round_trip(made: datetime | None, at: datetime, since: datetime | None = None) -> str | None:
    """Says so when the last round trip through the task queue was made too long ago."""
    if made is not None and at - made <= STALE and (since is None or made >= since):
        return None
    last = f"since {made:%Y-%m-%d %H:%M} UTC" if made else "yet"
    return f"no worker has compared the records with the running workflows {last}; check workers with mca doctor"


def no_current_build(current: str | None, build_id: str) -> str | None:
    """Says so when workers have a build id, and none of them is given work."""
    if current is not None:
        return None
    return (
        f"no build is current, so no worker is given work; make this one current with temporal worker deployment "
        f"set-current-version --deployment-name {DEPLOYMENT} --build-id {build_id}"
    )
