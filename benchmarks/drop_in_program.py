"""Starts, facts and memory on DBOS's drop-in replacement of the Temporal SDK: Postgres, and no server.

A program of its own, run with the replacement on the path: ``measure ROUNDS`` writes figures as JSON, and starts itself
as ``serve``, the worker. What is imported as ``temporalio`` is then the replacement. What the engine needs of it and
does not find is put in its place here, and named in ``LACKING``.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import importlib
import json
import os
import sys
import types
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic_core import to_json

_PUT_IN_PLACE: Final = (
    "lacking, and put in its place for this: workflow.unsafe (there is no sandbox), temporalio.service with RPCError, "
    "and temporalio.contrib.pydantic"
)
_LEFT_OUT: Final = (
    "an update's validator runs outside the workflow and cannot ask workflow.now(), so ours is left out: facts are "
    "judged once, before they are recorded"
)
_NOT_MEASURED: Final = (
    "lacking, so not measured: virtual time (week and life), histories and their replay, local activities, the web "
    "interface with timers and activities by name"
)
LACKING: Final = (_PUT_IN_PLACE, _LEFT_OUT, _NOT_MEASURED)
_MODULES: Final = ("", ".activity", ".client", ".common", ".converter", ".exceptions", ".worker", ".workflow")
_EXTENSION: Final = 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp";'
_MEMORY_OF: Final = 120


class RPCStatusCode(IntEnum):
    """What a server would answer; there is none, so nothing ever does."""

    NOT_FOUND = 5
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    UNAVAILABLE = 14


def put_in_place() -> None:
    """Make ``temporalio`` mean the replacement, in this process."""
    for name in _MODULES:
        sys.modules[f"temporalio{name}"] = importlib.import_module(f"dbosify{name}")
    workflow: Any = sys.modules["temporalio.workflow"]
    workflow.unsafe = types.SimpleNamespace(imports_passed_through=contextlib.nullcontext)
    type(workflow.update(lambda _self: None)).validator = lambda _update, judge: judge
    service: Any = types.ModuleType("temporalio.service")
    service.RPCError = type("RPCError", (Exception,), {})
    service.RPCStatusCode = RPCStatusCode
    sys.modules["temporalio.service"] = service
    # Its first migration asks for an extension that it never uses, and that the embedded Postgres does not have.
    migration: Any = importlib.import_module("dbos._migration")
    first: Callable[..., str] = migration.get_dbos_migration_one
    migration.get_dbos_migration_one = lambda *given: first(*given).replace(_EXTENSION, "")


def data_converter() -> Any:  # noqa: ANN401 - the replacement's own class
    """Models as JSON, as the Temporal SDK's converter for pydantic writes them."""
    converter: Any = importlib.import_module("dbosify.converter")

    class Json(converter.EncodingPayloadConverter):  # type: ignore[misc]  # known at run time
        encoding = "json/plain"

        def to_payload(self, value: object) -> Any:  # noqa: ANN401
            return converter.Payload(metadata={"encoding": b"json/plain"}, data=to_json(value))

        def from_payload(self, payload: Any, type_hint: Any = None) -> Any:  # noqa: ANN401
            return TypeAdapter(type_hint if type_hint is not None else Any).validate_json(payload.data)

    class Converter(converter.CompositePayloadConverter):  # type: ignore[misc]  # as above
        def __init__(self) -> None:
            super().__init__(Json())

    return converter.DataConverter(payload_converter_class=Converter)


async def serve() -> None:
    """A worker with both workflows, until standard input ends."""
    from activities.mailer import Mailer  # noqa: PLC0415
    from activities.notices import NoticeActivities  # noqa: PLC0415 - imports what was put in place
    from activities.recording import RecordActivities  # noqa: PLC0415
    from benchmarks.bare import Bare  # noqa: PLC0415
    from benchmarks.bare_records import BareRecords  # noqa: PLC0415
    from benchmarks.sides import READY  # noqa: PLC0415
    from process.settings import Settings  # noqa: PLC0415
    from records import database  # noqa: PLC0415
    from workflows.engagement import EngagementWorkflow  # noqa: PLC0415

    settings = Settings.from_environment(os.environ)
    url = settings.database_url.get_secret_value()
    pool = await database.connect(url, at_most=settings.database_connections)
    records = RecordActivities(pool)
    notices = NoticeActivities(
        pool, Mailer(settings.mail_server, settings.sender, connections=settings.smtp_connections)
    )
    worker: Any = sys.modules["temporalio.worker"]
    running = worker.Worker(
        url,
        task_queue=settings.task_queue,
        workflows=[Bare, EngagementWorkflow],
        activities=[records.record, records.load, notices.carry_out, notices.deliver, BareRecords(pool).record],
        data_converter=data_converter(),
        max_concurrent_activities=50,
    )
    async with running:
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


@dataclass(frozen=True, slots=True)
class DropIn:
    """Where both sides run: only Postgres, and worker processes."""

    client: Any
    pool: Any

    @contextlib.asynccontextmanager
    async def worker(self) -> AsyncIterator[Any]:
        """A worker process on a task queue of its own, while the context lasts."""
        from benchmarks.sides import READY, Process  # noqa: PLC0415
        from benchmarks.subjects import one_more  # noqa: PLC0415

        queue = one_more("drop-in-")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.drop_in_program", "serve"),
            env=os.environ | {"MCA_TASK_QUEUE": queue},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if (await process.stdout.readline()).decode().strip() != READY:
                raise RuntimeError("the drop-in worker did not come up")
            yield Process(process.pid, queue)
        finally:
            process.stdin.close()
            await process.wait()


async def measure(rounds: int) -> None:
    """Write the figures to standard output."""
    from benchmarks import memory, speed  # noqa: PLC0415
    from records import database  # noqa: PLC0415

    url = os.environ["MCA_DATABASE_URL"]
    client: Any = sys.modules["temporalio.client"]
    place = DropIn(await client.Client.connect(url, data_converter=data_converter()), await database.connect(url))
    figures = [
        *await speed.measure_starts(place, rounds),
        *await speed.measure_facts(place, rounds),
        *await memory.measure(place, _MEMORY_OF),
    ]
    said = {"figures": [dataclasses.asdict(one) for one in figures], "remarks": LACKING}
    sys.stdout.write(f"{json.dumps(said)}\n")


def main(arguments: Sequence[str]) -> None:
    """``serve``, or ``measure ROUNDS``."""
    put_in_place()
    asyncio.run(serve() if arguments[0] == "serve" else measure(int(arguments[1])))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
