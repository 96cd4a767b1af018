"""What the next weeks hold, for an academy or some of its teams. Reads projections; leave alone is in the ledger."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from records.database import Connection
from schemas.words import Code, EngagementId, Matter, PersonId


@dataclass(frozen=True, slots=True)
class Scope:
    """An academy, or of it only these ``teams`` with their cohorts; its clock, and from when to when."""

    academy: Code
    zone: str
    since: datetime
    until: datetime
    teams: tuple[EngagementId, ...] | None = None


@dataclass(frozen=True, slots=True)
class CourseDay:
    """A learning session of a cohort, or a day of an Introduction course. ``taken`` is of the latter alone."""

    kind: Literal["learning_session", "intro_day"]
    subject: str
    number: int
    starts_at: datetime
    taken: int
    places: int


@dataclass(frozen=True, slots=True)
class Falling:
    """What falls due on a day, ``owed`` or to be asked, and whom it concerns."""

    day: date
    matter: Matter
    owed: bool
    subjects: tuple[str, ...]
    teams: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """How many teams meet weekly, how many meet less often since they take over, and how many are paused."""

    weekly: int
    less_often: int
    paused: int


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away, first and last day included."""

    person: PersonId
    name: str | None
    first: date
    last: date


_OF_TEAMS: Final = """
    ($5::text[] IS NULL OR cohorts.cohort IN (SELECT cohort FROM engagements WHERE engagement = ANY ($5)))
    """


async def course_days(conn: Connection, scope: Scope) -> list[CourseDay]:
    """The days of courses, in their order. Introduction courses are the academy's alone."""
    rows = await conn.fetch(
        f"""
        SELECT 'learning_session' AS kind, cohort AS subject, number, starts_at, 0 AS taken, 0 AS places
        FROM learning_sessions JOIN cohorts USING (cohort)
        WHERE academy = $1 AND stage <> 'cancelled' AND starts_at >= $2 AND starts_at < $3 AND {_OF_TEAMS}
        UNION ALL
        SELECT 'intro_day', course, day.number, day.starts_at, day.taken, places
        FROM intro_courses,
             LATERAL (VALUES (1, day_1_starts_at, taken_1), (2, day_2_starts_at, taken_2))
                     AS day (number, starts_at, taken)
        WHERE academy = $1 AND stage <> 'cancelled' AND day.starts_at >= $2 AND day.starts_at < $3
          AND $5::text[] IS NULL AND $4::text IS NOT NULL
        ORDER BY starts_at, subject, number
        """,  # noqa: S608 - our own words
        *_said(scope),
    )
    return [CourseDay(**row) for row in rows]


async def falling_due(
    conn: Connection, scope: Scope, asked: Collection[Matter], owed: Collection[Matter]
) -> list[Falling]:
    """What will be asked about these matters, and until when an answer is owed to those, by day and matter."""
    rows = await conn.fetch(
        f"""
        SELECT (at AT TIME ZONE $4)::date AS day, matter, owed,
               array_agg(subject ORDER BY name, subject) AS subjects,
               array_agg(name ORDER BY name, subject) AS teams
        FROM (
            SELECT DISTINCT subject, matter, due_at AS at, false AS owed FROM due_items
            WHERE matter = ANY ($6::text[]) AND due_at >= $2 AND due_at < $3
            UNION
            SELECT subject, matter, owed_by, true FROM open_questions
            WHERE academy = $1 AND matter = ANY ($7::text[]) AND owed_by >= $2 AND owed_by < $3
        ) AS due
        LEFT JOIN (SELECT engagement, name, cohort FROM engagements JOIN microsystems USING (microsystem)) AS team
            ON team.engagement = subject
        LEFT JOIN cohorts ON cohorts.cohort = subject
        WHERE split_part(subject, '.', 1) = $1
          AND ($5::text[] IS NULL OR subject = ANY ($5) OR {_OF_TEAMS})
        GROUP BY day, matter, owed ORDER BY day, owed DESC, matter
        """,  # noqa: S608 - our own words
        *_said(scope),
        list(asked),
        list(owed),
    )
    return [
        Falling(row["day"], Matter(row["matter"]), row["owed"], tuple(row["subjects"]), tuple(row["teams"]))
        for row in rows
    ]


async def meeting(conn: Connection, scope: Scope) -> Meeting:
    """How many teams meet now."""
    row = await conn.fetchrow(
        """
        SELECT count(*) FILTER (WHERE NOT paused AND stage IN ('agreed', 'action')) AS weekly,
               count(*) FILTER (WHERE NOT paused AND stage IN ('transition', 'readiness_review')) AS less_often,
               count(*) FILTER (WHERE paused) AS paused
        FROM engagements
        WHERE academy = $1 AND ended_at IS NULL AND ($2::text[] IS NULL OR engagement = ANY ($2))
        """,
        scope.academy,
        scope.teams,
    )
    return Meeting(**row) if row else Meeting(0, 0, 0)


async def absences(conn: Connection, scope: Scope) -> list[Absence]:
    """The leave of people: as it was told last, and not taken back; of some teams, that of who has a part in them."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT told.person, name, told.first_day AS first, told.last_day AS last
        FROM (
            SELECT subject, event_id, leave ->> 'person' AS person, (leave ->> 'first_day')::date AS first_day,
                   (leave ->> 'last_day')::date AS last_day
            FROM (
                SELECT subject, event_id, caused_by, body AS leave FROM facts
                WHERE academy = $1 AND kind = 'leave_agreed'
                UNION ALL
                SELECT subject, event_id, caused_by, body -> 'replacement' FROM facts
                WHERE academy = $1 AND kind = 'correction' AND body -> 'replacement' ->> 'kind' = 'leave_agreed'
            ) AS said
            WHERE caused_by IS NULL
        ) AS told
        LEFT JOIN people USING (person)
        WHERE told.last_day >= ($2::timestamptz AT TIME ZONE $4)::date
          AND told.first_day < ($3::timestamptz AT TIME ZONE $4)::date
          AND NOT EXISTS (
              SELECT FROM facts AS later
              WHERE later.subject = told.subject AND later.kind = 'correction'
                AND later.body ->> 'corrects' = told.event_id)
          AND ($5::text[] IS NULL OR EXISTS (
              SELECT FROM engagement_people AS part
              WHERE part.person = told.person AND part.engagement = ANY ($5::text[])))
        ORDER BY first, last, name
        """,
        *_said(scope),
    )
    return [Absence(**row) for row in rows]


def _said(scope: Scope) -> tuple[object, ...]:
    return scope.academy, scope.since, scope.until, scope.zone, scope.teams
