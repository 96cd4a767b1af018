"""Programs over a database whose schema does not fit: one sentence, exit code 3, nothing done."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from temporalio.client import Client
from typer.testing import CliRunner

from mca.errors import Exit
from mca.main import app
from records.database import Pool
from tests.dev_server import dev_server

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """This test's database, and no mail server."""
    return {
        "MCA_DATABASE_URL": database_url,
        "MCA_SMTP_URL": "smtp://127.0.0.1:1",
        "MCA_LISTEN": "127.0.0.1:0",
        "MCA_STATE": str(tmp_path),
        "PYTHONPATH": str(REPOSITORY),
    }


@pytest.mark.parametrize("command", [("worker",), ("gateway",)])
async def test_worker_and_gateway_end_at_once(environment: dict[str, str], pool: Pool, command: tuple[str]) -> None:
    """Over a newer database neither serves, nor adds anything to Temporal."""
    await pool.execute("UPDATE alembic_version SET version_num = '9999'")
    async with await dev_server(dev_server_log_level="error") as server:
        client: Client = server.client
        at = {"TEMPORAL_ADDRESS": client.service_client.config.target_host}
        ended = subprocess.run(
            [sys.executable, "-m", "mca.main", *command],
            env=os.environ | environment | at,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == Exit.AWAY
    assert "The database is at revision 9999, this program knows none after" in ended.stderr
    assert "then run this again." in ended.stderr


async def test_commands_say_how_to_migrate(environment: dict[str, str], pool: Pool) -> None:
    """Over a database without tables every command says which command makes them."""
    await pool.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    said = await asyncio.to_thread(CliRunner(env=environment).invoke, app, ["engagement", "list"])
    assert (said.exit_code, said.stderr) == (
        Exit.AWAY,
        "The database has no tables yet; make them with mca migrate, then run this again.\n",
    )
