"""Is what lies around the engine well: settings, mail, the links in mails, and the clocks."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from operations.doctor.checking import Found, Installation, failed, warning, well
from operations.doctor.temporal import temporal_clock
from records import diagnosis

_SECONDS: Final = 10.0
_APART: Final = timedelta(seconds=5)
"""A fact of the future is refused; this much is within what servers that keep time differ by."""


async def settings(of: Installation) -> Found:
    """Every setting can be used."""
    if of.wrong_settings is None:
        return well("all are usable")
    first, *others = of.wrong_settings.splitlines()
    said, _, remedy = first.partition("; ")
    more = f" (and {len(others)} more)" if others else ""
    return failed(f"{said}{more}", remedy)


async def mail(of: Installation) -> Found:
    """The mail server takes our greeting, TLS and login. No mail is sent."""
    if of.mail is None:
        return failed("no mail server is set", "set MCA_SMTP_URL to what the workers use")
    if (failure := await of.mail.greeted(of.sender_domain)) is not None:
        return failed(f"the mail server refused us: {failure}", "fix the mail server, or correct MCA_SMTP_URL")
    return well("the mail server accepted our login; nothing was sent")


async def operator(of: Installation) -> Found:
    """Somebody hears by mail of what goes wrong."""
    if not of.operator_named:
        return warning("nobody is emailed about incidents", "set MCA_OPERATOR to the address of whoever runs this")
    return well("the operator is emailed about incidents")


async def links(of: Installation) -> Found:
    """The links in mails lead to a gateway."""
    if of.public_url is None or not of.links_signed:
        return warning("emails have no links", "set MCA_PUBLIC_URL and MCA_LINK_KEYS for workers and gateways")
    failure = await asyncio.to_thread(_no_gateway, f"{of.public_url.rstrip('/')}/health/live")
    if failure is not None:
        return failed(
            f"MCA_PUBLIC_URL doesn't lead to a gateway: {failure}",
            "check that mca gateway is running, and the load balancer in front of it",
        )
    return well("MCA_PUBLIC_URL leads to a gateway")


def _no_gateway(url: str) -> str | None:
    try:
        with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - http or https, as the setting demands
            return None if json.load(answer) == {"status": "live"} else "something else answers there"
    except HTTPError as answered:
        answered.close()
        return f"it answers {answered.code}"
    except ValueError:
        return "something else answers there"
    except URLError as away:
        return type(away.reason).__name__ if isinstance(away.reason, Exception) else "it doesn't answer"


async def clocks(of: Installation) -> Found:
    """This machine, Postgres and Temporal read the same time."""
    began = _now()
    async with of.records.acquire() as conn:
        postgres = await diagnosis.clock(conn)
    between = _now()
    temporal = await temporal_clock(of.temporal)
    apart = {
        "Postgres": _outside(postgres, began, between),
        "Temporal": _outside(temporal, between, _now()),
    }
    wrong = {name: by for name, by in apart.items() if abs(by) > _APART}
    if wrong:
        said = ", ".join(f"{name} is {by.total_seconds():+.0f} s from here" for name, by in wrong.items())
        return failed(said, "synchronise these clocks with NTP")
    return well(f"Postgres and Temporal are within {_APART.total_seconds():.0f} s of this machine")


def _outside(read: datetime, earliest: datetime, latest: datetime) -> timedelta:
    """How far a clock is from what it may read between two moments here."""
    return min(read - earliest, timedelta()) + max(read - latest, timedelta())


def _now() -> datetime:
    return datetime.now(UTC)
