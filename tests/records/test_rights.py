"""The second wall: what Postgres itself refuses to each process, whatever its program asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from records import database, erasures, keys
from records.database import Pool, as_role, connect, grant, serve_only
from records.keys import KeyLine, KeyRefused
from records.personal import TABLES
from schemas.erasing import ErasedBecause
from tests.records import everything
from tests.records.telling import at

PROCESSES = ("mca_worker", "mca_gateway", "mca_reader")
LEDGER = ("facts", "done_items", "events", "audit")
CHANGES = ("UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}")


@pytest.fixture
async def rows(pool: Pool) -> None:
    """One fact and one person of each of two academies."""
    for academy in ("sheffield", "leeds"):
        await pool.execute(
            """
            INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
            VALUES ($1, 1, $1, 'session_held', $2, $2, 'coach', '{}', '{}')
            """,
            f"{academy}.c.P01",
            at(1),
        )
        await pool.execute(
            "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
            "VALUES ($1, $2, $1, $3, $4, $4)",
            f"per_{academy}", academy, f"anna@{academy}.example", at(1),
        )  # fmt: skip
        await pool.execute(
            "INSERT INTO person_channels (person, channel, address, chosen_at) VALUES ($1, 'text', '07700900000', $2)",
            f"per_{academy}", at(1),
        )  # fmt: skip
        await pool.execute(
            "INSERT INTO notes (event_id, subject, text, kept_at) VALUES ($1, $1, 'words', $2)",
            f"{academy}.c.P01",
            at(1),
        )


@pytest.fixture
async def gateway(database_url: str, rows: None) -> AsyncIterator[Pool]:  # noqa: ARG001
    """The gateway's connections."""
    made = await connect(as_role(database_url, "mca_gateway"), at_most=2)
    yield made
    await made.close()


@pytest.mark.parametrize("role", PROCESSES)
async def test_nobody_but_the_owner_changes_or_empties_the_ledger(
    database_url: str,
    rows: None,  # noqa: ARG001
    role: str,
) -> None:
    """Neither row by row nor at once: by rights, before any trigger is asked."""
    conn = await asyncpg.connect(as_role(database_url, role))
    try:
        for table in LEDGER:
            column = await conn.fetchval(
                "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1", table
            )
            for change in CHANGES:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await conn.execute(change.format(table, column, "DEFAULT"))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("ALTER TABLE facts DISABLE TRIGGER ALL")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("CREATE TABLE public.mine (a int)")
    finally:
        await conn.close()


