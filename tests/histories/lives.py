"""Lives that nobody of a rehearsal lives, told by hand."""

from __future__ import annotations

from datetime import timedelta

from schemas.facts import (
    CoachLeft,
    Correction,
    MeasureDefined,
    PauseEnded,
    PauseReason,
    PauseStarted,
    SessionHeld,
    SessionNotHeld,
)
from schemas.words import NotHeldReason
from tests.workflows.subjects import COACH, Academy, Engagement, now


async def corrected(academy: Academy) -> Engagement:
    """Sessions told weeks late, reports put right, a fact that a later-told one makes impossible."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2))
    await life.agreed()
    await life.night_of(now().date() + timedelta(weeks=9))
    rows = await academy.pool.fetch("SELECT day FROM sessions WHERE engagement = $1 ORDER BY day", life.name)
    told = []
    for row in rows[:-2]:
        fact = life.says(SessionNotHeld, await life.clock(), day=row["day"], reason=NotHeldReason.STAFFING)
        await life.tell(fact)
        told.append(fact)
    for fact in told[:2]:
        held = SessionHeld(event_id=f"{fact.event_id}-held", occurred_at=fact.occurred_at, day=fact.day)
        await life.told(Correction, corrects=fact.event_id, replacement=held)
    left = life.says(CoachLeft, await life.clock(), person=COACH)
    await life.tell(left)
    await life.told(Correction, corrects=left.event_id)
    late = await life.clock() - timedelta(weeks=1)
    await life.told(PauseStarted, late + timedelta(days=3), reason=PauseReason.OTHER)
    await life.told(PauseStarted, late, reason=PauseReason.STAFFING)
    await life.told(PauseEnded, late + timedelta(days=5))
    await life.advance(await life.clock() + timedelta(weeks=3))
    return life


async def chain(academy: Academy) -> Engagement:
    """Many short runs, each handing over to the next, with asks and answers in between."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2), events_at_most=60)
    await life.agreed()
    for week in range(8):
        await life.night_of(now().date() + timedelta(weeks=3 + week))
        await life.told(MeasureDefined, measure=f"m{week}", better="higher")
    return life
