"""What becomes known late is asked about first: workflow, ledger and projections say the same of it."""

from __future__ import annotations

from datetime import timedelta

from lifecycle.calendar import calendar
from records.subjects import verify
from schemas.programme import QuietHours
from schemas.rows import SessionRow
from schemas.words import Health, HolidayDivision
from tests.workflows.subjects import Academy, Engagement, now


async def agree(life: Engagement) -> bool:
    """Whether workflow and ledger say the same, and the projections what they should."""
    async with life.academy.pool.acquire() as connection:
        return await life.agrees() and await verify(connection, life.name) == []


async def outcomes(life: Engagement) -> set[str]:
    """What the records show of its sessions of long ago."""
    rows = [row for row in (await life.rows_standing()).values() if isinstance(row, SessionRow)]
    return {row.outcome for row in rows if row.starts_at < now() - timedelta(weeks=1)}


async def test_signatures_told_late_ask_about_every_session_before_any_alarm(academy: Academy) -> None:
    """Signed nine weeks ago, told now: all is asked in one minute, nothing is unknown for seven working days."""
    signed = now() - timedelta(weeks=9)
    life = await academy.engagement(course_start=(now() - timedelta(weeks=8)).date(), at=signed - timedelta(weeks=1))
    opening = life.opening
    days = calendar(opening.calendar, HolidayDivision.ENGLAND_AND_WALES, opening.zone, QuietHours())
    morning = days.at(days.add_working_days(days.day(now()), 1), QuietHours().opens) + timedelta(hours=2)
    await life.advance(morning)
    told = await life.agreed(signed)
    assert told.standing.health is Health.ON_TRACK
    put = await life.advance(morning + timedelta(minutes=5))

    asked = [key for key in await life.done() if key.startswith("session/")]
    assert len(asked) >= 7
    assert all(key.endswith("/0") for key in asked)
    assert await outcomes(life) == {"expected"}
    assert await agree(life)

    await life.advance(days.after_working_days(put, 6))
    assert (await life.state()).health is Health.ON_TRACK
    await life.advance(days.after_working_days(put, 7) + timedelta(minutes=5))
    assert (await life.state()).health is Health.STALLED
    assert await outcomes(life) == {"unknown"}
    assert await agree(life)
