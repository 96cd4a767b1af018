"""What a subscription may ask for: read from a call or a command, before it is kept."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gateway.events.types import CHANGES, KINDS, PREFIX
from schemas.words import Code

TYPES: Final = (*(f"fact.{kind}" for kind in KINDS), *(f"changed.{what}" for what in CHANGES))
"""Every type that can be sent, as it is recorded: without our prefix."""


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
