"""What the operations on subscriptions answer and take."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gateway.api.answers import Answer, Paged
from operations.event_types import PREFIX
from operations.subscriptions import EventType
from records.deliveries import DeliveryLine, Status
from records.subscriptions import SubscriptionLine
from schemas.moments import Moment


class SubscriptionShown(Answer):
    """A subscription."""

    subscription: str
    url: str
    types: tuple[str, ...]
    """Which types it is sent; none means all."""

    within: str | None
    created_at: datetime
    created_by: str
    """The caller, by id."""

    previous_until: datetime | None
    """Until then messages are signed with the secret before too."""

    ended_at: datetime | None
    waiting: int
    """How many events are on their way."""

    set_aside: int
    """How many were given up, until they are replayed."""

    failing_since: datetime | None
    """Since when something could not be delivered; null when all is well."""

    @classmethod
    def of(cls, line: SubscriptionLine, **secret: str | None) -> Self:
        """As it is shown; types have their full names."""
        types = tuple(f"{PREFIX}{name}" for name in line.types)
        return cls.model_validate(asdict(line) | {"types": types} | secret)


class SubscriptionWithSecret(SubscriptionShown):
    """A subscription, and its secret where it is new."""

    secret: str | None = Field(default=None, examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    """What messages are signed with, shown this once; null when it has not changed."""


class Subscriptions(Paged):
    """Subscriptions, in the order of their names."""

    items: tuple[SubscriptionShown, ...]


class DeliveryShown(Answer):
    """An event on its way to a subscriber."""

    id: str
    """The event's id."""

    type: str
    subject: str
    recorded_at: datetime
    status: Status
    attempts: int
    next_at: datetime | None
    """When it is tried next, if it was tried; while it is being sent, when another gateway would take it over."""

    settled_at: datetime | None
    failure: str | None
    """What went wrong last."""

    @classmethod
    def of(cls, line: DeliveryLine) -> Self:
        """As it is shown; its type has its full name."""
        said = asdict(line) | {"type": f"{PREFIX}{line.type}"}
        said.pop("number")
        return cls(**said)


class Deliveries(Paged):
    """Deliveries, the newest first."""

    items: tuple[DeliveryShown, ...]


def _written(said: object) -> object:
    if isinstance(said, int | float):
        raise ValueError("must be written as a date and time, such as 2027-10-04T00:00:00Z")  # noqa: TRY004 - a 422
    return said


WrittenMoment = Annotated[Moment, BeforeValidator(_written)]
"""A moment as the document describes it: seconds since 1970 are none."""


class Span(BaseModel):
    """What is to be sent again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: WrittenMoment = Field(
        alias="from", description="Events recorded from then on.", examples=["2027-10-04T00:00:00Z"]
    )
    until: WrittenMoment | None = Field(
        default=None, alias="to", description="And before then; left out, until now.", examples=["2027-10-09T00:00:00Z"]
    )
    types: tuple[EventType, ...] | None = Field(
        default=None, min_length=1, max_length=200, description="Only of these types, among those it is sent at all."
    )


class Replayed(Answer):
    """What is sent again."""

    events: int
    """How many events are on their way again, the oldest first."""
