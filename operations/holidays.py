"""Bank-holiday tables that run out are incidents, in time to install a release with another one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from records import diagnosis, incidents
from records.database import SECONDS_TO_ACQUIRE, Pool
from schemas.calendars import HOLIDAY_TABLES, holiday_table
from schemas.incidents import Finding, IncidentKind

AHEAD: Final = timedelta(days=180)
"""So long before its holidays are no longer official a table runs out."""


def runs_out(table: str, today: date) -> date | None:
    """Until when a table's holidays are official, where that is not for long; None for one that reaches far enough."""
    until = min(holiday_table(table).published_until.values())
    return until if until < today + AHEAD else None


async def look_at_holidays(pool: Pool, at: datetime) -> None:
    """Find the academies that count by a table that runs out."""
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn, conn.transaction():
        in_use = await diagnosis.calendars_in_use(conn)
        found = [
            Finding(kind=IncidentKind.HOLIDAYS_END, subject=academy, key=table, facts={"until": until.isoformat()})
            for table, academies in in_use.items()
            if table in HOLIDAY_TABLES and (until := runs_out(table, at.date())) is not None
            for academy in academies
        ]
        await incidents.open_incidents(conn, found, at)
        await incidents.close_others(conn, (IncidentKind.HOLIDAYS_END,), found, at)
