"""A sheet of bookings over HTTP: the lines that are right are booked, the others come back."""

from __future__ import annotations

from fastapi import Request, Response
from pydantic import BaseModel, Field

from coaching_client.handles import FactRefusedError
from gateway.api.answers import RosterLine
from gateway.api.sheets import AskedOfASheet, sheet_sent, to_be_mended, unreadable, wants_sheet
from gateway.context import AppContext
from operations.booking_sheets import book_line, to_correct, to_say
from operations.callers import Caller
from operations.who_is_meant import WhoIsMeantError
from records.intro_courses import ListedBooking
from schemas.bookings import KNOWN, BookingLine, check_bookings
from schemas.due import Refusal
from schemas.roster import RosterFault
from schemas.sheet import UnreadableSheetError
from schemas.words import BookingId, BookingState, EventId, IntroCourseId


class BookingAnswered(BaseModel):
    """What became of one request. ``place`` is the place on the waiting list."""

    event_id: EventId | None = Field(default=None, description="Of a line of a sheet only where it has a code.")
    booking: BookingId | None = None
    state: BookingState | None = None
    place: int | None = None
    line: int | None = Field(default=None, description="Of a sheet: the line, counted from 1.")
    code: str | None = Field(default=None, description="Of a refusal: the domain's code.")
    reason: str | None = Field(default=None, description="Of a refusal: why, in words.")


class BookingsAnswered(BaseModel):
    """What became of each line of a sheet that can be read, in its order; and what is wrong with which."""

    items: tuple[BookingAnswered, ...]
    faults: tuple[RosterLine, ...] = Field(default=(), description="Lines that book nobody: what is wrong, what to do.")


async def sheet_booked(
    request: Request, caller: Caller, context: AppContext, course: IntroCourseId, asked: AskedOfASheet
) -> BookingsAnswered | Response:
    """The lines that have no fault are booked, in their order; the others come back."""
    try:
        sheet = await sheet_sent(request, KNOWN, asked)
    except UnreadableSheetError as wrong:
        raise unreadable((RosterFault(wrong.line, "", wrong.problem, wrong.remedy),), "booked") from None
    checked = check_bookings(sheet)
    headings = sheet.records[0].line if sheet.records else 1
    if any(fault.line <= headings for fault in checked.faults):
        raise unreadable(checked.faults, "booked")
    each = [await _line(context, caller, course, line) for line in checked.good]
    found = [*checked.faults, *(fault for _, fault in each if fault is not None)]
    faults = sorted(found, key=lambda fault: fault.line)
    if wants_sheet(request):
        return to_be_mended(sheet, faults)
    items = tuple(said for said, _ in each)
    return BookingsAnswered(items=items, faults=tuple(map(RosterLine.of_a_sheet, faults)))


async def _line(
    context: AppContext, caller: Caller, course: IntroCourseId, line: BookingLine
) -> tuple[BookingAnswered, RosterFault | None]:
    """What became of a line; when it was refused, as what is wrong with it too."""
    event_id = f"{course}:sheet:{line.code}" if line.code else None
    try:
        known = await book_line(context.engine, caller, course, line)
    except FactRefusedError as refused:
        told: Refusal = refused.refusal
        said = BookingAnswered(event_id=event_id, line=line.line, code=told.code, reason=told.reason)
        return said, to_correct(line, told)
    except WhoIsMeantError as unclear:
        said = BookingAnswered(event_id=event_id, line=line.line, code="who_is_meant", reason=f"{unclear}.")
        return said, to_say(line, unclear)
    return became(event_id, known).model_copy(update={"line": line.line}), None


def became(event_id: EventId | None, known: ListedBooking | None) -> BookingAnswered:
    """What became of a request, by its booking."""
    if known is None:
        return BookingAnswered(event_id=event_id)
    return BookingAnswered(event_id=event_id, booking=known.booking, state=known.state, place=known.place)
