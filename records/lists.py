"""What programs page through: ids, codes and dates only. Pages go by key, so that what is added moves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass as plain
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

import asyncpg
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from records.database import Connection
from records.views import COUNTED_COHORTS, CohortLine, ListedEngagement
from schemas.corrections import AnyFact
from schemas.due import AnyTold
from schemas.engagement_facts import ChairedBy
from schemas.moments import Moment
from schemas.subjects import ACADEMY, AnyKind
from schemas.words import (
    Act,
    Code,
    CohortId,
    EngagementId,
    EventId,
    Health,
    Matter,
    NotHeldReason,
    Outcome,
    PersonId,
    Phase,
    Role,
    Stage,
)

NoticeStatus: TypeAlias = Literal["waiting", "sent", "failed", "withdrawn", "withheld"]

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
class NoticesSought:
    """Which notices of a subject, or of all of an academy, are asked for."""

    within: Code
    status: NoticeStatus | None = None
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class ListedNotice:
    """One notice: to whom, of which due item (its ``key``), and what became of it.

    ``because`` is why it was not sent; ``weekly``, that it goes in the weekly mail; ``concerns`` is an enrolment, a
    booking or whatever else it is about, by id.
    """

    notice: Code
    subject: Code
    person: PersonId
    role: Role
    act: Act
    matter: Matter
    key: str
    about: date | None
    concerns: Code | None
    weekly: bool
    status: NoticeStatus
    because: Code | None
    issued_at: Moment
    settled_at: Moment | None


@dataclass(frozen=True, slots=True)
class ListedSession:
    """One session of a team. ``week`` is the Monday of the week it was first expected in; an extra one is not
    counted.
    """

    session: Code
    week: date
    day: date
    starts_at: Moment
    outcome: Outcome
    counted: bool
    reason: NotHeldReason | None
    chaired_by: ChairedBy | None
    evaluation: int | None
    attendance: int | None


@dataclass(frozen=True, slots=True)
class ListedScore:
    """One progress score, from 0.5 to 5."""

    event_id: EventId
    scorer: Literal["team", "faculty"]
    score: float
    scored_at: Moment


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


async def is_there(conn: Connection, kind: AnyKind, subject: str) -> bool:
    """Whether a subject of this kind is recorded; an academy is, once anything of it is."""
    if kind is ACADEMY:
        found: bool = await conn.fetchval("SELECT EXISTS (SELECT FROM facts WHERE academy = $1)", subject)
        return found
    opened: str | None = await conn.fetchval("SELECT kind FROM facts WHERE subject = $1 AND seq = 1", subject)
    return opened == kind.opening


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
        "SELECT seq, recorded_at, body FROM facts WHERE subject = $1 AND seq > $2::bigint ORDER BY seq LIMIT $3",
        subject,
        after,
        at_most,
    )
    return [ListedFact(row["seq"], row["recorded_at"], _FACT.validate_python(row["body"])) for row in rows]


async def notices(
    conn: Connection, sought: NoticesSought, after: tuple[datetime, str] | None, at_most: int
) -> list[ListedNotice]:
    """The notices after one, oldest first."""
    of = "subject" if "." in sought.within else "academy"
    rows = await conn.fetch(
        f"""
        SELECT notice, subject, person, role, act, matter, concat_ws('/', matter, "window", step) AS key, about,
               detail AS concerns, gathered AS weekly, status, because, issued_at, settled_at
        FROM notices
        WHERE {of} = $1 AND ($2::text IS NULL OR status = $2)
          AND ($3::text IS NULL OR person = $3)
          AND ($4::timestamptz IS NULL OR (issued_at, notice) > ($4, $5::text))
        ORDER BY issued_at, notice LIMIT $6
        """,  # noqa: S608 - one of two columns
        sought.within,
        sought.status,
        sought.person,
        *(after or (None, None)),
        at_most,
    )
    return [ListedNotice(**row) for row in rows]


async def sessions(
    conn: Connection, engagement: EngagementId, after: tuple[datetime, str] | None, at_most: int
) -> list[ListedSession]:
    """The sessions of a team after one, as they begin."""
    rows = await conn.fetch(
        """
        SELECT session, week, day, starts_at, outcome, counted, reason, chaired_by, evaluation, attendance FROM sessions
        WHERE engagement = $1 AND ($2::timestamptz IS NULL OR (starts_at, session) > ($2, $3::text))
        ORDER BY starts_at, session LIMIT $4
        """,
        engagement,
        *(after or (None, None)),
        at_most,
    )
    return [ListedSession(**row) for row in rows]


async def scores(
    conn: Connection, engagement: EngagementId, after: tuple[datetime, str] | None, at_most: int
) -> list[ListedScore]:
    """The progress scores of a team after one, oldest first."""
    rows = await conn.fetch(
        """
        SELECT event_id, scorer, score, scored_at FROM scores
        WHERE engagement = $1 AND ($2::timestamptz IS NULL OR (scored_at, event_id) > ($2, $3::text))
        ORDER BY scored_at, event_id LIMIT $4
        """,
        engagement,
        *(after or (None, None)),
        at_most,
    )
    return [ListedScore(**row) for row in rows]


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
