"""The ledger: each fact once, in order, for ever."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from benchmarks.made_up import known
from lifecycle import engagement as engagement_rules
from records import due, ledger, notes
from records import subjects as subjects_module
from records.database import Pool
from records.errors import DifferentContent, LedgerLost, NotAcceptable
from records.subjects import Subjects
from schemas.due import Due
from schemas.facts import Teller
from schemas.recording import Recorded, RecordFact
from schemas.words import Act, Matter, Role
from tests.records.telling import (
    ENGAGEMENT,
    OPENING,
    RECORDED,
    asking,
    at,
    defined,
    engagement,
    fetched,
    held,
    record,
    told,
)


async def _record(pool: Pool, request: RecordFact, subjects: Subjects | None = None) -> Recorded:
    async with pool.acquire() as conn:
        await known(conn, request.subject, request.fact)
        return await (subjects or Subjects()).record(conn, request)


@pytest.fixture
async def begun(pool: Pool) -> Subjects:
    """The engagement has begun, and is still in memory."""
    subjects = Subjects()
    await _record(pool, asking(OPENING, 0), subjects)
    return subjects


async def test_a_recorded_fact_is_loaded_as_it_was_told(pool: Pool, begun: Subjects) -> None:
    """Facts come back equal, in the order they were recorded, whatever the order they occurred in."""
    await _record(pool, asking(defined(2), 1), begun)
    await _record(pool, asking(defined(1), 2), begun)
    async with pool.acquire() as conn:
        loaded = await ledger.load(conn, ENGAGEMENT)
    assert loaded.facts == (OPENING, defined(2), defined(1))


async def test_a_repeat_gets_the_first_answer(pool: Pool, begun: Subjects) -> None:
    """The same fact told again changes nothing, and is answered as it was the first time."""
    first = await _record(pool, asking(defined(1), 1), begun)
    again = await _record(pool, asking(defined(1), 1))
    await _record(pool, asking(defined(2), 2), begun)
    much_later = await _record(pool, asking(defined(1), 3, recorded_at=at(400)), begun)
    assert first.answer is not None
    assert again == first
    assert much_later == Recorded(answer=first.answer, ledger=3)


async def test_other_content_under_the_same_event_id_is_refused(pool: Pool, begun: Subjects) -> None:
    """An event id names one telling: another measure, another teller or another subject is an error."""
    await _record(pool, asking(defined(1), 1), begun)
    by_faculty = defined(1).model_copy(update={"told_by": Teller(role=Role.FACULTY)})
    other = "sheffield.2026-autumn.P02"
    await _record(pool, asking(OPENING.model_copy(update={"event_id": "other"}), 0, other), begun)
    for request in (asking(defined(1, "waits"), 2), asking(by_faculty, 2), asking(defined(1), 1, other)):
        with pytest.raises(DifferentContent):
            await _record(pool, request, begun)


async def test_a_caller_that_is_behind_records_nothing(pool: Pool, begun: Subjects) -> None:
    """Where the ledger holds facts the caller does not know, nothing is written until it has caught up."""
    await _record(pool, asking(defined(1), 1))
    assert await _record(pool, asking(defined(2), 1), begun) == Recorded(ledger=2)
    assert (await _record(pool, asking(defined(2), 2), begun)).ledger == 3


async def test_a_ledger_that_lost_facts_is_reported(pool: Pool) -> None:
    """A database restored from before a fact leaves no gap: recording stops instead."""
    with pytest.raises(LedgerLost):
        await _record(pool, asking(defined(3), 2))


async def test_what_the_rules_refuse_is_not_recorded(pool: Pool, begun: Subjects) -> None:
    """A caller that takes for legal what is not by the ledger's own facts is told so."""
    for request in (asking(defined(1), 1, recorded_at=at(0)), asking(defined(1), 0, "sheffield.2026-autumn.P02")):
        with pytest.raises(NotAcceptable):
            await _record(pool, request, begun)


async def test_ten_that_tell_the_same_fact_at_once_record_it_once(pool: Pool, begun: Subjects) -> None:
    """In one process or in ten, all get the same answer, and one fact stands."""
    answers = await asyncio.gather(*(_record(pool, asking(defined(1), 1), begun) for _ in range(5)))
    answers += await asyncio.gather(*(_record(pool, asking(defined(1), 1)) for _ in range(5)))
    assert {answer.model_dump_json() for answer in answers} == {answers[0].model_dump_json()}
    assert await pool.fetchval("SELECT count(*) FROM facts") == 2


async def test_of_ten_different_facts_at_once_one_is_recorded(pool: Pool, begun: Subjects) -> None:
    """Writers that know the same facts cannot both go on: the others are told that they are behind."""
    del begun
    answers = await asyncio.gather(*(_record(pool, asking(defined(number), 1)) for number in range(10)))
    assert sorted(answer.answer is None for answer in answers) == [False] + [True] * 9
    assert await fetched(pool, "SELECT seq FROM facts") == [(1,), (2,)]


