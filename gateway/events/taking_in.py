"""The loop that tells what was kept. Gateways share it: an arrival is one gateway's until its lease ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from gateway.context import AppContext, now
from gateway.problems import KINDS, Problem, from_exception
from operations.callers import Caller
from operations.intro_courses import booked, forget_needs
from operations.telling import tell
from records import arrivals
from records.arrivals import Claimed
from schemas.corrections import AnyFact
from schemas.grants import Grant
from schemas.intro_course_facts import PlaceRequested

LOOK_EVERY: Final = timedelta(seconds=1)
AT_A_TIME: Final = 20
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(hours=6)
GIVE_UP_AFTER: Final = timedelta(days=30)
"""What is still not possible, or about nothing we know, after a month is set aside for people to look at."""
_SECONDS_TO_LET_GO: Final = 2.0

_UNREADABLE: Final = Problem("broken", "This release cannot read the fact that was kept.", extra={"code": "unreadable"})
_log = structlog.stdlib.get_logger("gateway.events")


async def take_in(context: AppContext) -> None:
    """Tell arrivals for as long as the gateway runs. Postgres and Temporal away are waited for.

    Cancelled, it lets go of what it has not told: another gateway does, or this one when it is back.
    """
    hands = _Hands(context)
    try:
        while True:
            context.arrived.clear()
            try:
                await hands.take_up()
            except Exception as error:  # noqa: BLE001 - what is on its way goes on, whatever a look met
                _log.warning("events.records_away", error=type(error).__name__)
            await hands.wait()
    finally:
        await hands.put_down()


async def take_in_once(context: AppContext) -> int:
    """Tell what is due now, at most as much as is taken up at a time; how many there were."""
    claimed = await _claim(context, AT_A_TIME)
    await asyncio.gather(*(_tell_in_order(context, those) for those in _by_subject(claimed).values()))
    return len(claimed)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, at most six hours."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(attempts - 1, 20)))


class _Hands:
    """What one gateway is telling: a task for each subject. A slow one keeps no other waiting."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._telling: dict[str, tuple[asyncio.Task[None], Sequence[Claimed]]] = {}
        self._next_stir = 0.0

    async def take_up(self) -> None:
        """Claim what is due, as much as there is room for, and begin to tell it."""
        self._telling = {subject: told for subject, told in self._telling.items() if not told[0].done()}
        room = AT_A_TIME - sum(len(those) for _, those in self._telling.values())
        if room <= 0:
            return
        claimed = await _claim(self._context, room, tuple(self._telling), stirring=self._time_to_stir())
        for subject, those in _by_subject(claimed).items():
            self._telling[subject] = asyncio.create_task(_tell_in_order(self._context, those)), those

    def _time_to_stir(self) -> bool:
        """Once in a while: it looks at all that wait."""
        current = asyncio.get_running_loop().time()
        if current < self._next_stir:
            return False
        self._next_stir = current + LOOK_EVERY.total_seconds() / 2
        return True

    async def wait(self) -> None:
        """Wait until something arrives, something is told, or it is time to look again."""
        arrived = asyncio.create_task(self._context.arrived.wait())
        telling = [task for task, _ in self._telling.values()]
        try:
            await asyncio.wait(
                [arrived, *telling], timeout=LOOK_EVERY.total_seconds(), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            arrived.cancel()

    async def put_down(self) -> None:
        """Stop, and let others have what is not told."""
        tasks = [task for task, _ in self._telling.values() if not task.done()]
        if not tasks:
            return
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        held = [arrival.event_id for _, those in self._telling.values() for arrival in those]
        with suppress(Exception):
            async with asyncio.timeout(_SECONDS_TO_LET_GO), self._context.pool.acquire() as conn:
                await arrivals.release(conn, held, now())


async def _claim(
    context: AppContext, at_most: int, busy: Sequence[str] = (), *, stirring: bool = True
) -> list[Claimed]:
    at = now()
    lease = timedelta(seconds=2 * context.settings.tell_seconds)
    async with context.connection() as conn:
        if stirring:
            await arrivals.stir(conn, at)
        return await arrivals.claim(conn, at, at + lease, at_most, busy)


def _by_subject(claimed: Sequence[Claimed]) -> dict[str, list[Claimed]]:
    found: dict[str, list[Claimed]] = {}
    for arrival in claimed:
        found.setdefault(arrival.subject, []).append(arrival)
    return found


async def _tell_in_order(context: AppContext, those: Sequence[Claimed]) -> None:
    """Tell one subject its arrivals. Once the engine is away the rest waits too."""
    away: Problem | None = None
    try:
        for arrival in those:
            problem = away or await _told(context, arrival)
            if problem is not None:
                await _not_told(context, arrival, problem)
                away = problem if problem.kind == "away" else None
    except Exception as error:  # noqa: BLE001 - as above
        # What was told and not noted is claimed again when the lease ends, and gets its first answer.
        _log.warning("events.records_away", error=type(error).__name__)


async def _told(context: AppContext, arrival: Claimed) -> Problem | None:
    """Tell it, and note that it is recorded; or what hinders."""
    if arrival.fact is None:
        return _UNREADABLE
    try:
        await _tell(context, arrival, arrival.fact)
    except Exception as error:  # noqa: BLE001 - whatever it is, the arrival is kept
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # Temporal's client answers a cancellation with an error of its own.
            raise asyncio.CancelledError from None
        problem = from_exception(error)
        if problem.kind == "broken":
            # The name only: what an unexpected exception says may be personal.
            _log.error("events.broken", event_id=arrival.event_id, error=type(error).__name__)
        return problem
    async with context.connection() as conn:
        await arrivals.recorded(conn, arrival.event_id, now())
    _log.info("events.told", event_id=arrival.event_id, subject=arrival.subject, kind=arrival.fact.kind)
    return None


async def _tell(context: AppContext, arrival: Claimed, fact: AnyFact) -> None:
    caller = Caller(arrival.caller, "arrivals", tuple(Grant.parse(written) for written in arrival.grants))
    if isinstance(fact, PlaceRequested):
        await booked(context.engine, caller, arrival.subject, fact)
    else:
        await tell(context.engine, caller, arrival.subject, fact, made_here=True)


async def _not_told(context: AppContext, arrival: Claimed, problem: Problem) -> None:
    at, code = now(), str(problem.extra.get("code", problem.kind))
    never = problem.extra.get("when") == "never"
    late = at - arrival.arrived_at > GIVE_UP_AFTER and problem.status < KINDS["broken"][0]
    async with context.connection() as conn, conn.transaction():
        if never or late:
            reason = problem.detail if never else f"Not possible for {GIVE_UP_AFTER.days} days: {problem.detail}"
            await arrivals.set_aside(conn, arrival.event_id, at, code, reason)
            if isinstance(arrival.fact, PlaceRequested):
                await forget_needs(conn, arrival.fact)
        else:
            await arrivals.wait(conn, arrival.event_id, at + pause(arrival.attempts), code, problem.detail)
    _log.info("events.not_told", event_id=arrival.event_id, subject=arrival.subject, code=code, set_aside=never or late)
