"""Recording as an activity: what is retried, what is final, and what a failure may say."""

from __future__ import annotations

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.recording import RecordActivities
from activities.signatures import Load, ReadCoaching
from devstack.postgres import Postgres
from records.database import Pool, connect, migrate
from schemas.cohort_facts import Coaching
from schemas.rows import Row
from tests.records.telling import COHORT, ENGAGEMENT, assignment, engagement, held, told


async def test_a_fact_is_recorded_and_loaded(pool: Pool) -> None:
    """The activities hand on what the records say."""
    activities, environment = RecordActivities(pool), ActivityEnvironment()
    recorded = await environment.run(activities.record, told(held(1), 0, engagement()))
    ledger = await environment.run(activities.load, Load(subject=ENGAGEMENT))
    coaching = await environment.run(activities.read_coaching, ReadCoaching(cohort=COHORT, enrolments=(ENGAGEMENT,)))
    assert recorded.ledger == 1
    assert ledger.facts == (held(1),)
    assert coaching.coaching == (Coaching(enrolment=ENGAGEMENT),)


async def test_different_content_is_final(pool: Pool) -> None:
    """Telling it a hundred times would not make it right."""
    activities, environment = RecordActivities(pool), ActivityEnvironment()
    await environment.run(activities.record, told(held(1), 0))
    with pytest.raises(ApplicationError) as failure:
        await environment.run(activities.record, told(held(1, attendance=3), 1))
    assert (failure.value.type, failure.value.non_retryable) == ("DifferentContent", True)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (engagement(next_due=None), "engagements_never_silent"),
        (assignment("per_new", 5), "coach_assignments_one_main"),
    ],
)
async def test_a_broken_rule_is_final_and_quotes_no_row(pool: Pool, row: Row, rule: str) -> None:
    """The failure names the constraint, judged at once or at the end, and nothing that Postgres quotes."""
    activities, environment = RecordActivities(pool), ActivityEnvironment()
    await environment.run(activities.record, told(held(1), 0, engagement(), assignment("per_old", 0)))
    with pytest.raises(ApplicationError) as failure:
        await environment.run(activities.record, told(held(2), 1, row))
    assert (failure.value.type, failure.value.non_retryable) == ("RuleBroken", True)
    assert str(failure.value) == f"RuleBroken: the records refuse it: {rule}"
    assert failure.value.__cause__ is None


async def test_an_outage_is_left_to_be_retried(own_postgres: Postgres) -> None:
    """While Postgres is away every attempt fails as temporary; when it is back the same request is recorded once."""
    await migrate(own_postgres.url)
    pool = await connect(own_postgres.url)
    activities, environment = RecordActivities(pool), ActivityEnvironment()
    first = await environment.run(activities.record, told(held(1), 0, engagement()))
    await own_postgres.server.stop()
    for _ in range(2):
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await environment.run(activities.record, told(held(2), 1))
    await own_postgres.start()
    assert await environment.run(activities.record, told(held(1), 0, engagement())) == first
    assert (await environment.run(activities.record, told(held(2), 1))).ledger == 2
    await pool.close()
