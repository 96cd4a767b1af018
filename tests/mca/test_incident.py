"""``mca incident``, against a real database."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lifecycle.incidents import INCIDENTS
from mca.errors import Exit
from mca.incident import app
from records import incidents
from records.database import Pool
from schemas.incidents import Finding, IncidentKind
from tests.records.telling import at


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    """The database of this test is where the environment says; the terminal is narrow."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


async def incident(*words: str) -> Result:
    """Run a command as it is typed, with an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, words)


async def test_every_kind_can_be_read_at_eighty_columns(pool: Pool) -> None:
    """What is wrong, what to do, and the command to copy, on a line of its own."""
    async with pool.acquire() as conn:
        about = "sheffield.2027-autumn.P01"
        await incidents.open_incidents(conn, [Finding(kind=kind, subject=about) for kind in IncidentKind], at(1))
        numbers = {found.finding.kind: found.id for found in await incidents.open_of(conn)}

    said = await incident("list")

    lines, text = said.stdout.splitlines(), " ".join(said.stdout.split())
    assert max(map(len, lines)) <= 80
    for kind, description in INCIDENTS.items():
        assert f"{numbers[kind]} {description.label}" in text
        assert description.remedy in text
        if typed := description.typed(numbers[kind]):
            assert f"    $ {typed}" in lines


async def test_an_incident_is_closed_by_its_number(pool: Pool) -> None:
    """It leaves the list, and stands among the closed ones; a number that is not open is said so."""
    async with pool.acquire() as conn:
        await incidents.open_incidents(conn, [Finding(kind=IncidentKind.OFFER_REFUSED, subject="sheffield.i")], at(1))
        [found] = await incidents.open_of(conn)

    assert (await incident("close", str(found.id))).exit_code == Exit.OK
    assert (await incident("list")).stdout == ""
    assert "(closed " in (await incident("list", "--closed")).stdout
    assert [one["id"] for one in json.loads((await incident("list", "--closed", "--json")).stdout)] == [found.id]
    assert (await incident("close", str(found.id))).exit_code == Exit.REFUSED
