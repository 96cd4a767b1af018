"""The address of the database, read as libpq reads it: the parameters of managed services are known, none is lost."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from records.errors import AddressUnreadable

SECONDS_TO_CONNECT: Final = 5.0

_OF_LIBPQ_ALONE: Final = frozenset({
    "connection_limit", "pool_timeout", "pgbouncer", "client_encoding", "fallback_application_name", "gssdelegation",
    "gssencmode", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts",
    "max_protocol_version", "min_protocol_version", "require_auth", "requirepeer", "sslcertmode", "sslcompression",
    "sslcrldir", "sslsni", "tcp_user_timeout",
})  # fmt: skip
"""What says how libpq, or another library, is to connect, and nothing to the server. The driver sees to it itself."""
_BINDS: Final = "require"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is, and how it is reached, as the driver takes it."""

    dsn: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_address(url: str) -> Address:
    """Read a URL. Raises AddressUnreadable, which says nothing of it: it may hold a password."""
    try:
        parts = urlsplit(url)
        said = dict(parse_qsl(parts.query, keep_blank_values=True))
        options: dict[str, Any] = {"timeout": _seconds(said.pop("connect_timeout", ""))}
        bound = said.pop("channel_binding", "") == _BINDS
        if said.get("sslrootcert") == "system" or (bound and said.get("sslmode") not in {"verify-ca", "verify-full"}):
            # The driver cannot bind a channel. What that guards against, a checked certificate guards against too.
            options["ssl"] = _checked(said)
        kept = {name: value for name, value in said.items() if name not in _OF_LIBPQ_ALONE}
    except (ValueError, OSError):
        raise AddressUnreadable from None
    return Address(urlunsplit(parts._replace(query=urlencode(kept))), options)


def _seconds(written: str) -> float:
    """As libpq: at least two, and 0 for no bound; ours is a minute then."""
    if not written:
        return SECONDS_TO_CONNECT
    seconds = int(written)
    return max(2.0, seconds) if seconds > 0 else 60.0


def _checked(said: dict[str, str]) -> ssl.SSLContext:
    said.pop("sslmode", None)
    roots, own, key = said.pop("sslrootcert", "system"), said.pop("sslcert", ""), said.pop("sslkey", "")
    context = ssl.create_default_context(cafile=None if roots == "system" else roots)
    if own:
        context.load_cert_chain(own, key or None, said.pop("sslpassword", None))
    return context
