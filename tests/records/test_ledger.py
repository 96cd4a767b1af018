"""The ledger: each fact once, in order, for ever."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from records import due, ledger, notes
from records.database import Pool
from records.errors import DifferentContent, LedgerLost
from schemas.due import Due
from schemas.facts import Teller
from schemas.recording import Recorded, RecordFact
from schemas.words import Act, Matter, Role
from tests.records.telling import ENGAGEMENT, RECORDED, at, engagement, fetched, held, session, told


async def _record(pool: Pool, request: RecordFact) -> Recorded:
    async with pool.acquire() as conn:
        return await ledger.record(conn, request)


async def test_a_recorded_fact_is_loaded_as_it_was_told(pool: Pool) -> None:
    """Facts come back equal, in the order they were recorded, whatever the order they occurred in."""
    late, early = held(2, attendance=5), held(1)
    await _record(pool, told(late, 0))
    await _record(pool, told(early, 1))
    async with pool.acquire() as conn:
        loaded = await ledger.load(conn, ENGAGEMENT)
        rest = await ledger.load(conn, ENGAGEMENT, after=1)
    assert loaded.facts == (late, early)
    assert rest.facts == (early,)


async def test_a_repeat_gets_the_first_answer(pool: Pool) -> None:
    """The same fact told again changes nothing, is never called behind, and is answered as it was the first time."""
    first = await _record(pool, told(held(1), 0, engagement(), turn=Role.COACH))
    again = await _record(pool, told(held(1), 0, engagement(), turn=Role.COACH))
    await _record(pool, told(held(2), 1))
    much_later = await _record(pool, told(held(1), 2, turn=Role.OFFICE))
    assert again == first
    assert much_later == Recorded(answer=first.answer, ledger=2)


async def test_other_content_under_the_same_event_id_is_refused(pool: Pool) -> None:
    """An event id names one telling: other attendance, another teller or another subject is an error."""
    await _record(pool, told(held(1, attendance=5), 0))
    by_faculty = held(1, attendance=5).model_copy(update={"told_by": Teller(role=Role.FACULTY)})
    elsewhere = told(held(1, attendance=5), 0).model_copy(update={"subject": "sheffield.2026-autumn.P02"})
    for request in (told(held(1, attendance=6), 1), told(by_faculty, 1), elsewhere):
        with pytest.raises(DifferentContent):
            await _record(pool, request)


async def test_a_caller_that_is_behind_records_nothing(pool: Pool) -> None:
    """Where the ledger holds facts the caller does not know, nothing is written until it has caught up."""
    await _record(pool, told(held(1), 0, engagement()))
    behind = await _record(pool, told(held(2), 0, engagement(), session(2)))
    assert (behind.behind, behind.ledger) == (True, 1)
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 0
    assert (await _record(pool, told(held(2), 1, session(2)))).ledger == 2


async def test_a_ledger_that_lost_facts_is_reported(pool: Pool) -> None:
    """A database restored from before a fact leaves no gap: recording stops instead."""
    with pytest.raises(LedgerLost):
        await _record(pool, told(held(3), 2))


async def test_ten_that_tell_the_same_fact_at_once_record_it_once(pool: Pool) -> None:
    """All ten get the same answer, and one fact stands."""
    answers = await asyncio.gather(*(_record(pool, told(held(1), 0, engagement(), session(1))) for _ in range(10)))
    assert {answer.model_dump_json() for answer in answers} == {answers[0].model_dump_json()}
    assert await pool.fetchval("SELECT count(*) FROM facts") == 1


async def test_of_ten_different_facts_at_once_one_is_recorded(pool: Pool) -> None:
    """Writers that know the same facts cannot both go on: the others are told that they are behind."""
    answers = await asyncio.gather(*(_record(pool, told(held(number), 0)) for number in range(10)))
    assert sorted(answer.behind for answer in answers) == [False] + [True] * 9
    assert await fetched(pool, "SELECT seq FROM facts") == [(1,)]


@pytest.mark.parametrize("statement", ["UPDATE facts SET kind = 'other'", "DELETE FROM facts", "TRUNCATE facts"])
async def test_the_ledger_is_append_only(pool: Pool, statement: str) -> None:
    """What was recorded can be neither changed nor removed."""
    await _record(pool, told(held(1), 0))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await pool.execute(statement)
    assert await pool.fetchval("SELECT count(*) FROM facts") == 1


async def test_a_fact_of_the_future_is_not_recorded(pool: Pool) -> None:
    """Nothing is recorded before it has occurred."""
    with pytest.raises(asyncpg.CheckViolationError):
        await _record(pool, told(held(2), 0, recorded_at=at(1)))


async def test_what_cannot_be_projected_is_not_recorded(pool: Pool) -> None:
    """Fact and projections are one transaction: a row that breaks a rule takes the fact with it."""
    with pytest.raises(asyncpg.CheckViolationError):
        await _record(pool, told(held(1), 0, engagement(next_due=None)))
    assert await pool.fetchval("SELECT count(*) FROM facts") == 0


async def test_a_fact_takes_one_round_trip(pool: Pool) -> None:
    """Fact, note and all projections are one statement, whatever the number of rows."""
    async with pool.acquire() as conn:
        await ledger.record(conn, told(held(1), 0, engagement(), session(1)))
        seen: list[str] = []
        conn.add_query_logger(lambda query: seen.append(query.query))
        await ledger.record(conn, told(held(2), 1, engagement(turn=Role.OFFICE), *(session(n) for n in range(20))))
        # The last one is logged when the loop comes round.
        await asyncio.sleep(0)
    assert len(seen) == 1


def _due(step: int) -> Due:
    return Due(
        key=f"session/2026-10-12/{step}",
        at=at(7),
        act=Act.ASK,
        matter=Matter.SESSION,
        turn=Role.COACH,
        rule="ask",
        parameter="sessions.ask_after",
        since=at(7),
        facts=("held-1",),
    )


async def test_a_due_item_is_noted_as_done_once(pool: Pool) -> None:
    """Carried out again after a crash, an item keeps the moment it was first done at."""
    async with pool.acquire() as conn:
        await due.note_done(conn, ENGAGEMENT, at(7), (_due(0),))
        await due.note_done(conn, ENGAGEMENT, at(9), (_due(0), _due(1)))
        await due.note_done(conn, ENGAGEMENT, at(9), ())
        loaded = await ledger.load(conn, ENGAGEMENT)
    assert loaded.done == {"session/2026-10-12/0": at(7), "session/2026-10-12/1": at(9)}


async def test_recording_a_fact_claims_its_note(pool: Pool) -> None:
    """A claimed note stays; one that nobody claimed goes when the next is kept more than a day later."""
    async with pool.acquire() as conn:
        await notes.keep(conn, ENGAGEMENT, "held-1", "they found a theme", at(7))
        await notes.keep(conn, ENGAGEMENT, "never-told", "nobody says this", at(7))
        await ledger.record(conn, told(held(1), 0))
        await notes.keep(conn, ENGAGEMENT, "held-2", "a draft", at(9))
        await notes.keep(conn, ENGAGEMENT, "held-2", "and its last form", at(9))
        kept = await fetched(conn, "SELECT event_id, text, claimed_at FROM notes ORDER BY event_id")
    assert kept == [("held-1", "they found a theme", RECORDED), ("held-2", "and its last form", None)]


async def test_a_claimed_note_keeps_its_words(pool: Pool) -> None:
    """The same words again are harmless; others are refused."""
    async with pool.acquire() as conn:
        await notes.keep(conn, ENGAGEMENT, "held-1", "as it was", at(7))
        await ledger.record(conn, told(held(1), 0))
        await notes.keep(conn, ENGAGEMENT, "held-1", "as it was", at(7))
        with pytest.raises(DifferentContent):
            await notes.keep(conn, ENGAGEMENT, "held-1", "as it was not", at(7))
