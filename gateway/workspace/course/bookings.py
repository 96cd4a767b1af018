"""Bookings of an Introduction course, as its office sees to them: book for somebody, confirm, move, cancel."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages import introduction_office
from gateway.pages.answers import UNNAMED, button, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Question, Telling
from gateway.pages.introduction import NEEDS_HINT, listed_days, mine, name_of, of_booking
from gateway.pages.mistakes import with_way_back
from gateway.pages.recorded import recorded
from gateway.pages.shown import Nobody, PageContext
from gateway.pages.weekly import marks
from gateway.workspace import acting
from gateway.workspace.course.listing import courses_url
from gateway.workspace.course.now import STATES, bookable, course_of, crumbs_of, free_in_words, title_of
from gateway.workspace.operating import asked, contact, done
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.intro_course.life import ACTIVE
from operations.intro_courses import Wanted
from operations.intro_courses import book as take_place
from records import access_needs, intro_courses
from records.database import Connection
from schemas import intro_course_facts as facts
from schemas.facts import Teller
from schemas.sentences import lowered, say
from schemas.words import BookingId, BookingState, Delegate, IntroCourseId, IntroStage, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_PERSON: Final = (
    Field(
        name="who", kind="person", label="Who is the place for?", missing="Enter a name and an email address",
        hint="If we know them already, we'll recognise the email address.",
    ),
    Field(name="organisation", kind="team", label="Organisation", missing="Enter their organisation",
          hint="Their trust, practice or service"),
    Field(
        name="delegate", kind="radios", label="Do they work in one of the academy's own organisations?",
        missing="Select yes or no",
        choices=(Choice(Delegate.INTERNAL, "Yes"), Choice(Delegate.EXTERNAL, "No")),
    ),
    Field(name="needs", kind="note", label="What do they need to take part? (optional)", hint=NEEDS_HINT,
          optional=True, seen=True),
)  # fmt: skip


def _booking_for(page: PageContext) -> Question:
    life = page.intro.life
    room = life.has_room((1, 2), page.present)
    label = "Book the place" if room else "Put them on the waiting list"
    full = "The course is full: they'll join the waiting list, and we'll offer them a place when one comes free."
    left = say("{places} We'll email the person to say they're booked.", places=free_in_words(page))
    begun = not bookable(page)
    return Question(
        title="Book a place for somebody",
        lead=("This course can't be booked any more.",)
        if begun
        else (say("{course}.", course=title_of(page)), left if room else full),
        topic=f"{page.subject}/book-for",
        mark=(),
        answers=() if begun else (Answer(name="book", fields=_PERSON, buttons=button(label), note=False),),
    )


@pages.api_route("/introduction-courses/{course}/book", methods=["GET", "HEAD"])
async def book_for(visit: Visiting, course: IntroCourseId) -> Response:
    """The form."""
    page = await course_of(visit, course)
    return asked(visit, _booking_for(page), *crumbs_of(visit, page))


@pages.post("/introduction-courses/{course}/book")
async def book(visit: Visiting, course: IntroCourseId) -> Response:
    """Book it; the course's own page shows what became of it."""
    page = await course_of(visit, course)

    async def take(_: Answer, given: Given) -> None:
        who = contact(given["who"])
        wanted = Wanted(
            who.name, who.email, given["organisation"].name, Delegate(given["delegate"]), given["needs"] or "",
            who.meant,
        )  # fmt: skip
        teller = Teller(role=Role.OFFICE, person=visit.person)
        named = _opaque(course, who.email.casefold(), who.name, given.at.isoformat())
        await take_place(visit.context.engine, visit.caller, course, wanted, event_id=named, told_by=teller)

    return await done(visit, _booking_for(page), take, *crumbs_of(visit, page), to=courses_url(visit, course))


def _opaque(*said: str) -> str:
    """No address stands in an event id."""
    return f"page-{hashlib.sha256('/'.join(said).encode()).hexdigest()[:32]}"


async def _booking_of(visit: Visit, course: IntroCourseId, booking: BookingId) -> PageContext:
    page = await course_of(visit, course, booking)
    try:
        mine(page)
    except Nobody:
        raise NotTheirs from None
    return page


def one_booking(page: PageContext) -> Question:
    """What the office can do about a booking, and how it stands."""
    booked, life = mine(page), page.intro.life
    key, state = booked.requested.booking, page.intro.booking(booked)
    told = of_booking(page, key, "booking_cancelled", "offer_accepted", "place_offered")
    ahead = page.present < life.starts(booked.days[0]) and life.cancelled_at is None
    held = recorded(page, *told[-1:])
    question = Question(
        title=say("{name}: {state}", name=name_of(page, booked), state=lowered(STATES[state][0])),
        topic=f"{page.subject}/office-booking/{key}",
        mark=marks(*told),
        lead=tuple(_lead(page, state, ahead=ahead)),
        answers=tuple(_answers(page)) if ahead and state in ACTIVE else (),
        recorded=held,
        settled=state is BookingState.CANCELLED and ahead,
        also="What do you want to change?",
    )
    return with_way_back(page, question) if ahead and state is BookingState.CANCELLED else question


