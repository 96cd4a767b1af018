"""What was kept is told: once, in order, when it can be; by whichever gateway is there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import structlog

from gateway.context import AppContext
from gateway.events import taking_in
from gateway.events.taking_in import pause, take_in, take_in_once
from gateway.examples import example_of
from records.database import Pool
from tests.faults.waiting import eventually, held_before_commit, somebody_waits
from tests.gateway.conftest import Town
from tests.gateway.events.sending import all_recorded, event, kept, status, taking, until
from tests.workflows.subjects import COHORT, Engagement, now, one_more


def hurried(context: AppContext, seconds: int = 1) -> AppContext:
    """A gateway that waits as long for the engine, and twice as long for one that may have died."""
    return replace(
        context, settings=context.settings.model_copy(update={"tell_seconds": seconds}), arrived=asyncio.Event()
    )


async def team(town: Town) -> Engagement:
    """A team whose engagement began two hours ago."""
    return await town.started(at=now() - timedelta(hours=2))


async def a_team_without_an_engine(pool: Pool) -> str:
    """Something is recorded of it; no worker runs that could record more."""
    name = one_more(f"{COHORT}.P")
    await pool.execute(
        "INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer) "
        "VALUES ($1, 1, $1, 'engagement_proposed', $2, $2, 'office', '{}', '{}')",
        name,
        now() - timedelta(hours=1),
    )
    return name


async def test_an_event_of_something_not_known_yet_is_told_when_it_appears(
    http: httpx.AsyncClient, context: AppContext, town: Town
) -> None:
    """The engagement starts afterwards, and nobody sends anything again."""
    name = one_more(f"{COHORT}.P")
    (waits,) = await kept(http, event(name))
    async with taking(context):
        await until(http, waits, "waiting", "unknown")
        engagement = await town.started(name, at=now() - timedelta(hours=1))
        await until(http, waits, "recorded")

    assert waits in await engagement.recorded()


async def test_an_event_of_a_cohort_is_told_to_it(http: httpx.AsyncClient, context: AppContext, town: Town) -> None:
    """The subject says whom, and the type what."""
    cohort = await town.cohort_started()
    (confirmed,) = await kept(http, event(cohort.name, "cohort_confirmed", ago=0, told_by={"role": "office"}))
    async with taking(context):
        await until(http, confirmed, "recorded")

    assert confirmed in await cohort.recorded()


async def test_what_is_not_possible_yet_is_told_once_it_is(
    http: httpx.AsyncClient, context: AppContext, town: Town
) -> None:
    """A pause cannot end before one began; the fact that makes it possible makes it be tried at once."""
    engagement = await team(town)
    await engagement.agreed(now() - timedelta(hours=1))
    (ended,) = await kept(http, event(engagement.name, "pause_ended", told_by={"role": "coach"}))
    async with taking(context):
        await until(http, ended, "waiting")
        await kept(http, event(engagement.name, "pause_started", ago=300, reason="staffing"))
        await until(http, ended, "recorded")


async def test_what_never_can_be_is_set_aside_mended_and_told(
    http: httpx.AsyncClient, context: AppContext, town: Town
) -> None:
    """An engagement is not proposed twice. The reason is listed; mended, it is told under the same event id."""
    engagement = await team(town)
    again = {
        name: value
        for name, value in example_of("engagement_proposed").items()
        if name not in {"kind", "event_id", "occurred_at"}
    }
    (never,) = await kept(http, event(engagement.name, "engagement_proposed", **again))
    async with taking(context):
        await until(http, never, "set_aside")
        (listed,) = (await http.get("/v1/arrivals", params={"status": "set_aside"})).json()["arrivals"]
        assert listed["reason"]
        wrong = await http.post(f"/v1/arrivals/{never}/replay", json={"fact": {"kind": "pause_ended", "score": 3}})
        assert wrong.status_code == 422
        assert {one["where"] for one in wrong.json()["faults"]} == {"fact.occurred_at", "fact.score"}
        fact = {"kind": "measure_defined", "occurred_at": now().isoformat(), "measure": "m", "better": "lower"}
        assert (await http.post(f"/v1/arrivals/{never}/replay", json={"fact": fact})).status_code == 202
        await until(http, never, "recorded")

    assert await engagement.recorded() == [engagement.opening.event_id, never]
    assert (await http.post(f"/v1/arrivals/{never}/replay")).status_code == 409


async def test_what_is_still_not_possible_after_a_month_is_set_aside(
    http: httpx.AsyncClient, context: AppContext, pool: Pool
) -> None:
    """With the reason, and not before; replayed it is tried again."""
    early, late = await kept(http, event(f"{COHORT}.never"), event(f"{COHORT}.never"))
    month = taking_in.GIVE_UP_AFTER + timedelta(seconds=1)
    await pool.execute("UPDATE arrivals SET arrived_at = arrived_at - $2::interval WHERE event_id = $1", late, month)
    await take_in_once(context)
    assert await status(http, early) == ("waiting", "unknown")
    assert await status(http, late) == ("set_aside", "unknown")
    assert (await http.post(f"/v1/arrivals/{late}/replay")).json()["status"] == "waiting"


async def test_the_events_of_a_subject_are_told_in_the_order_they_came(
    http: httpx.AsyncClient, context: AppContext, town: Town
) -> None:
    """A long batch of two teams, each in its own order."""
    teams = [await team(town), await team(town)]
    sent = [event(teams[number % 2].name) for number in range(3 * taking_in.AT_A_TIME)]
    ids = await kept(http, *sent)
    async with taking(context):
        await all_recorded(context.pool)

    for number, one in enumerate(teams):
        assert (await one.recorded())[1:] == ids[number::2]


async def test_a_team_that_does_not_answer_keeps_no_other_waiting(
    http: httpx.AsyncClient, context: AppContext, town: Town, pool: Pool
) -> None:
    """One fact hangs while it is being recorded; the other team's is told meanwhile."""
    stuck, well = await team(town), await team(town)
    (slow,) = await kept(http, event(stuck.name))
    async with held_before_commit(pool, slow), taking(context):
        await eventually(lambda: somebody_waits(pool))
        (quick,) = await kept(http, event(well.name))
        await until(http, quick, "recorded")
        assert await status(http, slow) == ("waiting", None)


