"""What programs page through: ids, codes and dates only. Pages go by key, so that what is added moves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass as plain
from datetime import datetime
from typing import Final, Literal

import asyncpg
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from records.database import Connection
from records.views import COUNTED_COHORTS, CohortLine, ListedEngagement
from schemas.corrections import AnyFact
from schemas.due import AnyTold
from schemas.moments import Moment
from schemas.words import CohortId, EngagementId, EventId, Health, PersonId, Phase, Role, Stage

_FACT: Final[TypeAdapter[AnyFact]] = TypeAdapter(AnyFact)
_ANSWER: Final[TypeAdapter[AnyTold]] = TypeAdapter(AnyTold)

_LISTED: Final = """
    SELECT engagement, cohort, enrolment, coaching.person AS coach, stage, phase, ramp_step, health, paused,
           coach_vacant, no_progress, turn, next_due, next_matter, hand_off_planned, limit_on, ended_at, end_reason,
           zone
    FROM engagements
    LEFT JOIN (SELECT engagement, person FROM engagement_people WHERE role = 'coach') AS coaching USING (engagement)
    """


@plain(frozen=True, slots=True)
class Sought:
    """Which engagements are asked for. ``within`` are academies and cohorts; None means all."""

    within: Sequence[str] | None = None
    academy: str | None = None
    cohort: CohortId | None = None
    stage: Stage | None = None
    phase: Phase | None = None
    health: Health | None = None
    turn: Role | None = None
    coach: PersonId | None = None
    due_before: datetime | None = None
    updated_since: datetime | None = None


@plain(frozen=True, slots=True)
class CohortsSought:
    """Which cohorts, or Introduction courses, are asked for. ``within`` is as of engagements."""

    within: Sequence[str] | None = None
    academy: str | None = None
    stage: str | None = None
    turn: Role | None = None
    updated_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedFact:
    """One recorded fact. ``number`` counts the facts of its engagement or cohort as they were recorded."""

    number: int
    recorded_at: Moment
    fact: AnyFact


@plain(frozen=True, slots=True)
class Fate:
    """What became of an event id: in the ledger, or among what was handed in and is not recorded."""

    event_id: EventId
    subject: str | None
    status: Literal["recorded", "waiting", "set_aside"]
    recorded_at: datetime | None
    answer: AnyTold | None
    code: str | None
    reason: str | None


async def engagements(conn: Connection, sought: Sought, after: str | None, at_most: int) -> list[ListedEngagement]:
    """The engagements after an id, ended ones too, in the order of their ids."""
    rows = await conn.fetch(
        f"""
        {_LISTED}
        WHERE ($1::text[] IS NULL
               OR academy = ANY ($1) OR cohort = ANY ($1))
          AND ($2::text IS NULL OR cohort = $2)
          AND ($3::text IS NULL OR phase = $3)
          AND ($4::text IS NULL OR health = $4)
          AND ($5::text IS NULL OR EXISTS (
                SELECT FROM engagement_people AS theirs
                WHERE theirs.engagement = engagements.engagement AND theirs.person = $5
                  AND theirs.role IN ('coach', 'co_coach', 'interim_coach')))
          AND ($6::timestamptz IS NULL OR next_due < $6)
          AND ($7::text IS NULL OR engagement > $7)
          AND ($9::text IS NULL OR academy = $9)
          AND ($10::text IS NULL OR stage = $10)
          AND ($11::text IS NULL OR turn = $11)
          AND ($12::timestamptz IS NULL OR changed_at >= $12)
        ORDER BY engagement LIMIT $8
        """,
        sought.within,
        sought.cohort,
        sought.phase,
        sought.health,
        sought.coach,
        sought.due_before,
        after,
        at_most,
        sought.academy,
        sought.stage,
        sought.turn,
        sought.updated_since,
    )
    return [ListedEngagement(**row) for row in rows]


async def engagement(conn: Connection, engagement: EngagementId) -> ListedEngagement | None:
    """One engagement as it was recorded last; None if nothing is recorded of it."""
    row = await conn.fetchrow(f"{_LISTED} WHERE engagement = $1", engagement)
    return None if row is None else ListedEngagement(**row)


async def opening_kind(conn: Connection, subject: str) -> str | None:
    """The kind of the first fact of a subject; None when nothing is recorded of it."""
    found: str | None = await conn.fetchval("SELECT kind FROM facts WHERE subject = $1 AND seq = 1", subject)
    return found


async def cohorts(conn: Connection, sought: CohortsSought, after: str | None, at_most: int) -> list[CohortLine]:
    """The cohorts after an id, in the order of their ids."""
    rows = await conn.fetch(
        f"""
        {COUNTED_COHORTS}
        WHERE ($1::text[] IS NULL OR academy = ANY ($1) OR cohort = ANY ($1))
          AND ($2::text IS NULL OR academy = $2)
          AND ($3::text IS NULL OR cohort > $3)
          AND ($5::text IS NULL OR stage = $5)
          AND ($6::text IS NULL OR turn = $6)
          AND ($7::timestamptz IS NULL OR changed_at >= $7)
        ORDER BY cohort LIMIT $4
        """,
        sought.within,
        sought.academy,
        after,
        at_most,
        sought.stage,
        sought.turn,
        sought.updated_since,
    )
    return [CohortLine(**row) for row in rows]


async def facts(conn: Connection, subject: str, after: int, at_most: int) -> list[ListedFact]:
    """The facts of a subject after a number, in the order they were recorded."""
    rows = await conn.fetch(
        "SELECT seq, recorded_at, body FROM facts WHERE subject = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        subject,
        after,
        at_most,
    )
    return [ListedFact(row["seq"], row["recorded_at"], _FACT.validate_python(row["body"])) for row in rows]


async def fate(conn: Connection, event_id: EventId) -> Fate | None:
    """What became of an event id; None for one that nobody told."""
    row = await conn.fetchrow(
        """
        SELECT $1::text AS event_id, coalesce(facts.subject, arrivals.subject) AS subject,
               CASE WHEN facts.event_id IS NULL THEN arrivals.status ELSE 'recorded' END AS status,
               facts.recorded_at, facts.answer, arrivals.code, arrivals.reason
        FROM (SELECT) AS always
        LEFT JOIN facts ON facts.event_id = $1
        LEFT JOIN arrivals ON arrivals.event_id = $1
        WHERE num_nonnulls(facts.event_id, arrivals.event_id) > 0
        """,
        event_id,
    )
    return None if row is None else _fate(row)


def _fate(row: asyncpg.Record) -> Fate:
    answer = None if row["answer"] is None else _ANSWER.validate_python(row["answer"])
    left = {"code": None, "reason": None} if answer else {}
    return Fate(**{**row, **left, "answer": answer})
