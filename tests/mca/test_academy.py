"""``mca academy office``: one mailbox, shown and changed for the whole academy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mca.academy import app
from mca.errors import Exit
from records.database import Pool


@pytest.fixture(autouse=True)
def here(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find this test's database."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))


async def run(*given: str) -> Result:
    """``mca academy office sheffield``."""
    return await asyncio.to_thread(CliRunner().invoke, app, ["office", "sheffield", *given])


async def test_an_office_is_named_and_changed(pool: Pool) -> None:
    """What is not given stays, and the audit says who changed it."""
    assert "office@example.org" in (await run("--address", "office@example.org")).output
    assert (await run("--name", "Sheffield MCA")).exit_code == 0
    shown = (await run()).output
    assert all(words in shown for words in ("Sheffield MCA", "office@example.org"))
    rows = await pool.fetch("SELECT action, subject FROM audit")
    assert {(row["action"], row["subject"]) for row in rows} == {("change office", "sheffield")}


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ((), Exit.REFUSED, "has no office yet"),
        (("--name", "Sheffield MCA"), Exit.REFUSED, "has no office yet"),
        (("--address", "office"), Exit.USAGE, "--address"),
    ],
)
async def test_an_office_begins_with_its_address(given: tuple[str, ...], code: Exit, said: str) -> None:
    """Without one, or with none that is one, there is a sentence."""
    result = await run(*given)
    assert result.exit_code == code
    assert said in " ".join(result.output.split())
