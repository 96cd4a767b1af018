"""What was lived without servers is written as a past: records agree, and workflows go on from there."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import date, timedelta
from pathlib import Path

from typer.testing import CliRunner

from mca.main import app
from process.connection import connect
from records import ledger
from records.database import Pool
from records.subjects import verify
from rehearsal.report import Report
from schemas.subjects import ENGAGEMENT, workflow_id
from tests.reconciling.test_lost_temporal import bare_server
from tests.rehearsal.test_driver import EXAMPLE, roster
from tests.workflows.subjects import now, one_more, settings_for
from worker.main import engine


async def lived(database_url: str, directory: Path, *options: str) -> Report:
    """Three participants' past that ends now, or another, as the command writes it."""
    roster(directory, "P01", "P12", "P26")
    written = directory / "report.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mca.main", "rehearse", str(directory / "roster.csv"), "--pure"),
        *("--into", "york", "--report", str(written), *options),
        env=os.environ | {"MCA_DATABASE_URL": database_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return Report.model_validate_json(written.read_bytes())


async def subjects(pool: Pool) -> list[str]:
    """All that has a ledger."""
    return [row["subject"] for row in await pool.fetch("SELECT DISTINCT subject FROM facts ORDER BY subject")]


async def test_a_past_that_was_lived_stands_in_the_records(database_url: str, pool: Pool, tmp_path: Path) -> None:
    """Projections are what the ledger gives; every notice is accounted for, and everybody has a name."""
    report = await lived(database_url, tmp_path, "--months", "9")

    assert len(await subjects(pool)) == 1 + len(report.engagements)
    async with pool.acquire() as conn:
        assert [await verify(conn, name) for name in await subjects(pool)] == [[]] * (1 + len(report.engagements))
    issued = sum(sum(line.notices.values()) for line in report.engagements)
    assert await pool.fetchval("SELECT count(*) FROM notices WHERE subject LIKE 'york.%.%'") == issued
    unknown = "SELECT count(*) FROM notices LEFT JOIN people USING (person) WHERE name IS NULL AND role <> 'deputy'"
    assert await pool.fetchval(unknown) == 0
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE recorded_at > $1", now()) == 0
    assert await pool.fetchval("SELECT max(recorded_at) FROM facts") > now() - timedelta(days=8)


async def test_a_past_is_added_to_another(database_url: str, pool: Pool, tmp_path: Path) -> None:
    """A second cohort of the same academy has an id of its own; people who are known keep theirs."""
    for _ in range(2):
        await lived(database_url, tmp_path, "--months", "2", "--ends", "2026-06-01")

    cohorts = await pool.fetch("SELECT cohort, course_start FROM cohorts ORDER BY cohort")
    assert [(row["cohort"], row["course_start"]) for row in cohorts] == [
        ("york.2026-spring", date(2026, 4, 6)),
        ("york.2026-spring-2", date(2026, 4, 6)),
    ]
    assert await pool.fetchval("SELECT count(*) FROM people WHERE address = 'office@example.org'") == 1


async def test_a_years_past_is_written_with_its_courses(database_url: str, pool: Pool, tmp_path: Path) -> None:
    """Bookings, feedback and courses' texts too."""
    report = await lived(database_url, tmp_path, "--year", str(EXAMPLE.with_name("intro-course-bookings.csv")))

    async with pool.acquire() as conn:
        assert [name for name in await subjects(pool) if await verify(conn, name)] == []
    assert await pool.fetchval("SELECT count(*) FROM bookings") == sum(
        sum(course.bookings.values()) for course in report.introductions
    )
    told = sum(course.feedback for course in report.introductions)
    assert await pool.fetchval("SELECT count(*) FROM feedback") >= told > 0


async def test_workflows_start_from_a_past(database_url: str, pool: Pool, tmp_path: Path) -> None:
    """One comparison starts them; they know the ledger, and go on where it ends."""
    settings = settings_for(database_url, one_more("past"))
    await lived(database_url, tmp_path, "--months", "6")
    async with bare_server(database_url) as address:
        environment = {"MCA_DATABASE_URL": database_url, "TEMPORAL_ADDRESS": address}
        environment["MCA_TASK_QUEUE"] = settings.task_queue
        said = await asyncio.to_thread(CliRunner(env=environment).invoke, app, ["reconcile"])
        assert said.exit_code == 0, said.output
        name = (await subjects(pool))[1]
        client = await connect(address=address)
        async with engine(client, settings):
            workflow = client.get_workflow_handle(workflow_id(ENGAGEMENT, name))
            await workflow.execute_update("catch_up")
            known = await workflow.query("known")
    async with pool.acquire() as conn:
        kept = await ledger.load(conn, name)
        assert [fact["event_id"] for fact in known["facts"]] == [fact.event_id for fact in kept.facts]
        assert known["done"].keys() == kept.done.keys()
        assert [name for name in await subjects(pool) if await verify(conn, name)] == []
