"""What can go wrong with the embedded servers. Every message is a sentence for the person at the keyboard."""

from pathlib import Path


class StackError(Exception):
    """The embedded servers cannot be started, or are no longer there."""


class AlreadyRunning(StackError):
    """Another process runs the servers of this state directory."""

    def __init__(self, directory: Path, pid: int | None, addresses: dict[str, str]) -> None:
        self.pid = pid
        self.addresses = addresses
        who = f"process {pid}" if pid else "another process"
        lines = "".join(f"\n  {name}: {address}" for name, address in addresses.items())
        super().__init__(f"The servers of {directory} are already running, started by {who}.{lines}")


class PortBusy(StackError):
    """A port that a server needs is taken."""

    def __init__(self, port: int, part: str, setting: str) -> None:
        self.port = port
        super().__init__(
            f"Port {port}, wanted for {part}, is in use by another program; "
            f"end that program, or choose another port with {setting}."
        )


class StateUnusable(StackError):
    """What lies in the state directory cannot be used as it is, and is left untouched."""


class PartDied(StackError):
    """A server ended by itself, or never became ready. The others were stopped."""

    def __init__(self, part: str, what: str, log: Path, last_lines: list[str]) -> None:
        self.part = part
        self.log = log
        said = "".join(f"\n  {line}" for line in last_lines) or "\n  (nothing)"
        super().__init__(f"{part} {what}. The last it wrote:{said}\nAll of it is in {log}")
