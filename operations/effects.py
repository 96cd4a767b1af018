"""What a subject is told reaches everything that it concerns, one by one, until it is known there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from temporalio.exceptions import TemporalError

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from lifecycle.calendar import Calendar
from lifecycle.effects import Owed, Peer, overdue, owed, shared, so_already
from lifecycle.gathering import Subject
from lifecycle.subjects import EFFECTS, SHARES
from operations.callers import Caller
from operations.context import EngineContext
from operations.telling import ENGINE, tell
from records import effects, incidents, ledger
from records.database import Connection
from records.effects import Unsettled
from schemas.incidents import Finding, IncidentKind
from schemas.person_facts import PersonKnown
from schemas.subjects import ENGAGEMENT, kind_of
from schemas.words import Code

TELL_WITHIN: Final = timedelta(seconds=10)
"""One that does not answer by then is told on the next look, and holds up nobody."""

_AT_A_TIME: Final = 8

_UNSETTLED: Final = (IncidentKind.EFFECT_REFUSED, IncidentKind.EFFECT_UNREACHED)

_BEHIND: Final = "in_the_future"
"""The refusal of a peer whose clock is behind: it is told again in a moment."""

_log = structlog.stdlib.get_logger("operations.effects")


@dataclass(frozen=True, slots=True)
class Heard:
    """Who was told, and who refused it, with the reason. ``late`` are those that did not answer in time."""

    told: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    late: tuple[str, ...] = ()


async def pass_on(engine: EngineContext, subject: Code, at: datetime) -> Heard:
    """Tell others what they should hold because of a subject by now, and withdraw what is no longer meant.

    What was refused or not answered is kept; after a working day it is an incident, until it is settled.
    """
    async with engine.connection() as conn:
        known = await ledger.load(conn, subject)
        if not known.facts:
            return Heard()
        state = Subject.of(known.facts, known.done, at).state
        due = await _owed(conn, subject, state, max(fact.occurred_at for fact in known.facts))
    answers = await _tell_each(engine, due)
    unsettled = [answer.unsettled for answer in answers if answer.unsettled is not None]
    async with engine.connection() as conn, conn.transaction():
        await _keep(conn, subject, unsettled, at, state.life.calendar)
    return Heard(
        tuple(sorted(answer.owed.subject for answer in answers if answer.told)),
        tuple(sorted((each.peer, each.refusal) for each in unsettled if each.refusal is not None)),
        tuple(sorted(each.peer for each in unsettled if each.refusal is None)),
    )


async def pass_on_all(
    engine: EngineContext, academy: Code, at: datetime, *, alive: Callable[[], None] = lambda: None
) -> Heard:
    """Pass on what holds for an academy, all its people and what is open in it, also to what began since.

    ``alive`` is called between them, for whoever watches.
    """
    async with engine.connection() as conn:
        found = await effects.sources(conn, academy)
    heard = []
    for subject in found:
        heard.append(await pass_on(engine, subject, at))
        alive()
    return Heard(
        told=tuple(subject for answer in heard for subject in answer.told),
        refused=tuple(refusal for answer in heard for refusal in answer.refused),
        late=tuple(subject for answer in heard for subject in answer.late),
    )


async def _owed(conn: Connection, subject: Code, state: Any, last: datetime) -> list[Owed]:  # noqa: ANN401 - of any kind
    held = await effects.held(conn, subject)
    opening = state.life.opening
    kind = kind_of(opening.kind)
    if kind.name in SHARES:
        peers = await _parts(conn, subject, opening)
        today = state.life.calendar.day(state.now)
        meant = shared(subject, SHARES[kind.name](state), peers, held, today)
    else:
        meant = EFFECTS[kind.name](subject, state) if kind.name in EFFECTS else []
        peers = await effects.of_subjects(conn, {effect.subject for effect in meant})
    return owed(meant, peers, held, last)


async def _parts(conn: Connection, subject: Code, opening: Any) -> list[Peer]:  # noqa: ANN401 - of an academy or person
    if isinstance(opening, PersonKnown):
        return await effects.of_person(conn, opening.person)
    return await effects.of_academy(conn, subject)


async def _keep(conn: Connection, source: Code, unsettled: list[Unsettled], at: datetime, calendar: Calendar) -> None:
    kept = await effects.keep_unsettled(conn, source, unsettled, at)
    findings = [_found(source, each, since) for each, since in kept if overdue(since, at, calendar)]
    await incidents.open_incidents(conn, findings, at)
    await incidents.close_others(conn, _UNSETTLED, findings, at, source)


def _found(source: Code, unsettled: Unsettled, since: datetime) -> Finding:
    refused = unsettled.refusal is not None
    facts = {"peer": unsettled.peer, "fact": unsettled.kind.replace("_", " "), "since": since.isoformat()}
    return Finding(
        kind=IncidentKind.EFFECT_REFUSED if refused else IncidentKind.EFFECT_UNREACHED,
        subject=source,
        key=unsettled.event_id,
        facts=facts | ({"refusal": unsettled.refusal.replace("_", " ")} if unsettled.refusal else {}),
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of one fact: told, refused with a code, or, if neither, not answered."""

    owed: Owed
    told: bool = False
    refusal: Code | None = None

    @property
    def late(self) -> bool:
        return not self.told and self.refusal is None

    @property
    def unsettled(self) -> Unsettled | None:
        if self.told or (self.refusal is not None and so_already(self.refusal)):
            return None
        fact = self.owed.fact
        return Unsettled(event_id=fact.event_id, peer=self.owed.subject, kind=fact.kind, refusal=self.refusal)


