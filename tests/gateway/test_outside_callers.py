"""The examples for callers from outside, run as they are against a gateway that listens."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.gateway.conftest import Callers, Town
from tests.workflows.subjects import now

EXAMPLES = Path(__file__).parents[2] / "examples"
BOUND = 60

has_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


async def run(url: str, key: str, *command: str | Path) -> tuple[int, str]:
    """The exit code and the output of an example, given where the gateway is and a key."""
    program = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=os.environ | {"COACHING_URL": url, "COACHING_KEY": key}
    )
    said, _ = await asyncio.wait_for(program.communicate(), BOUND)
    assert program.returncode is not None
    return program.returncode, said.decode()


@has_curl
async def test_curl_tells_and_asks(url: str, callers: Callers, town: Town) -> None:
    """Two documents: the first answer, also to a repeat, and the standing; a refusal is printed and ends it."""
    life = await town.started()
    key = await callers.key("tell:sheffield:*", "as:sheffield:*", "read:sheffield:*")
    at = now().isoformat()
    for _ in range(2):
        code, said = await run(url, key, "sh", EXAMPLES / "curl" / "tell.sh", life.name, "sponsor", at)
        assert code == 0, said
        told, shown = (json.loads(line) for line in said.splitlines())
        assert told["event_id"].endswith(f"~signing:{life.name}:sponsor")
        assert told["standing"]["stage"] == "proposed"
        assert life.name in json.dumps(shown)
    assert (await life.recorded())[1:] == [told["event_id"]]
    other = (now() - timedelta(minutes=1)).isoformat()
    code, said = await run(url, key, "sh", EXAMPLES / "curl" / "tell.sh", life.name, "sponsor", other)
    assert code == 22
    assert json.loads(said)["code"] == "different_content"


@pytest.mark.parametrize("mode", [(), ("--binary",)], ids=["structured", "binary"])
async def test_cloudevents_hand_in_a_fact(url: str, callers: Callers, town: Town, mode: tuple[str, ...]) -> None:
    """Handed in twice it is recorded once."""
    life = await town.started()
    key = await callers.key("tell:sheffield:*", "as:sheffield:*")
    post, at = EXAMPLES / "cloudevents" / "post.py", now().isoformat()
    for _ in range(2):
        code, said = await run(url, key, sys.executable, post, life.name, "sponsor", at, *mode)
        assert code == 0, said
    async with asyncio.timeout(BOUND):
        while not (later := (await life.recorded())[1:]):
            continue
    assert len(later) == 1
