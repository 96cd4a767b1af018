"""An academy is closed for some weeks: every engagement, cohort and course that has not ended is told so."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from operations.callers import Caller
from operations.context import EngineContext
from operations.heard import Heard, tell_each
from records import views
from records.database import Connection
from schemas.cohort_facts import CohortAcademyClosed
from schemas.facts import AcademyClosed
from schemas.intro_course_facts import IntroAcademyClosed
from schemas.recording import AnyFact
from schemas.words import Code

CLOSURES: Final[dict[str, type[AcademyClosed | CohortAcademyClosed | IntroAcademyClosed]]] = {
    "engagements": AcademyClosed,
    "cohorts": CohortAcademyClosed,
    "intro_courses": IntroAcademyClosed,
}


async def close_academy(engine: EngineContext, caller: Caller, academy: Code, first: date, last: date) -> Heard:
    """Tell all of an academy that it is closed, first and last day included. Repeating it tells only who is new."""
    async with engine.connection() as conn:
        telling = await telling_of(conn, academy, first, last, engine.clock())
    return await tell_each(engine, caller, telling)


async def telling_of(
    conn: Connection, academy: Code, first: date, last: date, at: datetime
) -> list[tuple[str, AnyFact]]:
    """What all of an academy is to be told that was not told it yet."""
    subjects = await views.open_subjects(conn, academy, f":closed:{first}:{last}")
    said: dict[str, Any] = {"occurred_at": at, "first_day": first, "last_day": last}
    return [
        (subject, CLOSURES[table](event_id=f"{subject}:closed:{first}:{last}", **said)) for subject, table in subjects
    ]
