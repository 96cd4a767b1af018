"""`python -m devstack [--throwaway]`: the embedded servers alone, until Ctrl-C."""

import asyncio
import os
import signal
import sys

from devstack.errors import StackError
from devstack.settings import StackSettings
from devstack.stack import Stack


async def run() -> None:
    """Start, say where everything is, and stay until a signal or the death of a server."""
    asked_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(each, asked_to_end.set)
    settings = StackSettings.from_environment(os.environ)
    async with Stack.of(settings, throwaway="--throwaway" in sys.argv[1:]) as stack:
        addresses = (stack.ui_url, stack.temporal_address, stack.database_url, stack.smtp_url, stack.outbox)
        sys.stdout.write("".join(f"{address}\n" for address in addresses if address))
        sys.stdout.flush()
        await asked_to_end.wait()


def main() -> int:
    """The exit status: 0 after a signal, 1 when the servers cannot be had."""
    try:
        asyncio.run(run())
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
