"""The state directory: who holds it, which servers run in it, and where they are."""

import fcntl
import os
import signal
from pathlib import Path
from typing import Self

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from devstack import guardian
from devstack.errors import AlreadyRunning, StackError

RECORD = "running.json"
LOCK = "lock"
SECONDS_FOR_LEFTOVERS = 10.0
CLOCK_SLACK = 2.0
"""Seconds by which the start of one and the same process may seem to differ when the clock was set in between."""


class ProcessMark(BaseModel):
    """A process, told from a later one of the same number by when it began."""

    model_config = ConfigDict(frozen=True)

    pid: int
    began: float

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The mark of a running process, None when there is none."""
        try:
            return cls(pid=pid, began=psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def process(self) -> psutil.Process | None:
        """The process, None when it has ended."""
        now = ProcessMark.of(self.pid)
        if now is None or abs(now.began - self.began) > CLOCK_SLACK:
            return None
        return psutil.Process(self.pid)


class Running(BaseModel):
    """What runs in a state directory. Addresses of real servers given from outside are not kept."""

    model_config = ConfigDict(frozen=True)

    owner: ProcessMark
    servers: tuple[ProcessMark, ...] = ()
    temporal_address: str | None = None
    ui_url: str | None = None
    database_url: str | None = None
    smtp_url: str | None = None
    outbox: str | None = None

    def addresses(self) -> dict[str, str]:
        """For people, by name."""
        named = {
            "Temporal UI": self.ui_url,
            "Temporal": self.temporal_address,
            "database": self.database_url,
            "outbox": self.outbox,
        }
        return {name: address for name, address in named.items() if address}


def running_in(directory: Path) -> Running | None:
    """What another process, or this one, has running in the state directory now."""
    record = _read(directory)
    return record if record and record.owner.process() else None


class StateDirectory:
    """A state directory held by this process until it is closed or the process ends."""

    def __init__(self, directory: Path) -> None:
        """Take hold of the directory, making it when it is missing.

        Raises AlreadyRunning when another process holds it, StackError when it cannot be written.
        """
        self.path = directory.absolute()
        self.logs = self.path / "log"
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StackError(f"The state directory {self.path} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            record = running_in(self.path)
            pid, addresses = (record.owner.pid, record.addresses()) if record else (None, {})
            raise AlreadyRunning(directory, pid, addresses) from None

    def note(self, running: Running) -> None:
        """Write down what runs, for those who look it up and for whoever must clean up after a crash."""
        half = self.path / f"{RECORD}.part"
        half.touch(mode=0o600)
        half.write_text(running.model_dump_json(indent=2))
        half.replace(self.path / RECORD)

    def end_leftovers(self) -> None:
        """End the servers of an earlier run whose parent and guardian were both killed."""
        record = _read(self.path)
        left = [process for mark in record.servers if (process := mark.process())] if record else []
        for process in left:
            # Both servers take this for a request to end in good order; Postgres would wait for its clients on SIGTERM.
            process.send_signal(signal.SIGINT)
        _, stubborn = psutil.wait_procs(left, timeout=SECONDS_FOR_LEFTOVERS)
        for process in stubborn:
            guardian.end_group(process.pid)

    def close(self) -> None:
        """Let go of the directory; nothing runs in it any more. Harmless when repeated."""
        if self._lock < 0:
            return
        (self.path / RECORD).unlink(missing_ok=True)
        os.close(self._lock)
        self._lock = -1


def _read(directory: Path) -> Running | None:
    try:
        return Running.model_validate_json((directory / RECORD).read_text())
    except (OSError, ValidationError):
        return None
