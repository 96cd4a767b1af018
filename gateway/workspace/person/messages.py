"""The messages to one person: sent, waiting and held back, each with why."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from fastapi import APIRouter, Response

from gateway.workspace.downloads import offered, wanted
from gateway.workspace.frame import show
from gateway.workspace.person.frame import managed, way_up
from gateway.workspace.team.frame import A_PAGE, numbered, page_of
from gateway.workspace.team.messages import MESSAGE_STATUSES, message_filters, message_line, messages_file, messages_url
from gateway.workspace.visit import Visiting, WorkspaceRoute
from operations import reading
from records import directory
from schemas.sentences import say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


@pages.api_route("/people/{person}/messages", methods=["GET", "HEAD"])
async def messages(visit: Visiting, person: str) -> Response:
    """By day, the newest first. That they were read is noted."""
    who, asked = await managed(visit, person), visit.request.query_params
    status = asked.get("status") if asked.get("status") in MESSAGE_STATUSES else None
    number, kind = numbered(asked.get("page", "")), wanted(visit)
    first, at_most = ((number - 1) * A_PAGE, A_PAGE + 1) if kind is None else (0, None)
    async with visit.context.connection() as conn:
        await reading.noted(conn, visit.caller, "messages", who.known.academy, visit.present, person)
        counted = await directory.message_counts(conn, person)
        found = await directory.messages(conn, person, status, first, at_most)
    if kind is not None:
        return messages_file(kind, say("Messages to {name}", name=who.name), visit.clock, found)
    days = groupby(found[:A_PAGE], lambda message: visit.clock.date(message.issued_at))
    return show(
        "person_messages.html",
        visit,
        title=say("Messages to {name}", name=who.name),
        crumbs=way_up(visit, who),
        statuses=message_filters(counted, status),
        days=[(day, [message_line(visit.clock, message) for message in group]) for day, group in days],
        page_of=page_of(number, counted.get(status, 0) if status else sum(counted.values())),
        before=messages_url(status, number - 1) if number > 1 else "",
        after=messages_url(status, number + 1) if len(found) > A_PAGE else "",
        downloads=offered(visit),
    )
