"""Somebody is erased: their parts are vacated, so that others are asked to fill them, then all that is held of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from operations.callers import Caller
from operations.context import EngineContext
from operations.effects import Heard
from operations.leaves import source_of
from operations.security import Event, say
from operations.sources import standing, tell_source
from records import audit, erasures, pages
from records.erasures import Erased
from schemas.erasing import ErasedBecause
from schemas.facts import PersonLeft
from schemas.words import Code, PersonId, office_of


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Who heard that somebody left, and the proof that they are forgotten."""

    heard: Heard
    proof: Erased


async def erase(
    engine: EngineContext,
    caller: Caller,
    person: PersonId,
    at: datetime,
    reason: ErasedBecause = ErasedBecause.ASKED,
) -> Forgotten | None:
    """Vacate every part that somebody has, then forget them; None for nobody, and whoever was erased before.

    What could not be told now is told by the academy's next morning: their id stays, without a name.
    """
    async with engine.connection() as conn:
        known = await pages.reader(conn, person)
    if known is None or known.name is None:
        return None
    person = known.person
    heard = Heard()
    if person != office_of(known.academy):
        heard = await _vacate(engine, caller, known.academy, person, at)
    async with engine.connection() as conn, conn.transaction():
        await audit.note(conn, at, caller.id, caller.door, f"erase {person}")
        proof = await erasures.erase(conn, person, at, caller.id, reason)
    if proof is not None:
        say(Event.PERSON_ERASED, who=caller.id, person=person)
    return None if proof is None else Forgotten(heard, proof)


async def _vacate(engine: EngineContext, caller: Caller, academy: Code, person: PersonId, at: datetime) -> Heard:
    source = source_of(academy, person, at)
    async with engine.connection() as conn:
        before = [fact for fact in await standing(conn, source.subject) if isinstance(fact, PersonLeft)]
    left = PersonLeft(event_id=f"{source.subject}:left:{at:%Y%m%dT%H%M%S}", occurred_at=at, person=person)
    cause = before[0].event_id if before else left.event_id
    return await tell_source(engine, caller, source, () if before else (left,), (cause,))
