"""What is published: every fact and every change, once, in the transaction that records it, in order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from operations.event_types import Ask
from records import deliveries, events, projections, subscriptions, worklist
from records.database import Pool
from records.errors import DifferentContent
from records.subscriptions import Wish
from schemas.rows import CohortRow, QuestionRow
from schemas.words import CohortStage, Health, Matter, Phase, RampStep, Role
from tests.faults.waiting import eventually, somebody_waits
from tests.records.telling import COHORT, ENGAGEMENT, RECORDED, at, changes, engagement, fetched, held, record, told

TYPES = "SELECT type FROM events ORDER BY number"


async def subscribed(pool: Pool, name: str, *types: str, within: str | None = None) -> None:
    """Somebody is sent events."""
    async with pool.acquire() as conn:
        wish = Wish(name, "https://example.org/hook", types, within)
        assert await subscriptions.create(conn, wish, "whsec_c2VjcmV0", at(0), "key_1")


async def written(pool: Pool, day: int, **changed: Any) -> None:
    """The engagement's row is written as of a day."""
    async with pool.acquire() as conn:
        await projections.write(conn, ENGAGEMENT, at(day), *changes(engagement(**changed)))


async def test_a_fact_is_published_with_all_it_says(pool: Pool) -> None:
    """The event has the fact's id, subject, times and body; a repeat publishes nothing."""
    async with pool.acquire() as conn:
        for _ in range(2):
            await record(conn, told(held(1, attendance=7), 0))
    row = await pool.fetchrow("SELECT * FROM events")
    assert row is not None
    assert (row["id"], row["type"], row["subject"]) == ("held-1", "fact.session_held", ENGAGEMENT)
    assert (row["occurred_at"], row["recorded_at"]) == (at(7), RECORDED)
    assert row["data"] == held(1, attendance=7).model_dump(mode="json")
    assert await pool.fetchval("SELECT count(*) FROM events") == 1


async def test_a_fact_and_its_event_are_one_transaction(pool: Pool) -> None:
    """What is rolled back was never published, nor sent to anybody."""
    await subscribed(pool, "dashboard")
    async with pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await record(conn, told(held(1), 0, engagement()))
        assert await conn.fetchval("SELECT count(*) FROM deliveries") == 1
        await transaction.rollback()
    assert await fetched(pool, "SELECT 1 FROM facts UNION ALL SELECT 2 FROM events") == []
    assert await fetched(pool, "SELECT 1 FROM deliveries") == []


async def test_a_fact_that_is_refused_publishes_nothing(pool: Pool) -> None:
    """The same id with other content, and a fact that comes too late, leave no event."""
    async with pool.acquire() as conn:
        await record(conn, told(held(1), 0))
        with pytest.raises(DifferentContent):
            await record(conn, told(held(1, attendance=9), 1))
        assert (await record(conn, told(held(2), 0))).answer is None
    assert await fetched(pool, "SELECT id FROM events") == [("held-1",)]


async def test_changes_are_published_once_behind_the_fact_that_made_them(pool: Pool) -> None:
    """Phase, health and step, each with what it was; what stays, and what else changes, is not published."""
    await written(pool, 0, phase=Phase.PRE_PHASE)
    async with pool.acquire() as conn:
        now = engagement(phase=Phase.ACTION, health=Health.AT_RISK, ramp_step=RampStep.THEME)
        await record(conn, told(held(1), 0, now))
        await record(conn, told(held(1), 0, now))
        await projections.write(conn, ENGAGEMENT, at(8), *changes(now))
        await projections.write(conn, ENGAGEMENT, at(9), *changes(now._replace(paused=True)))
    rows = await fetched(pool, "SELECT type, data, occurred_at FROM events ORDER BY number")
    assert rows[0][0] == "fact.session_held"
    assert {(kind, said["from"], said["to"], when) for kind, said, when in rows[1:]} == {
        ("changed.phase", "pre_phase", "action", RECORDED),
        ("changed.health", "on_track", "at_risk", RECORDED),
        ("changed.ramp_step", None, "theme", RECORDED),
    }
    assert len(rows) == 4


