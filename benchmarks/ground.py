"""The servers the benchmarks run on, and worker processes on them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from temporalio.client import Client

from benchmarks.bare_records import TABLE
from benchmarks.sides import READY, Process
from benchmarks.subjects import one_more
from devstack.settings import Ports
from devstack.stack import Stack
from process.connection import connect
from records import database
from records.database import Pool

Recording = Literal["ordinary", "local"]


@dataclass(frozen=True, slots=True)
class Ground:
    """The servers, with a client and a pool of this process."""

    stack: Stack
    client: Client
    pool: Pool

    @asynccontextmanager
    async def worker(self, recording: Recording = "ordinary") -> AsyncIterator[Process]:
        """A worker process on a task queue of its own, while the context lasts."""
        queue = one_more(f"{recording}-")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.worker", recording),
            env=os.environ | self.environment(queue),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            said = await process.stdout.readline()
            if said.decode().strip() != READY:
                raise RuntimeError(f"the {recording} worker did not come up")
            yield Process(process.pid, queue)
        finally:
            process.stdin.close()
            await process.wait()

    def environment(self, task_queue: str) -> dict[str, str]:
        """What tells a process of the engine where these servers are."""
        return {
            "MCA_DATABASE_URL": self.stack.database_url,
            "MCA_SMTP_URL": self.stack.smtp_url,
            "MCA_TASK_QUEUE": task_queue,
            "TEMPORAL_ADDRESS": str(self.stack.temporal_address),
        }


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Servers of their own on free ports, gone with everything in them when the context ends."""
    with _directory() as directory:
        async with Stack(directory, Ports(temporal=0, ui=0, smtp=0), throwaway=True) as stack:
            await database.migrate(stack.database_url)
            pool = await database.connect(stack.database_url)
            try:
                await pool.execute(TABLE)
                yield Ground(stack, await connect(address=stack.temporal_address), pool)
            finally:
                await pool.close()


@contextmanager
def _directory() -> Iterator[Path]:
    """In memory where that is possible, so that no disk is measured; every account may enter it."""
    memory = Path("/dev/shm")  # noqa: S108 - only a directory of our own is made in it
    fast = memory if memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30 else None
    path = Path(tempfile.mkdtemp(prefix="mca-bench-", dir=fast))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)
