"""Runs one server and ends it when the process that asked for it is gone, however that process ended.

A program of its own, on the standard library alone: `python -I guardian.py SIGNAL GRACE ACCOUNT COMMAND...`. It holds
the reading end of a pipe whose writing end only the parent has, so the kernel tells it of the parent's death on every
system, SIGKILL included. It prints the server's process id, and ends with the server's own status.
"""

import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

NO_ACCOUNT = "-"


def main(arguments: Sequence[str]) -> int:
    """The status of the server as a shell would tell it: 128 + n when signal n ended it.

    The arguments: the signal that asks the server to end, the seconds it gets for that, the account to run it under
    (`-` for our own) and its command.
    """
    ask, grace, account, *command = arguments
    server = _start(command, account)
    os.write(1, f"{server.pid}\n".encode())
    os.close(1)

    def end() -> None:
        server.send_signal(signal.Signals[ask])
        try:
            server.wait(float(grace))
        except subprocess.TimeoutExpired:
            end_group(server.pid)

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=end, daemon=True).start())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=_after_the_parent, args=(end,), daemon=True).start()
    status = server.wait()
    end_group(server.pid)
    return status if status >= 0 else 128 - status


def end_group(leader: int) -> None:
    """End at once whatever is left of the process group."""
    # macOS answers "not permitted" for a group whose members are gone but not yet collected.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _start(command: Sequence[str], account: str) -> subprocess.Popen[bytes]:
    """The server in a session of its own, its output on our standard error."""
    user, group, groups = None, None, None
    if account != NO_ACCOUNT:
        entry = pwd.getpwnam(account)
        user, group, groups = entry.pw_uid, entry.pw_gid, [entry.pw_gid]
    return subprocess.Popen(  # noqa: S603 - the command comes from the parent, never from a user's text
        command,
        stdin=subprocess.DEVNULL,
        stdout=2,
        stderr=2,
        start_new_session=True,
        cwd="/",
        user=user,
        group=group,
        extra_groups=groups,
    )


def _after_the_parent(end: Callable[[], None]) -> None:
    while os.read(0, 1):
        pass
    end()


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
