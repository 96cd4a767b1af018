"""The same starts, facts and memory on DBOS's drop-in replacement of the Temporal SDK: Postgres, and no server.

Run with the replacement on the path. Whatever is imported as ``temporalio`` is then the replacement, with what it lacks
and the engine imports put in its place here; ``LACKING`` names that.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import importlib
import os
import sys
import types
from collections.abc import AsyncIterator
from enum import IntEnum
from typing import Any, Final

_EXTENSION: Final = 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp";'

LACKING: Final = (
    "workflow.unsafe and the sandbox",
    "service (RPCError)",
    "contrib.pydantic",
    "local activities",
    "result types of updates on named handles' queries",
)
_MODULES: Final = ("", ".activity", ".client", ".common", ".converter", ".exceptions", ".testing", ".worker", ".workflow")


def put_in_place() -> None:
    """Make ``temporalio`` mean the replacement, in this process."""
    for name in _MODULES:
        sys.modules[f"temporalio{name}"] = importlib.import_module(f"dbosify{name}")
    workflow: Any = sys.modules["temporalio.workflow"]
    workflow.unsafe = types.SimpleNamespace(imports_passed_through=contextlib.nullcontext)
    service: Any = types.ModuleType("temporalio.service")
    service.RPCError = type("RPCError", (Exception,), {})
    service.RPCStatusCode = IntEnum(
        "RPCStatusCode", ["RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "UNAVAILABLE", "NOT_FOUND"]
    )
    sys.modules["temporalio.service"] = service
    # Its first migration asks for an extension that it never uses, and that the embedded Postgres does not have.
    migration: Any = importlib.import_module("dbos._migration")
    first = migration.get_dbos_migration_one
    migration.get_dbos_migration_one = lambda *given: first(*given).replace(_EXTENSION, "")


def data_converter() -> Any:
    """Pydantic's models as JSON, as ``temporalio.contrib.pydantic`` writes them."""
    from dbosify.converter import CompositePayloadConverter, DataConverter, EncodingPayloadConverter, Payload
    from pydantic import TypeAdapter
    from pydantic_core import to_json

    class Json(EncodingPayloadConverter):
        encoding = "json/plain"

        def to_payload(self, value: Any) -> Any:
            return Payload(metadata={"encoding": b"json/plain"}, data=to_json(value))

        def from_payload(self, payload: Any, type_hint: Any = None) -> Any:
            return TypeAdapter(type_hint if type_hint is not None else Any).validate_json(payload.data)

    class Converter(CompositePayloadConverter):
        def __init__(self) -> None:
            super().__init__(Json())

    return DataConverter(payload_converter_class=Converter)


async def serve() -> None:
    """A worker, until standard input ends."""
    put_in_place()
    from temporalio.worker import Worker
    from activities.recording import RecordActivities
    from activities.notices import NoticeActivities
    from activities.post import Post
    from benchmarks.bare import Bare
    from benchmarks.bare_records import BareRecords
    from records import database
    from workflows.engagement import EngagementWorkflow
    from worker.settings import Settings
    settings = Settings.from_environment(os.environ)
    url = os.environ["MCA_DATABASE_URL"]
    pool = await database.connect(url, at_most=10)
    records = RecordActivities(pool)
    notices = NoticeActivities(pool, Post(settings.mail_server, settings.sender, connections=4))
    worker = Worker(url, task_queue=os.environ["MCA_TASK_QUEUE"], workflows=[Bare, EngagementWorkflow],
        activities=[records.record, records.load, notices.carry_out, notices.deliver, BareRecords(pool).record],
        data_converter=data_converter(), max_concurrent_workflow_tasks=50, max_concurrent_activities=50)
    async with worker:
        sys.stdout.write("ready\n"); sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
if __name__ == "__main__":
    asyncio.run(serve())
