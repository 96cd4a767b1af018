"""Where a process listens."""

from __future__ import annotations

import socket
from typing import Final

_CHOOSE: Final = "MCA_LISTEN, or with mca dev --gateway-port"


class CannotListenError(Exception):
    """The address cannot be listened on. The message names it and the remedy."""


def free_port(port: int) -> int:
    """The port of this machine itself, or any free one for 0. Raises CannotListenError for one that is taken."""
    with listen("127.0.0.1", port) as probe:
        found: int = probe.getsockname()[1]
    return found


def listen(host: str, port: int, remedy: str = _CHOOSE) -> socket.socket:
    """A socket that takes calls. Raises CannotListenError."""
    try:
        made = socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise CannotListenError(
            f"cannot listen on {host}:{port} ({error.strerror}); choose another with {remedy}"
        ) from None
    # An answer's last piece never waits until the caller has acknowledged the piece before: that takes up to 40 ms.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
