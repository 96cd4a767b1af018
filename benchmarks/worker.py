"""A worker process of the benchmarks: the engine as it is composed for production, with the bare workflow beside it.

It lives for as long as its standard input stays open. The first argument is how the engine records: ``ordinary``, as
it does, or ``local``, by local activities, which exists only here.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

from temporalio.client import Client
from temporalio.plugin import SimplePlugin
from temporalio.worker import FixedSizeSlotSupplier, WorkerConfig, WorkerTuner

from activities.mailer import Mailer
from benchmarks.bare import Bare
from benchmarks.bare_records import BareRecords
from benchmarks.local import ByLocalActivities
from benchmarks.sides import READY
from process.connection import connect, runtime
from process.logging import set_up_logging
from process.settings import Settings
from records import database
from rehearsal.clocks import leave
from worker.main import build_worker
from worker.registration import register_search_attributes

_SLOTS: Final = FixedSizeSlotSupplier(50)


class Beside(SimplePlugin):
    """Adds the bare workflow to whichever worker runs workflows: the same pollers, slots, cache and pool serve both."""

    def __init__(self, bare: BareRecords, *, local: bool) -> None:
        super().__init__("benchmarks")
        self._bare = bare
        self._local = local

    def configure_worker(self, config: WorkerConfig) -> WorkerConfig:
        """Only the worker of workflows is changed."""
        if not config.get("workflows"):
            return config
        config["workflows"] = [*config["workflows"], Bare]
        config["activities"] = [*config.get("activities", ()), self._bare.record]
        if self._local:
            config["interceptors"] = [*config.get("interceptors", ()), ByLocalActivities()]
            config["tuner"] = WorkerTuner.create_composite(
                workflow_supplier=_SLOTS,
                activity_supplier=_SLOTS,
                local_activity_supplier=_SLOTS,
                nexus_supplier=_SLOTS,
            )
        return config


async def serve(*, local: bool) -> None:
    """Run until standard input ends."""
    settings = Settings.from_environment(os.environ)
    set_up_logging("json", "error", sys.stderr)
    plain = await connect(over=runtime())
    await register_search_attributes(plain)
    pool = await database.connect(settings.database_url.get_secret_value(), at_most=settings.database_connections)
    client = Client(**plain.config() | {"plugins": [Beside(BareRecords(pool), local=local)]})
    async with (
        Mailer(settings.mail_server, settings.sender, connections=settings.smtp_connections) as mailer,
        build_worker(client, pool, mailer, settings),
    ):
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(local=sys.argv[1] == "local"))
    leave(0)
