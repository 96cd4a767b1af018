"""What a page is about: read from the records at the moment it is shown, and folded by the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import structlog
from temporalio.client import WorkflowQueryFailedError
from temporalio.service import RPCError

from activities.links import Link, Links, Purpose
from coaching_client import handles
from gateway.context import AppContext, now
from gateway.pages import reading
from lifecycle import account, cohort, engagement, intro_course
from lifecycle.calendar import Calendar
from lifecycle.cohort.life import Enrolment
from lifecycle.cohort.life import Life as CohortLife
from lifecycle.dates import Clock, clock_of
from lifecycle.engagement.life import Life
from lifecycle.gathering import Subject
from lifecycle.intro_course.life import Booking
from lifecycle.subject_rules import State
from records import access_needs, intro_courses, ledger, pages
from records.database import Connection, serve_only
from records.notices import Issued
from records.pages import Office, Reader
from records.roles import members_of
from schemas.corrections import Correction
from schemas.due import Notice
from schemas.facts import Fact
from schemas.recording import Ledger
from schemas.subjects import kind_of
from schemas.words import COACHING, BookingState, Role

WORK: Final = (
    "measure_defined", "aim_set", "change_idea_added", "pdsa_planned", "pdsa_studied", "chart_rebased",
    "team_help_asked",
)  # fmt: skip
"""The facts whose words are seen again: what a team wants to reach and tries, and for what help somebody asked."""
COACHES: Final = COACHING
_END_OF_DAY: Final = time(23, 59, 59)
_QUERY_SECONDS: Final = timedelta(seconds=3)
_ASKED_SINCE: Final = timedelta(weeks=26)

_log = structlog.stdlib.get_logger("gateway.pages")


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the facts of an Introduction course, as far as the reader may see it."""

    venue: str = ""
    joining: str = ""
    needs: dict[str, str] = field(default_factory=dict)
    later: tuple[intro_courses.ListedCourse, ...] = ()
    elsewhere: dict[str, BookingState] = field(default_factory=dict)
    asked: tuple[Issued, ...] = ()
    cohorts: tuple[str, ...] = ()
    feedback: intro_courses.FeedbackSum | None = None


class Nobody(Exception):
    """The link is ours, and what it is about is not there: nothing can be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """An engagement, a cohort or a course as the reader of a link may see it, at ``present``.

    ``sent_at`` is when the mail was sent that led here, if one did.
    """

    link: Link
    links: Links
    reader: Reader
    role: Role
    notice: Notice | None
    facts: tuple[Fact, ...]
    done: dict[str, datetime]
    present: datetime
    state: State
    sent_at: datetime | None = None
    told_at: dict[str, datetime] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    team_name: str | None = None
    beside: Beside = field(default_factory=Beside)
    office: Office | None = None
    members: frozenset[str] = frozenset()
    """Who works in the office, by name, and its deputy: they answer for it."""

    @property
    def subject(self) -> str:
        """The id of the engagement, cohort or Introduction course."""
        return self.link.subject

    @property
    def person(self) -> str:
        """Who reads."""
        return self.reader.person

    @property
    def engagement(self) -> engagement.State:
        """The engagement's state. Raises Nobody for a cohort."""
        if not isinstance(self.state, engagement.State):
            raise Nobody
        return self.state

    @property
    def life(self) -> Life:
        """The engagement's life. Raises Nobody for a cohort."""
        return self.engagement.life

    @property
    def cohort(self) -> cohort.State:
        """The cohort's state. Raises Nobody for an engagement."""
        if not isinstance(self.state, cohort.State):
            raise Nobody
        return self.state

    @property
    def course(self) -> CohortLife:
        """The cohort's life. Raises Nobody for an engagement."""
        return self.cohort.life

    @property
    def intro(self) -> intro_course.State:
        """The Introduction course's state. Raises Nobody for anything else."""
        if not isinstance(self.state, intro_course.State):
            raise Nobody
        return self.state

    @property
    def office_person(self) -> str:
        """Who is the office of it."""
        found: str = self.state.life.opening.office
        return found

    @property
    def calendar(self) -> Calendar:
        """The subject's calendar."""
        return self.state.life.calendar

    @property
    def clock(self) -> Clock:
        """The subject's clock."""
        return clock_of(self.calendar.zone)

    @property
    def today(self) -> date:
        """The local date."""
        return self.calendar.day(self.present)

    @property
    def own(self) -> bool:
        """Whether the reader coaches the team."""
        return self.role in COACHES

    @property
    def team(self) -> str:
        """The team, in words."""
        return self.team_name or ("your team" if self.own else "the team")

    @property
    def coach(self) -> str:
        """The coach, in words."""
        person = self.life.acting_coach or self.life.opening.people.coach
        return self.names.get(person, "the coach")

    def named(self, person: str | None, otherwise: str = "somebody") -> str:
        """A person's name, or words for somebody without one."""
        return self.names.get(person or "", otherwise)

    def words_of(self, event_id: str) -> str:
        """The note beside a fact; beside the one it corrects, where it has none of its own. Empty for none."""
        corrected = {fact.event_id: fact.corrects for fact in self.facts if isinstance(fact, Correction)}
        while event_id not in self.words and event_id in corrected:
            event_id = corrected[event_id]
        return self.words.get(event_id, "")

    def holding(self, *kinds: str) -> list[Fact]:
        """The facts of these kinds that hold and have their effect, in the order they occurred."""
        known: account.Account[Any] = self.state.account
        return [
            fact.model_copy(update={"event_id": event_id})
            for event_id, fact in account.holding(known)
            if fact.kind in kinds and event_id not in known.void
        ]

    def end_of(self, day: date, at: datetime) -> datetime:
        """The end of a local day, or ``at`` if that is earlier: when something of that day is told to have occurred."""
        began: datetime = self.state.life.opening.occurred_at
        return max(min(at, self.calendar.at(day, _END_OF_DAY)), began)

    def url(self, purpose: Purpose, about: str = "", subject: str | None = None) -> str:
        """The reader's link to something else, of this subject or another: it opens in a known browser alone."""
        return self.links.url(self.link.onward(purpose, self.subject if subject is None else subject, about))

    def part_url(self, purpose: Purpose, about: str) -> str:
        """The reader's link to a part of what this page asks: it opens as this page did."""
        return self.links.url(self.link.part(purpose, about))

    def before(self, event_id: str) -> PageContext:
        """The same as it was before a fact was recorded."""
        earlier = []
        for fact in self.facts:
            if fact.event_id == event_id:
                break
            earlier.append(fact)
        return replace(self, facts=tuple(earlier), state=_fold(earlier, self.done, self.present))

    @property
    def about(self) -> str:
        """The enrolment or booking that the notice, or the link, is about; empty for none."""
        return (self.notice.detail if self.notice else self.link.about) or ""

    def concerned(self) -> Enrolment | None:
        """The participant a notice of a cohort, or a link, is about."""
        return self.course.enrolments.get(self.about)

    def booking(self) -> Booking | None:
        """The booking a notice of an Introduction course, or a link, is about."""
        return self.intro.life.bookings.get(self.about)


