"""The worker as a process that may be killed, on virtual clocks. A lost attempt is given up after three seconds."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client

from mca.main import main
from tests.chaos.late_starts import LateStarts
from workflows.options import LEDGER, PASSING_ON, UNTIL_DONE

for options in (LEDGER, UNTIL_DONE, PASSING_ON):
    options["start_to_close_timeout"] = timedelta(seconds=5)

_connect = Client.connect


async def _connected(*arguments: Any, **named: Any) -> Client:
    starts = LateStarts(Path(os.environ["MCA_CHAOS_PRESENT"]))
    starts.client = plain = await _connect(*arguments, **named)
    config = plain.config()
    config["interceptors"] = [starts]
    return Client(**config)


Client.connect = _connected  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
