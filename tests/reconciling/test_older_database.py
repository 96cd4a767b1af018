"""Postgres is restored to an older state than Temporal's: what workflows know is recorded again from them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest

from operations.erasing import erase
from operations.reconciling import reconcile
from records import admitting, incidents, reconciliations
from records.admitting import Person, Roster
from records.database import Pool
from schemas.engagement_facts import CoachLeft, EndedEarly, People
from schemas.improvement_facts import MeasureDefined
from schemas.incidents import IncidentKind
from schemas.words import EndReason
from tests.faults.waiting import eventually
from tests.workflows.subjects import COACH, FACULTY, LEAD, SPONSOR, TESTER, Academy, Engagement, now, one_more


@dataclass
class Backup:
    """A copy of the test's database, and the way back to it."""

    url: str
    name: str

    async def take(self) -> None:
        """Copy the database as it is."""
        await self._copy(self.name, f"{self.name}_old")

    async def restore(self) -> None:
        """Put the copy in its place, under the feet of whoever is connected."""
        await self._copy(f"{self.name}_old", self.name)

    async def _copy(self, source: str, target: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            while True:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1)", [source, target]
                )
                try:
                    await connection.execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
                    await connection.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
                except asyncpg.ObjectInUseError:
                    continue
                return
        finally:
            await connection.close()


@pytest.fixture
async def backup(database_url: str) -> AsyncIterator[Backup]:
    """Backups of this test's database."""
    name = urlsplit(database_url).path.removeprefix("/")
    made = Backup(database_url.replace(f"/{name}", "/postgres"), name)
    yield made
    connection = await asyncpg.connect(made.url)
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}_old" WITH (FORCE)')
    await connection.close()


async def notices(pool: Pool, life: Engagement) -> list[tuple[str, str]]:
    """Its notices by item and person, with whether they still wait."""
    rows = await pool.fetch(
        """
        SELECT concat_ws('/', matter, "window", step, person) AS item, status = 'waiting' AND NOT gathered AS waits
        FROM notices WHERE subject = $1 ORDER BY item
        """,
        life.name,
    )
    return [(row["item"], row["waits"]) for row in rows]


async def asked_since(life: Engagement) -> None:
    """Let weeks go by in which it asks and reminds."""
    await life.advance(await life.clock() + timedelta(days=45))
    await eventually(life.agrees)


async def _listed(life: Engagement) -> bool:
    query = f"WorkflowId = '{life.workflow_id}' AND ExecutionStatus = 'Running'"
    return (await life.academy.client.count_workflows(query)).count == 1


async def _noted(academy: Academy) -> bool:
    async with academy.engine.connection() as conn:
        return await reconciliations.last(conn) is not None


async def test_the_next_look_records_again_what_workflows_know(academy: Academy, backup: Backup) -> None:
    """Facts and items with their first ids and times; nobody is asked twice; one incident names the window."""
    life = await academy.engagement()
    await eventually(lambda: _noted(academy))
    before = now() + timedelta(minutes=1)
    assert (await reconcile(academy.engine, before)).findings == ()
    await backup.take()
    left = life.says(CoachLeft, await life.clock(), person=COACH)
    answer = await life.tell(left)
    await asked_since(life)
    later = await academy.engagement()
    await eventually(lambda: _listed(later))
    ledger, done, told = await life.recorded(), await life.done(), await notices(academy.pool, life)
    assert done
    await backup.restore()
    assert await life.recorded() == ledger[:1]
    assert await later.recorded() == []
    last = before + timedelta(minutes=5)
    await reconcile(academy.engine, last + timedelta(minutes=5), last)
    assert await life.recorded() == ledger
    assert await life.done() == done
    assert await notices(academy.pool, life) == told
    assert await later.recorded() == [later.opening.event_id]
    assert (await life.tell(left)).event_id == answer.event_id
    assert await life.agrees()
    async with academy.engine.connection() as conn:
        (kept,) = await incidents.open_of(conn)
        mended = {found.finding.subject: found.finding.facts for found in await incidents.untold(conn)}
    assert mended[life.name] == {"facts": "1", "items": str(len(done))}
    assert kept.finding.kind is IncidentKind.RECORDS_LOST
    assert kept.finding.facts == {"from": before.isoformat(), "to": last.isoformat()}
    await asked_since(life)
    assert set(await life.done()) > set(done)


async def test_what_has_ended_since_is_recorded_again_too(academy: Academy, backup: Backup) -> None:
    """A closed workflow still answers: an end, or leave that was agreed, is not lost, and nothing runs again."""
    life = await academy.engagement()
    await eventually(lambda: _noted(academy))
    before = now() + timedelta(seconds=1)
    await reconcile(academy.engine, before)
    await backup.take()
    await life.told(EndedEarly, await life.clock(), reason=EndReason.SILENT)
    await life.ended()
    await eventually(lambda: _closed(life))
    await backup.restore()
    await reconcile(academy.engine, before + timedelta(minutes=6), before + timedelta(minutes=5))
    assert len(await life.recorded()) == 2
    assert not await _listed(life)
    assert (
        await academy.pool.fetchval("SELECT ended_at FROM engagements WHERE engagement = $1", life.name)
    ) is not None


async def _closed(life: Engagement) -> bool:
    query = f"WorkflowId = '{life.workflow_id}' AND ExecutionStatus = 'Completed'"
    return (await life.academy.client.count_workflows(query)).count == 1


async def test_a_workflow_that_is_told_something_finds_out_by_itself(academy: Academy, backup: Backup) -> None:
    """The fact is recorded, after those that were lost; a repeat of a lost one gets its answer."""
    life = await academy.engagement()
    await backup.take()
    left = life.says(CoachLeft, now(), person=COACH)
    await life.tell(left)
    await backup.restore()
    told = await life.told(MeasureDefined, measure=one_more("m"), better="lower")
    assert told.standing.coach_vacant
    assert (await life.recorded())[:2] == [life.opening.event_id, left.event_id]
    assert len(await life.recorded()) == 3
    assert (await life.tell(left)).standing.coach_vacant


async def test_what_falls_due_then_is_carried_out(academy: Academy, backup: Backup) -> None:
    """Not before the records know again what it follows from."""
    life = await academy.engagement()
    await backup.take()
    await life.told(CoachLeft, await life.clock(), person=COACH)
    await backup.restore()
    await asked_since(life)
    assert len(await life.recorded()) == 2
    assert await life.done()


async def test_whoever_was_erased_meanwhile_is_to_be_erased_again(academy: Academy, backup: Backup) -> None:
    """The restored database has their name; their team still knows that they left."""
    async with academy.pool.acquire() as conn:
        admitted = await admitting.admit(
            conn, "sheffield", now(), Roster((Person("Anna Example", "anna@example.org"),))
        )
    anna = admitted.people["anna@example.org"]
    life = await academy.engagement(people=People(coach=anna, faculty=FACULTY, sponsor=SPONSOR, team_lead=LEAD))
    await eventually(lambda: _noted(academy))
    await eventually(lambda: _listed(life))
    await backup.take()
    await erase(academy.engine, TESTER, anna, now())
    await backup.restore()
    last = now() + timedelta(minutes=5)
    await reconcile(academy.engine, last + timedelta(minutes=5), last)
    async with academy.engine.connection() as conn:
        found = [kept.finding for kept in await incidents.open_of(conn)]
    assert [each.key for each in found if each.kind is IncidentKind.ERASURE_UNDONE] == [anna]
