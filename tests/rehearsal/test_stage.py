"""What a rehearsal needs before it starts anything, and how it learns what people were asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from records import notices
from records.database import Pool
from rehearsal.asking import Questions
from rehearsal.clocks import NoTimeSkippingError
from rehearsal.driver import rehearse
from rehearsal.script import CourseStartTooEarlyError, Script, alone, earliest_course_start
from schemas.due import Notice
from schemas.programme_file import shipped_programme
from schemas.roster import Contact
from schemas.roster_check import check_roster
from schemas.words import Act, Matter, Role
from tests.dev_server import dev_server

EXAMPLE = Path(__file__).parents[2] / "examples" / "roster-2026-autumn.csv"
COHORT = "sheffield.2027-spring"
ISSUED = datetime(2027, 3, 1, 8, tzinfo=UTC)


def script(weeks_from_the_earliest: int) -> Script:
    """The example cohort."""
    roster = check_roster(EXAMPLE.read_bytes()).roster
    assert roster is not None
    start = earliest_course_start(datetime.now(UTC).date()) + timedelta(weeks=weeks_from_the_earliest)
    office = Contact("Programme office", "office@example.org")
    return Script("sheffield", COHORT, roster, start, shipped_programme(), office)


async def test_server_without_virtual_clocks_is_refused_before_anything_is_started(pool: Pool) -> None:
    """Nobody is admitted and no workflow runs: it would live by the wall clock."""
    async with await dev_server(dev_server_log_level="never") as plain:
        with pytest.raises(NoTimeSkippingError, match="WorkflowTimeSkippingEnabled"):
            await rehearse(alone(script(1)), client=plain.client, pool=pool, task_queue="try", now=datetime.now(UTC))

        assert [run async for run in plain.client.list_workflows()] == []
    assert await pool.fetchval("SELECT count(*) FROM people") == 0


async def test_course_start_is_judged_before_anything_is_started(pool: Pool) -> None:
    """Not even the server is asked."""
    with pytest.raises(CourseStartTooEarlyError):
        await rehearse(
            alone(script(-1)),
            client=None,  # type: ignore[arg-type]  # it is not reached
            pool=pool,
            task_queue="try",
            now=datetime.now(UTC),
        )


def notice(matter: Matter, step: int = 0) -> Notice:
    """Something the office is told."""
    return Notice(
        person="sheffield.office",
        role=Role.OFFICE,
        act=Act.ASK,
        matter=matter,
        window="confirmed",
        step=step,
        turn=Role.OFFICE,
        reason="confirmation_owed",
    )


async def test_every_notice_is_seen_once_and_session_asks_are_left_out(pool: Pool) -> None:
    """Also one that was issued behind the others; people expect to be asked about their session anyway."""
    questions = Questions(pool, COHORT)
    async with pool.acquire() as conn:
        await notices.issue(conn, COHORT, ISSUED, [notice(Matter.COHORT_CONFIRMATION), notice(Matter.SESSION)])
        await notices.issue(conn, "sheffield.another", ISSUED, [notice(Matter.COHORT_CONFIRMATION)])

    first = await questions.new()
    async with pool.acquire() as conn:
        await notices.issue(conn, COHORT, ISSUED - timedelta(days=5), [notice(Matter.COHORT_CONFIRMATION, step=1)])
    second = await questions.new()

    assert [(asked.subject, asked.matter, asked.step) for asked in first] == [(COHORT, Matter.COHORT_CONFIRMATION, 0)]
    assert [asked.step for asked in second] == [1]
    assert await questions.new() == []
