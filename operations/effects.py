"""Whatever an academy or a person is told reaches everything that it concerns, one by one, until it is known there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from temporalio.exceptions import TemporalError

from coaching_client.handles import FactRefusedError
from lifecycle.effects import Owed, Peer, owed
from lifecycle.gathering import Subject
from lifecycle.subjects import EFFECTS
from operations.callers import Caller
from operations.context import EngineContext
from operations.telling import ENGINE, tell
from records import effects, ledger
from records.database import Connection
from schemas.person_facts import PersonKnown
from schemas.subjects import kind_of
from schemas.words import Code

TELL_WITHIN: Final = timedelta(seconds=10)
"""One that does not answer by then is told on the next look, and holds up nobody."""

_AT_A_TIME: Final = 8

_log = structlog.stdlib.get_logger("operations.effects")


@dataclass(frozen=True, slots=True)
class Heard:
    """Who was told, and who refused it, with the reason. ``late`` are those that did not answer in time."""

    told: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    late: tuple[str, ...] = ()


async def pass_on(engine: EngineContext, subject: Code, at: datetime) -> Heard:
    """Tell others what they should know because of a subject by now, and withdraw what no longer holds."""
    async with engine.connection() as conn:
        known = await ledger.load(conn, subject)
        if not known.facts:
            return Heard()
        peers = await _peers(conn, subject, known.facts[0])
        held = await effects.held(conn, subject)
    state = Subject.of(known.facts, known.done, at).state
    last = max(fact.occurred_at for fact in known.facts)
    meant = EFFECTS[kind_of(known.facts[0].kind).name](state)
    return await _tell_each(engine, owed(subject, meant, peers, held, last, state.life.calendar.day(at)))


async def pass_on_all(
    engine: EngineContext, academy: Code, at: datetime, *, alive: Callable[[], None] = lambda: None
) -> Heard:
    """Pass on what holds for an academy and all its people, also to what began since.

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


async def _peers(conn: Connection, subject: Code, opening: Any) -> list[Peer]:  # noqa: ANN401 - of an academy or person
    if isinstance(opening, PersonKnown):
        return await effects.of_person(conn, opening.person)
    return await effects.of_academy(conn, subject)


async def _tell_each(engine: EngineContext, due: Iterable[Owed]) -> Heard:
    patient = replace(engine, tell_within=TELL_WITHIN)
    room = asyncio.Semaphore(_AT_A_TIME)
    told, refused, late = list[str](), list[tuple[str, str]](), list[str]()

    async def reach(item: Owed) -> None:
        try:
            async with room:
                await tell(patient, Caller.of(ENGINE, ENGINE, item.subject), item.subject, item.fact)
        except FactRefusedError as no:
            refused.append((item.subject, no.refusal.reason))
        except (TimeoutError, TemporalError) as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Temporal's client answers a cancellation with an error of its own.
                raise asyncio.CancelledError from None
            _log.warning("effects.later", subject=item.subject, kind=item.fact.kind, error=type(error).__name__)
            late.append(item.subject)
        else:
            told.append(item.subject)

    await asyncio.gather(*(reach(item) for item in due))
    return Heard(tuple(sorted(told)), tuple(sorted(refused)), tuple(sorted(late)))
