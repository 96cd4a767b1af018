"""One server under a guardian, with its log."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from devstack import guardian
from devstack.errors import PartDied

SECONDS_TO_READY = 60.0
"""A database that recovers from a crash on a slow disk may need most of this."""
SECONDS_TO_END = 10.0
SECONDS_BETWEEN_LOOKS = 0.05
LAST_LINES = 12


class Server:
    """A server process, which ends with this process, whatever ends this process."""

    def __init__(self, name: str, log: Path, *, ask_to_end: signal.Signals, account: str | None = None) -> None:
        self.name = name
        self.log = log
        self.pid: int | None = None
        """The server's own process, which leads its process group."""
        self.stopping = False
        self._ask_to_end = ask_to_end
        self._account = account or guardian.NO_ACCOUNT
        self._guardian: asyncio.subprocess.Process | None = None

    async def start(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Run the command, its output in the log; the log of the time before is kept beside it as `.previous`.

        Raises PartDied when it cannot be run at all.
        """
        self.stopping = False
        self.pid = None
        if self.log.exists():
            self.log.replace(self.log.with_name(f"{self.log.name}.previous"))
        # Opened here and handed on, because the server's account may not enter the directory.
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._guardian = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", guardian.__file__),
                *(self._ask_to_end.name, str(SECONDS_TO_END), self._account, *command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        finally:
            os.close(log)
        line = await self._guardian.stdout.readline() if self._guardian.stdout else b""
        if not line:
            raise self.died(await self._guardian.wait())
        self.pid = int(line)

    async def until(self, ready: Callable[[], Awaitable[bool]]) -> None:
        """Wait until the server is ready.

        Raises PartDied when it ends first, or is not ready in time.
        """
        ending = asyncio.create_task(self.ended())
        try:
            async with asyncio.timeout(SECONDS_TO_READY):
                while not await ready():
                    await asyncio.wait({ending}, timeout=SECONDS_BETWEEN_LOOKS)
                    if ending.done():
                        raise self.died(ending.result())
        except TimeoutError:
            raise self._gone(f"was not ready within {SECONDS_TO_READY:.0f} seconds") from None
        finally:
            ending.cancel()

    async def ended(self) -> int:
        """Wait for the end, leaving nothing behind. The status is as a shell tells it."""
        if self._guardian is None:
            return 0
        status = await self._guardian.wait()
        if status < 0 and self.pid is not None:
            # The guardian itself was killed, and could not end its server.
            guardian.end_group(self.pid)
        return status if status >= 0 else 128 - status

    async def stop(self) -> None:
        """Ask the server to end, make it end when it does not, and wait until it has. Harmless when repeated."""
        self.stopping = True
        if self._guardian is None:
            return
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        try:
            await asyncio.wait_for(self.ended(), SECONDS_TO_END + 2)
        except TimeoutError:
            self._guardian.kill()
            await self.ended()

    def died(self, status: int) -> PartDied:
        """The error that tells of an end nobody asked for."""
        how = f"was killed by {signal.Signals(status - 128).name}" if status > 128 else f"ended with status {status}"
        return self._gone(how)

    def _gone(self, what: str) -> PartDied:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return PartDied(self.name, what, self.log, lines[-LAST_LINES:])