async def _tell_each(engine: EngineContext, due: Iterable[Owed]) -> list[_Answer]:
    patient, room = replace(engine, tell_within=TELL_WITHIN), asyncio.Semaphore(_AT_A_TIME)
    of_peer: dict[str, list[Owed]] = {}
    for item in due:
        of_peer.setdefault(item.subject, []).append(item)

    async def reach(items: list[Owed]) -> list[_Answer]:
        async with room:
            return [answer async for answer in _in_order(patient, items)]

    return [answer for peer in await asyncio.gather(*map(reach, of_peer.values())) for answer in peer]


async def _in_order(engine: EngineContext, items: Iterable[Owed]) -> AsyncIterator[_Answer]:
    """Tell one peer; what comes after something that it did not answer waits with that."""
    late = False
    for item in items:
        answer = _Answer(item) if late else await _told(engine, item)
        late = answer.late
        yield answer


async def _told(engine: EngineContext, item: Owed) -> _Answer:
    try:
        if item.begins:
            return _Answer(item, told=await _begun(engine, item))
        await tell(engine, Caller.of(ENGINE, ENGINE, item.subject), item.subject, item.fact)
    except FactRefusedError as no:
        return _Answer(item, refusal=None if no.refusal.code == _BEHIND else no.refusal.code)
    except (TimeoutError, TemporalError) as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # Temporal's client answers a cancellation with an error of its own.
            raise asyncio.CancelledError from None
        _log.warning("effects.later", subject=item.subject, kind=item.fact.kind, error=type(error).__name__)
        return _Answer(item)
    return _Answer(item, told=True)


async def _begun(engine: EngineContext, item: Owed) -> bool:
    """Start a peer; whether its first fact is recorded. One that begins later by our clock is not waited for."""
    await handles.start(engine.client, ENGAGEMENT, item.subject, item.fact, scoped=True, task_queue=engine.task_queue)
    if item.fact.occurred_at > engine.clock():
        return False
    async with asyncio.timeout(engine.tell_within.total_seconds()):
        await handles.tell(
            engine.client, ENGAGEMENT, item.subject, item.fact, scoped=True, task_queue=engine.task_queue
        )
    return True