async def test_a_change_by_time_alone_is_published(pool: Pool) -> None:
    """Nobody tells that a team is at risk; it is published when the engine writes it."""
    await written(pool, 0)
    await written(pool, 14, health=Health.AT_RISK)
    await written(pool, 21, health=Health.ON_TRACK)
    assert await fetched(pool, "SELECT type, data->>'to', occurred_at FROM events ORDER BY number") == [
        ("changed.health", "at_risk", at(14)),
        ("changed.health", "on_track", at(21)),
    ]


async def test_what_happens_to_an_ask_is_published(pool: Pool) -> None:
    """It falls due, is chased, is somebody else's turn, escalates, is answered; or nobody answered before it closed."""
    asked = QuestionRow(
        matter=Matter.SESSION, window="2026-10-12", step=0, turn=Role.COACH, loss=1, since=at(1), rule="session_asked",
        parameter="sessions.asked_after_minutes = 60", person="per_one", closes_at=at(30),
    )  # fmt: skip
    steps = [
        asked, asked._replace(step=1), asked._replace(step=1, owed_by=at(9)), asked._replace(step=1, person="per_two"),
        asked._replace(step=2, turn=Role.FACULTY, person="per_three"),
    ]  # fmt: skip
    async with pool.acquire() as conn:
        for days, now in enumerate(steps, 2):
            await projections.write(conn, ENGAGEMENT, at(days), *changes(now))
        key = ("open_questions", "session/2026-10-12")
        await projections.write(conn, ENGAGEMENT, at(8), {key: None}, {})
        await projections.write(conn, ENGAGEMENT, at(31), *changes(asked))
        await projections.write(conn, ENGAGEMENT, at(32), {key: None}, {})
    found = await fetched(
        pool, "SELECT type, data->>'turn', data->>'person', data->>'step' FROM events ORDER BY number"
    )
    assert found == [
        ("ask.due", "coach", "per_one", "0"),
        ("ask.chased", "coach", "per_one", "1"),
        ("ask.turn_changed", "coach", "per_two", "1"),
        ("ask.escalated", "faculty", "per_three", "2"),
        ("ask.answered", "faculty", "per_three", "2"),
        ("ask.due", "coach", "per_one", "0"),
        ("ask.lapsed", "coach", "per_one", "0"),
    ]
    for data in await pool.fetch("SELECT data FROM events"):
        Ask.model_validate(data["data"])


async def test_the_stage_of_a_cohort_is_published(pool: Pool) -> None:
    """With what it was; the subject is the cohort."""
    planned = CohortRow(
        cohort=COHORT, academy="sheffield", stage=CohortStage.PLANNED, course_start=at(0).date(), programme="p@1",
        calendar="c", zone="Europe/London", office="sheffield.office",
    )  # fmt: skip
    async with pool.acquire() as conn:
        await projections.write(conn, COHORT, at(0), *changes(planned))
        await projections.write(conn, COHORT, at(1), *changes(planned._replace(stage=CohortStage.CONFIRMED)))
    assert await fetched(pool, "SELECT type, subject, data->>'from', data->>'to' FROM events") == [
        ("changed.cohort_stage", COHORT, "planned", "confirmed")
    ]


async def test_a_subscriber_who_fails_is_on_the_worklist_within_the_hour(pool: Pool) -> None:
    """After half an hour, while all of it still waits; not before, at no other academy, and not once it is sent."""
    await subscribed(pool, "dashboard")
    async with pool.acquire() as conn:
        await record(conn, told(held(1), 0))
        begun = at(0)
        claimed = await deliveries.claim(conn, "dashboard", begun, begun + timedelta(minutes=1))
        assert claimed is not None
        await deliveries.failed(conn, claimed, begun, begun, "answered 503")
        assert await worklist.undelivered(conn, "sheffield", begun + timedelta(minutes=29)) == []
        later = begun + timedelta(minutes=31)
        (found,) = await worklist.undelivered(conn, "sheffield", later)
        assert (found.subscription, found.times, found.since, found.failure) == ("dashboard", 1, begun, "answered 503")
        assert not found.given_up
        assert await worklist.undelivered(conn, "leeds", later) == []
        again = await deliveries.claim(conn, "dashboard", later, later + timedelta(minutes=1))
        assert again is not None
        await deliveries.delivered(conn, again, later, timedelta(minutes=1))
        assert await worklist.undelivered(conn, "sheffield", later) == []


