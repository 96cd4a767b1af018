"""Work that goes on beside answering: whatever it raises is logged, and it begins again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_STEADY_SECONDS: Final = 60.0
"""Who went on for so long has recovered from what there was before."""

_log = structlog.stdlib.get_logger("process")


async def supervised(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work until it says that it is done; after a failure again, each time after a longer pause.

    Nobody can say beforehand what a database, a server or a library raises when it is killed. So nothing is listed.
    """
    loop, pause = asyncio.get_running_loop(), _FIRST_PAUSE
    while True:
        began = loop.time()
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - see above
            if loop.time() - began > _STEADY_SECONDS:
                pause = _FIRST_PAUSE
            # The name only: what it says may be personal.
            _log.warning("process.begins_again", work=name, error=type(error).__name__, seconds=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


@asynccontextmanager
async def beside(name: str, work: Callable[[], Awaitable[None]]) -> AsyncIterator[asyncio.Task[None]]:
    """Supervised work, until the context is left."""
    task = asyncio.create_task(supervised(name, work), name=name)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
