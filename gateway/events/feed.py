"""Everything that was published, in one order, for warehouses and for whoever missed something."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.access.caller import holding
from gateway.api.answers import Answer
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.api.paging import LINK
from gateway.events.published import attributes, source_of
from gateway.problems import invalid
from operations.callers import Caller
from operations.event_types import PREFIX
from operations.subscriptions import EventType
from records import feed
from records.feed import Published, Sought
from schemas.grants import Reading
from schemas.moments import Moment
from schemas.words import Code

router = APIRouter(tags=["Events"])

Reader = Annotated[Caller, holding(Reading.EVENTS)]
"""Somebody who may read these somewhere; where, the operation asks."""

_LAST: Final = 2**63 - 1


class PublishedEvent(Answer):
    """An event as a CloudEvent: ids, codes, numbers and dates only."""

    specversion: str = "1.0"
    id: str = Field(examples=["4f1a2b3c9d~diary-8841"])
    source: str = Field(examples=["https://coaching.example.org"])
    type: str = Field(examples=["org.coaching-lifecycle.fact.session_held"])
    subject: str = Field(examples=["sheffield.2027-autumn.P01"])
    time: Moment
    """When it happened."""

    sequence: int = Field(examples=[4711])
    """Its place in the one order of all: what is published later has a higher one."""

    recordedtime: Moment
    """When it was recorded here."""

    dataschema: str | None = None
    """Where the JSON Schema of its data is."""

    datacontenttype: str = "application/json"
    data: dict[str, Any]

    @classmethod
    def of(cls, source: str, line: Published) -> PublishedEvent:
        """As it is shown."""
        said = attributes(
            source,
            id=line.id,
            type=line.type,
            subject=line.subject,
            occurred_at=line.occurred_at,
            recorded_at=line.recorded_at,
        )
        return cls.model_validate(said | {"sequence": line.sequence, "data": line.data})


class Feed(Answer):
    """A part of the feed."""

    items: tuple[PublishedEvent, ...]
    last: int = Field(examples=[4711])
    """Where to go on: the `after` of the next call, also when there is nothing more at present."""

    more: bool
    """Whether there is more already."""


class FeedAsked(BaseModel):
    """Which part of the feed is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: int = Field(default=0, ge=0, le=_LAST, description="The place up to which you have read: `last`.")
    limit: int = Field(default=100, ge=1, le=1000, description="At most this many.")
    within: Code | None = Field(default=None, description="Only of this academy, cohort, course or engagement.")
    type: EventType | None = Field(
        default=None, description="Only of this type: a name of `GET /v1/event-types`.", examples=["changed.health"]
    )


@router.get(
    "/v1/events",
    operation_id="read_feed",
    summary="Read what was published, in order",
    responses={200: {"headers": LINK, "description": "A part of the feed."}, **failing("invalid")},
)
async def read_feed(
    request: Request, response: Response, caller: Reader, context: Here, asked: Annotated[FeedAsked, Query()]
) -> Feed:
    """Everything of the places that `read:…:events` covers, each event once and with its place for good.

    Keep `last`, and ask for what came `after` it: nothing is ever published at or before a place that you have read,
    whatever was being recorded at that moment. Begin with 0. Events are kept as long as the retention of events says.
    """
    if asked.within is not None:
        caller.require(Reading.EVENTS, asked.within)
    types = (asked.type.removeprefix(PREFIX),) if asked.type else ()
    sought = Sought(caller.within(Reading.EVENTS), asked.within, types)
    async with context.connection() as conn:
        newest = await feed.ordered(conn)
        found = await feed.read(conn, sought, asked.after, asked.limit + 1)
    if asked.after > newest:
        said = "is a place that was never given: the records were restored from a backup. Read again from 0"
        raise invalid([{"loc": ("query", "after"), "msg": said}])
    items = tuple(PublishedEvent.of(source_of(context.settings), line) for line in found[: asked.limit])
    last, more = (items[-1].sequence if items else asked.after), len(found) > asked.limit
    if more:
        following = request.url.include_query_params(after=last)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return Feed(items=items, last=last, more=more)
