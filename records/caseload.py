"""The caseload: every team that somebody looks after, with its last weeks. Reads projections, never the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from records.database import Connection
from schemas.engagement_facts import PauseReason
from schemas.words import Act, CohortId, Concern, EngagementId, Matter, Outcome, PersonId, Role, Stage

Grouping = Literal["cohort", "faculty"]

_THEIRS: Final = """
    WITH theirs AS (
        SELECT engagements.*, coalesce(concern, 'none') AS state FROM engagements
        WHERE ended_at IS NULL AND academy = ANY ($1::text[])
          AND ($2::text IS NULL OR EXISTS (
                SELECT FROM engagement_people AS part
                WHERE part.engagement = engagements.engagement AND part.person = $2 AND part.role = 'faculty'))
    )
    """

_TEAM: Final = """
    SELECT theirs.engagement, theirs.cohort, theirs.stage, microsystems.name AS team, coach.name AS coach,
           supervisor.name AS faculty, theirs.concern, theirs.concern_since, theirs.misses, rest.reason AS pause,
           theirs.turn, theirs.next_due, theirs.next_matter, theirs.next_act, theirs.next_to, theirs.next_about,
           theirs.next_rule, theirs.next_weekly, theirs.zone
    FROM theirs
    LEFT JOIN microsystems USING (microsystem)
    LEFT JOIN engagement_people AS coaching
        ON coaching.engagement = theirs.engagement AND coaching.key = 'coach'
    LEFT JOIN people AS coach ON coach.person = coaching.person
    LEFT JOIN engagement_people AS supervising
        ON supervising.engagement = theirs.engagement AND supervising.key = 'faculty'
    LEFT JOIN people AS supervisor ON supervisor.person = supervising.person
    LEFT JOIN pauses AS rest ON rest.engagement = theirs.engagement AND rest.until IS NULL
    """

NO_CONCERN: Final = "none"
"""The state of a team with which nothing is wrong."""

_BY_HARM: Final = [*Concern, NO_CONCERN]


@dataclass(frozen=True, slots=True)
class Sought:
    """Whose teams: all of ``academies``, or those that ``faculty`` supervise; and which of them are to be shown."""

    academies: tuple[str, ...]
    faculty: PersonId | None = None
    state: str | None = None
    cohort: CohortId | None = None
    by: Grouping = "cohort"


@dataclass(frozen=True, slots=True)
class Count:
    """How many teams of a cohort are in a state: what is most wrong with them, or ``none``."""

    cohort: CohortId
    state: str
    teams: int


@dataclass(frozen=True, slots=True)
class Week:
    """One session of a week, or a week that somebody rests in. ``week`` is its Monday."""

    week: date
    outcome: Outcome | Literal["paused"]


@dataclass(frozen=True, slots=True)
class Team:
    """One team as it was recorded last. Names are None for who was erased, or where there is nobody."""

    engagement: EngagementId
    cohort: CohortId
    stage: Stage
    team: str | None
    coach: str | None
    faculty: str | None
    concern: Concern | None
    concern_since: datetime | None
    misses: int
    pause: PauseReason | None
    turn: Role
    next_due: datetime
    next_matter: Matter
    next_act: Act
    next_to: Sequence[Role]
    next_about: date | None
    next_rule: str
    next_weekly: bool
    zone: str


async def counts(conn: Connection, sought: Sought) -> list[Count]:
    """How many teams there are in each state, by cohort, whatever is to be shown of them."""
    rows = await conn.fetch(
        f"""
        {_THEIRS}
        SELECT cohort, state, count(*) AS teams FROM theirs GROUP BY cohort, state ORDER BY cohort DESC, state
        """,  # noqa: S608 - our own words
        sought.academies,
        sought.faculty,
    )
    return [Count(**row) for row in rows]


async def teams(conn: Connection, sought: Sought, skipped: int = 0, at_most: int | None = None) -> list[Team]:
    """The teams to be shown, by their cohort or their faculty, and in each the one that is worst off first."""
    group = "cohort DESC" if sought.by == "cohort" else "faculty NULLS FIRST"
    rows = await conn.fetch(
        f"""
        {_THEIRS}
        {_TEAM}
        WHERE ($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR theirs.cohort = $4)
        ORDER BY {group}, array_position($5::text[], state), concern_since, next_due, engagement
        OFFSET $6 LIMIT $7
        """,
        sought.academies,
        sought.faculty,
        sought.state,
        sought.cohort,
        _BY_HARM,
        skipped,
        at_most,
    )
    return [Team(**row) for row in rows]


async def of_person(conn: Connection, person: PersonId) -> list[Team]:
    """The teams in which somebody has a part, whatever it is, the one that is worst off first."""
    rows = await conn.fetch(
        f"""
        WITH theirs AS (
            SELECT engagements.*, coalesce(concern, 'none') AS state FROM engagements
            WHERE ended_at IS NULL AND engagement IN (
                SELECT engagement FROM engagement_people AS part WHERE part.person = $1)
        )
        {_TEAM}
        ORDER BY array_position($2::text[], state), concern_since, next_due, engagement
        """,  # noqa: S608 - our own words
        person,
        _BY_HARM,
    )
    return [Team(**row) for row in rows]


async def weeks(
    conn: Connection, engagements: Sequence[EngagementId], first: date, last: date
) -> dict[EngagementId, list[Week]]:
    """What became of the sessions of these weeks, and in which of them coaching was paused on the Thursday."""
    rows = await conn.fetch(
        """
        SELECT engagement, date_trunc('week', week)::date AS week, outcome FROM sessions
        WHERE engagement = ANY ($1::text[]) AND week BETWEEN $2 AND $3
        UNION ALL
        SELECT engagement, monday::date, 'paused' FROM pauses
        JOIN generate_series($2::date, $3::date, '7 days') AS monday
          ON tstzrange(since, until) @> (monday + interval '3 days 12 hours')::timestamptz
        WHERE engagement = ANY ($1::text[])
        """,
        engagements,
        first,
        last,
    )
    found: dict[EngagementId, list[Week]] = defaultdict(list)
    for row in rows:
        found[row["engagement"]].append(Week(row["week"], row["outcome"]))
    return found
