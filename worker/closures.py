"""An academy is closed for some weeks: every engagement, cohort and course that has not ended is told so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from temporalio.client import Client

from coaching_client import handles
from records import views
from records.database import Pool
from schemas.cohort_facts import CohortAcademyClosed
from schemas.facts import AcademyClosed
from schemas.intro_course_facts import IntroAcademyClosed
from schemas.words import Code

CLOSURES: Final[dict[str, type[AcademyClosed | CohortAcademyClosed | IntroAcademyClosed]]] = {
    "engagements": AcademyClosed,
    "cohorts": CohortAcademyClosed,
    "intro_courses": IntroAcademyClosed,
}


@dataclass(frozen=True, slots=True)
class Closed:
    """Who was told that the academy is closed, and who refused it, with the reason."""

    told: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


async def close_academy(
    client: Client,
    pool: Pool,
    academy: Code,
    first: date,
    last: date,
    *,
    at: datetime,
    task_queue: str = handles.TASK_QUEUE,
) -> Closed:
    """Tell all of an academy that it is closed, first and last day included. Repeating it tells only who is new."""
    async with pool.acquire() as conn:
        subjects = await views.open_subjects(conn, academy, f":closed:{first}:{last}")
    told, refused = [], []
    for subject, table in subjects:
        said: dict[str, Any] = {"occurred_at": at, "first_day": first, "last_day": last}
        fact = CLOSURES[table](event_id=f"{subject}:closed:{first}:{last}", **said)
        try:
            await handles.tell_any(client, subject, fact, task_queue=task_queue)
        except handles.FactRefusedError as no:
            refused.append((subject, no.refusal.reason))
        else:
            told.append(subject)
    return Closed(tuple(told), tuple(refused))
