"""Where the engine is: what the environment says, and else the servers that ``mca dev`` runs on this machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from getpass import getuser
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from mca.demonstrated import Kept, present
from mca.errors import CommandError, Exit
from mca.links import OPERATOR, Links
from mca.tables import say
from operations import context, reading
from operations.callers import Caller
from operations.context import EngineContext
from operations.reasons import with_rules
from process.connection import connect
from process.settings import TASK_QUEUE
from records import database
from records.database import Connection, Pool
from schemas.due import Why

RECORDED_WITHIN: Final = timedelta(seconds=60)
"""How long a command waits for a worker to record a fact."""

SHOWN_WITHIN: Final = timedelta(seconds=20)
_BETWEEN_LOOKS_SECONDS: Final = 0.25

_ELSEWHERE: Final = frozenset({"MCA_DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_PROFILE"})
"""Whoever names one of these means no demonstration of this machine, whose clock is ahead."""

ANSWER_WITHIN: Final = timedelta(seconds=10)
"""How long a workflow is waited for that is asked something."""

_WHY: Final[TypeAdapter[tuple[Why, ...]]] = TypeAdapter(tuple[Why, ...])


now = context.now


def caller() -> Caller:
    """Whoever types: known to the audit by the account of this machine, and let in by its settings."""
    return Caller.trusted(f"cli:{getuser()}", "mca")


async def noted(conn: Connection, what: str, subject: str | None, person: str | None = None) -> None:
    """Note that whoever types reads something personal."""
    await reading.noted(conn, caller(), what, subject, now(), person)


def environment() -> dict[str, str]:
    """The environment, with the addresses of what ``mca dev`` runs here where it says nothing itself."""
    said = {name: value for name, value in os.environ.items() if value}
    directory = Path(said.get("MCA_STATE", ".mca"))
    found = _running(directory)
    if found and not said.keys() & _ELSEWHERE:
        Kept.follow(directory)
    if said.get("TEMPORAL_PROFILE"):
        found.pop("TEMPORAL_ADDRESS", None)
    return found | said


@asynccontextmanager
async def records() -> AsyncIterator[Pool]:
    """The database alone."""
    pool = await database.connect_to_fitting(_database_url(environment()), at_most=2)
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def connection() -> AsyncIterator[Connection]:
    """One connection to the database."""
    async with records() as pool, pool.acquire() as conn:
        yield conn


@asynccontextmanager
async def engine() -> AsyncIterator[EngineContext]:
    """The Temporal server and the database. Raises what :mod:`mca.errors` turns into sentences."""
    said = environment()
    url = _database_url(said)
    keys = [key.strip() for key in said.get("MCA_TELLING_KEYS", "").split(",") if key.strip()]
    client = await connect(address=said.get("TEMPORAL_ADDRESS"), telling_keys=keys)
    if present() is not None:
        from rehearsal.demonstration.late_starts import LateStarts  # noqa: PLC0415 - beside a demonstration only

        client = LateStarts.over(client, present)
    pool = await database.connect_to_fitting(url, at_most=4)
    try:
        yield EngineContext(client, pool, said.get("MCA_TASK_QUEUE", TASK_QUEUE), RECORDED_WITHIN)
    finally:
        await pool.close()


async def shown(engine: EngineContext, look: Callable[[Connection], Awaitable[bool]]) -> None:
    """Wait a little until a worker has recorded what was started, for the eyes of whoever started it."""
    try:
        async with asyncio.timeout(SHOWN_WITHIN.total_seconds()):
            while True:
                async with engine.connection() as conn:
                    if await look(conn):
                        return
                await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)
    except TimeoutError:
        say("No worker has recorded it yet; it will be, once one runs: mca worker")


async def asked_why(workflow: str, question: str) -> tuple[Why, ...]:
    """The reasons that a workflow gives."""
    async with engine() as to:
        handle = to.client.get_workflow_handle(workflow)
        found = _WHY.validate_python(await handle.query("why", question, rpc_timeout=ANSWER_WITHIN))
        return await with_rules(to.pool, workflow.partition(":")[2], found)


def need_embedded() -> None:
    """Raises CommandError where the embedded servers are not installed."""
    if find_spec("psutil") is None or find_spec("aiosmtpd") is None:
        raise CommandError(
            "The embedded servers are not installed. Install coaching-lifecycle[embedded], or run mca worker "
            "with MCA_DATABASE_URL, MCA_SMTP_URL and TEMPORAL_ADDRESS.",
            Exit.USAGE,
        )


def _running(directory: Path) -> dict[str, str]:
    if find_spec("psutil") is None:
        return {}
    from devstack.state import running_in  # noqa: PLC0415 - psutil is there only beside the embedded servers

    record = running_in(directory)
    if record is None:
        return {}
    links = Links.read(directory)
    addresses = (links.environment if links else {}) | {
        "MCA_DATABASE_URL": record.database_url,
        "MCA_SMTP_URL": record.smtp_url,
        "MCA_OPERATOR": OPERATOR if record.smtp_url else None,
        "TEMPORAL_ADDRESS": record.temporal_address,
    }
    return {name: address for name, address in addresses.items() if address}


def _database_url(said: Mapping[str, str]) -> str:
    url = said.get("MCA_DATABASE_URL")
    if not url:
        raise CommandError(
            "Nothing runs here. Start everything on this machine with mca dev, or set MCA_DATABASE_URL (and "
            "TEMPORAL_ADDRESS or TEMPORAL_PROFILE) to where it runs.",
            Exit.AWAY,
        )
    return url
