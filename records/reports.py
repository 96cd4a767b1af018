"""What reports of a cohort or an academy count: by month, by quarter, by cohort. No names, no person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from records.database import Connection
from schemas.words import CohortId


@dataclass(frozen=True, slots=True)
class Scope:
    """What is reported of: all of an ``academy``, or one ``cohort`` of it; what was before ``until``."""

    academy: str
    until: date
    cohort: CohortId | None = None


class HeldMonth(NamedTuple):
    """How many of the sessions that were expected in a month went ahead, of how many teams."""

    month: date
    held: int
    expected: int
    teams: int


class MeanMonth(NamedTuple):
    """The mean of what came about in a month; ``cases`` of so many ``teams``."""

    month: date
    mean: float
    cases: int
    teams: int


class CohortCoaches(NamedTuple):
    """How many completed the course of a cohort, and how many of them coach a team now."""

    cohort: CohortId
    trained: int
    coaching: int


class HandOffQuarter(NamedTuple):
    """What became of the teams that were handed off in a quarter, given by its first day."""

    quarter: date
    sustained: int
    aftercare: int
    otherwise: int


class CourseUse(NamedTuple):
    """What became of the places of an Introduction course that was held."""

    course: str
    day: date
    places: int
    both_days: int
    one_day: int
    absent: int


_TEAMS: Final = """
    WITH theirs AS (
        SELECT engagement, cohort, zone, stage, handed_off_at FROM engagements
        WHERE academy = $1 AND ($2::text IS NULL OR cohort = $2)
    )
    """

TRAINED: Final = """
    SELECT cohorts.cohort, cohorts.zone, enrolments.person, EXISTS (
        SELECT FROM coach_assignments AS part JOIN engagements USING (engagement)
        WHERE part.person = enrolments.person AND part.until IS NULL AND handed_off_at IS NULL AND ended_at IS NULL
    ) AS coaching
    FROM enrolments JOIN cohorts USING (cohort)
    WHERE academy = $1
      AND (state IN ('training_complete', 'practising', 'lapsed', 'refreshing', 'alumnus')
           OR (state = 'on_leave' AND cohorts.stage = 'closed'))
    """
"""Whoever completed a course, and whether they coach a team now, in whatever part."""


async def held(conn: Connection, scope: Scope) -> list[HeldMonth]:
    """Excused sessions and extra ones count nowhere; nor does what isn't due to be known yet."""
    rows = await conn.fetch(
        f"""
        {_TEAMS}
        SELECT date_trunc('month', day)::date AS month, count(*) FILTER (WHERE outcome = 'held') AS held,
               count(*) AS expected, count(DISTINCT engagement) AS teams
        FROM sessions JOIN theirs USING (engagement)
        WHERE counted AND outcome IN ('held', 'not_held', 'unknown') AND day < $3
        GROUP BY month ORDER BY month
        """,  # noqa: S608 - our own words
        scope.academy,
        scope.cohort,
        scope.until,
    )
    return [HeldMonth(**row) for row in rows]


async def days_between(conn: Connection, scope: Scope) -> list[MeanMonth]:
    """From each held session of a team to its next, by the month of the later. An excused one between leaves it out."""
    rows = await conn.fetch(
        f"""
        {_TEAMS}, counted AS (
            SELECT engagement, day, outcome,
                   count(*) FILTER (WHERE outcome = 'excused') OVER (PARTITION BY engagement ORDER BY day) AS excused
            FROM sessions JOIN theirs USING (engagement) WHERE day < $3
        ), met AS (
            SELECT DISTINCT engagement, day, excused FROM counted WHERE outcome = 'held'
        ), passed AS (
            SELECT engagement, day, day - lag(day) OVER following AS days,
                   excused = lag(excused) OVER following AS regular
            FROM met WINDOW following AS (PARTITION BY engagement ORDER BY day)
        )
        SELECT date_trunc('month', day)::date AS month, avg(days)::float AS mean, count(*) AS cases,
               count(DISTINCT engagement) AS teams
        FROM passed WHERE regular GROUP BY month ORDER BY month
        """,  # noqa: S608 - our own words
        scope.academy,
        scope.cohort,
        scope.until,
    )
    return [MeanMonth(**row) for row in rows]


_PER_MONTH: Final = """
    SELECT date_trunc('month', told AT TIME ZONE zone)::date AS month,
           avg(extract(epoch FROM told - since) / 86400)::float AS mean, count(*) AS cases,
           count(DISTINCT engagement) AS teams
    FROM answered WHERE told AT TIME ZONE zone < $3::date GROUP BY month ORDER BY month
    """


