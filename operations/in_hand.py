"""Who of the office has a task in hand: so that no two begin it. It is let go again after two working days."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lifecycle.calendar import calendar
from operations.in_force import academy_life
from operations.worklist import NothingWaitsError, Wanted, worklist
from records import worklist as records
from records.database import Connection
from records.worklist import InHand
from records.zones import zone_of
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme import QuietHours
from schemas.words import HolidayDivision

WORKING_DAYS: Final = 2


async def take(conn: Connection, academy: str, item: str, person: str, now: datetime, wanted: Wanted) -> bool:
    """Take one of the tasks wanted in hand; False where somebody else has it. Raises NothingWaitsError."""
    if not any(waiting.item == item for waiting in await worklist(conn, academy, now, wanted)):
        raise NothingWaitsError(item)
    life = await academy_life(conn, academy)
    zone = await zone_of(conn, academy)
    days = (
        life.calendar if life else calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, zone, QuietHours())
    )
    today = days.day(now)
    # In hand on the day itself and on the two working days that follow it.
    until = days.add_working_days(today, WORKING_DAYS + 1)
    return await records.take_in_hand(conn, academy, item, InHand(person, None, now, until), today)
