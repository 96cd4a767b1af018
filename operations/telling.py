"""The one way to tell a fact, whichever door it comes by: HTTP, events, pages, command line, Nexus.

Who may tell, what a fact may name, and what a repeat is answered are decided here and nowhere else.
"""

from __future__ import annotations

import asyncio
from typing import Final

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from lifecycle import identity
from lifecycle.account import DIFFERENT
from lifecycle.references import elsewhere, references, unknown
from operations.audited import audited
from operations.callers import Caller
from operations.context import EngineContext
from records import ledger, notes
from records.audit import Noted
from records.errors import DifferentContent
from schemas.corrections import AnyFact, Correction
from schemas.due import AnyTold, Refusal
from schemas.subjects import GROUPS, KINDS, AnyKind, kind_of
from schemas.words import Named

ENGINE: Final = "engine"
"""The door by which the engine itself tells, and what it is called there. It alone says what a fact follows from."""


async def tell(
    engine: EngineContext,
    caller: Caller,
    subject: str,
    fact: AnyFact,
    *,
    note: str | None = None,
    opening: AnyFact | None = None,
    made_here: bool = False,
) -> AnyTold:
    """Tell a fact to whatever it is about; returns when it is recorded, a repeat with the first answer.

    Its event id is the caller's own, and recorded in the caller's scope, unless it was ``made_here``: it is the full id
    then. ``note`` is words beside the fact, for the database alone. ``opening`` is the first fact of an academy or a
    person, should nothing be recorded of them yet. Raises NotAllowedError, FactRefusedError (``unknown`` for
    a subject of which nothing is recorded), TimeoutError once it was waited for as long as the context says, and what
    is raised while Temporal or Postgres is away: then it may have been recorded, or not, and may be told again.
    """
    caller.require_telling(subject, fact, made_here=made_here)
    ours = made_here or caller.door == ENGINE
    named = fact if ours else identity.from_outside(fact, caller.scope)
    event_id = fact.event_id if isinstance(named, Refusal) else named.event_id
    noting = audited(engine, caller, f"tell {fact.kind}", subject, event_id)
    async with asyncio.timeout(engine.tell_within.total_seconds()), noting as noted:
        if isinstance(named, Refusal):
            raise FactRefusedError(named)
        kind = await _kind(engine, noted, subject, named, opening)
        if caller.door != ENGINE:
            named = await _from_outside(engine, caller, subject, named)
        _check(noted, subject, named)
        if note:
            await _keep(engine, subject, named, note)
        if noted.first is not None:
            return noted.first.answer
        first = opening if noted.opening is None else None
        answer: AnyTold = await handles.tell(
            engine.client, kind, subject, named, opening=first, scoped=True, task_queue=engine.task_queue
        )
        return answer


def as_handed_in(caller: Caller, subject: str, fact: AnyFact) -> AnyFact:
    """A fact that is kept to be told later, under its full id. Raises FactRefusedError for what no caller may say."""
    named = identity.from_outside(fact, caller.scope)
    if isinstance(named, Refusal):
        raise FactRefusedError(named)
    require_sayable(caller, subject, named)
    return named


def require_sayable(caller: Caller, subject: str, fact: AnyFact) -> None:
    """Raises FactRefusedError for a fact that says what it follows from, or names what its teller may not touch.

    People and teams are the academy's: whoever may tell something in it may name them. For everything else they need a
    grant, and the refusal is that of an id which does not exist.
    """
    if identity.says_cause(fact):
        raise FactRefusedError(identity.CAUSED)
    for named in elsewhere(subject, {}, references(fact)):
        if named.what not in _OF_THE_ACADEMY and not caller.may_tell(named.id):
            raise FactRefusedError(unknown(named))


_OF_THE_ACADEMY: Final = frozenset({Named.PERSON, Named.MICROSYSTEM})


async def _from_outside(engine: EngineContext, caller: Caller, subject: str, fact: AnyFact) -> AnyFact:
    """The fact as a door takes it, a correction with the full id of what it corrects. Raises FactRefusedError."""
    require_sayable(caller, subject, fact)
    if not isinstance(fact, Correction):
        return fact
    async with engine.connection() as conn:
        known = await ledger.kinds(conn, subject, identity.meant(fact.corrects, caller.scope))
    correction = identity.correcting(fact, caller.scope, known)
    for kind in known.get(correction.corrects, ()):
        if kind != correction.kind:
            caller.require(GROUPS[kind], subject)
    return correction


async def _kind(engine: EngineContext, noted: Noted, subject: str, fact: AnyFact, opening: AnyFact | None) -> AnyKind:
    """What kind of subject it is. Raises FactRefusedError for one that this cannot be told to, or that nobody knows."""
    began = noted.opening or (opening.kind if opening else None)
    if began is not None:
        if fact.kind in kind_of(began).kinds:
            return kind_of(began)
    else:
        # What was started a moment ago need not be recorded yet.
        for kind in KINDS:
            if fact.kind in kind.kinds and await handles.is_running(engine.client, kind, subject):
                return kind
    reason = f"Nothing that this could be told to is recorded under {subject}. Check the id."
    raise FactRefusedError(Refusal(when="never", code="unknown", reason=reason))


def _check(noted: Noted, subject: str, fact: AnyFact) -> None:
    """Raises FactRefusedError for what need not reach the workflow; the rules of its subject judge the rest."""
    if noted.first is not None and (noted.first.subject != subject or not fact.repeats(noted.first.fact)):
        raise FactRefusedError(DIFFERENT)


async def _keep(engine: EngineContext, subject: str, fact: AnyFact, note: str) -> None:
    """Keep the note until the fact claims it. Raises FactRefusedError where the fact was told with another one."""
    try:
        async with engine.connection() as conn:
            await notes.keep(conn, subject, fact.event_id, note, engine.clock())
    except DifferentContent:
        raise FactRefusedError(DIFFERENT) from None
