"""The same starts, facts and memory on DBOS's drop-in replacement of the Temporal SDK, in processes of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, Remark, Result
from benchmarks.ground import Ground

PART: Final = "drop-in"
WANTED: Final = ("dbosify==0.4.0", "dbos==2.31")
_SECONDS_TO_INSTALL: Final = 120
_SECONDS_TO_MEASURE: Final = 240


async def measure(place: Ground, rounds: int) -> list[Result]:
    """Install it beside the project for as long as this takes, and run the same benchmark on the same Postgres."""
    directory = Path(tempfile.mkdtemp(prefix="mca-drop-in-"))
    try:
        said = await _run(
            _SECONDS_TO_INSTALL, {}, "-m", "pip", "install", "--quiet", "--target", str(directory), *WANTED
        )
        if isinstance(said, Remark):
            return [Remark(PART, f"not installed, so not measured: {said.text}")]
        path = os.pathsep.join((str(Path.cwd()), str(directory)))
        given = {"PYTHONPATH": path, "MCA_DATABASE_URL": place.stack.database_url, "MCA_SMTP_URL": place.stack.smtp_url}
        said = await _run(_SECONDS_TO_MEASURE, given, "-m", "benchmarks.drop_in_program", "measure", str(rounds))
        return [said] if isinstance(said, Remark) else _results(said)
    finally:
        shutil.rmtree(directory)


async def _run(seconds: float, given: dict[str, str], *arguments: str) -> str | Remark:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        env=os.environ | given,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            out, wrong = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return Remark(PART, f"not finished after {seconds:.0f} s")
    if process.returncode:
        last = wrong.decode(errors="replace").strip().splitlines()[-1:]
        return Remark(PART, f"failed with status {process.returncode}: {''.join(last)}")
    return out.decode()


def _results(said: str) -> list[Result]:
    read = json.loads(said.splitlines()[-1])
    # The aims are for the engine on Temporal.
    figures = [Figure(**one | {"part": PART, "aim": None}) for one in read["figures"]]
    return [*figures, *(Remark(PART, text) for text in read["remarks"])]
