"""Where a gateway may call: public addresses, and the private networks that its settings name.

A name is looked up once for a connection, every address it has is judged, and the connection is made to an address that
was judged: a second answer of the name server is never asked for.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpcore

from gateway.settings import Network

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Every address of a name, as text. Raises OSError."""

_NEVER: Final[tuple[Network, ...]] = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",  # of protocols; a cloud's metadata
        "168.63.129.16/32",  # the host below machines of one cloud, behind a public address
        "2001::/32",  # Teredo and 6to4 wrap IPv4 addresses of any kind
        "2002::/16",
        "64:ff9b:1::/48",  # translation within a network
    )
)
_TRANSLATED: Final = ip_network("64:ff9b::/96")
_TRIED_AT_MOST: Final = 4


class AddressRefusedError(Exception):
    """The name has an address that must not be called, or the scheme is not for its address."""


class UnknownNameError(Exception):
    """The name has no address."""


def callable_address(written: str, networks: Iterable[Network], *, encrypted: bool) -> str | None:
    """The address to connect to, or None where it must not be called. Without encryption only ``networks`` may be."""
    try:
        address = ip_address(written)
    except ValueError:
        # One with a zone is of a link.
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in networks) or (encrypted and _is_public(address)):
        return str(address)
    return None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address in _TRANSLATED:
        return _is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    elsewhere = address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    if isinstance(address, IPv6Address):
        elsewhere = elsewhere or address.is_site_local
    return address.is_global and not elsewhere and not any(address in network for network in _NEVER)


class Names:
    """Looks names up in threads of its own: a name server that hangs holds nobody else's look-ups back."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="webhook-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Every address of the name, as text. Raises OSError."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _addresses, host, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Take no more names; does not wait for those that are being looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _addresses(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


async def checked(
    host: str, port: int, *, resolve: Resolve, networks: Iterable[Network], encrypted: bool
) -> Sequence[str]:
    """The addresses of a name, each of which may be called.

    Raises UnknownNameError, and AddressRefusedError where only one of them may not: whoever mixes them tries something.
    """
    try:
        written = await resolve(host, port)
    except (OSError, UnicodeError):
        written = ()
    if not written:
        raise UnknownNameError
    found = [callable_address(address, networks, encrypted=encrypted) for address in written]
    allowed = [address for address in found if address is not None]
    if len(allowed) < len(found):
        raise AddressRefusedError
    return allowed


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses that were judged, whatever the URL says."""

    def __init__(self, resolve: Resolve, networks: Iterable[IPv4Network | IPv6Network], *, encrypted: bool) -> None:
        self._network = httpcore.AnyIOBackend()
        self._resolve = resolve
        self._networks = tuple(networks)
        self._encrypted = encrypted

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore calls it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to one of the name's addresses. Raises AddressRefusedError, UnknownNameError, httpcore's own."""
        allowed = await checked(host, port, resolve=self._resolve, networks=self._networks, encrypted=self._encrypted)
        *first, last = allowed[:_TRIED_AT_MOST]
        for address in first:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - as httpcore calls it
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Refused: nobody outside is reached by one."""
        raise AddressRefusedError

    async def sleep(self, seconds: float) -> None:
        """As httpcore calls it between attempts."""
        await self._network.sleep(seconds)
