"""Coaches who completed a course and coach nobody, and the teams that wait for a coach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from records.database import Connection
from records.reports import TRAINED
from schemas.words import CohortId, EngagementId, EnrolmentId, EnrolmentState, PersonId


@dataclass(frozen=True, slots=True)
class Dormant:
    """Somebody who could coach. ``last_coached`` is the day of the last session held while they coached."""

    person: PersonId
    name: str | None
    cohort: CohortId
    enrolment: EnrolmentId
    state: EnrolmentState
    last_coached: date | None
    offer_answer: str | None
    offered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A team without a coach, since when."""

    engagement: EngagementId
    team: str | None
    since: datetime | None


async def coaches(conn: Connection, academy: str, skipped: int = 0, at_most: int | None = None) -> list[Dormant]:
    """Those who were never offered to coach again first, then by when; a person once, by their latest course."""
    rows = await conn.fetch(
        f"""
        WITH theirs AS (
            SELECT DISTINCT ON (person) enrolments.* FROM enrolments JOIN ({TRAINED}) AS trained USING (cohort, person)
            JOIN cohorts USING (cohort) WHERE NOT coaching ORDER BY person, course_start DESC
        )
        SELECT person, name, cohort, enrolment, state, offer_answer, offered_at, (
            SELECT max(day) FROM coach_assignments AS part JOIN sessions USING (engagement)
            WHERE part.person = theirs.person AND outcome = 'held' AND starts_at >= since
              AND (until IS NULL OR starts_at < until)
        ) AS last_coached
        FROM theirs LEFT JOIN people USING (person)
        ORDER BY offered_at NULLS FIRST, cohort, name, person OFFSET $2 LIMIT $3
        """,  # noqa: S608 - our own words
        academy,
        skipped,
        at_most,
    )
    return [Dormant(**row) for row in rows]


async def waiting(conn: Connection, academy: str) -> list[Waiting]:
    """The teams that have no coach, the longest first."""
    rows = await conn.fetch(
        """
        SELECT engagement, name AS team,
               (SELECT max(until) FROM coach_assignments AS part
                WHERE part.engagement = engagements.engagement) AS since
        FROM engagements LEFT JOIN microsystems USING (microsystem)
        WHERE engagements.academy = $1 AND coach_vacant AND ended_at IS NULL AND handed_off_at IS NULL
        ORDER BY since NULLS FIRST, engagement
        """,
        academy,
    )
    return [Waiting(**row) for row in rows]
