"""``mca retention``: what is kept too long is shown first, and goes when somebody says so."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mca.retention import app
from operations import retention
from records import projections
from records import retention as retention_records
from records.database import Pool
from schemas.retention import KEPT_MONTHS, BadPeriodError, periods
from schemas.rows import by_key
from tests.records.everything import PERSON, fill
from tests.records.telling import ENGAGEMENT, at, engagement
from tests.workflows.subjects import temporal_server

LATER = at(365 * 10)
PARTS = ("engagement_people", "coach_assignments", "enrolments", "bookings", "academy_people")


@pytest.fixture(autouse=True)
async def filled(pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Somebody of whom every table says something, last in October 2026."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    await fill(pool)


async def run(*given: str) -> Result:
    """``mca retention``."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(given))


async def due(pool: Pool, by: datetime) -> dict[str, list[str]]:
    """The ids of what is kept too long by a moment, by kind."""
    async with pool.acquire() as conn:
        return {kind: [one.id for one in each] for kind, each in (await retention.over(conn, KEPT_MONTHS, by)).items()}


async def test_each_kind_goes_after_its_own_months(pool: Pool) -> None:
    """Counted from the last use; nothing is due the day before."""
    assert await due(pool, at(1) + timedelta(days=150)) == {kind: [] for kind in KEPT_MONTHS}
    found = await due(pool, LATER)
    assert {kind: len(ids) for kind, ids in found.items()} == {
        "people": 0, "notes": 2, "feedback": 1, "events": 1, "snoozes": 1, "sign_ins": 1, "audit": 1
    }  # fmt: skip


async def test_whoever_has_a_part_in_something_open_is_kept(pool: Pool) -> None:
    """And erased some years after the last of it; a part in an office is one too."""
    assert (await due(pool, LATER))["people"] == []
    for table in PARTS:
        await pool.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables
    assert (await due(pool, LATER))["people"] == [PERSON]
    assert (await due(pool, at(365 * 5)))["people"] == []


@pytest.mark.parametrize(
    ("kind", "part"), [("enrolment_accepted", "faculty"), ("enrolment_accepted", "sponsor"), ("role_changed", "person")]
)
async def test_whoever_an_open_cohort_needs_is_kept(pool: Pool, kind: str, part: str) -> None:
    """By its facts alone: the teams that they will supervise or sponsor need not have begun."""
    for table in PARTS:
        await pool.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute(
            "INSERT INTO facts SELECT 'sheffield.c', 1, 'theirs', $1, $2, $2, 'office', NULL, $3::jsonb, '{}'",
            kind,
            at(1),
            {part: PERSON},
        )
    assert (await due(pool, LATER))["people"] == []


@pytest.mark.parametrize("kind", [kind for kind in KEPT_MONTHS if kind != "people"])
async def test_nothing_is_due_a_day_before_its_months_are_over(pool: Pool, kind: str) -> None:
    """Of each kind by its own: the same records are due a day after."""
    async with pool.acquire() as conn:
        latest = max(one.until for one in await retention_records.kept_until(conn, kind, KEPT_MONTHS[kind], LATER))
    over = (await due(pool, latest + timedelta(days=1)))[kind]
    assert len(over) > len((await due(pool, latest - timedelta(days=1)))[kind])
    assert latest >= at(1) + timedelta(days=28 * KEPT_MONTHS[kind])


async def test_a_relapse_brings_notes_back_into_use(pool: Pool) -> None:
    """While a team is coached its notes stay, however old they are."""
    ended = {"ended_at": at(100), "end_reason": "team_merged"}
    async with pool.acquire() as conn:
        for said, kept in ((ended, ["told"]), ({}, [])):
            rows = by_key([engagement(**said)])
            await conn.execute("DELETE FROM engagements")
            await projections.write(conn, ENGAGEMENT, at(100), {}, rows)
            await conn.execute("UPDATE notes SET subject = $1 WHERE event_id = 'told'", ENGAGEMENT)
            assert [one for one in (await due(pool, at(365 * 9)))["notes"] if one == "told"] == kept


async def test_it_is_shown_before_it_acts(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --dry-run, and without an answer, nothing goes; each kind can be listed."""
    monkeypatch.setattr("mca.reach.now", lambda: LATER)
    assert "told" in (await run("show", "notes")).output
    shown = await run("show")
    assert shown.exit_code == 0, shown.output
    assert all(kind in shown.output for kind in KEPT_MONTHS)
    for given in (("apply", "--dry-run"), ("apply",)):
        assert "Comments on Introduction courses" in (await run(*given)).output
    assert await pool.fetchval("SELECT count(*) FROM notes") == 2


async def test_what_an_academy_set_is_shown_alone(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its own records; a kind that it set nothing for is kept."""
    monkeypatch.setattr("mca.reach.now", lambda: LATER)
    async with pool.acquire() as conn:
        await retention_records.choose(conn, "sheffield", {"feedback": 12}, at(1), "person:per_office")
    shown = await run("show", "--academy", "sheffield")
    assert ("feedback" in shown.output, "notes" in shown.output) == (True, False)
    assert "feedback" not in (await run("show", "--academy", "leeds")).output
    refused = await run("show", "notes", "--academy", "leeds")
    assert (refused.exit_code, "leeds keeps everything" in refused.output) == (2, True)


async def test_what_is_kept_too_long_is_deleted_and_what_fails_is_named(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --yes: words go and scores stay; nobody whose teams don't hear of it is erased, and the rest is."""
    monkeypatch.setattr("mca.reach.now", lambda: LATER)
    monkeypatch.setattr("mca.reach.RECORDED_WITHIN", timedelta(milliseconds=200))
    for table in PARTS:
        await pool.execute(f"DELETE FROM {table}")  # noqa: S608 - our own tables
    ledger = await pool.fetch("SELECT * FROM facts ORDER BY subject, seq")
    async with temporal_server() as address:
        monkeypatch.setenv("TEMPORAL_ADDRESS", address)
        done = await run("apply", "--yes")
    assert done.exit_code == 1, done.output
    # Seven that were there, and what the audit says of the attempt to erase.
    assert "8 records deleted, blanked or erased" in done.output
    assert f"couldn't be erased: {PERSON}" in " ".join(done.output.split())
    row = await pool.fetchrow(
        """
        SELECT (SELECT count(*) FROM notes) AS notes, (SELECT count(*) FROM snoozes) AS snoozes,
               (SELECT count(*) FROM sign_ins) AS sign_ins, (SELECT received::text FROM arrivals) AS received,
               (SELECT comment FROM feedback) AS comment, (SELECT useful FROM feedback) AS score
        """
    )
    assert row is not None
    assert dict(row) == {
        "notes": 0, "snoozes": 0, "sign_ins": 0, "received": "{}", "comment": None, "score": 5,
    }  # fmt: skip
    assert await pool.fetch("SELECT * FROM facts ORDER BY subject, seq") == ledger
    assert await pool.fetchval("SELECT name IS NOT NULL FROM people WHERE person = $1", PERSON)


async def test_a_period_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the kinds there are; what is left out keeps its own."""
    assert periods("notes=12") == {**KEPT_MONTHS, "notes": 12}
    with pytest.raises(BadPeriodError, match="people, notes, feedback"):
        periods("facts=12")
    monkeypatch.setenv("MCA_RETENTION", "notes=0")
    refused = await run("show")
    assert (refused.exit_code, "MCA_RETENTION" in refused.output) == (2, True)
