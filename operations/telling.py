"""The one way to tell a fact, whichever door it comes by: HTTP, events, pages, command line, Nexus.

Who may tell, what a fact may name, and what a repeat is answered are decided here and nowhere else.
"""

from __future__ import annotations

import asyncio
from typing import Final

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from lifecycle.account import DIFFERENT
from operations.audited import audited
from operations.callers import Caller
from operations.context import EngineContext
from operations.grants import Verb
from records import notes
from records.audit import Noted
from records.errors import DifferentContent
from schemas.corrections import AnyFact
from schemas.due import AnyTold, Refusal
from schemas.subjects import KINDS, AnyKind, kind_of

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
) -> AnyTold:
    """Tell a fact to whatever it is about; returns when it is recorded, a repeat with the first answer.

    ``note`` is words beside the fact, for the database alone. ``opening`` is the first fact of an academy or a person,
    should nothing be recorded of them yet. Raises NotAllowedError, FactRefusedError (``unknown`` for
    a subject of which nothing is recorded), TimeoutError once it was waited for as long as the context says, and what
    is raised while Temporal or Postgres is away: then it may have been recorded, or not, and may be told again.
    """
    caller.require(Verb.TELL, subject)
    noting = audited(engine, caller, f"tell {fact.kind}", subject, fact.event_id)
    async with asyncio.timeout(engine.tell_within.total_seconds()), noting as noted:
        kind = await _kind(engine, noted, subject, fact, opening)
        if caller.door != ENGINE:
            handles.from_outside(fact)
        _check(noted, subject, fact)
        if note:
            await _keep(engine, subject, fact, note)
        if noted.first is not None:
            return noted.first.answer
        first = opening if noted.opening is None else None
        answer: AnyTold = await handles.tell(
            engine.client, kind, subject, fact, opening=first, task_queue=engine.task_queue
        )
        return answer


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
