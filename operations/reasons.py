"""Why something was carried out: its rule, parameter, facts and calendar, as they were noted then."""

from __future__ import annotations

from collections.abc import Sequence

from lifecycle import why
from lifecycle.gathering import Subject
from lifecycle.matters import MATTERS
from records import due, ledger
from records.database import Pool
from schemas.due import Why


async def with_rules(pool: Pool, subject: str, found: Sequence[Why]) -> tuple[Why, ...]:
    """The reasons, with all that was noted of what was carried out: a workflow remembers only when it was."""
    keys = [reason.question for reason in found if reason.done_at and reason.due is None]
    if not keys:
        return tuple(found)
    async with pool.acquire() as conn:
        kept, noted = await ledger.load(conn, subject), await due.done(conn, subject, keys)
    known = {fact.event_id: fact for fact in kept.facts}
    calendar = Subject.of(kept.facts[:1], {}, kept.facts[0].occurred_at).state.life.calendar
    told = {item.key: why.carried_out(calendar, known, item, at, MATTERS) for item, at in noted}
    return tuple(told.get(reason.question, reason) if reason.due is None else reason for reason in found)
