"""API keys as they are recorded."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

import asyncpg
import pytest

from records import keys
from records.database import Connection, Pool
from records.keys import KeyLine, KeyRefused, Made
from tests.records.telling import at, fetched

GRANTS = ("read:*:cohorts", "tell:sheffield:sessions")
WEEK = timedelta(weeks=1)


async def made(conn: Connection, name: str = "diary", *, since: datetime | None = None) -> Made:
    """A key that works for a week."""
    begins = since or at(1)
    return await keys.create(conn, name, GRANTS, begins, begins + WEEK)


async def opens(conn: Connection, secret: str, when: datetime) -> bool:
    """Whether a secret opens then."""
    return isinstance(await keys.use(conn, secret, when), KeyLine)


async def test_a_key_is_not_kept(pool: Pool) -> None:
    """Only its hash is, from which nobody gets back."""
    async with pool.acquire() as conn:
        secret = (await made(conn)).secret
    assert re.fullmatch(r"mca_[A-Za-z0-9_-]{43}", secret)
    stored = await pool.fetchval("SELECT api_keys::text FROM api_keys")
    assert secret not in stored
    assert secret.removeprefix("mca_") not in stored


async def test_a_key_is_found_by_its_secret_alone(pool: Pool) -> None:
    """With its name and grants; another secret finds nothing."""
    async with pool.acquire() as conn:
        mine = await made(conn)
        await made(conn, "rota", since=at(2))
        found = await keys.use(conn, mine.secret, at(3))
        assert isinstance(found, KeyLine)
        assert (found.key, found.name, found.grants, found.created_at) == (mine.key, "diary", GRANTS, at(1))
        for other in (f"{mine.secret}x", mine.key):
            assert await keys.use(conn, other, at(3)) == KeyRefused("unknown")


async def test_the_last_use_is_noted_once_a_minute_at_most(pool: Pool) -> None:
    """A busy caller does not make the database write all the time."""
    first = at(2)
    async with pool.acquire() as conn:
        secret = (await made(conn)).secret
        noted = []
        for seconds in (0, 1, 60, 61, 100, 3600):
            await keys.use(conn, secret, first + timedelta(seconds=seconds))
            noted.append((await keys.everyone(conn))[0].last_used_at)
    assert noted == [first + timedelta(seconds=seconds) for seconds in (0, 0, 0, 61, 61, 3600)]


async def test_many_calls_at_once_are_all_let_in(pool: Pool) -> None:
    """Also when it is time to note the use."""
    async with pool.acquire() as conn:
        secret = (await made(conn)).secret

    async def one() -> bool:
        async with pool.acquire() as conn:
            return await opens(conn, secret, at(2))

    assert all(await asyncio.gather(*(one() for _ in range(30))))


async def test_a_revoked_key_opens_nothing(pool: Pool) -> None:
    """At once and for good; it stays in the list. Revoking it again changes nothing."""
    async with pool.acquire() as conn:
        mine = await made(conn)
        assert await keys.revoke(conn, mine.key, at(3))
        assert await keys.use(conn, mine.secret, at(4)) == KeyRefused("revoked", mine.key)
        assert await keys.revoke(conn, mine.key, at(5))
        listed = await keys.everyone(conn)
        assert await keys.rotate(conn, mine.key, at(6), at(7), at(7)) is None
    assert [(line.key, line.revoked_at, line.last_used_at) for line in listed] == [(mine.key, at(3), None)]


async def test_a_key_ends_by_itself(pool: Pool) -> None:
    """At the moment that was said when it was made; it is listed as one that ends before."""
    ends = at(1) + WEEK
    async with pool.acquire() as conn:
        mine = await made(conn)
        assert await opens(conn, mine.secret, ends - timedelta(seconds=1))
        assert await keys.use(conn, mine.secret, ends) == KeyRefused("expired", mine.key)
        assert [line.key for line in await keys.ending(conn, at(1), ends)] == [mine.key]
        assert await keys.ending(conn, at(1), ends - timedelta(days=1)) == []
        assert await keys.ending(conn, ends, ends + WEEK) == []


async def test_a_rotated_key_opens_with_both_secrets_for_a_while(pool: Pool) -> None:
    """It stays the key that it was, so that the ids of what it told are still its own."""
    async with pool.acquire() as conn:
        mine = await made(conn)
        new = await keys.rotate(conn, mine.key, at(2), at(2) + 2 * WEEK, at(5))
        assert new is not None
        assert new.key == mine.key
        assert [await opens(conn, secret, at(4)) for secret in (mine.secret, new.secret)] == [True, True]
        assert [await opens(conn, secret, at(5)) for secret in (mine.secret, new.secret)] == [False, True]
        assert await opens(conn, new.secret, at(2) + WEEK)


async def test_a_rotation_makes_no_secret_last_longer(pool: Pool) -> None:
    """One that ended stays ended, however long the overlap."""
    async with pool.acquire() as conn:
        mine, ended = await made(conn), at(1) + WEEK
        new = await keys.rotate(conn, mine.key, ended, ended + WEEK, ended + WEEK)
        assert new is not None
        assert [await opens(conn, secret, ended) for secret in (mine.secret, new.secret)] == [False, True]


async def test_a_key_that_nobody_made_cannot_be_revoked(pool: Pool) -> None:
    """It is said, so that a slip of the pen is noticed. A secret is not a name."""
    async with pool.acquire() as conn:
        secret = (await made(conn)).secret
        assert not await keys.revoke(conn, "key_0000000000", at(2))
        assert not await keys.revoke(conn, secret, at(2))
        assert await opens(conn, secret, at(3))


async def test_keys_are_listed_the_newest_first(pool: Pool) -> None:
    """Two of one name are two keys."""
    async with pool.acquire() as conn:
        for hours, name in enumerate(("diary", "rota", "diary")):
            await made(conn, name, since=at(hours))
        listed = await keys.everyone(conn)
    assert [(line.name, line.created_at) for line in listed] == [("diary", at(2)), ("rota", at(1)), ("diary", at(0))]
    assert len({line.key for line in listed}) == 3


async def test_a_key_has_a_name_and_an_end(pool: Pool) -> None:
    """The database sees to it."""
    async with pool.acquire() as conn:
        with pytest.raises(asyncpg.CheckViolationError, match="api_keys_named"):
            await keys.create(conn, "", GRANTS, at(1), at(2))
        with pytest.raises(asyncpg.CheckViolationError, match="api_keys_end"):
            await keys.create(conn, "diary", GRANTS, at(1), at(1))
    assert await fetched(pool, "SELECT * FROM api_keys") == []
