"""Finding a team, a cohort or an Introduction course by its name or id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from records.database import Connection
from schemas.words import AcademyId, CohortId, CohortStage, Concern, EngagementId, IntroCourseId, IntroStage, PersonId


@dataclass(frozen=True, slots=True)
class FoundTeam:
    """A team, at work or not. ``concern`` is what is most wrong with it."""

    engagement: EngagementId
    cohort: CohortId
    name: str | None
    concern: Concern | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundCohort:
    """A cohort."""

    cohort: CohortId
    stage: CohortStage
    course_start: date


@dataclass(frozen=True, slots=True)
class FoundCourse:
    """An Introduction course."""

    course: IntroCourseId
    stage: IntroStage
    venue: str
    day_1_starts_at: datetime
    day_2_ends_at: datetime
    zone: str


async def teams(
    conn: Connection, academies: Sequence[AcademyId], faculty: PersonId | None, said: str, at_most: int
) -> list[FoundTeam]:
    """The teams of which this is a part of the name or id, those at work first: all, or those of a faculty."""
    rows = await conn.fetch(
        """
        SELECT engagement, cohort, microsystems.name, concern, ended_at
        FROM engagements LEFT JOIN microsystems USING (microsystem)
        WHERE engagements.academy = ANY ($1::text[]) AND ($2::text IS NULL OR EXISTS (
                SELECT FROM engagement_people AS part
                WHERE part.engagement = engagements.engagement AND part.person = $2 AND part.role = 'faculty'))
          AND (strpos(lower(microsystems.name), lower($3)) > 0 OR engagement = $3
               OR strpos(lower(substr(engagement, length(engagements.academy) + 2)), lower($3)) > 0)
        ORDER BY ended_at IS NOT NULL, lower(microsystems.name), engagement LIMIT $4
        """,
        academies,
        faculty,
        said,
        at_most,
    )
    return [FoundTeam(**row) for row in rows]


async def cohorts(
    conn: Connection, academies: Sequence[AcademyId], faculty: PersonId | None, said: str, at_most: int
) -> list[FoundCohort]:
    """The cohorts of which this is a part of the id, the latest first: all, or those in which somebody is faculty."""
    rows = await conn.fetch(
        """
        SELECT cohort, stage, course_start FROM cohorts
        WHERE academy = ANY ($1::text[])
          AND (cohort = $3 OR strpos(lower(substr(cohort, length(academy) + 2)), lower($3)) > 0
               OR lower(cohort) = academy || '.' || regexp_replace(lower($3), '^([a-z]+) ([0-9]+)$', '\\2-\\1'))
          AND ($2::text IS NULL
               OR EXISTS (SELECT FROM enrolments WHERE enrolments.cohort = cohorts.cohort AND faculty = $2)
               OR EXISTS (SELECT FROM engagement_people JOIN engagements USING (engagement)
                          WHERE engagements.cohort = cohorts.cohort AND person = $2 AND role = 'faculty'))
        ORDER BY course_start DESC, cohort LIMIT $4
        """,
        academies,
        faculty,
        said,
        at_most,
    )
    return [FoundCohort(**row) for row in rows]


async def courses(conn: Connection, academies: Sequence[AcademyId], said: str, at_most: int) -> list[FoundCourse]:
    """The Introduction courses of which this is a part of the id or of where they are held, the latest first."""
    rows = await conn.fetch(
        """
        SELECT course, stage, coalesce(venue, '') AS venue, day_1_starts_at, day_2_ends_at, zone
        FROM intro_courses LEFT JOIN intro_course_texts USING (course)
        WHERE academy = ANY ($1::text[])
          AND (course = $2 OR strpos(lower(substr(course, length(academy) + 2)), lower($2)) > 0
                                OR strpos(lower(venue), lower($2)) > 0)
        ORDER BY day_1_starts_at DESC, course LIMIT $3
        """,
        academies,
        said,
        at_most,
    )
    return [FoundCourse(**row) for row in rows]
