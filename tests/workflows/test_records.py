"""The ledger is the truth: a workflow's state is what its facts say, its rows are what the rules derive from them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus

from coaching_client.handles import FactRefusedError
from records.database import Pool
from records.subjects import Subjects
from schemas.corrections import Correction
from schemas.engagement_facts import (
    CoachAssigned,
    CoachLeft,
    CoachPart,
    EndedEarly,
    PauseEnded,
    PauseReason,
    PauseStarted,
    ProgressScored,
    SessionHeld,
    SessionNotHeld,
)
from schemas.facts import LeaveAgreed
from schemas.improvement_facts import AimSet, MeasureDefined, RampStepReached
from schemas.recording import RecordFact
from schemas.words import EndReason, Health, NotHeldReason, RampStep, Stage
from tests.faults.waiting import eventually, nothing_due
from tests.workflows.subjects import COACH, FACULTY, Academy, Engagement, now


async def at_work(academy: Academy) -> Engagement:
    """An engagement in the second week of its weekly work, by its own clock."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2))
    await life.agreed()
    await life.night_of(now().date() + timedelta(weeks=4))
    return life


async def a_rich_life(academy: Academy) -> Engagement:
    """Sessions held and missed, a pause, another coach, late facts, a correction, a fact without effect."""
    life = await at_work(academy)
    tuesdays = [row["day"] for row in await academy.pool.fetch("SELECT day FROM sessions ORDER BY day")]
    await life.told(SessionHeld, day=tuesdays[0], evaluation=7)
    missed = life.says(SessionNotHeld, await life.clock(), day=tuesdays[1], reason=NotHeldReason.STAFFING)
    await life.tell(missed)
    await life.told(RampStepReached, step=RampStep.THEME)
    await life.told(AimSet, aim="global")
    await life.told(ProgressScored, score=1.5, scorer="team")
    await life.told(PauseStarted, reason=PauseReason.STAFFING)
    await life.advance(await life.clock() + timedelta(weeks=5))
    await life.told(PauseEnded)
    await life.told(CoachLeft, person=COACH)
    await life.told(CoachAssigned, person=FACULTY, part=CoachPart.INTERIM)
    replacement = SessionHeld(event_id="as-held", occurred_at=missed.occurred_at, day=tuesdays[1])
    await life.told(Correction, corrects=missed.event_id, replacement=replacement)
    await life.advance(await life.clock() + timedelta(weeks=6))
    today = now().date()
    await life.told(LeaveAgreed, now() + timedelta(weeks=3), person=COACH, first_day=today, last_day=today)
    return life


async def test_the_state_rebuilt_from_the_ledger_is_the_workflows(academy: Academy) -> None:
    """After a rich life: standing, timeline and rows are what the ledger alone gives."""
    life = await a_rich_life(academy)
    await eventually(life.agrees)
    assert (await life.state()).health is Health.STALLED
    _, rows = await life.rebuilt(await life.written_at())
    assert await life.rows_standing() == rows


async def test_only_rows_that_changed_are_written(academy: Academy) -> None:
    """A told session touches the session, the engagement, its question and what is due next of it, and no other row."""
    life = await at_work(academy)
    before = await life.versions()
    day = await academy.pool.fetchval("SELECT min(day) FROM sessions")
    await life.told(SessionHeld, day=day)
    after = await life.versions()
    touched = {key for key in after.keys() | before.keys() if before.get(key) != after.get(key)}
    tables = {"sessions", "engagements", "due_items", "open_questions", "upcoming_mails"}
    assert {table for table, _ in touched} <= tables
    assert len([key for key in touched if key[0] == "sessions"]) == 1
    await life.told(MeasureDefined, measure="m", better="lower")
    assert await life.versions() == after


