"""Security events: what a SIEM watches for, as one stream of log lines with names that stay, and nothing personal."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Final

import structlog

WINDOW_SECONDS: Final = 60.0
"""However often something from outside happens again within this time, it is one line, with how often."""

_SOURCES_AT_MOST: Final = 1000
_COMMAND: Final = "cli:"
_OPAQUE: Final = ("key_", "person:", "operator:", "nexus:")
"""How ids of callers begin that say nothing of a person; of others a digest is logged."""


class Event(StrEnum):
    """What happened. Names never change."""

    KEY_REFUSED = "security.key_refused"
    TOKEN_REFUSED = "security.token_refused"  # noqa: S105 - the name of an event
    GRANT_REFUSED = "security.grant_refused"
    SIGN_IN_REFUSED = "security.sign_in_refused"
    SIGNED_IN = "security.signed_in"
    SIGNED_OUT = "security.signed_out"
    KEY_MADE = "security.key_made"
    KEY_ROTATED = "security.key_rotated"
    KEY_REVOKED = "security.key_revoked"
    PERSON_ERASED = "security.person_erased"


_REFUSED: Final = frozenset({Event.KEY_REFUSED, Event.TOKEN_REFUSED, Event.GRANT_REFUSED, Event.SIGN_IN_REFUSED})
"""What anybody outside can make happen, as often as they like."""

Later = Callable[[float, Callable[[], None]], object]
_Same = tuple[Event, tuple[tuple[str, str], ...]]


def opaque(caller: str) -> str:
    """Who did something: the id of a key, a person or a namespace; of tokens and accounts, a digest that is theirs."""
    if caller.startswith(_OPAQUE):
        return caller
    return f"{caller.partition(':')[0]}:{sha256(caller.encode()).hexdigest()[:12]}"


def network(address: str | None) -> str:
    """Where somebody calls from, no closer than a network: /24, or /48 of IPv6. An address may be one person's."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return "unknown"
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))


class Stream:
    """Writes events. Of what comes from outside, the first of a source at once, and more of it once a minute."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._held: dict[_Same, int] = {}

    def say(self, event: Event, *, who: str | None = None, source: str | None = None, **facts: str) -> None:
        """``who`` is a caller's id, ``source`` a client address; both are made opaque here. ``facts`` are codes."""
        said = facts | ({"who": opaque(who)} if who else {}) | ({"source": network(source)} if source else {})
        if event not in _REFUSED:
            _write(event, said)
            return
        same = event, tuple(sorted(said.items()))
        if same not in self._held and len(self._held) >= _SOURCES_AT_MOST:
            same = event, (("source", "many"),)
        if same in self._held:
            self._held[same] += 1
            return
        _write(event, dict(same[1]), times=1)
        self._hold(same)

    def _hold(self, same: _Same) -> None:
        self._held[same] = 0
        self._later(WINDOW_SECONDS, lambda: self._over(same))

    def _over(self, same: _Same) -> None:
        if times := self._held.pop(same):
            _write(same[0], dict(same[1]), times=times)
            self._hold(same)


def _write(event: Event, said: dict[str, str], **counted: int) -> None:
    level = "warning" if event in _REFUSED else "info"
    if said.get("who", "").startswith(_COMMAND):
        # A command has no log: its line is for whatever keeps its standard error.
        sys.stderr.write(json.dumps({"event": event.value, "level": level, "logger": "security", **said}) + "\n")
    else:
        getattr(structlog.stdlib.get_logger("security"), level)(event.value, **said, **counted)


def _in_the_loop(seconds: float, then: Callable[[], None]) -> object:
    try:
        return asyncio.get_running_loop().call_later(seconds, then)
    except RuntimeError:
        then()
        return None


_STREAM: Final = Stream(_in_the_loop)


def say(event: Event, *, who: str | None = None, source: str | None = None, **facts: str) -> None:
    """Write an event of this process: as :meth:`Stream.say`."""
    _STREAM.say(event, who=who, source=source, **facts)