async def days_to_answer(conn: Connection, scope: Scope) -> list[MeanMonth]:
    """From when a session counted as not known to when somebody told, by the month of the answer."""
    rows = await conn.fetch(
        f"""
        {_TEAMS}, unknown AS (
            SELECT subject AS engagement, split_part(key, '/', 2) AS session, min(done_at) AS since
            FROM done_items JOIN theirs ON engagement = subject
            WHERE rule = 'session_becomes_unknown' GROUP BY subject, session
        ), told AS (
            SELECT subject AS engagement, recorded_at,
                   coalesce(body ->> 'session', body ->> 'day') AS session, (body ->> 'day')::date AS day
            FROM facts JOIN theirs ON engagement = subject WHERE kind IN ('session_held', 'session_not_held')
        ), answered AS (
            SELECT theirs.engagement, zone, since, min(recorded_at) AS told
            FROM unknown JOIN theirs USING (engagement)
            JOIN sessions ON sessions.engagement = unknown.engagement AND sessions.key = unknown.session
            JOIN told ON told.engagement = unknown.engagement AND recorded_at > since
                     AND (told.session = unknown.session
                          OR date_trunc('week', told.day) = date_trunc('week', sessions.week))
            WHERE outcome IN ('held', 'not_held')
            GROUP BY theirs.engagement, zone, unknown.session, since
        )
        {_PER_MONTH}
        """,  # noqa: S608 - our own words
        scope.academy,
        scope.cohort,
        scope.until,
    )
    return [MeanMonth(**row) for row in rows]


async def days_to_decide(conn: Connection, scope: Scope) -> list[MeanMonth]:
    """From when a decision on a stalled team was first asked for to what was done about it, by that month.

    That it met again, was paused, has another coach or another hour, or has ended.
    """
    rows = await conn.fetch(
        f"""
        {_TEAMS}, stalled AS (
            SELECT subject AS engagement, split_part(key, '/', 2) AS episode, min(done_at) AS since
            FROM done_items JOIN theirs ON engagement = subject
            WHERE rule = 'stalled_decision_owed' GROUP BY subject, episode
        ), answered AS (
            SELECT theirs.engagement, zone, since, min(recorded_at) AS told
            FROM stalled JOIN theirs USING (engagement)
            JOIN facts ON subject = engagement AND recorded_at > since
            WHERE kind IN ('session_held', 'pause_started', 'coach_assigned', 'weekly_slot_changed', 'ended_early')
            GROUP BY theirs.engagement, zone, episode, since
        )
        {_PER_MONTH}
        """,  # noqa: S608 - our own words
        scope.academy,
        scope.cohort,
        scope.until,
    )
    return [MeanMonth(**row) for row in rows]


async def coaches(conn: Connection, scope: Scope) -> list[CohortCoaches]:
    """Whoever completed the course, by cohort, and who of them coaches now."""
    rows = await conn.fetch(
        f"""
        SELECT cohort, count(*) AS trained, count(*) FILTER (WHERE coaching) AS coaching FROM ({TRAINED}) AS coaches
        WHERE $2::text IS NULL OR cohort = $2 GROUP BY cohort ORDER BY cohort
        """,  # noqa: S608 - our own words
        scope.academy,
        scope.cohort,
    )
    return [CohortCoaches(**row) for row in rows]


async def hand_offs(conn: Connection, scope: Scope) -> list[HandOffQuarter]:
    """By the quarter in which teams were handed off: how they are now."""
    rows = await conn.fetch(
        f"""
        {_TEAMS}
        SELECT date_trunc('quarter', handed_off_at AT TIME ZONE zone)::date AS quarter,
               count(*) FILTER (WHERE stage = 'sustained') AS sustained,
               count(*) FILTER (WHERE stage = 'aftercare') AS aftercare,
               count(*) FILTER (WHERE stage NOT IN ('sustained', 'aftercare')) AS otherwise
        FROM theirs WHERE handed_off_at AT TIME ZONE zone < $3::date GROUP BY quarter ORDER BY quarter
        """,  # noqa: S608 - our own words
        scope.academy,
        scope.cohort,
        scope.until,
    )
    return [HandOffQuarter(**row) for row in rows]


async def courses(conn: Connection, scope: Scope) -> list[CourseUse]:
    """The Introduction courses whose days are over."""
    rows = await conn.fetch(
        """
        SELECT course, (day_1_starts_at AT TIME ZONE zone)::date AS day, places,
               count(*) FILTER (WHERE state = 'attended') AS both_days,
               count(*) FILTER (WHERE state = 'part_attended') AS one_day,
               count(*) FILTER (WHERE state = 'no_show') AS absent
        FROM intro_courses LEFT JOIN bookings USING (course)
        WHERE academy = $1 AND stage <> 'cancelled' AND day_2_ends_at AT TIME ZONE zone < $2::date
        GROUP BY course ORDER BY day, course
        """,
        scope.academy,
        scope.until,
    )
    return [CourseUse(**row) for row in rows]
