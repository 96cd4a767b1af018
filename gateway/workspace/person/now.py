"""One person: what they are where, when they are away, how they are reached, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response

from gateway.workspace.frame import show
from gateway.workspace.person.frame import Seen, person_url, seen, way_up
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import date_range, long_date
from lifecycle.roles import called
from operations import reading, signing_in
from operations.known_browsers import KNOWN_FOR
from operations.leaves import leaves_of
from records import channels, directory
from records.channels import Chosen
from records.database import Connection
from records.directory import About, Place
from schemas.facts import LeaveAgreed
from schemas.sentences import raised, say, say_of
from schemas.subjects import cohort_name

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_WHERE: Final = {"team": "teams", "cohort": "cohorts", "course": "introduction-courses"}
_CALLED: Final = {"team": "A team without a name", "course": "Introduction course"}
DOING: Final = (
    ("Change their name, address or employee number", "/change"),
    ("Record leave, or take it back", "/leave"),
    ("Hand their roles on, or say that nobody has them", "/roles"),
    ("Links, sign-ins and phone", "/access"),
    ("Messages to them", "/messages"),
    ("Merge with another record", "/merge"),
    ("Separate two people who share this record", "/split"),
    ("Everything we hold about them", "/export"),
    ("Erase their record permanently", "/erase"),
)
"""What an office can do about somebody, and where."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of somebody as it is read."""

    role: str
    where: str
    url: str
    when: str


@pages.api_route("/people/{person}", methods=["GET", "HEAD"])
async def one_person(visit: Visiting, person: str) -> Response:
    """Everything an office asks about somebody; faculty see what concerns their teams. That it was read is noted."""
    who = await seen(visit, person)
    async with visit.context.connection() as conn:
        await reading.noted(conn, visit.caller, "person", who.known.academy, visit.present, person)
        found = [place for place in await directory.places(conn, person) if _shown(who, place)]
        leave = await leaves_of(conn, who.known.academy, person)
        rows = await _known(visit, conn, who) if who.within is None else []
    over = [place for place in found if place.until and place.until <= visit.present]
    return show(
        "person.html",
        visit,
        title=who.name,
        crumbs=way_up(visit),
        address=who.known.address,
        rows=rows,
        parts=[_part(visit, place) for place in found if place not in over],
        over=[_part(visit, place) for place in over],
        away=_away(visit, leave),
        doing=[(label, person_url(visit, person, at)) for label, at in DOING] if who.within is None else [],
        told="told" in visit.request.query_params,
    )


def _shown(who: Seen, place: Place) -> bool:
    return who.within is None or place.subject in who.within


def _part(visit: Visit, place: Place) -> Part:
    begun = long_date(visit.clock.today(place.since)) if place.since else ""
    if place.kind == "course":
        when = say("Day 1: {day}", day=begun)
    elif place.until and place.until <= visit.present:
        when = say("{first} to {last}", first=begun, last=long_date(visit.clock.today(place.until)))
    else:
        when = (
            say("Since {day}", day=begun)
            if begun and place.since and place.since <= visit.present
            else begun and say("From {day}", day=begun)
        )
    where = "The programme office" if place.kind == "academy" else place.name or _CALLED.get(place.kind, "")
    url = f"{visit.root}/{_WHERE[place.kind]}/{place.subject}" if place.kind in _WHERE else ""
    if place.kind == "cohort":
        return Part("Coaching course", cohort_name(place.subject), url, when)
    return Part(raised(called(place.role)), where, url, when)


def _away(visit: Visit, leave: list[LeaveAgreed]) -> list[str]:
    days = sorted({(away.first_day, away.last_day) for away in leave if away.last_day >= visit.today})
    return [date_range(first, last) for first, last in days]


async def _known(visit: Visit, conn: Connection, who: Seen) -> list[tuple[str, str]]:
    """How they are reached, and what else is known; a label and what stands there."""
    about = await directory.about(conn, who.person, visit.present - KNOWN_FOR)
    chosen, failing = await channels.chosen(conn, who.person), await channels.failing(conn, who.known.academy)
    signed_in = await signing_in.elsewhere(conn, who.person, visit.present)
    rows = [*_reached(visit, about)]
    rows += [("Texts and chat", _channel(chosen, failing=any(one.person == who.person for one in failing)))]
    rows += [(raised(kind.replace("_", " ")), ", ".join(values)) for kind, values in sorted(who.known.outside.items())]
    rows += [("Organisation", about.organisation or ""), ("Discipline", (about.discipline or "").capitalize())]
    return [
        *((label, said) for label, said in rows if said),
        ("Signed in now", _browsers(len(signed_in)) if signed_in else "No"),
        ("Browsers that open their links", _browsers(about.browsers) if about.browsers else "None"),
    ]


def _reached(visit: Visit, about: About) -> Iterator[tuple[str, str]]:
    if about.came_back:
        when = long_date(visit.clock.today(about.came_back))
        yield "Not reached", say("The last email to them came back or could not be sent, on {day}", day=when)
    if about.mailbox:
        yield (
            "Shared mailbox",
            say_of(
                about.mailbox,
                "{number} other person has the same email address",
                "{number} other people have the same email address",
            ),
        )
    if about.last_day:
        yield "Last day", long_date(about.last_day)
    if about.merged:
        yield (
            "Merged records",
            say_of(
                len(about.merged),
                "{number} other record of theirs counted as this one",
                "{number} other records of theirs counted as this one",
            ),
        )
    yield "Weekly email", "Yes" if about.weekly_mail else "No: they see it on their own page"
    yield "Calendar invitations", "Yes" if about.invitations else "No"


def _channel(chosen: Chosen | None, *, failing: bool) -> str:
    if chosen is None:
        return "Email only"
    channel = say("Text messages to {address}", address=chosen.address) if chosen.channel == "text" else "Chat messages"
    return say("{channel}. The last few didn't arrive", channel=channel) if failing else channel


def _browsers(number: int) -> str:
    return say_of(number, "{number} browser", "{number} browsers")
