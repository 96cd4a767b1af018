"""Somebody's own page: all that is asked of them now, what they can tell at any time, and what was told lately."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from starlette.responses import Response

from activities.links import Link, Links, Purpose
from gateway.certificates import words
from gateway.context import AppContext, now
from gateway.pages import kindly, reading
from gateway.pages.asked import Onward
from gateway.pages.drawing import draw
from gateway.pages.introduction import listed_days
from gateway.pages.purposes import ask_of, may_answer
from gateway.pages.recorded import ROLES, in_words
from gateway.pages.route import root_of
from gateway.pages.shown import COACHES, Nobody, PageContext, assembled, links_of, with_names
from lifecycle import timeline
from lifecycle.dates import Clock, clock_of
from lifecycle.matters import MATTERS
from lifecycle.subjects import RULES
from operations import certificates
from records import intro_courses, ledger, pages
from records.database import Connection, serve_only
from records.notices import Issued
from records.pages import Coached, Office, Reader, ToldLine
from records.roles import offices_of, roles_of
from schemas.subjects import kind_of
from schemas.words import Matter, Role

_ASKED_SINCE: Final = timedelta(weeks=26)
_SUBJECTS: Final = 60
_SHOWN: Final = 40
_LATELY: Final = 12
_TELLING: Final = COACHES | {Role.TEAM_LEAD}
_FINAL: Final = frozenset({"alumnus", "deferred", "withdrawn", "not_completed"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that is asked of somebody now."""

    title: str
    about: str
    by: datetime | None
    url: str
    clock: Clock

    def item(self, present: datetime) -> dict[str, Any]:
        """As a line of the list."""
        late = self.by is not None and self.by < present
        day = self.clock.date(self.by) if self.by else ""
        when = f"{'was due' if late else 'by'} {day}" if day else ""
        return {
            "heading": self.title[:1].upper() + self.title[1:],
            "hint": ", ".join(part for part in (self.about, when) if part),
            "href": self.url,
            "status": {"tag": {"text": "Overdue", "classes": "nhsuk-tag--red"}} if late else {"text": ""},
        }