def links_of(context: AppContext) -> Links:
    """Makes and reads the gateway's links. Without a public address, links lead to where they are read."""
    settings = context.settings
    return Links(settings.public_url or "", settings.signing_keys)


async def see(context: AppContext, link: Link) -> PageContext:
    """What a link is about. Raises Nobody for what is not recorded."""
    async with context.connection() as conn:
        reader = await reading.reader(conn, link.person)
        issued = await pages.issued(conn, link.about) if link.purpose is Purpose.NOTICE else None
        kept = await ledger.load(conn, link.subject)
    if reader is None or not kept.facts or not _fits(link, issued):
        raise Nobody
    # Whoever is in a team of another academy asks the office of their own.
    serve_only([reader.academy, link.subject.partition(".")[0]])
    as_of = await _as_of(context, link.subject, kept.facts[0])
    page = await assembled(links_of(context), link, reader, kept, max(now(), as_of or now()))
    if issued is not None:
        page = replace(page, role=issued.notice.role, notice=issued.notice)
    async with context.connection() as conn:
        told_at = await pages.told_at(conn, link.subject)
        mailed_at = await pages.mailed_at(conn, link.person, link.subject) if link.sent_at else None
        words = await pages.notes_of(conn, link.subject, WORK) if page.role is not Role.SPONSOR else {}
        return await with_names(conn, replace(page, told_at=told_at, sent_at=link.last_sent(mailed_at), words=words))


async def assembled(links: Links, link: Link, reader: Reader, kept: Ledger, present: datetime) -> PageContext:
    """A ledger as a page sees it: at ``present``, or when something last happened, if that is later."""
    present = max((present, *(fact.occurred_at for fact in kept.facts), *kept.done.values()))
    state = await asyncio.to_thread(_fold, kept.facts, kept.done, present)
    return PageContext(
        link=link,
        links=links,
        reader=reader,
        role=_part_in(state, link),
        notice=None,
        facts=tuple(kept.facts),
        done=kept.done,
        present=present,
        state=state,
    )


