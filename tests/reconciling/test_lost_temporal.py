"""All of Temporal is lost, Postgres kept: ``mca reconcile`` alone makes the installation again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client
from typer.testing import CliRunner

from coaching_client import handles, schedules
from coaching_client.attributes import ACADEMY
from devstack.settings import External, Ports
from devstack.stack import Stack
from mca.main import app
from operations.context import EngineContext
from operations.intro_calendars import open_regularly
from operations.reconciling import reconcile
from process.connection import connect
from records import incidents
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.engagement_facts import CoachLeft
from schemas.incidents import IncidentKind
from schemas.roster import Contact
from tests.directories import own_directory
from tests.faults.waiting import eventually
from tests.workflows.courses import course
from tests.workflows.subjects import (
    COACH,
    PROGRAMME,
    TESTER,
    Academy,
    Engagement,
    now,
    one_more,
    settings_for,
)
from tests.workflows.test_cohorts import scheduled
from worker.main import engine
from worker.registration import register_search_attributes


@asynccontextmanager
async def bare_server(database_url: str) -> AsyncIterator[str]:
    """A new Temporal server, which knows nothing of us."""
    elsewhere = External(database_url=database_url, smtp_url="smtp://127.0.0.1:1")
    with own_directory() as directory:
        async with Stack(directory, Ports(temporal=0, ui=0, smtp=0), external=elsewhere, throwaway=True) as stack:
            assert stack.temporal_address is not None
            yield stack.temporal_address


async def test_one_command_makes_everything_again(database_url: str, pool: Pool) -> None:
    """All that keeps time, the weekly mail, schedules, search attributes, fairness keys; on a server that knew none."""
    settings = settings_for(database_url, one_more("lost"))
    async with bare_server(database_url) as address:
        client = await connect(address=address)
        async with engine(client, settings):
            town = Academy(client, pool, settings.task_queue, VirtualClocks(client))
            life, cohort, intro = await town.engagement(), await town.cohort(scheduled()), await course(town)
            await life.told(CoachLeft, now(), person=COACH)
            contact = Contact("Office", "office@example.org")
            await open_regularly(town.engine, TESTER, "sheffield", contact, PROGRAMME)
            await eventually(lambda: recorded(pool, 3))
    lives = [life.workflow_id, cohort.workflow_id, intro.workflow_id]
    async with bare_server(database_url) as address:
        environment = {"MCA_DATABASE_URL": database_url, "TEMPORAL_ADDRESS": address}
        environment["MCA_TASK_QUEUE"] = settings.task_queue
        said = await asyncio.to_thread(CliRunner(env=environment).invoke, app, ["reconcile"])
        assert said.exit_code == 0, said.output
        client = await connect(address=address)
        found = {kept.id: kept async for kept in client.list_workflows("ExecutionStatus = 'Running'")}
        assert found.keys() >= {*lives, handles.weekly_mail_id("sheffield")}
        assert {found[name].typed_search_attributes[ACADEMY] for name in lives} == {"sheffield"}
        described = (await client.get_workflow_handle(life.workflow_id).describe()).raw_description
        assert described.workflow_execution_info.priority.fairness_key == "sheffield"
        for schedule in ("intro-courses:sheffield", schedules.reconcile_schedule_id(settings.task_queue)):
            assert await schedules.hindrance(client, schedule) is None
        async with engine(client, settings):
            town = Academy(client, pool, settings.task_queue, VirtualClocks(client))
            again = Engagement(town, life.name, life.opening)
            await again.begun()
            assert (await again.state()).coach_vacant


async def recorded(pool: Pool, least: int) -> bool:
    """Whether so many subjects have begun and have something due."""
    return int(await pool.fetchval("SELECT count(DISTINCT subject) FROM due_items")) >= least


async def counted(client: Client, engagements: int) -> bool:
    """Whether so many engagements are there."""
    return (await client.count_workflows("WorkflowType = 'EngagementWorkflow'")).count == engagements


async def test_many_that_are_gone_at_once_are_one_incident(database_url: str, pool: Pool) -> None:
    """The operator hears of it once, not once a team."""
    settings = settings_for(database_url, one_more("lost"))
    async with bare_server(database_url) as address:
        client = await connect(address=address)
        async with engine(client, settings):
            town = Academy(client, pool, settings.task_queue, VirtualClocks(client))
            await asyncio.gather(*(town.engagement() for _ in range(27)))
    async with bare_server(database_url) as address:
        client = await connect(address=address)
        await register_search_attributes(client)
        await reconcile(EngineContext(client, pool, settings.task_queue), now())
        await eventually(lambda: counted(client, 27))
    async with pool.acquire() as conn:
        kinds = [kept.finding.kind for kept in await incidents.latest(conn, 50)]
    assert kinds == [IncidentKind.MANY_NOT_RUNNING]
