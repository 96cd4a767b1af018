"""``mca dev``, ``mca worker`` and ``mca migrate``: run the engine, here or against real servers."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mca import reach
from mca.demonstrated import possible, present
from mca.engine import Engine, running_engine, show_addresses, stack_settings, until_stopped
from mca.errors import CommandError, Exit, plainly
from mca.links import OPERATOR_ADDRESS
from mca.rehearse import rehearse_example
from mca.tables import say
from mca.watched import Watched
from operations import context
from process.settings import Settings
from records import database

if TYPE_CHECKING:
    from devstack.settings import StackSettings
    from mca.demonstration import Demonstration

DEV_EXAMPLES: Final = (
    "Examples: mca dev --demonstrate · mca dev --state /tmp/try --temporal-port 0 --ui-port 0 --smtp-port 0"
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


@plainly
def dev(
    *,
    demonstrate: Annotated[
        bool, typer.Option("--demonstrate", help="Put in an academy to look at, once; sign in with one press.")
    ] = False,
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
    if demonstrate and rehearse:
        raise CommandError("Choose one of --demonstrate and --rehearse.", Exit.USAGE)
    if demonstrate and not possible(settings):
        raise CommandError(
            "A demonstration needs servers of its own: unset MCA_DATABASE_URL, MCA_SMTP_URL and Temporal's "
            "TEMPORAL_ variables, or start without --demonstrate.",
            Exit.USAGE,
        )
    asyncio.run(until_stopped(_dev(settings, gateway_port, demonstrate=demonstrate, rehearse=rehearse)))


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


async def _dev(settings: StackSettings, gateway_port: int, *, demonstrate: bool, rehearse: bool) -> None:
    from gateway.main import opened  # noqa: PLC0415 - beside the embedded servers only
    from gateway.settings import GatewaySettings  # noqa: PLC0415 - as above

    say(f"Starting everything in {settings.directory} …")
    async with running_engine(settings, gateway_port=gateway_port, present=present if demonstrate else None) as engine:
        demonstration = await _demonstrated(engine, settings.directory) if demonstrate else None
        # Whoever tries webhooks here has the subscriber on this machine.
        said = {"MCA_WEBHOOK_NETWORKS": "127.0.0.0/8", "MCA_TEMPORAL_UI_URL": engine.stack.ui_url or ""}
        said |= engine.environment
        watched = rehearse and possible(settings) and engine.stack.outbox
        if watched:
            # The board's clock is the rehearsal's; the worker compares and accounts by the wall's, as ever.
            context.apart()
        shown = Watched(watched) if watched else demonstration
        if shown is not None:
            said["MCA_SIGN_IN_OPERATORS"] = f"{said.get('MCA_SIGN_IN_OPERATORS', '')},{OPERATOR_ADDRESS}"
        async with opened(GatewaySettings.from_environment(said), engine.client, shown) as gateway:
            if rehearse:
                if shown is not None:
                    say(f"Watch it at {gateway.url}/demonstration while it goes on.")
                await rehearse_example(engine, settings.directory.absolute() / "rehearsal.json")
            show_addresses(engine.stack, gateway.url)
            if demonstration is not None:
                say(f"Open {gateway.url}/demonstration and choose who you are.")
            say("Everything runs. Ctrl-C ends it; the next start goes on from here.")
            await gateway.ended()


async def _demonstrated(engine: Engine, directory: Path) -> Demonstration | None:
    """The demonstration, with its academy; None where something else is recorded."""
    from mca.demonstration import Demonstration  # noqa: PLC0415 - it imports much of the engine

    say("Preparing an academy to look at …")
    demonstration = Demonstration(engine, directory)
    if await demonstration.open():
        return demonstration
    say(
        "Other records are here already, so there is no demonstration. To see it, choose an empty place: "
        "MCA_STATE=.mca-demonstration make run"
    )
    return None
