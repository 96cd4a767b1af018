"""The client as its users install it: a wheel of its own that needs Temporal's SDK and pydantic only."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from benchmarks.made_up import known
from coaching_client.client import CoachingClient
from records.database import Pool
from schemas.subjects import ENGAGEMENT
from tests.workflows.subjects import one_more, opening_of

REPOSITORY = Path(__file__).parents[2]
CLIENT = REPOSITORY / "packages" / "client"
BOUND = 120

IMPORT_ALL = """
import importlib, importlib.util, json, pkgutil, sys
names = [f"{top}.{found.name}" for top in ("coaching_client", "schemas")
         for found in pkgutil.iter_modules(importlib.import_module(top).__path__)]
for name in names:
    importlib.import_module(name)
absent = ("activities", "asyncpg", "fastapi", "lifecycle", "records", "worker", "workflows", "yaml")
print(json.dumps([names, [name for name in absent if importlib.util.find_spec(name)]]))
"""

TELL = """
import asyncio, os, sys
from datetime import datetime
from coaching_client.client import CoachingClient
from schemas.engagement_facts import AgreementSigned
from schemas.subjects import ENGAGEMENT
from schemas.words import Role

async def main(address, queue, engagement, at):
    coaching = await CoachingClient.connect(address=address, task_queue=queue)
    fact = AgreementSigned(event_id=f"{engagement}:signed", occurred_at=datetime.fromisoformat(at), role=Role.COACH)
    print((await coaching.tell(ENGAGEMENT, engagement, fact)).model_dump_json(), flush=True)

asyncio.run(main(*sys.argv[1:]))
os._exit(0)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release builds it."""
    into = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    subprocess.run(build, cwd=CLIENT, check=True, capture_output=True, timeout=BOUND)
    return next(into.glob("*.whl"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel and what it says it needs, and nothing else."""
    home = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, timeout=BOUND)
    packages = next((home / "lib").glob("python*/site-packages"))
    with zipfile.ZipFile(wheel) as contents:
        contents.extractall(packages)
        metadata = next(name for name in contents.namelist() if name.endswith(".dist-info/METADATA"))
    needed = Distribution.at(packages / Path(metadata).parent)
    # Linked from here instead of fetched, so that the test needs no network.
    for found in closure(needed):
        for top in {file.parts[0] for file in found.files or () if file.parts[0] not in {"..", "__pycache__"}}:
            (packages / top).symlink_to(Path(str(found.locate_file(top))))
    return home / "bin" / "python"


def closure(wanted: Distribution) -> Iterator[Distribution]:
    """Everything that a distribution needs here, directly or not."""
    seen: set[str] = set()
    waiting = [Requirement(text) for text in wanted.requires or ()]
    while waiting:
        requirement = waiting.pop()
        if requirement.name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(requirement.name)
        found = distribution(requirement.name)
        assert requirement.specifier.contains(found.version, prereleases=True), requirement
        waiting += [Requirement(text) for text in found.requires or ()]
        yield found


def test_every_module_can_be_imported_and_nothing_else_is_there(bare: Path) -> None:
    """Neither rules, records, database nor web framework come along."""
    said = subprocess.run(
        [bare, "-I", "-c", IMPORT_ALL], check=True, capture_output=True, text=True, timeout=BOUND
    ).stdout
    names, unwanted = json.loads(said)
    assert unwanted == []
    assert {"coaching_client.client", "coaching_client.nexus", "schemas.facts", "schemas.cohort_facts"} <= set(names)


async def test_it_tells_a_running_engine(
    bare: Path, coaching: CoachingClient, address: str, queue: str, pool: Pool, now: datetime
) -> None:
    """From a process that has the wheel alone."""
    engagement = f"{one_more('sheffield.wheel')}.P01"
    await known(pool, engagement, opening_of(engagement, now))
    await coaching.start(ENGAGEMENT, engagement, opening_of(engagement, now))
    program = await asyncio.create_subprocess_exec(
        *(bare, "-I", "-c", TELL, address, queue, engagement, now.isoformat()), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(program.communicate(), BOUND)
    assert program.returncode == 0
    assert json.loads(said)["event_id"] == f"{engagement}~{engagement}:signed"


def test_it_has_the_engines_version_and_its_bounds() -> None:
    """Both are released together; what both need is the same."""
    engine = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    client = tomllib.loads((CLIENT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert client["version"] == engine["version"]
    assert client["requires-python"] == engine["requires-python"]
    ours = {one.name: one for one in map(Requirement, engine["dependencies"])}
    for one in map(Requirement, client["dependencies"]):
        if one.name in ours and one.name != "temporalio":
            assert one.specifier == ours[one.name].specifier, one.name
    assert {"pydantic", "temporalio"} <= {Requirement(text).name for text in client["dependencies"]}


def test_it_is_typed_and_licensed(wheel: Path) -> None:
    """Type checkers read its signatures; the licence is inside."""
    with zipfile.ZipFile(wheel) as contents:
        names = contents.namelist()
    assert {"coaching_client/py.typed", "schemas/py.typed"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
