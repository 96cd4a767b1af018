"""The feed: one order of everything, in which nobody who has read up to a place ever finds something new before it."""

from __future__ import annotations

import asyncio

from records import feed
from records.database import Connection, Pool
from records.feed import Published, Sought
from tests.records.telling import at

WRITERS = 6
EACH = 12


async def _new(pool: Pool, after: int, at_most: int = 1000) -> list[Published]:
    async with pool.acquire() as conn:
        await feed.ordered(conn)
        return await feed.read(conn, Sought(), after, at_most)


def _subject(writer: int) -> str:
    return f"sheffield.2026-autumn.P{writer:02}"


async def _told(conn: Connection, writer: int, number: int) -> None:
    """A fact is recorded, and so published."""
    await conn.execute(
        """
        INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
        SELECT $1, $2::int, concat($1::text, '~', $2::int), 'session_held', $3, $3, 'coach',
               jsonb_build_object('number', $2::int), '{}'
        """,
        _subject(writer),
        number,
        at(number),
    )


async def test_an_earlier_number_that_commits_late_comes_behind(pool: Pool) -> None:
    """A transaction that began first and commits last is read last, and by whoever had read the other already."""
    async with pool.acquire() as slow, pool.acquire() as quick:
        transaction = slow.transaction()
        await transaction.start()
        await _told(slow, 1, 1)
        await _told(quick, 2, 1)
        (first,) = await _new(pool, 0)
        assert first.subject == _subject(2)
        await transaction.commit()
        (second,) = await _new(pool, first.sequence)
    assert second.subject == _subject(1)
    numbers = await pool.fetch("SELECT subject FROM events ORDER BY number")
    assert [row["subject"] for row in numbers] == [_subject(1), _subject(2)], "as they were numbered"


async def test_readers_among_writers_miss_nothing_and_see_nothing_twice(pool: Pool) -> None:
    """Some write at once in transactions of many sizes while others read on from where they are: each sees all."""
    done = asyncio.Event()

    async def writes(writer: int) -> None:
        async with pool.acquire() as conn:
            for number in range(0, EACH, 1 + writer % 3):
                async with conn.transaction():
                    for one in range(number, min(EACH, number + 1 + writer % 3)):
                        await _told(conn, writer, one + 1)
                        await asyncio.sleep(0)

    async def reads() -> list[Published]:
        found: list[Published] = []
        while True:
            last_look = done.is_set()
            new = await _new(pool, found[-1].sequence if found else 0, 7)
            found += new
            if last_look and not new:
                return found

    async def all_written() -> None:
        await asyncio.gather(*map(writes, range(WRITERS)))
        done.set()

    one, other, _ = await asyncio.gather(reads(), reads(), all_written())
    assert one == other
    assert len({line.id for line in one}) == len(one) == WRITERS * EACH
    for writer in range(WRITERS):
        theirs = [line.data["number"] for line in one if line.subject == _subject(writer)]
        assert theirs == list(range(1, EACH + 1)), "a subject's events keep their order"


async def test_a_place_is_never_given_twice(pool: Pool) -> None:
    """Also after the newest events are gone."""
    async with pool.acquire() as conn:
        await _told(conn, 1, 1)
        (first,) = await _new(pool, 0)
        await conn.execute("DELETE FROM events")
        await _told(conn, 1, 2)
    (second,) = await _new(pool, 0)
    assert second.sequence > first.sequence