def _part_in(state: State, link: Link) -> Role:
    """In which part somebody reads a link that no notice names: as a coach, unless only another part is theirs."""
    if isinstance(state, intro_course.State):
        return Role.OFFICE if link.purpose is Purpose.COURSE else Role.DELEGATE
    if not isinstance(state, engagement.State) or link.purpose not in (Purpose.SESSION, Purpose.WORK):
        return Role.COACH
    life = state.life
    if any(assignment.person == link.person for assignment in life.assignments):
        return Role.COACH
    parts = (Role.TEAM_LEAD, Role.FACULTY, Role.OFFICE)
    return next((role for role in parts if life.people.get(role) == link.person), Role.COACH)


def _fits(link: Link, issued: Issued | None) -> bool:
    if link.purpose is not Purpose.NOTICE:
        return True
    return issued is not None and issued.subject == link.subject


def _fold(facts: Iterable[Fact], done: Mapping[str, datetime], present: datetime) -> State:
    state: State = Subject.of(facts, done, present).state
    return state


async def _as_of(context: AppContext, subject: str, opening: Fact) -> datetime | None:
    """What the workflow's clock reads: a rehearsed one is ahead of ours. None where nobody answers."""
    kind = kind_of(opening.kind)
    try:
        standing = await handles.handle(context.client, kind, subject).query(
            "state", result_type=kind.standing, rpc_timeout=_QUERY_SECONDS
        )
    except (RPCError, WorkflowQueryFailedError) as error:
        _log.info("pages.clock_unknown", subject=subject, error=type(error).__name__)
        return None
    found: datetime = standing.as_of
    return found


async def with_names(conn: Connection, page: PageContext) -> PageContext:
    """The same, with the names to show."""
    if isinstance(page.state, engagement.State):
        page = replace(page, team_name=await pages.team_name(conn, page.life.opening.microsystem))
    if isinstance(page.state, intro_course.State):
        page = replace(page, beside=await _beside(conn, page))
    return replace(
        page,
        names=await pages.names(conn, sorted(_people(page.state))),
        office=await pages.office_of(conn, page.reader.academy),
        members=await members_of(conn, page.subject),
    )


def _people(state: State) -> set[str]:
    match state:
        case engagement.State(life=life):
            return {*life.people.values(), *(one.person for one in life.assignments), life.opening.people.coach}
        case cohort.State(life=course):
            return {enrolment.accepted.person for enrolment in course.enrolments.values()}
        case intro_course.State(life=held):
            return {booking.requested.person for booking in held.bookings.values()}
    return set()


async def _beside(conn: Connection, page: PageContext) -> Beside:
    """Access needs of all only for the office; a delegate sees their own."""
    academy = page.subject.partition(".")[0]
    listed = await intro_courses.course(conn, page.subject)
    venue, joining = (listed.venue, listed.joining) if listed else ("", "")
    later = tuple(await intro_courses.to_come(conn, academy, page.present, page.subject))
    if page.role is not Role.OFFICE:
        own = await access_needs.of_booking(conn, page.about)
        asked = await pages.asked_of(conn, page.person, page.present - _ASKED_SINCE)
        return Beside(
            venue,
            joining,
            needs={page.about: own} if own else {},
            later=later,
            elsewhere=await intro_courses.elsewhere(conn, page.person, page.subject),
            asked=tuple(sent for sent in asked if sent.subject == page.subject),
        )
    least = page.intro.life.rules.feedback_shown_from
    return Beside(
        venue,
        joining,
        needs=await access_needs.of_course(conn, page.subject),
        later=later,
        cohorts=tuple(await intro_courses.cohorts_to_come(conn, academy)),
        feedback=await intro_courses.feedback(conn, page.subject, least),
    )


def has_role(page: PageContext) -> bool:
    """Whether the reader still has the part in which they were asked."""
    if page.reader.name is None:
        return False
    if page.role is Role.OFFICE:
        return page.person == page.office_person or page.person in page.members
    if isinstance(page.state, cohort.State):
        return _has_place(page)
    if isinstance(page.state, intro_course.State):
        booking = page.booking()
        return booking is not None and booking.requested.person == page.person
    life = page.life
    if page.role in COACHES:
        ends = {None, life.handed_off_at, life.ended_at}
        return any(assignment.person == page.person and assignment.until in ends for assignment in life.assignments)
    return life.people.get(page.role) == page.person


def _has_place(page: PageContext) -> bool:
    enrolment = page.concerned()
    among = [enrolment] if enrolment else list(page.course.enrolments.values())
    if page.role in COACHES:
        return any(enrolment.accepted.person == page.person and not enrolment.gone for enrolment in among)
    return any(
        page.person in (enrolment.person(Role.FACULTY), enrolment.person(Role.SPONSOR)) and not enrolment.gone
        for enrolment in among
    )
