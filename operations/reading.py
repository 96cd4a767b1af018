"""Who reads what of people is noted: who, whose, when and through which door, and nothing of what was read."""

from __future__ import annotations

from operations.callers import Caller
from records import audit
from records.database import Connection
from schemas.moments import Moment
from schemas.words import Code, PersonId


async def noted(
    conn: Connection, caller: Caller, what: str, subject: Code | None, at: Moment, person: PersonId | None = None
) -> None:
    """Note that something personal is read of an academy, engagement, cohort or course, or of one person alone."""
    await audit.note(conn, at, caller.id, caller.door, f"read {what}" + (f" of {person}" if person else ""), subject)
