"""API keys as they are recorded."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import asyncpg
import pytest

from records import keys
from records.database import Pool
from tests.records.telling import at, fetched


async def test_a_key_is_not_kept(pool: Pool) -> None:
    """Only its hash is, from which nobody gets back."""
    async with pool.acquire() as conn:
        secret = await keys.create(conn, "diary", ("read", "tell:sheffield"), at(1))
    assert re.fullmatch(r"mca_[A-Za-z0-9_-]{43}", secret)
    stored = await pool.fetchval("SELECT api_keys::text FROM api_keys")
    assert secret not in stored
    assert secret.removeprefix("mca_") not in stored


async def test_a_key_is_found_by_its_secret_alone(pool: Pool) -> None:
    """With its name and grants; another secret finds nothing."""
    async with pool.acquire() as conn:
        secret = await keys.create(conn, "diary", ("read", "tell:sheffield"), at(1))
        await keys.create(conn, "rota", ("read",), at(2))
        found = await keys.use(conn, secret, at(3))
        assert found is not None
        assert (found.name, found.grants, found.created_at) == ("diary", ("read", "tell:sheffield"), at(1))
        assert await keys.use(conn, f"{secret}x", at(3)) is None
        assert await keys.use(conn, found.key, at(3)) is None


async def test_the_last_use_is_noted_once_a_minute_at_most(pool: Pool) -> None:
    """A busy caller does not make the database write all the time."""
    first = at(2)
    async with pool.acquire() as conn:
        secret = await keys.create(conn, "diary", ("read",), at(1))
        noted = []
        for seconds in (0, 1, 60, 61, 100, 3600):
            await keys.use(conn, secret, first + timedelta(seconds=seconds))
            noted.append((await keys.everyone(conn))[0].last_used_at)
    assert noted == [first + timedelta(seconds=seconds) for seconds in (0, 0, 0, 61, 61, 3600)]


async def test_many_calls_at_once_are_all_let_in(pool: Pool) -> None:
    """Also when it is time to note the use."""
    async with pool.acquire() as conn:
        secret = await keys.create(conn, "diary", ("read",), at(1))

    async def one() -> bool:
        async with pool.acquire() as conn:
            return await keys.use(conn, secret, at(2)) is not None

    assert all(await asyncio.gather(*(one() for _ in range(30))))


async def test_a_revoked_key_opens_nothing(pool: Pool) -> None:
    """At once and for good; it stays in the list. Revoking it again changes nothing."""
    async with pool.acquire() as conn:
        secret = await keys.create(conn, "diary", ("read",), at(1))
        name = (await keys.everyone(conn))[0].key
        assert await keys.revoke(conn, name, at(3))
        assert await keys.use(conn, secret, at(4)) is None
        assert await keys.revoke(conn, name, at(5))
        listed = await keys.everyone(conn)
    assert [(line.key, line.revoked_at, line.last_used_at) for line in listed] == [(name, at(3), None)]


async def test_a_key_that_nobody_made_cannot_be_revoked(pool: Pool) -> None:
    """It is said, so that a slip of the pen is noticed. A secret is not a name."""
    async with pool.acquire() as conn:
        secret = await keys.create(conn, "diary", ("read",), at(1))
        assert not await keys.revoke(conn, "key_0000000000", at(2))
        assert not await keys.revoke(conn, secret, at(2))
        assert await keys.use(conn, secret, at(3)) is not None


async def test_keys_are_listed_the_newest_first(pool: Pool) -> None:
    """Two of one name are two keys: so that one can follow the other without a gap."""
    async with pool.acquire() as conn:
        for hours, name in enumerate(("diary", "rota", "diary")):
            await keys.create(conn, name, ("read",), at(hours))
        listed = await keys.everyone(conn)
    assert [(line.name, line.created_at) for line in listed] == [("diary", at(2)), ("rota", at(1)), ("diary", at(0))]
    assert len({line.key for line in listed}) == 3


async def test_a_key_has_a_name(pool: Pool) -> None:
    """The database sees to it."""
    async with pool.acquire() as conn:
        with pytest.raises(asyncpg.CheckViolationError, match="api_keys_named"):
            await keys.create(conn, "", ("read",), at(1))
    assert await fetched(pool, "SELECT * FROM api_keys") == []
