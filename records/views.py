"""What people and programs ask of the records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple, TypeVar

import asyncpg
from pydantic.dataclasses import dataclass

from records.database import Connection
from schemas.cohort_facts import Coaching
from schemas.corrections import ENGAGEMENT_FACT, EngagementFact
from schemas.engagement_facts import EngagementProposed
from schemas.words import (
    CohortId,
    CohortStage,
    EndReason,
    EngagementId,
    EnrolmentId,
    EnrolmentState,
    Health,
    Matter,
    PersonId,
    Phase,
    RampStep,
    Role,
    Stage,
)

Line = TypeVar("Line")

COUNTED_COHORTS: Final = """
    SELECT cohort, stage, course_start, programme, zone, turn, next_due, next_matter,
           (SELECT count(*) FROM enrolments WHERE enrolments.cohort = cohorts.cohort) AS enrolments,
           their.engagements, their.running, their.at_risk, their.stalled, their.on_leave, their.paused
    FROM cohorts CROSS JOIN LATERAL (
        SELECT count(*) AS engagements,
               count(*) FILTER (WHERE ended_at IS NULL) AS running,
               count(*) FILTER (WHERE ended_at IS NULL AND health = 'at_risk') AS at_risk,
               count(*) FILTER (WHERE ended_at IS NULL AND health = 'stalled') AS stalled,
               count(*) FILTER (WHERE ended_at IS NULL AND health = 'on_leave') AS on_leave,
               count(*) FILTER (WHERE ended_at IS NULL AND health = 'paused') AS paused
        FROM engagements WHERE engagements.cohort = cohorts.cohort
    ) AS their
    """
"""Every column of a :class:`CohortLine`; whoever asks adds which cohorts."""


@dataclass(frozen=True, slots=True)
class ListedEngagement:
    """One engagement as it was recorded last. ``coach`` is the main coach's id."""

    engagement: EngagementId
    cohort: CohortId
    enrolment: EnrolmentId
    coach: PersonId | None
    stage: Stage
    phase: Phase
    ramp_step: RampStep | None
    health: Health
    paused: bool
    coach_vacant: bool
    no_progress: bool
    turn: Role | None
    next_due: datetime | None
    next_matter: Matter | None
    hand_off_planned: date | None
    limit_on: date | None
    ended_at: datetime | None
    end_reason: EndReason | None
    zone: str


@dataclass(frozen=True, slots=True)
class EngagementLine(ListedEngagement):
    """One engagement, with the names of team and coach; None for who is unknown or was erased."""

    coach: str | None
    team: str | None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Who has a role in an engagement."""

    role: Role
    person: PersonId
    name: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class UnsentLine:
    """A notice that was not sent: it waits, or failed for good."""

    notice: str
    person: PersonId
    role: Role
    matter: Matter
    status: str
    issued_at: datetime
    failure: str | None


@dataclass(frozen=True, slots=True)
class CohortLine:
    """One cohort, with its counts."""

    cohort: CohortId
    stage: CohortStage
    course_start: date
    programme: str
    zone: str
    turn: Role | None
    next_due: datetime | None
    next_matter: Matter | None
    enrolments: int
    engagements: int
    running: int
    at_risk: int
    stalled: int
    on_leave: int
    paused: int


@dataclass(frozen=True, slots=True)
class ListedEnrolment:
    """One participant, with the engagements that came of the enrolment."""

    enrolment: EnrolmentId
    person: PersonId
    state: EnrolmentState
    attended: int
    deferred_to: str | None
    engagements: tuple[EngagementId, ...]


@dataclass(frozen=True, slots=True)
class EnrolmentLine(ListedEnrolment):
    """The same with the participant's name; None for who was erased."""

    name: str | None

    def without_name(self) -> ListedEnrolment:
        """What programs are shown."""
        return ListedEnrolment(
            self.enrolment, self.person, self.state, self.attended, self.deferred_to, self.engagements
        )