async def _tried(pool: Pool, event_id: str) -> bool:
    return bool(await pool.fetchval("SELECT attempts FROM arrivals WHERE event_id = $1", event_id))


async def test_two_gateways_tell_each_event_once(http: httpx.AsyncClient, context: AppContext, town: Town) -> None:
    """They share what there is, and neither tells what the other does."""
    engagements = [await team(town) for _ in range(4)]
    ids = await kept(http, *(event(engagements[number % 4].name) for number in range(60)))
    async with taking(context), taking(replace(context, arrived=asyncio.Event())):
        await all_recorded(context.pool)

    told = [event_id for one in engagements for event_id in (await one.recorded())[1:]]
    assert sorted(told) == sorted(ids)
    assert await context.pool.fetchval("SELECT count(*) FROM audit WHERE door = 'arrivals'") == len(ids)


async def test_a_gateway_that_is_stopped_lets_go_of_what_it_has_not_told(
    http: httpx.AsyncClient, context: AppContext, pool: Pool
) -> None:
    """It ends at once, and another need not wait until the lease ends."""
    (waits,) = await kept(http, event(await a_team_without_an_engine(pool)))
    async with taking(context):
        await eventually(lambda: _tried(pool, waits))
    due = await pool.fetchval("SELECT next_at <= $2 FROM arrivals WHERE event_id = $1", waits, now())
    assert due
    assert await status(http, waits) == ("waiting", None)


async def test_an_arrival_wakes_the_gateway_that_kept_it(http: httpx.AsyncClient, context: AppContext) -> None:
    """It does not wait for its next look."""
    before = taking_in.LOOK_EVERY
    taking_in.LOOK_EVERY = timedelta(hours=1)  # type: ignore[misc] # for as long as this lasts
    try:
        async with taking(context):
            (waits,) = await kept(http, event(one_more(f"{COHORT}.P")))
            await until(http, waits, "waiting", "unknown")
    finally:
        taking_in.LOOK_EVERY = before  # type: ignore[misc] # as it was


async def test_without_a_worker_it_waits(http: httpx.AsyncClient, context: AppContext, pool: Pool) -> None:
    """Nothing is recorded, nothing set aside, and the rest of a subject does not each wait for the engine."""
    name = await a_team_without_an_engine(pool)
    ids = await kept(http, event(name), event(name))
    assert await take_in_once(hurried(context)) == 2
    assert [await status(http, one) for one in ids] == [("waiting", "away")] * 2
    assert await pool.fetchval("SELECT count(*) FROM audit WHERE door = 'arrivals'") == 1
    assert await take_in_once(hurried(context)) == 0


async def test_the_database_away_ends_no_gateway(context: AppContext, pool: Pool) -> None:
    """It looks again."""
    loop = asyncio.create_task(take_in(context))
    with structlog.testing.capture_logs() as logs:
        await pool.execute("ALTER TABLE arrivals RENAME TO away")
        await eventually(lambda: _said(logs, "events.records_away"))
    await pool.execute("ALTER TABLE away RENAME TO arrivals")
    assert not loop.done()
    loop.cancel()
    await asyncio.wait([loop])


async def _said(logs: list[structlog.typing.EventDict], event_name: str) -> bool:
    return any(one["event"] == event_name for one in logs)


async def test_a_fact_of_a_later_release_waits_for_a_gateway_that_can_read_it(
    http: httpx.AsyncClient, context: AppContext, pool: Pool
) -> None:
    """While releases are mixed; others are told."""
    first, second = await kept(http, event(f"{COHORT}.a"), event(f"{COHORT}.b"))
    await pool.execute("""UPDATE arrivals SET fact = '{"kind": "later"}' WHERE event_id = $1""", first)
    await take_in_once(context)
    assert await status(http, first) == ("waiting", "unreadable")
    assert await status(http, second) == ("waiting", "unknown")


async def test_the_log_says_ids_and_codes_only(http: httpx.AsyncClient, context: AppContext) -> None:
    """Nothing of what was in the event."""
    with structlog.testing.capture_logs() as logs:
        await kept(
            http, event(f"{COHORT}.P01", measure="secret", better="higher"), event("Jo Bloggs", measure="secret")
        )
        await take_in_once(context)
    assert logs
    assert "secret" not in str(logs)
    assert "Bloggs" not in str(logs)


def test_the_pauses_between_tries_grow_to_a_quarter_of_a_day() -> None:
    """Soon at first, and never for good."""
    pauses = [pause(attempt) for attempt in range(1, 20)]
    assert pauses[:3] == [taking_in.FIRST_PAUSE, 2 * taking_in.FIRST_PAUSE, 4 * taking_in.FIRST_PAUSE]
    assert pauses == sorted(pauses)
    assert pauses[-1] == taking_in.LONGEST_PAUSE
