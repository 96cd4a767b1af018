"""Tells an academy or a person a fact that others hear of, unless it holds there already."""

from __future__ import annotations

from dataclasses import dataclass

from coaching_client.handles import FactRefusedError
from lifecycle.account import holding
from lifecycle.gathering import Subject
from lifecycle.leave import Leave
from lifecycle.shared_facts import closing_refused, leave_refused, strictest
from operations.callers import Caller
from operations.context import EngineContext
from operations.effects import Heard, pass_on
from operations.telling import tell
from records import effects, ledger
from records.database import Connection
from schemas.corrections import AnyFact, Correction
from schemas.facts import AcademyClosed, Fact, LeaveAgreed
from schemas.words import Code, EventId

Spanning = AcademyClosed | LeaveAgreed


@dataclass(frozen=True, slots=True)
class Source:
    """Whose ledger is told; ``opening`` is its first fact, should nothing be recorded of it yet.

    ``note`` is why: words beside what is told, for the database alone.
    """

    subject: Code
    opening: AnyFact
    note: str | None = None


async def told(engine: EngineContext, caller: Caller, source: Source, fact: Spanning) -> Heard:
    """Tell it, unless the same days stand already; then only who did not hear of them yet does.

    Raises FactRefusedError for so long an absence that a programme of theirs wants it confirmed.
    """
    async with engine.connection() as conn:
        known = await standing(conn, source.subject)
        same = [earlier for earlier in known if _same_days(earlier, fact)]
        if not same:
            await _must_be_meant(conn, source, fact, known)
    telling = () if same else (fact,)
    cause = same[0].event_id if same else fact.event_id
    return await tell_source(engine, caller, source, telling, (cause,))


async def taken_back(engine: EngineContext, caller: Caller, source: Source, fact: Spanning) -> Heard:
    """Take back what holds of exactly these days; answers who hears. ``fact`` says who takes it back, and when."""
    async with engine.connection() as conn:
        same = [earlier for earlier in await standing(conn, source.subject) if _same_days(earlier, fact)]
    telling = tuple(
        Correction(
            event_id=f"{earlier.event_id}:back",
            occurred_at=max(fact.occurred_at, earlier.occurred_at),
            told_by=fact.told_by,
            corrects=earlier.event_id,
        )
        for earlier in same
    )
    causes = tuple(earlier.event_id for earlier in same)
    return await tell_source(engine, caller, source, telling, causes)


async def standing(conn: Connection, subject: Code) -> list[Fact]:
    """The facts of a subject that hold, by the event ids under which they do; none where nothing is recorded."""
    facts = (await ledger.load(conn, subject)).facts
    if not facts:
        return []
    known = Subject.of(facts, {}, max(fact.occurred_at for fact in facts)).state.account
    return [
        fact.model_copy(update={"event_id": event_id})
        for event_id, fact in holding(known)
        if event_id not in known.void
    ]


async def tell_source(
    engine: EngineContext,
    caller: Caller,
    source: Source,
    telling: tuple[AnyFact, ...],
    causes: tuple[EventId, ...],
) -> Heard:
    """Tell these facts; who knows something of these causes by now that they did not know before, or no longer do."""
    before = await _holders(engine, source.subject, causes)
    for fact in telling:
        await tell(engine, caller, source.subject, fact, note=source.note, opening=source.opening, made_here=True)
    # Its workflow has passed it on already; this names who refused, and tries those once more that were late.
    heard = await pass_on(engine, source.subject, source.opening.occurred_at)
    after = await _holders(engine, source.subject, causes)
    return Heard(tuple(sorted(before ^ after)), heard.refused, heard.late)


async def _holders(engine: EngineContext, subject: Code, causes: tuple[EventId, ...]) -> set[str]:
    async with engine.connection() as conn:
        return {
            earlier.subject
            for earlier in await effects.held(conn, subject)
            if earlier.stands and earlier.cause in causes
        }


async def _must_be_meant(conn: Connection, source: Source, fact: Spanning, known: list[Fact]) -> None:
    """A person and an academy follow no programme themselves: what theirs say must be confirmed is asked here."""
    if isinstance(fact, AcademyClosed):
        peers = await effects.of_academy(conn, source.subject)
    else:
        peers = await effects.of_person(conn, fact.person)
    rules = strictest(await effects.absence_rules(conn, [peer.subject for peer in peers]))
    if isinstance(fact, AcademyClosed):
        closed = tuple((told.first_day, told.last_day) for told in known if isinstance(told, AcademyClosed))
        refused = closing_refused(fact, closed, rules)
    else:
        agreed = (told for told in known if isinstance(told, LeaveAgreed))
        leaves = tuple(Leave(told.person, told.first_day, told.last_day, told.occurred_at) for told in agreed)
        refused = leave_refused(fact, leaves, rules)
    if refused is not None:
        raise FactRefusedError(refused)


def _same_days(earlier: Fact, fact: Spanning) -> bool:
    return isinstance(earlier, AcademyClosed | LeaveAgreed) and (earlier.first_day, earlier.last_day) == (
        fact.first_day,
        fact.last_day,
    )