@dataclass(frozen=True, slots=True)
class CohortSummary:
    """A cohort and its participants."""

    cohort: CohortLine
    enrolments: tuple[EnrolmentLine, ...]


class Page(NamedTuple):
    """So many lines, from the one after an id on."""

    after: str = ""
    at_most: int | None = None


_ALL: Final = Page()


async def engagements(
    conn: Connection,
    *,
    academy: str | None = None,
    cohort: CohortId | None = None,
    phase: Phase | None = None,
    health: Health | None = None,
    ended: bool = True,
    page: Page = _ALL,
) -> list[EngagementLine]:
    """The engagements by id, from the one after an id on. The academy is the first part of every id."""
    rows = await conn.fetch(
        """
        SELECT engagement, cohort, enrolment, microsystems.name AS team, coach.name AS coach, stage, phase, ramp_step,
               health, paused, coach_vacant, no_progress, turn, next_due, next_matter, hand_off_planned, limit_on,
               ended_at, end_reason, zone
        FROM engagements
        LEFT JOIN microsystems USING (microsystem)
        LEFT JOIN (SELECT engagement, person FROM engagement_people WHERE role = 'coach') AS coaching USING (engagement)
        LEFT JOIN people AS coach USING (person)
        WHERE ($1::text IS NULL OR engagements.academy = $1)
          AND ($2::text IS NULL OR cohort = $2)
          AND ($3::text IS NULL OR phase = $3)
          AND ($4::text IS NULL OR health = $4)
          AND ($5 OR ended_at IS NULL) AND engagement > $6
        ORDER BY engagement LIMIT $7
        """,
        academy,
        cohort,
        phase,
        health,
        ended,
        *page,
    )
    return [_line(EngagementLine, row) for row in rows]


async def opening(conn: Connection, engagement: EngagementId) -> EngagementProposed | None:
    """The first fact of an engagement; None for one that nobody proposed."""
    body = await conn.fetchval("SELECT body FROM facts WHERE subject = $1 AND seq = 1", engagement)
    return None if body is None else EngagementProposed.model_validate(body)


async def engagement_facts(conn: Connection, engagement: EngagementId) -> list[EngagementFact]:
    """All recorded facts of an engagement, in the order they occurred, as far as their times tell."""
    rows = await conn.fetch("SELECT body FROM facts WHERE subject = $1 ORDER BY occurred_at, seq", engagement)
    return [ENGAGEMENT_FACT.validate_python(row["body"]) for row in rows]


async def people(conn: Connection, engagement: EngagementId) -> list[PersonLine]:
    """Who has which role in an engagement now."""
    rows = await conn.fetch(
        """
        SELECT role, person, name, address FROM engagement_people LEFT JOIN people USING (person)
        WHERE engagement = $1 ORDER BY role
        """,
        engagement,
    )
    return [_line(PersonLine, row) for row in rows]


async def unsent(conn: Connection, subject: str) -> list[UnsentLine]:
    """The notices of an engagement or cohort that failed or wait for the mail server, oldest first."""
    rows = await conn.fetch(
        """
        SELECT notice, person, role, matter, status, issued_at, failure FROM notices
        WHERE subject = $1 AND (status = 'failed' OR status = 'waiting' AND NOT gathered) ORDER BY issued_at, notice
        """,
        subject,
    )
    return [_line(UnsentLine, row) for row in rows]


async def cohorts(conn: Connection, academy: str | None = None) -> list[CohortLine]:
    """The cohorts, of one academy or of all."""
    return await _cohorts(conn, academy, None)


async def cohort_summary(conn: Connection, cohort: CohortId) -> CohortSummary | None:
    """A cohort with its participants; None for one that is not recorded."""
    found = await _cohorts(conn, None, cohort)
    return CohortSummary(found[0], tuple(await enrolments(conn, cohort))) if found else None


