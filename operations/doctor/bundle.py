"""What support needs to know of an installation, in one file: ids, codes, numbers and dates; no person, no secret."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final

import asyncpg
from temporalio.exceptions import TemporalError

from operations.doctor.checking import Installation, Line
from records import diagnosis, incidents, reconciliations

_PACKAGES: Final = ("coaching-lifecycle", "temporalio", "asyncpg", "pydantic")
_INCIDENTS: Final = 100
_WORKFLOWS: Final = 50
_PROBLEMS: Final = "TemporalReportedProblems IS NOT NULL"
_ADDRESS: Final = re.compile(r"[^\s\"@/]+@[^\s\"@]+")
"""No value of these holds one; should that ever be wrong, it is cut out."""


async def bundle(of: Installation, lines: Sequence[Line], settings: Mapping[str, str]) -> str:
    """The examination with what lies behind it, as JSON. What cannot be asked is left out."""
    found: dict[str, Any] = {
        "made_at": f"{of.clock().isoformat()}",
        "packages": {name: version(name) for name in _PACKAGES} | {"python": platform.python_version()},
        "settings": settings,
        "lines": [asdict(line) for line in lines],
        "records": await _records(of),
        "workflows_that_cannot_go_on": await _stuck(of),
    }
    return _ADDRESS.sub("[address]", json.dumps(found, indent=2, sort_keys=True, default=str))


async def _records(of: Installation) -> dict[str, Any] | None:
    if of.pool is None:
        return None
    try:
        async with of.pool.acquire() as conn:
            latest = await incidents.latest(conn, _INCIDENTS)
            return {
                "rows": await diagnosis.counted(conn),
                "compared_at": await reconciliations.last(conn),
                "backed_up_at": await diagnosis.last_backup(conn),
                "incidents": [
                    {
                        **incident.finding.model_dump(mode="json"),
                        "since": incident.since,
                        "closed_at": incident.closed_at,
                        "told_at": incident.told_at,
                    }
                    for incident in latest
                ],
            }
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


async def _stuck(of: Installation) -> list[str] | None:
    if of.client is None:
        return None
    try:
        return [found.id async for found in of.client.list_workflows(_PROBLEMS, limit=_WORKFLOWS)]
    except TemporalError:
        return None
