"""A call to whatever watches over the engine from outside: all is well, or it is not. A dead engine makes none.

As healthchecks.io takes it: the address alone is success, with ``/fail`` behind it failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import structlog

SECONDS: Final = 5.0

_log = structlog.stdlib.get_logger("heartbeat")


async def beat(url: str | None, wrong: Mapping[str, int]) -> None:
    """Say how it is, with how much of what kind is wrong. Never raises, and holds nothing up for long."""
    if url is None:
        return
    address = f"{url.rstrip('/')}/fail" if wrong else url
    said = "\n".join(f"{kind}: {number}" for kind, number in wrong.items()) or "all is well"
    failure = await asyncio.to_thread(_called, address, said)
    if failure is not None:
        # The address is a secret: whoever has it can say that all is well.
        _log.warning("heartbeat.not_taken", reason=failure, well=not wrong)


def _called(address: str, said: str) -> str | None:
    """What stood in the way, if anything."""
    call = Request(address, said.encode(), {"Content-Type": "text/plain; charset=utf-8"}, method="POST")  # noqa: S310
    try:
        with urlopen(call, timeout=SECONDS):  # noqa: S310 - http or https, as the setting demands
            return None
    except HTTPError as answered:
        answered.close()
        return f"http_{answered.code}"
    except (OSError, HTTPException, ValueError) as away:
        return type(away).__name__