async def test_a_repeat_leaves_no_row_behind(academy: Academy) -> None:
    """A repeat records nothing, and whatever time has changed meanwhile is written with the next fact all the same."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2))
    await life.agreed()
    tuesday = next(due for due in await life.timeline() if due.matter == "session")
    started = tuesday.at - timedelta(minutes=150)
    await life.advance(started)
    measure = life.says(MeasureDefined, now(), measure="m", better="lower")
    await life.tell(measure)
    await life.advance(started + timedelta(minutes=110))
    # Under an id of its own, so that the repeat reaches the workflow and is not answered by the server.
    await life.handle.execute_update("tell_scoped", measure)
    await life.advance(tuesday.at + timedelta(minutes=10))
    _, rows = await life.rebuilt(await life.written_at())
    assert await life.rows_standing() == rows


async def in_its_thirtieth_week(academy: Academy) -> Engagement:
    """An engagement of the wall clock, proposed long ago and stalled; its last sessions are unknown, at any hour."""
    began = now() - timedelta(weeks=30)
    life = await academy.engagement(
        at=began, course_start=(now() - timedelta(weeks=20)).date(), watched_from=now() - timedelta(weeks=4)
    )
    await life.agreed(began + timedelta(days=3))
    for weeks in range(19, 4, -1):
        day = (now() - timedelta(weeks=weeks)).date()
        tuesday = day + timedelta(days=1 - day.weekday())
        kind, said = (SessionHeld, {}) if weeks > 8 else (SessionNotHeld, {"reason": NotHeldReason.STAFFING})
        await life.told(kind, now() - timedelta(weeks=weeks - 1), day=tuesday, **said)
    await life.told(ProgressScored, now() - timedelta(weeks=9), score=2.0, scorer="faculty")
    return life


@pytest.mark.parametrize("opening", [True, False])
async def test_a_workflow_started_on_a_ledger_takes_it_up(academy: Academy, opening: bool) -> None:
    """After it was terminated, whether it is started with its first fact again or without: nothing is asked again."""
    life = await in_its_thirtieth_week(academy)
    await nothing_due(life)
    asked, facts, notices = await life.done(), await life.recorded(), await _notices(life)
    assert asked
    await life.handle.terminate()
    await life.start(opening=opening)
    await life.told(MeasureDefined, measure="m", better="lower")
    await eventually(life.agrees)
    assert await life.recorded() == [*facts, f"{life.name}:{len(facts)}"]
    assert (await life.done(), await _notices(life)) == (asked, notices)


async def _notices(life: Engagement) -> int:
    return int(await life.academy.pool.fetchval("SELECT count(*) FROM notices WHERE subject = $1", life.name))


async def test_a_workflow_that_takes_up_its_ledger_brings_its_rows_up_to_date(academy: Academy) -> None:
    """What changed is written, and what went with time deleted, though nothing is told and nothing due."""
    life = await in_its_thirtieth_week(academy)
    await life.handle.terminate()
    await academy.pool.execute("UPDATE engagements SET health = 'stalled'")
    await academy.pool.execute(
        "INSERT INTO due_items SELECT subject, 'relapse', 'relapse', item, act, due_at, turn, rule, changed_at "
        "FROM due_items LIMIT 1"
    )
    await life.start(opening=False)
    _, rows = await life.rebuilt(now())
    async with asyncio.timeout(20):
        while await life.rows_standing() != rows:
            assert (await life.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    assert await life.activities() == ["load"]


async def test_a_ledger_that_is_ahead_is_caught_up_in_the_middle_of_a_fact(academy: Academy, pool: Pool) -> None:
    """A fact that the workflow never heard of is taken up first; then the one told is judged again."""
    life = await academy.engagement()
    unheard = life.says(CoachLeft, now(), person=COACH)
    await _record_behind_its_back(life, pool, unheard)
    told = await life.told(MeasureDefined, now(), measure="m", better="lower")
    assert told.standing.coach_vacant
    assert (await life.recorded())[1] == unheard.event_id
    assert len(await life.recorded()) == 3
    assert (await life.activities())[:4] == ["record", "record", "load", "record"]


async def test_a_fact_that_the_unknown_one_makes_impossible_is_refused(academy: Academy, pool: Pool) -> None:
    """It was legal when it was told; in the ledger it no longer is."""
    life = await academy.engagement(at=now() - timedelta(hours=1))
    ended = life.says(EndedEarly, now() - timedelta(minutes=30), reason=EndReason.SILENT)
    await _record_behind_its_back(life, pool, ended)
    with pytest.raises(FactRefusedError, match="coaching had ended"):
        await life.told(CoachLeft, now(), person=COACH)
    assert (await life.handle.result())["stage"] == Stage.ENDED_EARLY
    assert await life.recorded() == [life.opening.event_id, ended.event_id]


async def test_an_event_id_of_another_engagement_is_refused_in_words(academy: Academy) -> None:
    """Ids of facts are unique everywhere; the teller is told so, and the engagement goes on."""
    one, other = await academy.engagement(), await academy.engagement()
    left = one.says(CoachLeft, now(), person=COACH)
    await one.tell(left)
    with pytest.raises(FactRefusedError, match="under this event id"):
        await other.tell(left.model_copy(update={"occurred_at": now()}))
    assert not (await other.state()).coach_vacant


async def _record_behind_its_back(life: Engagement, pool: Pool, fact: CoachLeft | EndedEarly) -> None:
    known = len(await life.recorded())
    async with pool.acquire() as connection:
        await Subjects().record(connection, RecordFact(subject=life.name, fact=fact, recorded_at=now(), known=known))
