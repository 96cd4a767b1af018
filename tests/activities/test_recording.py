"""Recording as an activity: what is retried, what is final, and what a failure may say."""

from __future__ import annotations

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.recording import RecordActivities
from activities.signatures import Load, ReadCoaching
from benchmarks.made_up import known
from devstack.postgres import Postgres
from records.database import Pool, connect, migrate
from schemas.cohort_facts import Coaching
from tests.records.telling import COHORT, ENGAGEMENT, OPENING, RECORDED, asking, defined


async def test_a_fact_is_recorded_and_loaded(pool: Pool) -> None:
    """The activities hand on what the records say."""
    activities, environment = RecordActivities(pool), ActivityEnvironment()
    await known(pool, ENGAGEMENT, OPENING)
    recorded = await environment.run(activities.record, asking(OPENING, 0))
    ledger = await environment.run(activities.load, Load(subject=ENGAGEMENT, at=RECORDED))
    coaching = await environment.run(activities.read_coaching, ReadCoaching(cohort=COHORT, enrolments=(ENGAGEMENT,)))
    assert recorded.ledger == 1
    assert ledger.facts == (OPENING,)
    assert coaching.coaching == (Coaching(enrolment=ENGAGEMENT),)


async def test_different_content_is_final(pool: Pool) -> None:
    """Telling it a hundred times would not make it right."""
    activities, environment = RecordActivities(pool), ActivityEnvironment()
    await known(pool, ENGAGEMENT, OPENING)
    await environment.run(activities.record, asking(OPENING, 0))
    with pytest.raises(ApplicationError) as failure:
        await environment.run(activities.record, asking(OPENING.model_copy(update={"calendar": "uk-2025-12"}), 1))
    assert (failure.value.type, failure.value.non_retryable) == ("DifferentContent", True)


async def test_a_broken_rule_is_final_and_quotes_no_row(pool: Pool) -> None:
    """The failure names the constraint, and nothing that Postgres quotes."""
    await pool.execute("ALTER TABLE engagements ADD CONSTRAINT engagements_impossible CHECK (stage <> 'proposed')")
    activities, environment = RecordActivities(pool), ActivityEnvironment()
    await known(pool, ENGAGEMENT, OPENING)
    with pytest.raises(ApplicationError) as failure:
        await environment.run(activities.record, asking(OPENING, 0))
    assert (failure.value.type, failure.value.non_retryable) == ("RuleBroken", True)
    assert str(failure.value) == "RuleBroken: the records refuse it: engagements_impossible"
    assert failure.value.__cause__ is None
    assert await pool.fetchval("SELECT count(*) FROM facts") == 0


async def test_an_outage_is_left_to_be_retried(own_postgres: Postgres) -> None:
    """While Postgres is away every attempt fails as temporary; when it is back the same request is recorded once."""
    await migrate(own_postgres.url)
    pool = await connect(own_postgres.url)
    activities, environment = RecordActivities(pool), ActivityEnvironment()
    await known(pool, ENGAGEMENT, OPENING)
    first = await environment.run(activities.record, asking(OPENING, 0))
    await own_postgres.server.stop()
    for _ in range(2):
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await environment.run(activities.record, asking(defined(1), 1))
    await own_postgres.start()
    assert await environment.run(activities.record, asking(OPENING, 0)) == first
    assert (await environment.run(activities.record, asking(defined(1), 1))).ledger == 2
    await pool.close()