@dataclass(frozen=True, slots=True)
class Group:
    """What somebody can tell of one team at any time."""

    title: str
    links: tuple[Onward, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """Somebody's page. ``part`` is whether they have any part now."""

    name: str
    part: bool
    present: datetime
    office: Office | None
    asked: tuple[Asked, ...] = ()
    more: bool = False
    standing: tuple[Group, ...] = ()
    told: tuple[dict[str, str], ...] = ()


async def home(context: AppContext, link: Link, *, asks: bool = True) -> Home:
    """The page of the reader of a link; without what it ``asks``, where another says so. Raises Nobody for nobody."""
    async with context.connection() as conn:
        reader = await pages.reader(conn, link.person)
        if reader is None:
            raise Nobody
        office = await pages.office_of(conn, reader.academy)
        present = now()
        held = reading.held(reader.person) or await roles_of(conn, reader.person)
    if reader.name is None or not held:
        return Home(name="", part=False, present=present, office=office)
    serve_only({reader.academy, *(part.academy for part in held)} - {""})
    async with context.connection() as conn:
        links = links_of(context)
        # Whoever is signed in came without a link; through any other this is the epoch anyway.
        link = replace(link, epoch=reader.links_epoch)
        asked, more = await _asked(conn, links, link, reader, present) if asks else ((), False)
        return Home(
            name=reader.name,
            part=True,
            present=present,
            asked=asked,
            more=more,
            standing=await _standing(
                conn, _Ways(links, link), reader, present, {part.role for part in held}, listed=not asks
            ),
            told=tuple(_told(line, reader) for line in await pages.told_lately(conn, reader.person, _LATELY)),
            office=office,
        )


async def page(context: AppContext, link: Link, **said: Any) -> Response:  # noqa: ANN401
    """The page as it is sent. Raises Nobody for nobody."""
    found = await home(context, link)
    if not found.part:
        said_to = kindly.no_role if reading.signed_in() else kindly.no_part
        return said_to(root_of(context), found.office)
    return draw(
        "home.html",
        200,
        title="Your tasks",
        name=found.name,
        asked=[task.item(found.present) for task in found.asked],
        more=found.more,
        standing=found.standing,
        told=found.told,
        office=found.office,
        root=root_of(context),
        **said,
    )


async def _asked(
    conn: Connection, links: Links, own: Link, reader: Reader, present: datetime
) -> tuple[tuple[Asked, ...], bool]:
    issued = [sent for sent in await pages.asked_of(conn, reader.person, present - _ASKED_SINCE) if _asks(sent)]
    by_subject = [(subject, list(group)) for subject, group in groupby(issued, attrgetter("subject"))]
    by_subject.sort(key=lambda pair: max(sent.issued_at for sent in pair[1]), reverse=True)
    found: list[Asked] = []
    for subject, notices in by_subject[:_SUBJECTS]:
        link = own.onward(Purpose.NOTICE, subject)
        page = await assembled(links, link, reader, await ledger.load(conn, subject), present)
        if any(sent.notice.role is Role.OFFICE for sent in notices):
            page = replace(page, role=Role.OFFICE)
        found += await asyncio.to_thread(_open, await with_names(conn, page), notices)
    found.sort(key=lambda task: (task.by is None, task.by or present, task.title))
    return tuple(found[:_SHOWN]), len(found) > _SHOWN or len(by_subject) > _SUBJECTS


def _asks(issued: Issued) -> bool:
    matter = issued.notice.matter
    return ask_of(matter) is not None and not MATTERS[matter].informs


def _open(page: PageContext, issued: list[Issued]) -> list[Asked]:
    """Those of the questions that still stand, and that the reader can answer."""
    standing = _standing_keys(page, issued)
    found = []
    for sent in issued:
        link = page.link.onward(Purpose.NOTICE, page.subject, sent.id)
        asked = replace(page, link=link, role=sent.notice.role, notice=sent.notice)
        ask = ask_of(sent.notice.matter)
        if ask is None or sent.notice.item not in standing or not may_answer(asked):
            continue
        question = ask(asked)
        if not question.settled and (question.answers or question.onward):
            about = page.team_name or ""
            about = "" if about in question.title else about
            found.append(Asked(question.title, about, sent.notice.answer_by, page.links.url(link), page.clock))
    return found


def _standing_keys(page: PageContext, issued: list[Issued]) -> set[str]:
    done = timeline.revived([sent.notice.item for sent in issued], page.done)
    return {item.key for item in RULES[kind_of(page.facts[0].kind).name].plan(page.state, done)}


@dataclass(frozen=True, slots=True)
class _Ways:
    """Makes the links of a page: none works longer than the page's own, nor in a browser that is not known."""

    links: Links
    own: Link

    def to(self, purpose: Purpose, subject: str = "", about: str = "") -> str:
        return self.links.url(self.own.onward(purpose, subject, about))


async def _standing(
    conn: Connection, ways: _Ways, reader: Reader, present: datetime, held: set[Role], *, listed: bool
) -> tuple[Group, ...]:
    engagements = [coached for coached in await pages.coached(conn, reader.person) if not coached.ended]
    found = [_of_team(ways, coached) for coached in engagements if _TELLING & set(coached.roles)]
    found += [
        Group(coached.team or "Your team", (_whole(ways, coached),))
        for coached in engagements
        if Role.SPONSOR in coached.roles and not _TELLING & set(coached.roles)
    ]
    found += await _released(conn, ways, reader, present, engagements)
    found += await _courses(conn, ways, reader)
    places = [
        (cohort, enrolment)
        for cohort, enrolment, state in await pages.enrolments(conn, reader.person)
        if state not in _FINAL
    ]
    own = [
        Onward("Name a team that you coach", ways.to(Purpose.TEAM, subject, enrolment))
        for subject, enrolment in places[:1]
    ]
    for subject, about, earned in await certificates.earned_by(conn, reader.person, present):
        label = f"Your certificate: {words.course(earned, subject)}"
        own.append(Onward(label, ways.to(Purpose.CERTIFICATE, subject, about)))
    if {Role.OFFICE, Role.FACULTY} & held and not listed:
        own.insert(0, Onward("Your to-do list", ways.to(Purpose.WORKLIST)))
    if {Role.OFFICE, Role.DEPUTY, Role.FACULTY} & held:
        own.insert(0, Onward("All your teams", ways.links.page("teams")))
    if Role.OPERATOR in held:
        own.insert(0, Onward("What's wrong now, at any academy", ways.links.page("operator")))
    own += (
        Onward("Subscribe to your sessions, course days and reviews", ways.to(Purpose.CALENDAR)),
        Onward("Your emails and your calendar", ways.to(Purpose.WEEKLY_MAIL)),
        Onward("Tell us when you're away", ways.to(Purpose.LEAVE)),
        Onward("Change your email address", ways.to(Purpose.ADDRESS)),
        Onward("Stop the links in earlier emails from working", ways.to(Purpose.FORGET)),
    )
    return (*found, Group("About you", tuple(own)))


async def _released(
    conn: Connection, ways: _Ways, reader: Reader, present: datetime, engagements: list[Coached]
) -> list[Group]:
    """What faculty allowed us to tell a sponsor. Of the rest of a team's life they see what they told themselves."""
    teams = {coached.engagement: coached.team or "the team" for coached in engagements}
    told = [
        Onward(f"How {teams[sent.subject]} is doing", ways.to(Purpose.NOTICE, sent.subject, sent.id))
        for sent in await pages.asked_of(conn, reader.person, present - _ASKED_SINCE)
        if (sent.notice.role, sent.notice.matter) == (Role.SPONSOR, Matter.ESCALATION) and sent.subject in teams
    ]
    return [Group("What faculty asked us to tell you", tuple(told))] if told else []


def _of_team(ways: _Ways, coached: Coached) -> Group:
    team = coached.team or "your team"

    def to(purpose: Purpose, label: str) -> Onward:
        return Onward(label, ways.to(purpose, coached.engagement), f"({team})")

    pausing = "Restart, or stay paused" if coached.paused else "Pause the coaching"
    coaching = (
        to(Purpose.PAUSE, pausing),
        to(Purpose.SLOT, "Change the weekly hour"),
        to(Purpose.STOPPED, "I've stopped coaching"),
    )
    working = to(Purpose.WORK, "Aims, change ideas and PDSA cycles")
    onward = (working, *coaching) if COACHES & set(coached.roles) else (working,)
    return Group(f"Record anything about {team}", (_whole(ways, coached), *onward))


def _whole(ways: _Ways, coached: Coached) -> Onward:
    return Onward(
        "How the team is doing", ways.links.page(f"teams/{coached.engagement}"), f"({coached.team or 'your team'})"
    )


async def _courses(conn: Connection, ways: _Ways, reader: Reader) -> list[Group]:
    """Somebody's bookings; for an office, and who works in it, its courses, and who was handed on to its cohorts."""
    offices = await offices_of(conn, reader.person)
    booked = [
        Onward(f"Introduction course of {clock.date(begins)}", ways.to(Purpose.BOOKING, course, booking))
        for course, booking, begins, clock in await intro_courses.of_delegate(conn, reader.person)
    ]
    kept = [
        Onward(
            f"{listed_days(listed)}: {listed.confirmed} of {listed.places} places taken, {listed.waiting} waiting",
            ways.to(Purpose.COURSE, listed.course),
        )
        for listed in await intro_courses.of_offices(conn, offices)
    ]
    coming = [
        Onward(f"{name}, {address} ({cohort.partition('.')[2]})", f"mailto:{address}")
        for cohort, name, address in await intro_courses.handed_on(conn, offices)
    ]
    titles = ("Your bookings", "Introduction courses", "On your cohorts' lists: they'd like to become coaches")
    return [Group(title, tuple(lines)) for title, lines in zip(titles, (booked, kept, coming), strict=True) if lines]


def _told(line: ToldLine, reader: Reader) -> dict[str, str]:
    teller = line.fact.told_by
    who = "you" if teller.person == reader.person else line.told_by or ROLES[teller.role]
    clock = clock_of(line.zone)
    day = clock.date(line.recorded_at)
    return {"words": in_words(line.fact, clock), "team": line.team or "", "told": f"Recorded by {who}, {day}"}
