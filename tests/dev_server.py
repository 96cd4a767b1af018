"""A Temporal dev server in memory, as the SDK starts one: for tests that need no part of ours."""

from __future__ import annotations

import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import Any

from temporalio.testing import WorkflowEnvironment

_TRIES = 6


async def dev_server(**options: Any) -> WorkflowEnvironment:
    """One with these options. The SDK gives it five seconds to come up; a busy machine may need another try."""
    for _ in range(_TRIES - 1):
        with suppress(RuntimeError):
            return await _start(options)
    return await _start(options)


async def _start(options: dict[str, Any]) -> WorkflowEnvironment:
    return await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sysconfig.get_path("scripts")) / "temporal"), **options
    )
