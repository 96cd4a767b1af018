"""What the commands read: the records for what is listed, the workflow itself for what is asked of one."""

from __future__ import annotations

from dataclasses import dataclass

from mca import reach
from mca.errors import CommandError
from records import summaries
from records.summaries import CohortSummary, EngagementLine, PersonLine, UnsentLine
from schemas.due import Standing


@dataclass(frozen=True, slots=True)
class EngagementSummary:
    """One engagement: where it stands, who is in it, what could not be sent."""

    engagement: str
    standing: Standing
    people: tuple[PersonLine, ...]
    unsent: tuple[UnsentLine, ...]


async def engagements(*, academy: str | None, cohort: str | None) -> tuple[EngagementLine, ...]:
    """The engagements as recorded, whatever comes next first."""
    async with reach.records() as pool, pool.acquire() as conn:
        return await summaries.engagements(conn, academy=academy, cohort=cohort)


async def cohort(cohort_id: str) -> CohortSummary:
    """A cohort as recorded. Raises CommandError for one that is not."""
    async with reach.records() as pool, pool.acquire() as conn:
        found = await summaries.cohort_summary(conn, cohort_id)
    if found is None:
        raise CommandError(f"There is no cohort {cohort_id}. Start one: mca cohort start --help")
    return found
