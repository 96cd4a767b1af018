"""What the commands read from the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mca import reach
from mca.errors import CommandError
from records import views
from records.database import Connection
from records.views import CohortLine, EngagementLine, EnrolmentLine, PersonLine, UnsentLine
from schemas.due import Standing


@dataclass(frozen=True, slots=True)
class EngagementSummary:
    """One engagement: where it stands, who is in it, what could not be sent."""

    engagement: str
    standing: Standing
    people: list[PersonLine]
    unsent: list[UnsentLine]


@dataclass(frozen=True, slots=True)
class CohortSummary:
    """A cohort, its participants, and the engagements that came of them."""

    cohort: CohortLine
    enrolments: tuple[EnrolmentLine, ...]
    engagements: list[EngagementLine]

    def lines(self) -> Iterator[tuple[EnrolmentLine, EngagementLine | None]]:
        """A line for each engagement of each participant, or one for a participant without."""
        known = {line.engagement: line for line in self.engagements}
        for enrolment in self.enrolments:
            for engagement in enrolment.engagements or ("",):
                yield enrolment, known.get(engagement)


async def cohort(cohort_id: str) -> CohortSummary:
    """A cohort as recorded. Raises CommandError for one that is not."""
    async with reach.connection() as conn:
        found = await views.cohort_summary(conn, cohort_id)
        if found is None:
            raise CommandError(f"There is no cohort {cohort_id}. Start one: mca cohort start --help")
        await reach.noted(conn, "participants", cohort_id)
        coached = await views.engagements(conn, cohort=cohort_id)
    return CohortSummary(found.cohort, found.enrolments, coached)


async def must_be_known(conn: Connection, engagement: str) -> None:
    """Raises CommandError for an engagement of which nothing is recorded."""
    if await views.opening(conn, engagement) is None:
        raise CommandError(f"There is no engagement {engagement}. See what there is: mca engagement list")
