"""How Postgres finds what is asked of a large ledger: never by reading all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import asyncpg
import pytest

from records import effects, invitations
from records.database import Connection, Pool

AT = datetime(2026, 12, 1, tzinfo=UTC)
ENGAGEMENT = "sheffield.c1.P33"

# An academy of 2,000 engagements with 30 facts each, in which many follow from what it was told itself. Rows alone: the
# triggers that publish are left out, and no rule reads them.
SEED = """
SET session_replication_role = replica;
CREATE TEMPORARY TABLE seeded AS
    SELECT n, format('sheffield.c%s.P%s', n / 30, n) AS engagement, format('per_%s', n) AS person
    FROM generate_series(1, 2000) AS n;
INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
SELECT engagement, seq, format('%s.%s', engagement, seq),
       CASE WHEN seq = 1 THEN 'engagement_proposed' WHEN seq % 10 = 0 THEN 'correction' ELSE 'session_held' END,
       '2026-01-01Z'::timestamptz + make_interval(days => seq), '2026-02-01Z', 'coach',
       CASE WHEN seq % 10 = 0 THEN jsonb_build_object('corrects', format('%s.%s', engagement, seq - 1))
            WHEN seq = 7 THEN '{"caused_by": {"subject": "sheffield", "event_id": "closed-1"}}'
            ELSE jsonb_build_object('said', repeat('x', 200)) END, '{}'
FROM seeded, generate_series(1, 30) AS seq;
INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
SELECT 'sheffield.' || person, 1, person, 'person_known', '2026-01-01Z', '2026-01-01Z', 'service', '{}', '{}'
FROM seeded;
INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
VALUES ('sheffield', 1, 'opened', 'academy_opened', '2026-01-01Z', '2026-01-01Z', 'service', '{}', '{}');
INSERT INTO engagements (engagement, cohort, enrolment, microsystem, stage, phase, health, paused, coach_vacant,
                         no_progress, misses, turn, next_due, next_matter, next_act, next_rule, programme,
                         calendar, zone, course_start, changed_at)
SELECT engagement, format('sheffield.c%s', n / 30), engagement, 'ms_1', 'action', 'action', 'on_track', false, false,
       false, 0, 'coach', '2026-12-02Z', 'session', 'ask', 'session_asked', 'p', 'uk-2026-11', 'Europe/London',
       '2026-01-01', '2026-02-01Z'
FROM seeded;
INSERT INTO engagement_people (engagement, key, role, person, changed_at)
SELECT engagement, 'coach', 'coach', person, '2026-02-01Z' FROM seeded;
INSERT INTO people (person, academy, name, address, invitations, admitted_at, changed_at)
SELECT person, 'sheffield', person, person || '@example.org', n % 5 = 0, '2026-01-01Z', '2026-01-01Z' FROM seeded;
ANALYZE facts, engagements, engagement_people, people;
"""


@asynccontextmanager
async def explained(conn: asyncpg.Connection) -> AsyncIterator[list[str]]:
    """The plans of every statement, as Postgres carries it out."""
    plans: list[str] = []

    def heard(_: object, message: asyncpg.PostgresLogMessage) -> None:
        plans.append(f"{message.message}")

    await conn.execute(
        "LOAD 'auto_explain'; SET auto_explain.log_level = notice; SET auto_explain.log_min_duration = 0"
    )
    conn.add_log_listener(heard)
    yield plans
    conn.remove_log_listener(heard)


MORNING: dict[str, Callable[[Connection], Awaitable[object]]] = {
    "whom something may follow from": lambda conn: effects.sources(conn, "sheffield"),
    "what is open in an academy": lambda conn: effects.of_academy(conn, "sheffield"),
    "what is somebody's": lambda conn: effects.of_person(conn, "per_33"),
    "what many were told because of an academy": lambda conn: effects.held(conn, "sheffield"),
    "what nobody was told because of a person": lambda conn: effects.held(conn, "sheffield.per_33"),
    "which of these have begun": lambda conn: effects.of_subjects(conn, [ENGAGEMENT, "sheffield.c1.P34"]),
    "what somebody may be invited to": lambda conn: invitations.subjects(conn, "sheffield", AT),
    "who is invited to one": lambda conn: invitations.guests(conn, ENGAGEMENT),
    "whether more was recorded": lambda conn: invitations.is_over(conn, ENGAGEMENT, AT),
}


@pytest.fixture
async def large(database_url: str, pool: Pool) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database with a large ledger."""
    await pool.execute(SEED)
    conn = await asyncpg.connect(database_url)
    yield conn
    await conn.close()


async def test_the_morning_look_reads_no_whole_ledger(large: asyncpg.Connection) -> None:
    """Whatever an academy of 2,000 engagements looks up each morning, an index of the ledger leads to."""
    async with explained(large) as plans:
        for what, look in MORNING.items():
            plans.clear()
            # These facts say no more than what the database reads: the rules cannot take them in.
            with suppress(ValueError):
                await look(large)
            assert plans, what
            assert not [plan for plan in plans if "Seq Scan on facts" in plan], what
        await large.fetch("SELECT count(*) FROM facts WHERE answer <> '{}'")
        assert "Seq Scan on facts" in plans[-1], "what this looks for is found where it is"
