"""Stacks in directories of their own, and a look at the processes they leave."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from devstack.settings import External, Ports
from devstack.stack import Stack

ANY_PORTS = Ports(temporal=0, ui=0, smtp=0)
NOT_TEMPORAL = External(temporal=True)
NOT_POSTGRES = External(database_url="postgresql://elsewhere/mca")


def fast_place() -> Path | None:
    """A file system in memory with room for a few databases, where there is one; None for the usual place.

    A database cluster is some forty megabytes, and these tests make many of them.
    """
    memory = Path("/dev/shm")  # noqa: S108 - only a directory of our own is made in it
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30 else None


@pytest.fixture
def state() -> Iterator[Path]:
    """An empty state directory that every account may enter, with a path short enough for a socket."""
    directory = Path(tempfile.mkdtemp(prefix="mca-", dir=fast_place()))
    directory.chmod(0o755)
    yield directory / "state"
    shutil.rmtree(directory)


def stack_in(state: Path, external: External | None = None, **attributes: str) -> Stack:
    """A stack on free ports that does not wait for the disk."""
    return Stack(state, ANY_PORTS, external=external, search_attributes=attributes, throwaway=True)


def processes_of(state: Path) -> list[psutil.Process]:
    """The servers and guardians that name the state directory in their command."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(state) in part for part in process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def all_gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them end within the time a server is given for it."""
    _, alive = psutil.wait_procs(processes, timeout=15)
    return all(process.status() == psutil.STATUS_ZOMBIE for process in alive)