@pytest.mark.parametrize("statement", ["UPDATE facts SET kind = 'other'", "DELETE FROM facts", "TRUNCATE facts"])
async def test_the_ledger_is_append_only(pool: Pool, begun: Subjects, statement: str) -> None:
    """What was recorded can be neither changed nor removed."""
    del begun
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await pool.execute(statement)
    assert await pool.fetchval("SELECT count(*) FROM facts") == 1


async def test_a_fact_of_the_future_is_not_recorded(pool: Pool) -> None:
    """Nothing is recorded before it has occurred."""
    async with pool.acquire() as conn:
        with pytest.raises(asyncpg.CheckViolationError):
            await record(conn, told(held(2), 0, recorded_at=at(1)))


async def test_what_cannot_be_projected_is_not_recorded(pool: Pool) -> None:
    """Fact and projections are one transaction: a row that breaks a rule takes the fact with it."""
    async with pool.acquire() as conn:
        with pytest.raises(asyncpg.CheckViolationError):
            await record(conn, told(held(1), 0, engagement(next_due=None)))
    assert await pool.fetchval("SELECT count(*) FROM facts") == 0


async def test_a_fact_takes_one_round_trip(pool: Pool, begun: Subjects) -> None:
    """Fact, note and all projections are one statement; one more where the subject is not in memory."""
    async with pool.acquire() as conn:
        seen: list[str] = []
        conn.add_query_logger(lambda query: seen.append(query.query))
        await begun.record(conn, asking(defined(1), 1))
        # The last one is logged when the loop comes round.
        await asyncio.sleep(0)
        assert len(seen) == 1
        await Subjects().record(conn, asking(defined(2), 2))
        await asyncio.sleep(0)
        assert len(seen) == 3


async def test_a_worker_that_is_behind_another_writes_what_the_ledger_gives(pool: Pool, begun: Subjects) -> None:
    """What another one carried out meanwhile is not undone by a fold that has not heard of it."""
    state = engagement_rules.fold([OPENING], at(-20))
    (item,) = engagement_rules.due(state, {})
    async with pool.acquire() as conn:
        await Subjects().carry_out(conn, ENGAGEMENT, at(-20), 1, [item.key])
        await begun.record(conn, asking(defined(1), 1))
        assert await subjects_module.verify(conn, ENGAGEMENT) == []
    assert item.key not in [row[0] for row in await fetched(pool, "SELECT item FROM due_items")]


async def test_what_differs_from_the_ledger_is_found_and_mended(pool: Pool, begun: Subjects) -> None:
    """Verifying says which rows, and changes nothing; projecting writes them, and says the same."""
    del begun
    async with pool.acquire() as conn:
        assert await subjects_module.verify(conn, ENGAGEMENT) == []
        await conn.execute("UPDATE engagements SET health = 'stalled'")
        await conn.execute("DELETE FROM engagement_people WHERE role = 'coach'")
        await conn.execute(
            "INSERT INTO reviews (engagement, key, month, held_at, changed_at) VALUES ($1, '3', 3, now(), now())",
            ENGAGEMENT,
        )
        wrong = {("engagements", ""), ("engagement_people", "coach"), ("reviews", "3")}
        for _ in range(2):
            assert set(await subjects_module.verify(conn, ENGAGEMENT)) == wrong
        assert set(await Subjects().project(conn, ENGAGEMENT, RECORDED)) == wrong
        assert await subjects_module.verify(conn, ENGAGEMENT) == []
        assert await Subjects().project(conn, "sheffield.2026-autumn.P09", RECORDED) == []


async def test_only_so_many_folds_are_kept(pool: Pool) -> None:
    """The one used longest ago goes first; what went is read again."""
    subjects = Subjects(facts_at_most=100)
    for number in range(10):
        name = f"sheffield.2026-autumn.Q{number}"
        opening = OPENING.model_copy(update={"event_id": f"opening-{number}"})
        await _record(pool, asking(opening, 0, name), subjects)
    assert subjects.held() == [f"sheffield.2026-autumn.Q{number}" for number in range(6, 10)]


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
        await record(conn, told(held(1), 0))
        await notes.keep(conn, ENGAGEMENT, "held-2", "a draft", at(9))
        await notes.keep(conn, ENGAGEMENT, "held-2", "and its last form", at(9))
        kept = await fetched(conn, "SELECT event_id, text, claimed_at FROM notes ORDER BY event_id")
    assert kept == [("held-1", "they found a theme", RECORDED), ("held-2", "and its last form", None)]


async def test_a_claimed_note_keeps_its_words(pool: Pool) -> None:
    """The same words again are harmless; others are refused."""
    async with pool.acquire() as conn:
        await notes.keep(conn, ENGAGEMENT, "held-1", "as it was", at(7))
        await record(conn, told(held(1), 0))
        await notes.keep(conn, ENGAGEMENT, "held-1", "as it was", at(7))
        with pytest.raises(DifferentContent):
            await notes.keep(conn, ENGAGEMENT, "held-1", "as it was not", at(7))
