"""The engine with the servers it needs, on this machine: what ``mca dev`` and ``mca rehearse`` start."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio.exceptions import TemporalError

from mca.links import OPERATOR, Links
from mca.tables import output
from process.listening import free_port
from process.settings import Settings
from records import database

if TYPE_CHECKING:
    from temporalio.client import Client

    from devstack.settings import StackSettings
    from devstack.stack import Stack
    from records.database import Pool

T = TypeVar("T")


@dataclass(slots=True)
class Work:
    """The worker of a stack, which can be ended and begun again."""

    client: Client
    settings: Settings
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def begin(self) -> None:
        """Take work, and do it."""
        from worker.main import engine  # noqa: PLC0415 - the workflows take a while to import

        await self._stack.enter_async_context(engine(self.client, self.settings))

    async def register(self) -> None:
        """Have the server know what it must before workflows start."""
        from worker.registration import register_search_attributes  # noqa: PLC0415 - as above

        await register_search_attributes(self.client)

    async def end(self) -> None:
        """Finish what was begun. Harmless when repeated."""
        await self._stack.aclose()


@dataclass(frozen=True, slots=True)
class Engine:
    """A running stack with a worker: what a rehearsal needs of it."""

    stack: Stack
    client: Client
    pool: Pool
    settings: Settings
    environment: dict[str, str]
    logs: tuple[Path, ...]
    work: Work


def stack_settings(
    state: Path | None, temporal_port: int | None = None, ui_port: int | None = None, smtp_port: int | None = None
) -> StackSettings:
    """The stack as the environment says; what stands on the command line goes first."""
    from devstack.settings import StackSettings  # noqa: PLC0415 - beside the embedded servers only

    said = StackSettings.from_environment(os.environ)
    ports = {"temporal": temporal_port, "ui": ui_port, "smtp": smtp_port}
    chosen = {name: port for name, port in ports.items() if port is not None}
    return said.model_copy(update={"directory": state or said.directory, "ports": said.ports.model_copy(update=chosen)})


@asynccontextmanager
async def running_engine(
    settings: StackSettings,
    *,
    address: str | None = None,
    profile: str | None = None,
    gateway_port: int | None = None,
    present: Callable[[], datetime | None] | None = None,
) -> AsyncIterator[Engine]:
    """The stack, migrated, with a worker in this process whose log goes to a file beside the servers' logs.

    With the port of a gateway the worker's mails hold links to its pages. With the ``present`` of a demonstration its
    worker is left to be begun, and whatever is started begins then.
    """
    from devstack.stack import Stack  # noqa: PLC0415 - as above
    from process.connection import connect, runtime  # noqa: PLC0415 - as above
    from process.logging import set_up_logging  # noqa: PLC0415 - as above

    async with Stack.of(settings) as stack:
        said = {name: value for name, value in os.environ.items() if value}
        given = {
            "MCA_DATABASE_URL": stack.database_url,
            "MCA_SMTP_URL": stack.smtp_url,
            "MCA_NEXUS_GRANTS": said.get("MCA_NEXUS_GRANTS") or "*=admin:*",
        } | _roles(settings, stack.database_url)
        if gateway_port is not None:
            port = free_port(gateway_port)
            given |= {"MCA_LISTEN": f"127.0.0.1:{port}"} | Links.kept_in(settings.directory, port).environment
            said = ({"MCA_OPERATOR": OPERATOR} if stack.outbox else {}) | said
        worker_settings = Settings.from_environment(said := said | given)
        log = settings.directory.absolute() / "log" / "worker.log"
        with log.open("a", encoding="utf-8") as lines:
            set_up_logging(worker_settings.log, worker_settings.log_level, lines)
            await database.migrate(stack.database_url)
            client = await connect(
                address=stack.temporal_address or address,
                profile=profile,
                over=runtime(worker_settings.metrics),
                telling_keys=worker_settings.keys_to_tell_with,
            )
            if present is not None:
                from rehearsal.demonstration.late_starts import LateStarts  # noqa: PLC0415 - as above

                client = LateStarts.over(client, present)
            pool, work = await database.connect(stack.database_url), Work(client, worker_settings)
            try:
                if present is None:
                    await work.begin()
                yield Engine(stack, client, pool, worker_settings, said, (log,), work)
            finally:
                await work.end()
                await pool.close()


def _roles(settings: StackSettings, url: str) -> dict[str, str]:
    """Each process in a role of its own, where the database is the embedded one: what runs here is walled."""
    if settings.external.database_url is not None:
        return {}
    processes = ("worker", "gateway")
    return {f"MCA_{process.upper()}_DATABASE_URL": database.as_role(url, f"mca_{process}") for process in processes}


async def until_stopped(work: Coroutine[Any, Any, T]) -> T | None:
    """Do the work until it is done, or until a signal asks to end; then it is cancelled and cleans up behind itself."""
    task = asyncio.ensure_future(work)
    asked = asyncio.Event()
    with _on_signals(task, asked):
        try:
            return await task
        except (asyncio.CancelledError, TemporalError):
            # The client of Temporal turns a cancelled call into an error of its own.
            if asked.is_set():
                return None
            raise


def show_addresses(stack: Stack, gateway: str | None = None) -> None:
    """Where people can look."""
    named = {
        "Gateway": gateway,
        "Temporal UI": stack.ui_url,
        "Temporal": stack.temporal_address,
        "Database": stack.database_url,
        "Outbox": stack.outbox,
    }
    for name, address in named.items():
        if address:
            output().print(f"[bold]{name:<12}[/bold]", end="")
            output().print(str(address), markup=False, soft_wrap=True)


async def until_asked_to_end() -> None:
    """Stay until the signal that ends the command."""
    await asyncio.Event().wait()


@contextmanager
def _on_signals(task: asyncio.Future[Any], asked: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end() -> None:
        asked.set()
        task.cancel()

    for number in wanted:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)
