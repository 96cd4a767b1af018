"""The worker records the past of a cohort, in one transaction, and has its workflows know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from coaching_client import handles
from lifecycle import cohort as cohort_rules
from lifecycle.account import DIFFERENT
from lifecycle.projection import shown
from operations.context import EngineContext
from operations.effects import pass_on
from operations.looking import caught_up
from records import ledger
from records.database import Connection
from records.errors import DifferentContent, NotAcceptable
from records.subjects import Subjects
from schemas.corrections import AnyFact
from schemas.due import DueItem
from schemas.inputs import TakenOver, TakeOver
from schemas.subjects import COHORT, ENGAGEMENT, AnyKind, workflow_id


async def take_over(engine: EngineContext, asked: TakeOver) -> TakenOver:
    """Record the past of a cohort, all of it or nothing, and have its workflows know it. Raises Overtaken."""
    try:
        async with engine.connection() as conn, conn.transaction():
            await record(conn, asked)
    except (NotAcceptable, DifferentContent) as wrong:
        reason = wrong.reason if isinstance(wrong, NotAcceptable) else DIFFERENT.reason
        return TakenOver(refused=wrong.event_id, reason=reason)
    for engagement in asked.engagements:
        await _known(engine, ENGAGEMENT, engagement)
    await _known(engine, COHORT, asked.cohort)
    await pass_on(engine, asked.cohort, engine.clock())
    return TakenOver()


async def record(conn: Connection, asked: TakeOver) -> None:
    """Add the past to the ledger. Raises NotAcceptable, DifferentContent and Overtaken."""
    subjects = Subjects()
    known = await ledger.load(conn, asked.cohort)
    facts = [*known.facts, *asked.facts]
    _require_opening(COHORT, asked.cohort, facts)
    if asked.facts:
        before = set(_missed(known.facts, known.done, asked.at)) if known.facts else set[str]()
        stale = [item for key, item in _missed(facts, known.done, asked.at).items() if key not in before]
        await subjects.take_in(conn, asked.cohort, asked.facts, asked.at, [shown(item) for item in stale])
    for engagement, told in asked.engagements.items():
        _require_opening(ENGAGEMENT, engagement, [*(await ledger.load(conn, engagement)).facts, *told])
        await subjects.take_in(conn, engagement, told, asked.at)


def _require_opening(kind: AnyKind, subject: str, facts: Sequence[AnyFact]) -> None:
    """Raises NotAcceptable for a past that nothing began: whoever starts workflows by hand may hand in anything."""
    if not facts or facts[0].kind != kind.opening:
        raise NotAcceptable(facts[0].event_id if facts else subject, f"only {kind.opening} begins {kind}")


async def _known(engine: EngineContext, kind: AnyKind, subject: str) -> None:
    """Its workflow takes up what is recorded, started where it does not run."""
    async with engine.connection() as conn:
        facts = (await ledger.load(conn, subject)).facts
    await handles.start(engine.client, kind, subject, facts[0], recorded=True, task_queue=engine.task_queue)
    await caught_up(engine, workflow_id(kind, subject))


def _missed(facts: Sequence[Any], done: Mapping[str, datetime], at: datetime) -> dict[str, DueItem]:
    """What a cohort would have done by now. What an import brings of it counts as done: nothing stale is sent."""
    state, missed = cohort_rules.fold(list(facts), at), dict[str, DueItem]()
    while True:
        counted = {**done, **dict.fromkeys(missed, at)}
        found = {item.key: item for item in cohort_rules.due(state, counted) if item.key not in counted}
        if not found:
            return missed
        missed |= found