async def test_the_gateway_writes_neither_facts_nor_what_follows_from_them(gateway: Pool) -> None:
    """It has the engine record them."""
    for table in (
        "facts",
        "done_items",
        "engagements",
        "bookings",
        "open_questions",
        "subjects",
        "schema_made",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await gateway.execute(f"INSERT INTO {table} DEFAULT VALUES")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("role", ["mca_worker", "mca_gateway"])
async def test_whoever_is_erased_is_erased_by_either_and_the_note_of_it_stays(
    pool: Pool,
    database_url: str,
    role: str,
) -> None:
    """Whole, with nothing left to find; who it was is changed by nobody, and no note goes."""
    await everything.fill(pool)
    made = await connect(as_role(database_url, role), at_most=2)
    try:
        serve_only(["sheffield"])
        async with made.acquire() as conn:
            done = await erasures.erase(conn, everything.PERSON, at(2), "cli:tests", ErasedBecause.MISTAKE)
        assert done is not None
        assert (done.left, done.not_searched) == ({}, ())
        for change in ("DELETE FROM erasures", "UPDATE erasures SET person = 'per_leeds'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await made.execute(change)
    finally:
        await made.close()
    kept = "".join([repr(await pool.fetch(f"SELECT * FROM {table.name}")) for table in TABLES])  # noqa: S608
    assert [word for word in (everything.NAME, everything.ADDRESS, everything.WORDS) if word in kept] == []
    assert [tuple(row) for row in await pool.fetch("SELECT person, reason FROM erasures")] == [
        (everything.PERSON, "mistake")
    ]


async def test_the_gateway_makes_no_key_for_everything_and_widens_none(gateway: Pool) -> None:
    """For everything, or for every academy: whoever has taken it over keeps no such way in."""
    async with gateway.acquire() as conn:
        narrow = await keys.create(conn, "diary", ("tell:sheffield:sessions",), at(1), at(30))
        for grants in (("admin:sheffield",), ("read:*:people",), ("read:leeds:cohorts", "tell:*:*")):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await keys.create(conn, "diary", grants, at(1), at(30))
    assert await gateway.fetchval("SELECT array_agg(key) FROM api_keys") == [narrow.key]
    for change in ("grants = '{admin:*}'", "made_by = 'cli:root'", "created_at = now()", "key = 'key_0'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await gateway.execute(f"UPDATE api_keys SET {change}")  # noqa: S608 - changes of this test


async def test_the_gateway_takes_over_no_key_that_is_wide_and_brings_none_back(pool: Pool, gateway: Pool) -> None:
    """It notes that one was used, and revokes it; what was made or revoked stays listed."""
    async with pool.acquire() as conn:
        wide = await keys.create(conn, "everything", ("admin:*",), at(1), at(30), "cli:alder")
    async with gateway.acquire() as conn:
        assert isinstance(await keys.use(conn, wide.secret, at(2)), KeyLine)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await keys.rotate(conn, wide.key, at(2), at(30), at(2))
        assert await keys.revoke(conn, wide.key, at(3), "seen by others")
    for change in (
        "UPDATE api_keys SET revoked_at = NULL, revoked_why = NULL",
        "UPDATE api_keys SET ends = now() + interval '9 years'",
        "DELETE FROM api_keys",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await gateway.execute(change)
    assert isinstance(await use(gateway, wide.secret), KeyRefused)


async def use(gateway: Pool, secret: str) -> KeyLine | KeyRefused:
    """What a secret opens."""
    async with gateway.acquire() as conn:
        return await keys.use(conn, secret, at(4))


@pytest.mark.parametrize("table", ["facts", "people", "person_channels", "notes"])
async def test_while_one_academy_is_served_no_row_of_another_is_there(gateway: Pool, table: str) -> None:
    """Neither to read nor to change nor to take away; afterwards all are there again."""
    assert await gateway.fetchval(f"SELECT count(*) FROM {table}") == 2  # noqa: S608
    serve_only(["sheffield"])
    row = await gateway.fetchrow(f"SELECT {table}::text AS said FROM {table}")  # noqa: S608
    assert row is not None
    assert "sheffield" in row["said"]
    if table != "facts":
        assert await gateway.execute(f"DELETE FROM {table} WHERE {table}::text LIKE '%leeds%'") == "DELETE 0"  # noqa: S608
    serve_only(["leeds", "sheffield"])
    assert await gateway.fetchval(f"SELECT count(*) FROM {table}") == 2  # noqa: S608
    serve_only(["york"])
    assert await gateway.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608


async def test_no_row_is_written_for_an_academy_that_is_not_served(gateway: Pool) -> None:
    """Whatever it says of itself."""
    serve_only(["sheffield"])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await gateway.execute(
            "INSERT INTO notes (event_id, subject, text, kept_at) VALUES ('x', 'leeds.c.P01', 'words', $1)", at(1)
        )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await gateway.execute("UPDATE people SET academy = 'leeds'")


async def test_whoever_serves_nobody_sees_nothing(database_url: str, rows: None) -> None:  # noqa: ARG001
    """A connection of the gateway's role that says no academy."""
    conn = await asyncpg.connect(as_role(database_url, "mca_gateway"))
    try:
        assert await conn.fetchval("SELECT count(*) FROM people") == 0
        assert await conn.fetchval("SELECT count(*) FROM facts") == 0
    finally:
        await conn.close()


async def test_a_connection_is_told_once_which_academies_it_serves(
    gateway: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking it again for the same ones costs no round trip; for others it serves those, and those alone."""
    told: list[str] = []
    tell = asyncpg.Connection.execute

    async def execute(conn: asyncpg.Connection[asyncpg.Record], query: str, *said: str, **options: Any) -> str:
        told.extend(said)
        return await tell(conn, query, *said, **options)

    monkeypatch.setattr(asyncpg.Connection, "execute", execute)
    for academies in (["sheffield"], ["sheffield"], ["sheffield"], ["leeds"], ["leeds"]):
        serve_only(academies)
        assert await gateway.fetchval("SELECT min(academy) FROM people") == academies[0]
    assert told == ["sheffield", "leeds"]


async def test_behind_a_pooler_nothing_of_whom_it_serves_outlasts_a_transaction(
    database_url: str,
    rows: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each statement and each transaction begins with the academies of its task; the session knows of none."""

    async def pooled(_: object) -> bool:
        return True

    monkeypatch.setattr(database, "is_pooled", pooled)
    made = await connect(as_role(database_url, "mca_gateway"), at_most=1)
    try:
        for academy in ("sheffield", "leeds"):
            serve_only([academy])
            assert await made.fetchval("SELECT min(academy) FROM people") == academy
            async with made.acquire() as conn:
                async with conn.transaction(), conn.transaction():
                    assert await conn.fetchval("SELECT max(academy) FROM people") == academy
                with suppress(asyncpg.UniqueViolationError):
                    await conn.execute("INSERT INTO notes SELECT * FROM notes")
                assert await conn.fetchval("SELECT max(academy) FROM people") == academy
                bare = conn.fetchval.__self__._con  # type: ignore[attr-defined]
                await bare.serve(None)
                assert not await conn.fetchval("SELECT current_setting('mca.academies', true)")
                assert not await conn.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''")
    finally:
        await made.close()


async def test_dashboards_read_no_names_no_words_and_no_secrets(database_url: str) -> None:
    """The reader has the tables with codes, dates and numbers alone."""
    conn = await asyncpg.connect(as_role(database_url, "mca_reader"))
    try:
        rows = await conn.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege(oid, 'SELECT')"
        )
    finally:
        await conn.close()
    secret = {table.name for table in TABLES if table.words or table.hidden}
    assert {row["relname"] for row in rows} & secret == set()
    assert "facts" in {row["relname"] for row in rows}


async def test_every_table_with_personal_data_is_walled(pool: Pool) -> None:
    """A new one is, or is named here with the reason."""
    rows = await pool.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity")
    walled = {row["relname"] for row in rows}
    # Whoever signs in is looked for in all academies; keys and the audit are the installation's own.
    open_ = {"identities", "sign_in_codes", "sign_in_drafts", "sign_ins", "api_keys", "audit", "incidents", "erasures"}
    assert {table.name for table in TABLES if table.of or table.words} - walled - open_ == set()


async def test_rights_are_given_again_without_harm(database_url: str, gateway: Pool) -> None:
    """As `mca db grant` does."""
    await grant(database_url)
    await grant(database_url)
    assert await gateway.fetchval("SELECT count(*) FROM people") == 2