async def enrolments(conn: Connection, cohort: CohortId) -> list[EnrolmentLine]:
    """The participants of a cohort, by enrolment."""
    rows = await conn.fetch(
        """
        SELECT enrolment, person, name, state, attended, deferred_to,
               array(SELECT engagement FROM engagements
                     WHERE engagements.enrolment = enrolments.enrolment ORDER BY engagement) AS engagements
        FROM enrolments LEFT JOIN people USING (person)
        WHERE cohort = $1 ORDER BY enrolment
        """,
        cohort,
    )
    return [_line(EnrolmentLine, row) for row in rows]


async def _cohorts(conn: Connection, academy: str | None, cohort: CohortId | None) -> list[CohortLine]:
    rows = await conn.fetch(
        f"{COUNTED_COHORTS} WHERE ($1::text IS NULL OR academy = $1) AND ($2::text IS NULL OR cohort = $2) "
        "ORDER BY cohort",
        academy,
        cohort,
    )
    return [_line(CohortLine, row) for row in rows]


async def coaching(conn: Connection, cohort: CohortId, asked: Sequence[EnrolmentId]) -> tuple[Coaching, ...]:
    """How the participants coach, in the order asked: over the engagements of their enrolment, and those they co-coach.

    A session counts for who was assigned when it began. Expected are those whose outcome is known or given up as
    unknown; an ask that is still open counts neither way. Running: not ended, not handed off, and still theirs.
    """
    rows = await conn.fetch(
        """
        WITH mine AS (
            SELECT asked.enrolment, asked.place, assigned.*, engagements.agreed_at, engagements.paused,
                   assigned.until IS NULL AND ended_at IS NULL AND handed_off_at IS NULL AS running
            FROM unnest($2::text[]) WITH ORDINALITY AS asked (enrolment, place)
            JOIN enrolments ON enrolments.enrolment = asked.enrolment AND enrolments.cohort = $1
            JOIN coach_assignments AS assigned ON assigned.person = enrolments.person
            JOIN engagements ON engagements.engagement = assigned.engagement
                AND (engagements.enrolment = asked.enrolment OR assigned.part = 'co')
        ), met AS (
            SELECT DISTINCT mine.place, sessions.engagement, sessions.key, day, outcome, counted
            FROM mine JOIN sessions ON sessions.engagement = mine.engagement
                AND sessions.starts_at >= mine.since AND sessions.starts_at < coalesce(mine.until, 'infinity')
        )
        SELECT asked.enrolment,
               coalesce(bool_or(mine.agreed_at IS NOT NULL), false) AS agreed,
               coalesce(bool_or(mine.running AND mine.paused), false) AS paused,
               coalesce(bool_or(mine.running), false) AS running,
               (SELECT count(*) FROM met
                WHERE met.place = asked.place AND counted AND outcome IN ('held', 'not_held', 'unknown'))
                   AS sessions_expected,
               (SELECT count(*) FROM met WHERE met.place = asked.place AND counted AND outcome = 'held')
                   AS sessions_held,
               (SELECT max(day) FROM met WHERE met.place = asked.place AND outcome = 'held') AS last_coached
        FROM unnest($2::text[]) WITH ORDINALITY AS asked (enrolment, place) LEFT JOIN mine USING (place)
        GROUP BY asked.enrolment, asked.place ORDER BY asked.place
        """,
        cohort,
        asked,
    )
    return tuple(Coaching.model_validate(dict(row)) for row in rows)


def _line(shape: type[Line], row: asyncpg.Record) -> Line:
    return shape(**row)


async def open_subjects(conn: Connection, academy: str, untold: str) -> list[tuple[str, str]]:
    """Everything of an academy that has not ended, with its table, save what was told a fact whose id ends so."""
    rows = await conn.fetch(
        """
        SELECT subject, kept FROM lifecycles AS alive WHERE academy = $1 AND hears
          AND NOT EXISTS (SELECT FROM facts WHERE facts.subject = alive.subject AND event_id = alive.subject || $2)
        ORDER BY subject
        """,
        academy,
        untold,
    )
    return [(row["subject"], row["kept"]) for row in rows]
