"""Subscriptions to events: what one may ask for, the secret its messages are signed with, and sending a test."""

from __future__ import annotations

import asyncio
import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from operations.event_types import PREFIX, TYPES
from records import deliveries, events
from records.database import Pool
from records.deliveries import DeliveryLine
from schemas.words import Code

BOTH_FOR: Final = timedelta(days=1)
"""After a rotation the secret before signs too for as long as this."""

_LOOK_EVERY_SECONDS: Final = 0.1
_WEBHOOK_PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """A random secret, as Standard Webhooks writes it."""
    return f"{_WEBHOOK_PREFIX}{b64encode(secrets.token_bytes(_BYTES)).decode()}"


async def send_test(pool: Pool, subscription: str, at: datetime, wait: timedelta) -> DeliveryLine | None:
    """Send one and wait for what comes of it; still ``waiting`` where no gateway delivered it in that time.

    None for a subscription that is not there, or has ended.
    """
    async with pool.acquire() as conn:
        number = await events.send_test(conn, subscription, uuid4(), at)
    if number is None:
        return None
    found: DeliveryLine | None = None
    try:
        async with asyncio.timeout(wait.total_seconds()):
            while found is None or found.status == "waiting":
                async with pool.acquire() as conn:
                    found = await deliveries.find(conn, subscription, number)
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
    except TimeoutError:
        pass
    return found


def _url(written: str) -> str:
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        raise ValueError("is no URL") from None
    if not parts.hostname or port == 0:
        raise ValueError("names no host to call")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no user name or password: the signature says who calls")
    if "#" in written:
        raise ValueError("must have no fragment, for none is sent")
    return written


def _type(written: str) -> str:
    name = written.removeprefix(PREFIX)
    if name not in TYPES:
        raise ValueError("is no event type: GET /v1/event-types lists them")
    return name


Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=2000), AfterValidator(_url)]
"""Printable ASCII; an international name in its ``xn--`` form."""

EventType = Annotated[str, StringConstraints(max_length=200), AfterValidator(_type)]
"""A name of the catalogue; our prefix may be left out."""


class Wanted(BaseModel):
    """What is to be sent, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Url = Field(
        description="Where events are posted. `https`, except in a network of MCA_WEBHOOK_NETWORKS.",
        examples=["https://dashboard.example.org/hook"],
    )
    types: tuple[EventType, ...] = Field(
        default=(),
        max_length=len(TYPES),
        description="Names of `GET /v1/event-types`; none means all.",
        examples=[["org.coaching-lifecycle.changed.health"]],
    )
    within: Code | None = Field(
        default=None,
        description="An academy or a cohort; left out, everywhere, which needs a grant without limits.",
        examples=["sheffield"],
    )
