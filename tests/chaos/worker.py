"""The worker as a process that may be killed, on virtual clocks. A lost attempt is given up after three seconds."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from mca.main import main
from operations.context import EngineContext
from operations.reconciling import Agreed
from tests.chaos.late_starts import LateStarts
from worker import main as composition
from worker import reconciling
from workflows.options import LEDGER, PASSING_ON, UNTIL_DONE

for options in (LEDGER, UNTIL_DONE, PASSING_ON):
    options["start_to_close_timeout"] = timedelta(seconds=5)

# What was on its way to a dead worker's cache is given to the next one after a second, not ten.
composition.Worker = partial(Worker, sticky_queue_schedule_to_start_timeout=timedelta(seconds=1))  # type: ignore[attr-defined, assignment]


async def _later(_engine: EngineContext, _at: datetime, *_others: Any, **_named: Any) -> Agreed:
    """The run compares records and workflows itself, by the clock of its academy."""
    return Agreed(0, ())


reconciling.reconcile = _later  # type: ignore[attr-defined, assignment]
reconciling._LOOKS_EVERY = 0.5  # type: ignore[misc]

_connect = Client.connect


async def _connected(*arguments: Any, **named: Any) -> Client:
    starts = LateStarts(Path(os.environ["MCA_CHAOS_PRESENT"]))
    starts.client = plain = await _connect(*arguments, **named)
    config = plain.config()
    config["interceptors"] = [starts]
    return Client(**config)


Client.connect = _connected  # type: ignore[method-assign]


def _end_with_the_run() -> None:
    """Whatever ends the run, ends its workers: their standard input is closed then."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    if not sys.stdin.readline():
        sys.exit()
    Thread(target=_end_with_the_run, daemon=True).start()
    main()
