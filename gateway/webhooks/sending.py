"""One message to one subscriber: no redirect is followed, no proxy asked, and of the answer the status is enough."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpcore

from gateway.settings import Network
from gateway.webhooks.addresses import AddressRefusedError, CheckedNetwork, Names, Resolve, UnknownNameError

ANSWERS_WITHIN: Final = timedelta(seconds=10)
"""From looking its name up to the answer's status."""

LONGEST_ASKED_FOR: Final = timedelta(days=1)
"""A longer Retry-After than this is not believed."""

GONE: Final = 410
_READ_AT_MOST_BYTES: Final = 16_384
"""A longer answer costs the connection; what it says is not read."""
_REST_WITHIN_SECONDS: Final = 1.0
_KEPT_OPEN_SECONDS: Final = 30.0
_SECONDS: Final = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of sending. ``failure`` is None where the subscriber has it; it names no address."""

    failure: str | None = None
    gone: bool = False
    retry_after: timedelta | None = None


class Sender:
    """The connections to one subscriber."""

    def __init__(
        self,
        networks: Iterable[Network],
        *,
        tls: ssl.SSLContext,
        at_a_time: int,
        answers_within: timedelta = ANSWERS_WITHIN,
        resolve: Resolve | None = None,
    ) -> None:
        self._names = Names()
        self._answers_within = answers_within.total_seconds()
        reachable = tuple(networks)
        self._pools = {
            scheme: httpcore.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=at_a_time,
                keepalive_expiry=_KEPT_OPEN_SECONDS,
                network_backend=CheckedNetwork(resolve or self._names, reachable, encrypted=scheme == "https"),
            )
            for scheme in ("https", "http")
        }

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, at: datetime) -> Outcome:
        """Post the body; ``at`` is the present, for a Retry-After that is a date. Raises nothing but cancellation."""
        try:
            async with asyncio.timeout(self._answers_within):
                return await self._send(url, headers, body, at)
        except (TimeoutError, httpcore.TimeoutException):
            return Outcome(f"no answer within {self._answers_within:g} seconds")
        except AddressRefusedError:
            return Outcome("its address is not public, or not for http, and in no network of MCA_WEBHOOK_NETWORKS")
        except UnknownNameError:
            return Outcome("its name has no address")
        except Exception as error:  # noqa: BLE001 - whatever a subscriber does, the event is kept
            return Outcome(f"cannot be reached ({type(error).__name__})")

    async def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            await pool.aclose()
        self._names.close()

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes, at: datetime) -> Outcome:
        pool = self._pools["https" if url.lower().startswith("https:") else "http"]
        async with pool.stream("POST", url, headers=list(headers.items()), content=body) as answer:
            outcome = _outcome(answer, at)
            # The status says it all; the rest is read for the connection's sake only.
            with suppress(TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
                async with asyncio.timeout(_REST_WITHIN_SECONDS):
                    await _rest(answer)
        return outcome


async def _rest(answer: httpcore.Response) -> None:
    came = 0
    async for part in answer.aiter_stream():
        came += len(part)
        if came > _READ_AT_MOST_BYTES:
            break


def _outcome(answer: httpcore.Response, at: datetime) -> Outcome:
    if 200 <= answer.status < 300:
        return Outcome()
    return Outcome(f"answered {answer.status}", answer.status == GONE, _retry_after(answer, at))


def _retry_after(answer: httpcore.Response, at: datetime) -> timedelta | None:
    """RFC 9110, section 10.2.3: seconds, or a date."""
    said = next(
        (value.decode("latin-1").strip() for name, value in answer.headers if name.lower() == b"retry-after"), ""
    )
    if _SECONDS.fullmatch(said):
        asked = timedelta(seconds=int(said))
    else:
        try:
            then = parsedate_to_datetime(said)
        except ValueError:
            return None
        asked = then.replace(tzinfo=then.tzinfo or UTC) - at
    return min(max(asked, timedelta()), LONGEST_ASKED_FOR)
