"""``mca key``, against a real database."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mca.errors import Exit
from mca.key import app
from records import keys
from records.database import Pool
from records.keys import KeyLine, KeyRefused


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
    made = await key("make", "diary", "--grant", "tell:sheffield:sessions", "--grant", "read:*:cohorts")
    assert made.exit_code == Exit.OK, made.output
    secret = made.stdout.strip()
    async with pool.acquire() as conn:
        found = await keys.use(conn, secret, datetime.now(UTC))
    assert isinstance(found, KeyLine)
    assert found.grants == ("tell:sheffield:sessions", "read:*:cohorts")
    assert found.ends - found.created_at == timedelta(days=365)
    assert f"{found.ends:%d %B %Y}" in made.stderr

    listed = await key("list")
    assert all(part in listed.stdout for part in (found.key, "diary", "tell:sheffield:sessions"))
    assert secret not in listed.output
    assert [one["key"] for one in json.loads((await key("list", "--json")).stdout)] == [found.key]

    assert (await key("revoke", found.key)).exit_code == Exit.OK
    async with pool.acquire() as conn:
        assert await keys.use(conn, secret, datetime.now(UTC)) == KeyRefused("revoked", found.key)
    actions = await pool.fetch("SELECT caller, action FROM audit ORDER BY number")
    assert [row["action"] for row in actions] == [f"make {found.key}", f"revoke {found.key}"]
    assert all(row["caller"].startswith("cli:") for row in actions)


async def test_a_preset_is_what_a_usual_service_needs(pool: Pool) -> None:
    """Named by it, and limited to its academy."""
    made = await key("make", "--preset", "diary", "sheffield", "--days", "90")
    assert made.exit_code == Exit.OK, made.output
    row = await pool.fetchrow("SELECT name, grants, ends - created_at AS works FROM api_keys")
    assert row is not None
    assert (row["name"], row["works"]) == ("diary", timedelta(days=90))
    assert "tell:sheffield:sessions,leave" in row["grants"]


async def test_a_key_is_rotated_with_an_overlap(pool: Pool) -> None:
    """Both secrets open meanwhile, as the same key; one that nobody made, or was revoked, is not."""
    secret = (await key("make", "--preset", "diary", "sheffield")).stdout.strip()
    name = await pool.fetchval("SELECT key FROM api_keys")
    rotated = await key("rotate", name)
    assert rotated.exit_code == Exit.OK, rotated.output
    async with pool.acquire() as conn:
        found = [await keys.use(conn, one, datetime.now(UTC)) for one in (secret, rotated.stdout.strip())]
    assert [one.key for one in found] == [name, name]
    assert all(isinstance(one, KeyLine) for one in found)
    assert (await key("rotate", "key_0000000000")).exit_code == Exit.REFUSED


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        (("make", "diary", "--grant", "write"), "begins with one of"),
        (("make", "diary", "--grant", "tell:*"), "does not say what"),
        (("make", " ", "--grant", "admin:*"), "needs a name"),
        (("make", "diary"), "--grant, or --preset"),
        (("make", "--preset", "payroll", "sheffield"), "one of diary, survey, leavers, dashboard, warehouse"),
        (("make", "--preset", "diary", "no academy"), "does not say where"),
        (("make", "diary", "--grant", "admin:*", "--days", "366"), "--days"),
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
    assert (said.exit_code, said.stdout, "mca key make" in said.stderr) == (Exit.OK, "", True)
