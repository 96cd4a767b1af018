"""The loop that tells what was kept. Gateways share it: an arrival is one gateway's until its lease ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

import asyncpg
import structlog

from coaching_client.handles import FactRefusedError
from gateway.doors import Doors, now
from gateway.problems import Problem, from_exception
from gateway.telling import tell
from records import arrivals
from records.arrivals import Claimed

LOOK_EVERY: Final = timedelta(seconds=1)
AT_A_TIME: Final = 20
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(hours=6)
GIVE_UP_AFTER: Final = timedelta(days=30)
"""What is still not possible, or about nothing we know, after a month is set aside for people to look at."""

_AWAY: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = structlog.stdlib.get_logger("gateway.events")


async def take_in(doors: Doors) -> None:
    """Tell arrivals for as long as the gateway runs. Postgres and Temporal away are waited for."""
    while True:
        doors.arrived.clear()
        try:
            taken = await take_in_once(doors)
        except _AWAY as error:
            _log.warning("events.records_away", error=type(error).__name__)
            taken = 0
        if not taken:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY.total_seconds()):
                    await doors.arrived.wait()


async def take_in_once(doors: Doors) -> int:
    """Tell what is due now; how many there were."""
    lease = timedelta(seconds=2 * doors.settings.tell_seconds)
    async with doors.pool.acquire(timeout=doors.settings.tell_seconds) as conn:
        claimed = await arrivals.claim(conn, now(), now() + lease, AT_A_TIME)
    await asyncio.gather(*(_take(doors, one) for one in claimed))
    return len(claimed)


async def _take(doors: Doors, arrival: Claimed) -> None:
    try:
        await tell(doors, caller=arrival.caller, door="arrivals", subject=arrival.subject, fact=arrival.fact)
    except (Problem, FactRefusedError, Exception) as error:  # noqa: BLE001 - whatever it is, the arrival is kept
        await _not_told(doors, arrival, error)
    else:
        async with doors.pool.acquire(timeout=doors.settings.tell_seconds) as conn:
            await arrivals.recorded(conn, arrival.event_id, now())
        _log.info("events.told", event_id=arrival.event_id, subject=arrival.subject, kind=arrival.fact.kind)


async def _not_told(doors: Doors, arrival: Claimed, error: Exception) -> None:
    problem = from_exception(error)
    code = str(problem.extra.get("code", problem.kind))
    never = problem.extra.get("when") == "never"
    late = now() - arrival.arrived_at > GIVE_UP_AFTER and problem.kind in {"unknown", "refused"}
    async with doors.pool.acquire(timeout=doors.settings.tell_seconds) as conn:
        if never or late:
            await arrivals.set_aside(conn, arrival.event_id, now(), code, problem.detail)
        else:
            await arrivals.wait(conn, arrival.event_id, now() + pause(arrival.attempts), code, problem.detail)
    _log.info("events.not_told", event_id=arrival.event_id, subject=arrival.subject, code=code, set_aside=never or late)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, at most six hours."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(attempts - 1, 20)))
