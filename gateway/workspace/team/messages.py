"""The messages about one team: sent, waiting, held back, withdrawn and bounced, each to whom, when and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from gateway.pages.shown import PageContext
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import Filter
from gateway.workspace.team.frame import A_PAGE, RUN, name_of, numbered, show_team, team_of
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle import cohort
from lifecycle.dates import Clock
from lifecycle.gathering import Because
from lifecycle.matters import MATTERS
from lifecycle.roles import beside_name
from lifecycle.undeliverable import words_of
from operations import reading
from operations.sheets import Kind
from records import team as records
from records.team import Message
from schemas.sentences import joined, raised, say
from schemas.words import COACHING, Act, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

MESSAGE_STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "failed": ("Didn't arrive", "red"),
    "waiting": ("Waiting", "yellow"),
    "sent": ("Sent", "green"),
    "withheld": ("Held back", "grey"),
    "withdrawn": ("Withdrawn", "grey"),
}
"""What became of a message, and the colour of its tag."""

_BECAUSE: Final[Mapping[str, str]] = {
    Because.NO_LONGER_DUE: "it was answered, or passed to somebody else to answer, before it was sent",
    Because.SUPERSEDED: "a later reminder went in the same email",
    Because.BEYOND_LINES: "that email was full of more urgent things",
    Because.DECLINED: "they've stopped the weekly email",
    Because.GIVEN_UP: "the mail server didn't accept it for several days",
    Because.NEXT_MAIL: "it's waiting for the next weekly email",
    Because.QUIET_HOURS: "it's waiting for working hours",
    Because.HELD: "the programme office is holding it",
    Because.SKIPPED: "the programme office left it out",
    Because.ON_LEAVE: "it's waiting until they're back from leave",
}

_ACTS: Final = {Act.REMIND: "{matter} (reminder)", Act.ESCALATE: "{matter} (passed on)"}


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is read."""

    to: str
    about: str
    status: tuple[str, str]
    when: str
    why: str


@pages.api_route("/teams/{engagement}/messages", methods=["GET", "HEAD"])
async def messages(visit: Visiting, engagement: str) -> Response:
    """All of the team for the office and faculty; for everybody else those to themselves."""
    page = await team_of(visit, engagement)
    title = say("Messages about {team}", team=name_of(page))
    return await messages_page(visit, page, title, partial(show_team, "team_messages.html", visit, page, "/messages"))


async def messages_page(visit: Visit, page: PageContext, title: str, draw: Callable[..., Response]) -> Response:
    """The messages of a team or cohort: drawn, or all of a status as a file of this title."""
    to = None if page.role in RUN else visit.person
    asked = visit.request.query_params
    status = asked.get("status") if asked.get("status") in MESSAGE_STATUSES else None
    number, kind = numbered(asked.get("page", "")), wanted(visit)
    first, at_most = ((number - 1) * A_PAGE, A_PAGE + 1) if kind is None else (0, None)
    async with visit.context.connection() as conn:
        await reading.noted(conn, visit.caller, "messages", page.subject, visit.present)
        counted = await records.message_counts(conn, page.subject, to)
        found = await records.messages(conn, page.subject, to, status, first, at_most)
    if kind is not None:
        return messages_file(kind, title, page.clock, found)
    days = groupby(found[:A_PAGE], lambda message: page.clock.date(message.issued_at))
    return draw(
        statuses=message_filters(counted, status),
        days=[(day, [message_line(page.clock, message) for message in group]) for day, group in days],
        own=to is not None,
        before=messages_url(status, number - 1) if number > 1 else "",
        after=messages_url(status, number + 1) if len(found) > A_PAGE else "",
        downloads=offered(visit),
    )


def messages_file(kind: Kind, title: str, clock: Clock, found: Iterable[Message]) -> Response:
    """Messages as a file, the latest first."""
    lines = ((clock.today(message.issued_at), message_line(clock, message)) for message in found)
    rows = ((day, line.about, line.to, line.status[0], line.when, line.why) for day, line in lines)
    return download(kind, title, ("Date", "About", "To", "Status", "What became of it", "Why"), rows)


def messages_url(status: str | None, number: int = 1) -> str:
    """Where those of a status are."""
    return "?" + urlencode(({"status": status} if status else {}) | ({"page": number} if number > 1 else {}))


def message_filters(counted: Mapping[str, int], chosen: str | None) -> list[Filter]:
    """Ways to see only the messages of which the same became."""
    return [Filter("All messages", sum(counted.values()), messages_url(None), chosen is None)] + [
        Filter(label, counted.get(status, 0), messages_url(status), chosen == status)
        for status, (label, _) in MESSAGE_STATUSES.items()
        if counted.get(status) or chosen == status
    ]


def message_line(clock: Clock, message: Message) -> Line:
    """A message in words; its name is that of whoever it went to."""
    matter, role = MATTERS[message.matter], beside_name(message.role)
    if message.role is Role.COACH and message.matter in cohort.MATTERS:
        role = say("participant")
    name = message.name or raised(role)
    heard_first = message.act is Act.ESCALATE and message.role in COACHING
    return Line(
        to=say("{name} ({role})", name=name, role=role) if message.name and name.casefold() != role else name,
        about=raised(matter.label)
        if heard_first or message.act not in _ACTS
        else say(_ACTS[message.act], matter=raised(matter.label)),
        status=MESSAGE_STATUSES[message.status],
        when=_when(clock, message),
        why=matter.rules.get(message.reason, ""),
    )


def _when(clock: Clock, message: Message) -> str:
    """What became of it, in a sentence."""
    at = clock.moment(message.settled_at) if message.settled_at else ""
    match message.status:
        case "sent":
            return say("Sent on {moment}, in the weekly email" if message.gathered else "Sent on {moment}", moment=at)
        case "failed":
            sent = say("Sent on {moment}.", moment=clock.moment(message.sent_at)) if message.sent_at else ""
            failure = raised(words_of(message.failure or "") or "it could not be delivered")
            return joined(" ", filter(None, (sent, say("{failure}, {moment}", failure=failure, moment=at))))
        case "waiting":
            why = _BECAUSE.get(message.because or "", "")
            return raised(why) or ("It's waiting for the weekly email" if message.gathered else "It will be sent next")
        case _:
            became = say("{status} on {moment}", status=MESSAGE_STATUSES[message.status][0], moment=at)
            why = _BECAUSE.get(message.because or "", "")
            return say("{became}: {why}", became=became, why=why) if why else became
