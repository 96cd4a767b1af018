"""``mca dev``, ``mca worker`` and ``mca migrate``: run the engine, here or against real servers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer
from temporalio.exceptions import TemporalError

from gateway.listening import free_port
from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.links import Links
from mca.tables import output, say
from records import database
from worker.settings import Settings

if TYPE_CHECKING:
    from temporalio.client import Client

    from devstack.settings import StackSettings
    from devstack.stack import Stack
    from records.database import Pool

DEV_EXAMPLES: Final = (
    "Examples: mca dev --rehearse · mca dev --state /tmp/try --temporal-port 0 --ui-port 0 --smtp-port 0"
)
GATEWAY_EXAMPLES: Final = (
    "Example: MCA_DATABASE_URL=postgresql://… MCA_SMTP_URL=smtp://… MCA_PUBLIC_URL=https://… MCA_LINK_KEYS=… "
    "TEMPORAL_ADDRESS=… mca gateway"
)
WORKER_EXAMPLES: Final = "Example: MCA_DATABASE_URL=postgresql://… MCA_SMTP_URL=smtp://… TEMPORAL_ADDRESS=… mca worker"
MIGRATE_EXAMPLES: Final = "Example: MCA_DATABASE_URL=postgresql://… mca migrate"

State = Annotated[Path | None, typer.Option(help="Where everything is kept; .mca if nothing is said.")]
_ANY: Final = "0 takes any free one."
Port = Annotated[int | None, typer.Option(min=0, max=65535, help=_ANY)]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Engine:
    """A running stack with a worker: what a rehearsal needs of it."""

    stack: Stack
    client: Client
    pool: Pool
    settings: Settings
    environment: dict[str, str]
    logs: tuple[Path, ...]


@plainly
def dev(
    *,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Rehearse the example cohort first, once.")] = False,
    state: State = None,
    temporal_port: Port = None,
    ui_port: Port = None,
    smtp_port: Port = None,
    gateway_port: Annotated[int, typer.Option(min=0, max=65535, envvar="MCA_GATEWAY_PORT", help=_ANY)] = 8080,
) -> None:
    """Start everything on this machine and stay up until Ctrl-C: Temporal with its UI, Postgres, mail, worker, gateway.

    MCA_DATABASE_URL, MCA_SMTP_URL and Temporal's own TEMPORAL_ variables replace a part by a real one.
    """
    reach.need_embedded()
    settings = stack_settings(state, temporal_port, ui_port, smtp_port)
    asyncio.run(until_stopped(_dev(settings, gateway_port, rehearse=rehearse)))


@plainly
def worker() -> None:
    """Run a worker until SIGTERM or Ctrl-C; it finishes what it has begun.

    Beside mca dev on the same machine it needs no setting.
    """
    from worker.main import run  # noqa: PLC0415 - the workflows take a while to import

    said = reach.environment()
    asyncio.run(run(Settings.from_environment(said), said.get("TEMPORAL_ADDRESS")))


@plainly
def gateway() -> None:
    """Run a gateway until SIGTERM or Ctrl-C: HTTP, events and pages; it finishes the calls it has begun.

    It keeps nothing: more of them need only a load balancer. It listens on MCA_LISTEN, 127.0.0.1:8080 if nothing is
    said.
    """
    if find_spec("fastapi") is None:
        raise CommandError("The gateway is not installed. Install coaching-lifecycle[gateway].", Exit.USAGE)
    from gateway.main import run  # noqa: PLC0415 - the web framework is there only beside the gateway
    from gateway.settings import GatewaySettings  # noqa: PLC0415 - as above

    said = reach.environment()
    asyncio.run(run(GatewaySettings.from_environment(said), said.get("TEMPORAL_ADDRESS")))


@plainly
def migrate() -> None:
    """Bring the database to the newest revision. Harmless when repeated."""
    url = reach.environment().get("MCA_DATABASE_URL")
    if not url:
        raise CommandError("Set MCA_DATABASE_URL to postgresql://user:password@host:5432/database.", Exit.USAGE)
    asyncio.run(database.migrate(url))
    say("The database is at the newest revision.")


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
    settings: StackSettings, *, address: str | None = None, profile: str | None = None, gateway_port: int | None = None
) -> AsyncIterator[Engine]:
    """The stack, migrated, with a worker in this process whose log goes to a file beside the servers' logs.

    With the port of a gateway the worker's mails hold links to its pages.
    """
    from devstack.stack import Stack  # noqa: PLC0415 - as above
    from worker.connection import connect, runtime  # noqa: PLC0415 - as above
    from worker.logging import set_up_logging  # noqa: PLC0415 - as above
    from worker.main import engine  # noqa: PLC0415 - the workflows take a while to import

    async with Stack.of(settings) as stack:
        said = {name: value for name, value in os.environ.items() if value}
        given = {"MCA_DATABASE_URL": stack.database_url, "MCA_SMTP_URL": stack.smtp_url}
        if gateway_port is not None:
            port = free_port(gateway_port)
            given |= {"MCA_LISTEN": f"127.0.0.1:{port}"} | Links.kept_in(settings.directory, port).environment
        worker_settings = Settings.from_environment(said := said | given)
        log = settings.directory.absolute() / "log" / "worker.log"
        with log.open("a", encoding="utf-8") as lines:
            set_up_logging(worker_settings.log, worker_settings.log_level, lines)
            await database.migrate(stack.database_url)
            client = await connect(
                address=stack.temporal_address or address, profile=profile, over=runtime(worker_settings.metrics)
            )
            pool = await database.connect(stack.database_url)
            try:
                async with engine(client, worker_settings):
                    yield Engine(stack, client, pool, worker_settings, said, (log,))
            finally:
                await pool.close()


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


async def _dev(settings: StackSettings, gateway_port: int, *, rehearse: bool) -> None:
    from gateway.main import opened  # noqa: PLC0415 - beside the embedded servers only
    from gateway.settings import GatewaySettings  # noqa: PLC0415 - as above

    say(f"Starting everything in {settings.directory} …")
    async with running_engine(settings, gateway_port=gateway_port) as engine:
        # Whoever tries webhooks here has the subscriber on this machine.
        said = {"MCA_WEBHOOK_NETWORKS": "127.0.0.0/8"} | engine.environment
        async with opened(GatewaySettings.from_environment(said), engine.client) as gateway:
            if rehearse:
                from mca.rehearse import rehearse_example  # noqa: PLC0415 - it composes this module

                await rehearse_example(engine, settings.directory.absolute() / "rehearsal.json")
            show_addresses(engine.stack, gateway.url)
            say("Everything runs. Ctrl-C ends it; the next start goes on from here.")
            await gateway.ended()


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