async def test_no_fact_can_take_the_id_of_a_change(pool: Pool) -> None:
    """An event id is letters, digits and a few signs; that of a change holds another, so it stops no fact."""
    await written(pool, 0)
    await written(pool, 1, health=Health.STALLED)
    (row,) = await fetched(pool, "SELECT id FROM events")
    with pytest.raises(ValueError, match="pattern"):
        held(1).model_validate(held(1).model_dump() | {"event_id": row[0]})


async def test_an_event_goes_to_those_who_want_it(pool: Pool) -> None:
    """By type, by academy, by cohort; a cohort's name is not the beginning of another's; who has ended gets nothing."""
    await subscribed(pool, "all")
    await subscribed(pool, "held", "fact.session_held")
    await subscribed(pool, "health", "changed.health")
    await subscribed(pool, "academy", within="sheffield")
    await subscribed(pool, "cohort", within=COHORT)
    await subscribed(pool, "one", within=ENGAGEMENT)
    await subscribed(pool, "similar", within="sheffield.2026-aut")
    await subscribed(pool, "elsewhere", within="leeds")
    await subscribed(pool, "ended")
    await written(pool, 0)
    async with pool.acquire() as conn:
        await subscriptions.end(conn, "ended", at(0))
        await record(conn, told(held(1), 0, engagement(health=Health.AT_RISK)))
    rows = await fetched(
        pool, "SELECT subscription, type FROM deliveries JOIN events ON number = event ORDER BY subscription, event"
    )
    both = ["fact.session_held", "changed.health"]
    sent = {name: [kind for of, kind in rows if of == name] for name, _ in rows}
    assert sent == {
        "academy": both,
        "all": both,
        "cohort": both,
        "one": both,
        "held": both[:1],
        "health": both[1:],
    }


async def test_events_of_a_subject_are_numbered_as_they_are_committed(pool: Pool, database_url: str) -> None:
    """Whoever publishes second waits for the first: no earlier number ever appears behind a later one."""
    await written(pool, 0)
    slow = await asyncpg.connect(database_url)
    try:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("UPDATE engagements SET health = 'at_risk'")

        async def second() -> None:
            async with pool.acquire() as conn:
                await record(conn, told(held(1), 0))

        waiting = asyncio.create_task(second())
        await eventually(lambda: somebody_waits(pool))
        await transaction.commit()
        await waiting
    finally:
        await slow.close()
    assert await fetched(pool, TYPES) == [("changed.health",), ("fact.session_held",)]


async def test_a_test_goes_to_one_subscriber_only(pool: Pool) -> None:
    """Others who want everything are not bothered, and no replay repeats it; who has ended gets none."""
    await subscribed(pool, "one")
    await subscribed(pool, "other")
    async with pool.acquire() as conn:
        number = await events.send_test(conn, "one", UUID(int=1), at(1))
        assert number is not None
        assert await fetched(pool, "SELECT subscription, event FROM deliveries") == [("one", number)]
        assert await events.replay(conn, "other", at(0), at(2)) == 0
        await subscriptions.end(conn, "one", at(1))
        assert await events.send_test(conn, "one", UUID(int=2), at(1)) is None


async def test_a_replay_takes_a_span_of_time_and_nothing_that_is_not_wanted(pool: Pool) -> None:
    """From its beginning until before its end, of the types and places of the subscription, of the types asked for."""
    await written(pool, 0)
    for day in (1, 2, 3):
        await written(pool, day, health=[Health.ON_TRACK, Health.AT_RISK][day % 2])
    await subscribed(pool, "late")
    await subscribed(pool, "elsewhere", within="leeds")
    await subscribed(pool, "facts", "fact.session_held")
    async with pool.acquire() as conn:
        assert await events.replay(conn, "late", at(2), at(3)) == 1
        assert await fetched(pool, "SELECT type FROM deliveries JOIN events ON number = event") == [("changed.health",)]
        assert await events.replay(conn, "late", at(0), at(9), ["fact.session_held"]) == 0
        # The one that waits already is left as it is.
        assert await events.replay(conn, "late", at(0), at(9)) == 2
        assert await events.replay(conn, "elsewhere", at(0), at(9)) == 0
        assert await events.replay(conn, "facts", at(0), at(9)) == 0
        assert await events.replay(conn, "nobody", at(0), at(9)) == 0


