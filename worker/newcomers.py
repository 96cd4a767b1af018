"""What began since an academy or a person said when they are away is told so too, every morning."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from temporalio import activity
from temporalio.exceptions import TemporalError

from operations.callers import Caller
from operations.closures import telling_of as of_closure
from operations.context import EngineContext
from operations.heard import tell_each
from operations.leaves import Away
from operations.leaves import telling_of as of_leave
from records import closures, leaves
from schemas.facts import Teller
from schemas.recording import AnyFact
from schemas.words import Code, Role

TELL_WITHIN: Final = timedelta(seconds=10)
"""One that does not answer by then is told on the next look, and holds up nobody."""

_log = structlog.stdlib.get_logger("worker.newcomers")


class Newcomers:
    """Tells of closed weeks and of leave that are not over, wherever nobody ever told of them."""

    def __init__(self, engine: EngineContext) -> None:
        self._engine = replace(engine, tell_within=TELL_WITHIN)

    async def tell(self, academy: Code, at: datetime) -> bool:
        """Whether all have heard, by the academy's clock ``at`` (aware UTC). A refusal is an answer too."""
        heard = [await self._one(telling) for telling in await self._telling(academy, at)]
        return all(heard)

    async def _telling(self, academy: Code, at: datetime) -> list[tuple[str, AnyFact]]:
        today, found = at.date(), list[tuple[str, AnyFact]]()
        async with self._engine.connection() as conn:
            for first, last in await closures.to_come(conn, academy, today):
                found += await of_closure(conn, academy, first, last, at)
            for person, first, last in await leaves.to_come(conn, academy, today):
                away = Away(person, first, last, at, Teller(role=Role.OFFICE))
                found += await of_leave(conn, away, await leaves.told(conn, person, first, last))
        return found

    async def _one(self, telling: tuple[str, AnyFact]) -> bool:
        subject, fact = telling
        activity.heartbeat()
        try:
            heard = await tell_each(self._engine, Caller.of("engine", "engine", subject), [telling])
        except (TimeoutError, TemporalError) as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Temporal's client answers a cancellation with an error of its own.
                raise asyncio.CancelledError from None
            _log.warning("newcomers.later", subject=subject, kind=fact.kind, error=type(error).__name__)
            return False
        _log.info("newcomers.told", subject=subject, kind=fact.kind, refused=bool(heard.refused))
        return True
