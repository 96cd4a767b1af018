"""Cohorts for those who run them: all of an academy, and of one its teams and certificates. Reads projections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from records.certificates import Certificate, RevokedBecause
from records.database import Connection
from schemas.words import (
    AcademyId,
    CohortId,
    CohortStage,
    Concern,
    EngagementId,
    EnrolmentId,
    Matter,
    MicrosystemId,
    PersonId,
    Role,
)


@dataclass(frozen=True, slots=True)
class Cohort:
    """One cohort as it was recorded last. ``participants`` are those who have not left."""

    cohort: CohortId
    stage: CohortStage
    course_start: date
    ends_at: datetime | None
    zone: str
    participants: int
    gone: int
    turn: Role | None
    next_due: datetime | None
    next_matter: Matter | None


@dataclass(frozen=True, slots=True)
class Team:
    """A team of a cohort, ended or not: what is most wrong with it, and who coaches it."""

    engagement: EngagementId
    enrolment: EnrolmentId
    team: str | None
    coach: str | None
    concern: Concern | None
    ended: bool


async def cohorts(
    conn: Connection,
    academies: Sequence[AcademyId],
    faculty: PersonId | None = None,
    skipped: int = 0,
    at_most: int | None = None,
) -> list[Cohort]:
    """Academies' cohorts, the latest first: all, or those in which somebody is faculty."""
    rows = await conn.fetch(
        """
        SELECT cohort, stage, course_start, zone, turn, next_due, next_matter, coalesce(places.participants, 0)
                   AS participants, coalesce(places.gone, 0) AS gone, taught.ends_at
        FROM cohorts
        LEFT JOIN (
            SELECT cohort, count(*) FILTER (WHERE state NOT IN ('deferred', 'withdrawn')) AS participants,
                   count(*) FILTER (WHERE state IN ('deferred', 'withdrawn')) AS gone
            FROM enrolments GROUP BY cohort
        ) AS places USING (cohort)
        LEFT JOIN (SELECT cohort, max(starts_at) AS ends_at FROM learning_sessions GROUP BY cohort) AS taught
            USING (cohort)
        WHERE academy = ANY ($1::text[])
          AND ($2::text IS NULL
               OR EXISTS (SELECT FROM enrolments WHERE enrolments.cohort = cohorts.cohort AND faculty = $2)
               OR EXISTS (SELECT FROM engagements JOIN engagement_people USING (engagement)
                          WHERE engagements.cohort = cohorts.cohort AND person = $2 AND role = 'faculty'))
        ORDER BY course_start DESC, cohort OFFSET $3 LIMIT $4
        """,
        academies,
        faculty,
        skipped,
        at_most,
    )
    return [Cohort(**row) for row in rows]


async def teams(conn: Connection, cohort: CohortId) -> dict[EnrolmentId, list[Team]]:
    """The teams of a cohort, by the participant who found them."""
    rows = await conn.fetch(
        """
        SELECT engagements.engagement, enrolment, microsystems.name AS team, people.name AS coach, concern,
               ended_at IS NOT NULL AS ended
        FROM engagements LEFT JOIN microsystems USING (microsystem)
        LEFT JOIN engagement_people AS coaching
            ON coaching.engagement = engagements.engagement AND coaching.key = 'coach'
        LEFT JOIN people USING (person)
        WHERE cohort = $1 ORDER BY engagements.engagement
        """,
        cohort,
    )
    found: dict[EnrolmentId, list[Team]] = defaultdict(list)
    for row in rows:
        found[row["enrolment"]].append(Team(**row))
    return found


async def microsystems(conn: Connection, asked: Sequence[MicrosystemId]) -> dict[MicrosystemId, str]:
    """The names of teams."""
    if not asked:
        return {}
    rows = await conn.fetch("SELECT microsystem, name FROM microsystems WHERE microsystem = ANY ($1::text[])", asked)
    return {row["microsystem"]: row["name"] for row in rows}


async def joinable(
    conn: Connection, academy: AcademyId, faculty: PersonId | None = None
) -> list[tuple[EngagementId, str, str | None]]:
    """The teams that a participant may join as co-coach: id, team and coach of each; all, or those of a faculty."""
    rows = await conn.fetch(
        """
        SELECT engagements.engagement, coalesce(microsystems.name, engagements.engagement) AS team, people.name AS coach
        FROM engagements LEFT JOIN microsystems USING (microsystem)
        LEFT JOIN engagement_people AS coaching
            ON coaching.engagement = engagements.engagement AND coaching.key = 'coach'
        LEFT JOIN people USING (person)
        WHERE engagements.academy = $1 AND ended_at IS NULL AND handed_off_at IS NULL
          AND ($2::text IS NULL OR EXISTS (
                SELECT FROM engagement_people AS own
                WHERE own.engagement = engagements.engagement AND own.role = 'faculty' AND own.person = $2))
        ORDER BY team
        """,
        academy,
        faculty,
    )
    return [(row["engagement"], row["team"], row["coach"]) for row in rows]


async def places(conn: Connection, academy: AcademyId) -> dict[CohortId, tuple[date, list[EnrolmentId]]]:
    """The cohorts that still take participants, by their start, with the ids that are taken there."""
    rows = await conn.fetch(
        """
        SELECT cohort, course_start, array_remove(array_agg(enrolment), NULL) AS taken
        FROM cohorts LEFT JOIN enrolments USING (cohort)
        WHERE academy = $1 AND stage IN ('planned', 'confirmed', 'in_teaching')
        GROUP BY cohort ORDER BY course_start, cohort
        """,
        academy,
    )
    return {row["cohort"]: (row["course_start"], row["taken"]) for row in rows}


async def held_by(conn: Connection, person: PersonId) -> dict[CohortId, EnrolmentId]:
    """The places that somebody has and did not give up, by cohort."""
    rows = await conn.fetch(
        "SELECT cohort, enrolment FROM enrolments WHERE person = $1 AND state NOT IN ('deferred', 'withdrawn')", person
    )
    return {row["cohort"]: row["enrolment"] for row in rows}


async def certificates(conn: Connection, cohort: CohortId) -> dict[EnrolmentId, Certificate]:
    """The certificates that were looked at, by participant."""
    rows = await conn.fetch("SELECT * FROM certificates WHERE subject = $1", cohort)
    return {row["about"]: Certificate(**{**row, "revoked_because": _because(row["revoked_because"])}) for row in rows}


def _because(said: str | None) -> RevokedBecause | None:
    return RevokedBecause(said) if said else None


async def scores(conn: Connection, cohort: CohortId) -> dict[EnrolmentId, dict[str, str]]:
    """The last progress score of each participant's teams, by who scored: the team, then faculty."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (enrolment, scorer) enrolment, scorer, score::text
        FROM scores JOIN engagements USING (engagement) WHERE cohort = $1
        ORDER BY enrolment, scorer DESC, scored_at DESC
        """,
        cohort,
    )
    found: dict[EnrolmentId, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["enrolment"], {})[row["scorer"]] = row["score"]
    return found
