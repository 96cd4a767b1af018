"""Which academies have their Introduction courses opened by a schedule, and by which programme."""

from __future__ import annotations

from datetime import datetime

from records.database import Connection
from schemas.inputs import IntroCalendarInput


async def keep(conn: Connection, given: IntroCalendarInput, at: datetime) -> None:
    """What the schedule of an academy is made from; the latest holds."""
    await conn.execute(
        """
        INSERT INTO intro_calendars (academy, given, since) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT intro_calendars_once DO UPDATE SET given = excluded.given, since = excluded.since
        """,
        given.academy,
        given,
        at,
    )


async def end(conn: Connection, academy: str) -> None:
    """No schedule is meant any more."""
    await conn.execute("DELETE FROM intro_calendars WHERE academy = $1", academy)


async def of_academy(conn: Connection, academy: str) -> IntroCalendarInput | None:
    """What the schedule of an academy is made from; None where none is meant."""
    given = await conn.fetchval("SELECT given FROM intro_calendars WHERE academy = $1", academy)
    return None if given is None else IntroCalendarInput.model_validate(given)


async def everything(conn: Connection) -> list[IntroCalendarInput]:
    """What each schedule is made from."""
    rows = await conn.fetch("SELECT given FROM intro_calendars ORDER BY academy")
    return [IntroCalendarInput.model_validate(row["given"]) for row in rows]