async def test_only_the_first_waiting_event_of_a_subject_is_given_away(pool: Pool) -> None:
    """While it is on its way the second is nobody's; another subject's first is."""
    await subscribed(pool, "dashboard")
    await written(pool, 0)
    await written(pool, 1, health=Health.AT_RISK)
    await written(pool, 2, health=Health.STALLED)
    async with pool.acquire() as conn:
        first = await deliveries.claim(conn, "dashboard", at(3), at(4))
        assert first is not None
        assert first.data["to"] == "at_risk"
        assert await deliveries.claim(conn, "dashboard", at(3), at(4)) is None
        await deliveries.delivered(conn, first, at(3), timedelta(minutes=1))
        second = await deliveries.claim(conn, "dashboard", at(3), at(4))
        assert second is not None
        assert second.data["to"] == "stalled"


async def test_who_lost_the_lease_settles_nothing(pool: Pool) -> None:
    """What a slow gateway says of a delivery that another has taken over changes nothing."""
    await subscribed(pool, "dashboard")
    await written(pool, 0)
    await written(pool, 1, health=Health.AT_RISK)
    async with pool.acquire() as conn:
        lost = await deliveries.claim(conn, "dashboard", at(3), at(4))
        taken_over = await deliveries.claim(conn, "dashboard", at(4), at(5))
        assert lost is not None
        assert taken_over is not None
        await deliveries.failed(conn, lost, at(4), at(9), "answered 500")
        await deliveries.set_aside(conn, lost, at(4), "answered 500")
        (line,) = await deliveries.listed(conn, "dashboard")
        assert (line.status, line.attempts, line.failure) == ("waiting", 2, None)
        await deliveries.delivered(conn, taken_over, at(4), timedelta(minutes=1))
        (line,) = await deliveries.listed(conn, "dashboard", "delivered")
        assert line.settled_at == at(4)


async def test_what_waits_behind_a_delivery_begins_to_fail_anew(pool: Pool) -> None:
    """A subscriber who was away for days and is back has days again for what follows, not minutes."""
    await subscribed(pool, "dashboard")
    await written(pool, 0)
    await written(pool, 1, health=Health.AT_RISK)
    await written(pool, 2, health=Health.STALLED)
    async with pool.acquire() as conn:
        first = await deliveries.claim(conn, "dashboard", at(3), at(4))
        assert first is not None
        await deliveries.failed(conn, first, at(3), at(7), "answered 500")
        assert await fetched(pool, "SELECT failing_since FROM deliveries") == [(at(3),)] * 2
        again = await deliveries.claim(conn, "dashboard", at(7), at(8))
        assert again is not None
        await deliveries.delivered(conn, again, at(7), timedelta(minutes=1))
        second = await deliveries.claim(conn, "dashboard", at(7), at(8))
    assert second is not None
    assert second.failing_since is None


async def test_a_claim_does_not_read_a_whole_backlog(pool: Pool) -> None:
    """Twenty thousand events of forty subjects wait for a subscriber who is away; looking costs a look at forty."""
    await subscribed(pool, "dashboard")
    await pool.execute(
        """
        INSERT INTO events (id, type, subject, occurred_at, recorded_at, data)
        SELECT 'e' || n, 'fact.session_held', 'sheffield.c.P' || n % 40, $1, $1, '{}'
        FROM generate_series(1, 20000) AS n
        """,
        at(0),
    )
    await pool.execute("UPDATE deliveries SET next_at = 'infinity' WHERE event <= 40")
    await pool.execute("ANALYZE deliveries")
    read = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'deliveries'"
    async with pool.acquire() as conn, conn.transaction():
        before = await conn.fetchval(read)
        assert await deliveries.claim(conn, "dashboard", at(1), at(2)) is None
        assert await conn.fetchval(read) - before < 200
