"""Where webhooks may go: public addresses only, unless a network is named; and always the address that was judged."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from gateway.webhooks.addresses import AddressRefusedError, Names, UnknownNameError, callable_address, checked
from gateway.webhooks.sending import Outcome, Sender
from tests.gateway.webhooks.subscriber import Subscriber
from tests.workflows.subjects import now

LOOPBACK = (ip_network("127.0.0.1/32"),)
REFUSED = "its address is not public, or not for http, and in no network of MCA_WEBHOOK_NETWORKS"

NOT_PUBLIC = (
    "0.0.0.0",  # noqa: S104 - refused
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.8.8",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)

ODD_SPELLINGS = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0",
    "0.0.0.0",  # noqa: S104 - refused
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
)


class Resolver:
    """A name server that gives one answer after another, the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 - as a resolver is called
        """The next answer."""
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def sender(resolve: Any = None, networks: Any = (), seconds: float = 5) -> Sender:
    """A sender to one subscriber."""
    return Sender(
        networks,
        tls=ssl.create_default_context(),
        at_a_time=2,
        answers_within=timedelta(seconds=seconds),
        resolve=resolve,
    )


async def sent(made: Sender, url: str) -> Outcome:
    """What comes of one message."""
    try:
        return await made.send(url, {"content-type": "application/json"}, b"{}", now())
    finally:
        await made.close()


@pytest.fixture
async def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every address that this process tries to connect a socket to."""
    tried: list[tuple[str, int]] = []
    loop = asyncio.get_running_loop()
    connect = loop.create_connection

    async def noted(factory: Any, host: str, port: int, *args: Any, **more: Any) -> Any:
        tried.append((host, port))
        if host != "127.0.0.1":
            raise ConnectionRefusedError
        return await connect(factory, host, port, *args, **more)

    monkeypatch.setattr(loop, "create_connection", noted)
    return tried


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    """Of this machine, of a private network, of a link, of a cloud's metadata, of many, of nobody; wrapped or not."""
    assert callable_address(address, (), encrypted=True) is None
    assert callable_address(address, (), encrypted=False) is None


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_a_public_address_is_called_by_https_only(address: str) -> None:
    """As it is written; http is for networks that are named."""
    assert callable_address(address, (), encrypted=True) == address
    assert callable_address(address, (), encrypted=False) is None


def test_a_named_network_may_be_called() -> None:
    """Also without encryption, and also where its address is wrapped; its neighbour may not."""
    networks = (ip_network("10.20.0.0/16"), ip_network("fd12::/16"))
    for encrypted in (True, False):
        assert callable_address("10.20.3.4", networks, encrypted=encrypted) == "10.20.3.4"
        assert callable_address("::ffff:10.20.3.4", networks, encrypted=encrypted) == "10.20.3.4"
        assert callable_address("fd12::1", networks, encrypted=encrypted) == "fd12::1"
        assert callable_address("10.21.3.4", networks, encrypted=encrypted) is None


@pytest.mark.parametrize("host", ODD_SPELLINGS)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_spelling_of_this_machine_is_called(
    scheme: str, host: str, connections: list[tuple[str, int]]
) -> None:
    """However the host is written, what it means is judged, and nothing is connected to."""
    outcome = await sent(sender(), f"{scheme}://{host}:8080/")
    assert outcome.failure in {REFUSED, "its name has no address"}
    assert connections == []


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
async def test_a_name_of_a_private_address_is_refused(address: str, connections: list[tuple[str, int]]) -> None:
    """Also where only one of its addresses is private, in whatever order."""
    for answer in ([address], ["93.184.216.34", address], [address, "93.184.216.34"]):
        assert await sent(sender(Resolver(answer)), "https://hook.example.org/") == Outcome(REFUSED)
    assert connections == []


async def test_rebinding_cannot_get_through(connections: list[tuple[str, int]]) -> None:
    """Public when judged, private a moment later: the name is asked for once, and the judged address is called."""
    resolver = Resolver(["93.184.216.34"], ["127.0.0.1"])
    outcome = await sent(sender(resolver), "https://hook.example.org:8443/")
    assert outcome.failure == "cannot be reached (ConnectError)"
    assert resolver.asked == 1
    assert connections == [("93.184.216.34", 8443)]


async def test_every_new_connection_is_judged_again(connections: list[tuple[str, int]]) -> None:
    """What was public last time and is private now is refused now."""
    made = sender(Resolver(["93.184.216.34"], ["127.0.0.1"]))
    first = await made.send("https://hook.example.org/", {}, b"{}", now())
    assert first.failure == "cannot be reached (ConnectError)"
    assert await sent(made, "https://hook.example.org/") == Outcome(REFUSED)
    assert connections == [("93.184.216.34", 443)]


async def test_the_judged_address_is_the_one_that_is_called(subscriber: Subscriber) -> None:
    """The name stays in the Host header; a second address is tried where the first is not there."""
    port = subscriber.url.split(":")[2].split("/")[0]
    networks = (ip_network("127.0.0.0/8"),)
    made = sender(Resolver(["127.0.0.9", "127.0.0.1"]), networks)
    assert await sent(made, f"http://hook.example.org:{port}/hook") == Outcome()
    assert subscriber.came[0].headers["host"] == f"hook.example.org:{port}"


async def test_no_proxy_is_asked(subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says: a proxy would look the name up again."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await sent(sender(networks=LOOPBACK), subscriber.url) == Outcome()


async def test_a_name_nobody_knows_is_a_failure() -> None:
    """Also one that cannot be a name."""
    for host in ("nobody.invalid", "x" * 70, "a..b", "%31%32%37.0.0.1"):
        assert (await sent(sender(), f"https://{host}/")).failure == "its name has no address"


async def test_a_name_server_that_hangs_costs_only_its_own_subscriber(subscriber: Subscriber) -> None:
    """Its look-up counts into the seconds an answer may take; another subscriber is called meanwhile."""

    async def hanging(host: str, port: int) -> Sequence[str]:  # noqa: ARG001 - as a resolver is called
        await asyncio.Event().wait()
        return ()

    stuck = asyncio.create_task(sent(sender(hanging, LOOPBACK, seconds=0.5), subscriber.url))
    assert await sent(sender(networks=LOOPBACK), subscriber.url) == Outcome()
    assert (await stuck).failure == "no answer within 0.5 seconds"


async def test_a_check_without_a_call_judges_the_same() -> None:
    """As an operation does before it keeps a URL."""
    names = Names()
    with pytest.raises(AddressRefusedError):
        await checked("localhost", 80, resolve=names, networks=(), encrypted=True)
    with pytest.raises(UnknownNameError):
        await checked("nobody.invalid", 80, resolve=names, networks=(), encrypted=True)
    assert await checked("localhost", 80, resolve=names, networks=LOOPBACK, encrypted=False) == ["127.0.0.1"]
    names.close()
