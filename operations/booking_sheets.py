"""Bookings of an Introduction course from a sheet: what each line would come to, and booking it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lifecycle import intro_course
from lifecycle.gathering import Subject
from operations.callers import Caller
from operations.context import EngineContext
from operations.intro_courses import OFFICE, OTHERS, Wanted, book, wanted_by
from operations.who_is_meant import Asked, WhoIsMeantError, person_meant
from records import ledger
from records.intro_courses import ListedBooking
from schemas.bookings import BookingLine
from schemas.due import Refusal
from schemas.facts import Teller
from schemas.intro_course_facts import PlaceRequested
from schemas.roster import Contact, RosterFault
from schemas.words import BookingState, EventId, IntroCourseId, PersonId


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a line would come to: ``state`` that its booking would have, or has where it was booked ``before``.

    ``asked`` is whom it may mean, ``refusal`` why nobody would be booked.
    """

    line: BookingLine
    state: BookingState | None = None
    before: bool = False
    asked: Asked | None = None
    refusal: Refusal | None = None


def to_correct(line: BookingLine, refusal: Refusal) -> RosterFault:
    """A line that was refused, as what is wrong with it."""
    problem = refusal.reason.removesuffix("Nothing was changed.").strip().removesuffix(".")
    remedy = "check the booking code, or take the row out"
    return RosterFault(line.line, "", f"{problem[:1].lower()}{problem[1:]}", remedy)


def to_say(line: BookingLine, unclear: WhoIsMeantError) -> RosterFault:
    """A line that may mean somebody else."""
    remedy = "write same person (they are renamed), another person or a person's id in the column person"
    return RosterFault(line.line, "email", unclear.faults[0].problem, remedy)


def wanted_of(line: BookingLine) -> Wanted:
    """The place that a line is about."""
    return Wanted(line.name, line.email, line.organisation, line.delegate, line.needs, line.person)


def sheet_event(course: IntroCourseId, line: BookingLine, person: PersonId) -> EventId:
    """The event id of a line: by its code, or without one by who it is for. So a sheet can be sent twice."""
    return f"{course}:sheet:{line.code or person}"


async def foresee(engine: EngineContext, course: IntroCourseId, lines: Sequence[BookingLine]) -> list[Foreseen]:
    """What would become of lines in their order. Nobody is known or booked by it."""
    async with engine.connection() as conn:
        kept = await ledger.load(conn, course)
        at = max(engine.clock(), *(fact.occurred_at for fact in kept.facts))
        tried = conn.transaction()
        await tried.start()
        try:
            requests: list[PlaceRequested | Asked] = []
            for line in lines:
                try:
                    person = await person_meant(
                        conn, course.partition(".")[0], at, Contact(line.name, line.email, line.person)
                    )
                except WhoIsMeantError as unclear:
                    requests.append(replace(unclear.asked[0], line=line.line, column="person"))
                    continue
                named = sheet_event(course, line, person)
                wanted = wanted_of(line)
                requests.append(wanted_by(person, course, wanted, event_id=named, at=at, told_by=OFFICE))
        finally:
            await tried.rollback()
    known = {fact.event_id for fact in kept.facts}
    new = [one for one in requests if isinstance(one, PlaceRequested) and one.event_id not in known]
    state = Subject.of([*kept.facts, *new], kept.done, at).state
    if not isinstance(state, intro_course.State):
        raise TypeError(f"{course} is no Introduction course")
    return [_foreseen(line, one, state, known) for line, one in zip(lines, requests, strict=True)]


def _foreseen(line: BookingLine, one: PlaceRequested | Asked, state: intro_course.State, known: set[str]) -> Foreseen:
    if isinstance(one, Asked):
        return Foreseen(line, asked=one)
    refusal = state.account.void.get(one.event_id)
    booking = state.life.bookings.get(one.booking)
    if refusal is not None or booking is None:
        return Foreseen(line, refusal=refusal)
    if booking.requested.person != one.person:
        return Foreseen(line, refusal=OTHERS)
    return Foreseen(line, state.booking(booking), before=one.event_id in known)


async def book_line(
    engine: EngineContext, caller: Caller, course: IntroCourseId, line: BookingLine, told_by: Teller = OFFICE
) -> ListedBooking | None:
    """Book the place of a line, however often the sheet is sent. Raises FactRefusedError, and WhoIsMeantError."""
    person = ""
    if not line.code:
        contact = Contact(line.name, line.email, line.person)
        async with engine.connection() as conn, conn.transaction():
            person = await person_meant(conn, course.partition(".")[0], engine.clock(), contact)
    event_id = sheet_event(course, line, person)
    return await book(engine, caller, course, wanted_of(line), event_id=event_id, told_by=told_by)
