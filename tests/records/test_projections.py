"""Projections: changed rows only, and never a state the rules forbid."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, get_args

import asyncpg
import pytest

from records import projections
from records.database import Connection, Pool
from schemas import rows, words
from schemas.engagement_facts import CoachPart
from schemas.programme import Signer
from schemas.rows import TABLES, CohortRow, EngagementPersonRow, EnrolmentRow, Row, ScoreRow, SignOffRow, by_key
from schemas.words import CohortStage, EndReason, EnrolmentState, Health, Outcome, Phase, Role, Stage
from tests.records.telling import (
    COACH,
    COHORT,
    ENGAGEMENT,
    START,
    assignment,
    at,
    changes,
    engagement,
    fetched,
    pause,
    session,
)


@pytest.fixture
async def conn(pool: Pool) -> AsyncIterator[Connection]:
    """A connection to a database that knows the engagement."""
    async with pool.acquire() as connection:
        await projections.write(connection, ENGAGEMENT, START, *changes(engagement()))
        yield connection


async def _write(conn: Connection, *written: Row, gone: tuple[Row, ...] = (), subject: str = ENGAGEMENT) -> None:
    async with conn.transaction():
        await projections.write(conn, subject, at(1), *changes(*written, gone=gone))


def key(row: Row) -> str:
    """The key of a row."""
    ((_, found),) = by_key([row])
    return found


def test_every_kind_of_row_has_a_table() -> None:
    """No row the rules derive is left unwritten."""
    assert set(get_args(rows.Row)) == set(TABLES)


async def test_rows_come_back_as_they_were_written(conn: Connection) -> None:
    """Every column holds what the rules said."""
    row = session(1, Outcome.HELD, attendance=6, evaluation=8, chaired_by="team")
    await _write(conn, row, ScoreRow(event_id="s1", scorer="team", score=3.5, scored_at=at(1)))
    found = dict(await conn.fetchrow("SELECT * FROM sessions") or {})
    assert {name: found[name] for name in row._fields} == row._asdict()
    assert await conn.fetchval("SELECT score::float FROM scores") == 3.5


async def test_a_row_that_stands_already_is_not_written(conn: Connection) -> None:
    """Of twenty rows written again, only the changed one is touched."""
    await _write(conn, *(session(number) for number in range(20)))
    before = dict(await fetched(conn, "SELECT key, xmin::text FROM sessions"))
    await _write(conn, session(3, Outcome.HELD), *(session(number) for number in range(20) if number != 3))
    after = dict(await fetched(conn, "SELECT key, xmin::text FROM sessions"))
    assert [key for key in after if after[key] != before[key]] == [key(session(3))]


async def test_a_moved_session_keeps_its_row(conn: Connection) -> None:
    """A rescheduled session is still the session of its week."""
    await _write(conn, session(1))
    await _write(conn, session(1, day=at(9).date(), starts_at=at(9)))
    assert await fetched(conn, "SELECT day FROM sessions") == [(at(9).date(),)]


async def test_gone_rows_are_deleted(conn: Connection) -> None:
    """A correction can take a row away and write another in the same breath."""
    await _write(conn, session(1), session(2))
    await _write(conn, session(3), gone=(session(1),))
    assert await conn.fetchval("SELECT array_agg(key ORDER BY key) FROM sessions") == [key(session(2)), key(session(3))]


async def test_rows_belong_to_their_subject(conn: Connection) -> None:
    """Deleting a row of one engagement leaves the same row of another."""
    other = "sheffield.2026-autumn.P02"
    await _write(conn, engagement(engagement=other, enrolment=other), session(1), subject=other)
    await _write(conn, session(1))
    await _write(conn, gone=(session(1),))
    assert await fetched(conn, "SELECT engagement FROM sessions") == [(other,)]


@pytest.mark.parametrize("new_first", [True, False])
async def test_a_change_of_coach_may_come_in_any_order(conn: Connection, new_first: bool) -> None:
    """The old coach's row is closed and the new one's opened, whichever stands first."""
    await _write(conn, assignment(COACH, 0))
    both = [assignment("per_new", 5), assignment(COACH, 0, 5)]
    await _write(conn, *(both if new_first else reversed(both)))
    assert await conn.fetchval("SELECT person FROM coach_assignments WHERE until IS NULL") == "per_new"


async def test_there_is_one_main_coach_at_a_time(conn: Connection) -> None:
    """Two main coaches at once are refused, also in the past; a co-coach beside the main one is not."""
    await _write(conn, assignment(COACH, 0, 10), assignment("per_co", 0, part=CoachPart.CO))
    with pytest.raises(asyncpg.ExclusionViolationError):
        await _write(conn, assignment("per_new", 5))


async def test_pauses_never_overlap(conn: Connection) -> None:
    """One pause may follow another at once, but not begin inside it."""
    await _write(conn, pause(0, 10), pause(10, 12))
    with pytest.raises(asyncpg.ExclusionViolationError):
        await _write(conn, pause(11))


_SILENT: dict[str, Any] = {"turn": None, "next_due": None, "next_matter": None}


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (engagement(next_due=None), "engagements_never_silent"),
        (engagement(turn=None), "engagements_never_silent"),
        (engagement(ended_at=START, **_SILENT), "engagements_end_has_reason"),
        (session(1, Outcome.NOT_HELD), "sessions_not_held_for_a_reason"),
        (SignOffRow(document="agreement", role=Role.FACULTY, signed_at=START), "sign_offs_by_those_who_may"),
        (ScoreRow(event_id="s1", scorer="team", score=5.5, scored_at=START), "scores_on_the_scale"),
        (assignment(COACH, 5, 4), "coach_assignments_in_order"),
    ],
)
async def test_a_row_that_breaks_a_rule_is_refused(conn: Connection, row: Row, rule: str) -> None:
    """The database names the rule."""
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await _write(conn, row)
    assert refused.value.constraint_name == rule


async def test_readiness_is_signed_by_whoever_the_programme_names(conn: Connection) -> None:
    """The list of those who may stands in the programme alone."""
    signed = [SignOffRow(document="readiness", role=role, signed_at=START) for role in get_args(Signer)]
    await _write(conn, engagement(), *signed)
    assert await conn.fetchval("SELECT count(*) FROM sign_offs") == len(signed)


async def test_an_ended_engagement_may_be_silent(conn: Connection) -> None:
    """With a reason, nothing more need be due."""
    await _write(conn, engagement(stage=Stage.ENDED_EARLY, ended_at=START, end_reason=EndReason.SILENT, **_SILENT))


@pytest.mark.parametrize("stage", Stage)
async def test_the_database_knows_every_stage(conn: Connection, stage: Stage) -> None:
    """The schema's list of stages is the vocabulary's."""
    await _write(conn, engagement(stage=stage))


async def test_the_database_knows_every_word(conn: Connection) -> None:
    """The schema's other lists are the vocabulary's too."""
    for phase in Phase:
        await _write(conn, engagement(phase=phase))
    for health in Health:
        await _write(conn, engagement(health=health))
    for outcome in Outcome:
        await _write(conn, session(1, outcome, reason=words.NotHeldReason.STAFFING))
    for role in Role:
        await _write(conn, EngagementPersonRow(role=role, person=COACH))
    for stage in CohortStage:
        row = CohortRow(
            cohort=COHORT,
            academy="sheffield",
            stage=stage,
            course_start=START.date(),
            programme="sheffield-mca/1",
            calendar="uk-2026-11",
            zone="Europe/London",
            office=COACH,
        )
        await _write(conn, row, subject=COHORT)
    for state in EnrolmentState:
        await _write(conn, EnrolmentRow(enrolment=ENGAGEMENT, person=COACH, state=state), subject=COHORT)