def _lead(page: PageContext, state: BookingState, *, ahead: bool) -> Iterator[str]:
    booked = mine(page)
    yield say("{course}.", course=title_of(page))
    needs = page.beside.needs.get(booked.requested.booking)
    if needs:
        yield say("They need: {needs}", needs=needs)
    if not ahead:
        yield "The course has begun or is cancelled, so this booking can't be changed. Record who was there instead."
    elif state is BookingState.WAITING:
        yield "When a place comes free, or you make more places, we'll offer it to the next person on the waiting list."
    elif state is BookingState.OFFERED and booked.offered_until:
        yield say("We're keeping a place for them until {moment}.", moment=page.clock.moment(booked.offered_until))


def _answers(page: PageContext) -> Iterator[Answer]:
    booked = mine(page)
    key, state = booked.requested.booking, booked.standing(page.present)
    if state is BookingState.OFFERED:
        yield Answer(
            name="take", buttons=button("They'd like the place: confirm it"), note=False,
            tell=lambda given: tells(given, facts.OfferAccepted, booking=key),
        )  # fmt: skip
    later = {one.course: one for one in page.beside.later if one.day_1_starts_at > page.present}
    if later:
        yield _moving(page, later)
    yield Answer(
        name="cancel", opener="Cancel this booking", buttons=button("Cancel the booking"), variant="warning",
        tell=lambda given: tells(given, facts.BookingCancelled, booking=key), note=True,
        hint="We'll email them. If anybody is on the waiting list, we'll offer them the place.",
    )  # fmt: skip


def _moving(page: PageContext, later: dict[str, intro_courses.ListedCourse]) -> Answer:
    """A place on another course, and this one is given back."""
    booked = mine(page)
    key = booked.requested.booking

    def new_key(given: Given) -> str:
        return f"{given['course']}.{_opaque(key, given.at.isoformat())[5:15]}"

    async def keep(conn: Connection, given: Given) -> None:
        await access_needs.carry_over(conn, key, given["course"], new_key(given), given.at)

    def moved(given: Given) -> tuple[Telling, ...]:
        asked_for = facts.PlaceRequested(
            event_id=UNNAMED, occurred_at=given.at, booking=new_key(given), person=booked.requested.person,
            delegate=booked.requested.delegate, days=booked.days, rebooks=booked.requested.rebooks,
        )  # fmt: skip
        return (Telling(asked_for, None, given["course"]), *tells(given, facts.BookingCancelled, booking=key))

    choices = tuple(Choice(name, listed_days(one), _room(one)) for name, one in later.items())
    which = Field(name="course", kind="radios", label="Which course?", missing="Select a course", choices=choices)
    return Answer(
        name="move", opener="Move to another course", fields=(which,), buttons=button("Move the booking"), tell=moved,
        keep=keep, note=False, variant="secondary",
        hint="They'll be booked on the other course and give up their place here. We'll tell them.",
    )  # fmt: skip


def _room(listed: intro_courses.ListedCourse) -> str:
    if listed.stage is IntroStage.FULL or listed.waiting:
        return (
            say("Full: {number} on the waiting list", number=listed.waiting)
            if listed.waiting
            else "Full: they'd join the waiting list"
        )
    return say("{number} places free", number=listed.places - max(listed.taken_1, listed.taken_2))


@pages.api_route("/introduction-courses/{course}/bookings/{booking}", methods=["GET", "HEAD"])
async def show_booking(visit: Visiting, course: IntroCourseId, booking: BookingId) -> Response:
    """One booking."""
    page = await _booking_of(visit, course, booking)
    return await acting.asked(visit, page, one_booking, *crumbs_of(visit, page))


@pages.post("/introduction-courses/{course}/bookings/{booking}")
async def change_booking(visit: Visiting, course: IntroCourseId, booking: BookingId) -> Response:
    """Change one booking."""
    page = await _booking_of(visit, course, booking)
    return await acting.taken(visit, page, one_booking, *crumbs_of(visit, page))


@pages.api_route("/introduction-courses/{course}/bookings/{booking}/coaching", methods=["GET", "HEAD"])
async def coaching(visit: Visiting, course: IntroCourseId, booking: BookingId) -> Response:
    """On which cohort's list does somebody stand who would like to become a coach?"""
    page = await _booking_of(visit, course, booking)
    return await acting.asked(visit, page, _wish, *crumbs_of(visit, page))


@pages.post("/introduction-courses/{course}/bookings/{booking}/coaching")
async def hand_on(visit: Visiting, course: IntroCourseId, booking: BookingId) -> Response:
    """Put them on the list of a cohort."""
    page = await _booking_of(visit, course, booking)
    return await acting.taken(visit, page, _wish, *crumbs_of(visit, page))


def _wish(page: PageContext) -> Question:
    return with_way_back(page, introduction_office.wish(page))
