"""How every door tells a fact: noted in the audit, answered from the ledger where it is known, else told once."""

from __future__ import annotations

import asyncio
from typing import Final

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from gateway.context import AppContext, now
from gateway.problems import Problem
from records import audit, intro_courses
from records.audit import FirstTold
from schemas.due import Refusal
from schemas.intro_course_facts import HandedOnToCohort
from schemas.recording import AnyFact, AnyTold
from schemas.subjects import kind_of

_DIFFERENT: Final = Refusal(
    when="never",
    code="different_content",
    reason="Something else was told before with this event id. Choose another id for another happening.",
)

_NO_COHORT: Final = Refusal(
    when="not_yet",
    code="unknown_cohort",
    reason="The academy of this course has no such cohort, or it was cancelled. Check its id, or schedule it first.",
)


async def tell(context: AppContext, *, caller: str, door: str, subject: str, fact: AnyFact) -> AnyTold:
    """Tell a fact to whatever it is about; returns when it is recorded, a repeat with the first answer.

    Raises FactRefusedError, Problem("unknown"), and what :mod:`gateway.problems` takes for an engine that is away.
    """
    async with context.connection() as conn:
        noted = await audit.note(conn, now(), caller, door, f"tell {fact.kind}", subject, fact.event_id)
        if noted.opening is None or fact.kind not in kind_of(noted.opening).kinds:
            await audit.refused(conn, noted.number, "unknown")
            raise Problem("unknown", f"Nothing that this could be told to is recorded under {subject}. Check the id.")
    try:
        if noted.first is not None:
            return _first_answer(noted.first, subject, fact)
        async with asyncio.timeout(context.settings.tell_seconds):
            return await _told(context, subject, fact)
    except FactRefusedError as error:
        async with context.connection() as conn:
            await audit.refused(conn, noted.number, error.refusal.code)
        raise


def _first_answer(first: FirstTold, subject: str, fact: AnyFact) -> AnyTold:
    if first.subject != subject or first.fact != fact:
        raise FactRefusedError(_DIFFERENT)
    return first.answer


async def _told(context: AppContext, subject: str, fact: AnyFact) -> AnyTold:
    if isinstance(fact, HandedOnToCohort):
        async with context.connection() as conn:
            if not await intro_courses.can_hand_on(conn, subject, fact.cohort):
                raise FactRefusedError(_NO_COHORT)
    return await handles.tell_any(context.client, subject, fact, task_queue=context.settings.task_queue)
