"""``mca person``: somebody is shown, and gets another address without becoming somebody else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mca.person import app
from records.database import Pool
from records.people import Person, Roster, admit
from tests.workflows.subjects import now


@pytest.fixture
async def known(pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """Two people of an academy: their ids by address."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    roster = Roster((Person("Anna Example", "anna@example.org"), Person("Otto Other", "otto@example.org")))
    async with pool.acquire() as connection:
        return (await admit(connection, "sheffield", now(), roster)).people


async def run(*given: str) -> Result:
    """``mca person``."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(given))


async def test_an_address_is_mended_and_the_person_stays_the_same(known: dict[str, str]) -> None:
    """The id is what engagements know somebody by."""
    anna = known["anna@example.org"]
    assert (await run("address", anna, "anna.new@example.org")).exit_code == 0
    shown = (await run("show", anna)).output
    assert "Anna Example" in shown
    assert "anna.new@example.org" in shown


@pytest.mark.parametrize(
    ("person", "address", "said"),
    [
        ("anna@example.org", "otto@example.org", "Somebody else"),
        ("anna@example.org", "no address", "is no mail address"),
        ("nobody", "anna.new@example.org", "There is nobody per_nobody"),
    ],
)
async def test_what_cannot_be_is_said_and_changes_nothing(
    known: dict[str, str], person: str, address: str, said: str, pool: Pool
) -> None:
    """Another's address, none at all, or for nobody."""
    result = await run("address", known.get(person, f"per_{person}"), address)
    assert result.exit_code == 1
    assert said in result.output
    rows = await pool.fetch("SELECT address FROM people ORDER BY address")
    assert [row["address"] for row in rows] == ["anna@example.org", "otto@example.org"]
