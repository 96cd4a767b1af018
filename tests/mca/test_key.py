"""``mca key``, against a real database."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mca.errors import Exit
from mca.key import app
from records import keys
from records.database import Pool
from tests.records.telling import at


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    """The database of this test is where the environment says; tables are wide."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


async def key(*words: str) -> Result:
    """Run a command as it is typed, with an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, words)


async def test_a_key_is_made_shown_once_and_revoked(pool: Pool) -> None:
    """What is printed opens; the list names it without opening; revoked it opens nothing."""
    made = await key("create", "diary", "--grant", "tell:sheffield:sessions", "--grant", "read:*:cohorts")
    assert made.exit_code == Exit.OK, made.output
    secret = made.stdout.strip()
    async with pool.acquire() as conn:
        found = await keys.use(conn, secret, at(1))
    assert found is not None
    assert found.grants == ("tell:sheffield:sessions", "read:*:cohorts")

    listed = await key("list")
    assert all(part in listed.stdout for part in (found.key, "diary", "tell:sheffield:sessions, read:*:cohorts"))
    assert secret not in listed.output
    assert [one["key"] for one in json.loads((await key("list", "--json")).stdout)] == [found.key]

    assert (await key("revoke", found.key)).exit_code == Exit.OK
    async with pool.acquire() as conn:
        assert await keys.use(conn, secret, at(2)) is None


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        (("create", "diary", "--grant", "write"), "begins with one of"),
        (("create", "diary", "--grant", "tell:*"), "does not say what"),
        (("create", " ", "--grant", "admin:*"), "needs a name"),
        (("create", "diary"), "--grant"),
    ],
)
async def test_a_key_that_makes_no_sense_is_not_made(pool: Pool, words: tuple[str, ...], saying: str) -> None:
    """With a sentence that says what is wrong."""
    said = await key(*words)
    assert said.exit_code == Exit.USAGE
    assert saying in said.stderr
    assert await pool.fetchval("SELECT count(*) FROM api_keys") == 0


async def test_a_key_that_is_not_there_cannot_be_revoked() -> None:
    """With where to look."""
    said = await key("revoke", "key_0000000000")
    assert (said.exit_code, "mca key list" in said.stderr) == (Exit.REFUSED, True)


async def test_no_key_is_said_in_words() -> None:
    """And how one is made."""
    said = await key("list")
    assert (said.exit_code, said.stdout, "mca key create" in said.stderr) == (Exit.OK, "", True)
