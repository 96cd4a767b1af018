"""Bookings by a sheet: looked at first, booked in its order, and what is wrong comes back to be corrected."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from coaching_client.handles import FactRefusedError
from gateway.pages.forms import STATE
from gateway.pages.places import Crumb
from gateway.pages.shown import PageContext
from gateway.workspace.cohort import kept_sheet
from gateway.workspace.course.listing import courses_url
from gateway.workspace.course.now import STATES, bookable, course_of, crumbs_of, free_in_words, title_of
from gateway.workspace.downloads import as_file, download, offered, wanted
from gateway.workspace.frame import is_ours, show, stamp
from gateway.workspace.handed_in import form_of, headings, question_of, sheet_of, wrong_rows
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from operations.booking_sheets import Foreseen, book_line, foresee, to_correct
from operations.sheets import kind_of, with_faults
from operations.who_is_meant import Asked, WhoIsMeantError
from records.pages import names
from schemas.bookings import COLUMNS, KNOWN, check_bookings
from schemas.due import Refusal
from schemas.facts import Teller
from schemas.roster import RosterFault
from schemas.sentences import lowered, raised, say, say_of
from schemas.sheet import Sheet, UnreadableSheetError
from schemas.words import BookingState, IntroCourseId, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_TITLE: Final = "Book places from a sheet"
_MOST: Final = 500
_TO_FILL_IN: Final = tuple(column.capitalize() for column in COLUMNS if column != "booking")
_LOST: Final = frozenset({BookingState.CANCELLED, BookingState.OFFER_LAPSED})


@dataclass(frozen=True, slots=True)
class Seen:
    """A sheet as it was understood, and what would become of its lines."""

    sheet: Sheet
    foreseen: tuple[Foreseen, ...]
    faults: tuple[RosterFault, ...]

    @property
    def new(self) -> list[Foreseen]:
        """Those who would be booked."""
        return [one for one in self.foreseen if one.state is not None and not one.before]

    @property
    def asked(self) -> list[Asked]:
        """Whoever could be somebody else."""
        return [one.asked for one in self.foreseen if one.asked is not None]


@pages.api_route("/introduction-courses/{course}/book/sheet", methods=["GET", "HEAD"])
async def choose(visit: Visiting, course: IntroCourseId) -> Response:
    """Which file. Or an empty sheet with the headings."""
    page = await _open(visit, course)
    if (kind := wanted(visit)) is not None:
        return download(kind, "Bookings", _TO_FILL_IN, ())
    return _choose(visit, page)


@pages.post("/introduction-courses/{course}/book/sheet")
async def take(visit: Visiting, course: IntroCourseId) -> Response:
    """Look at it, give back what is wrong, or book."""
    page = await _open(visit, course)
    async with form_of(visit) as form:
        try:
            sheet = await sheet_of(visit, form, KNOWN)
        except UnreadableSheetError as unreadable:
            fault = say("{problem}: {remedy}", problem=raised(unreadable.problem), remedy=unreadable.remedy)
            return _choose(visit, page, fault, str(form.get("page") or ""))
        return await _taken(visit, page, form, sheet)


async def _open(visit: Visit, course: IntroCourseId) -> PageContext:
    """A course that can be booked. Raises NotTheirs."""
    page = await course_of(visit, course)
    if not bookable(page):
        raise NotTheirs
    return page


def _choose(visit: Visit, page: PageContext, fault: str = "", which: str = "") -> Response:
    return show(
        "bookings_sheet.html",
        visit,
        status=422 if fault else 200,
        title=_TITLE,
        what=title_of(page),
        free=free_in_words(page),
        crumbs=crumbs_of(visit, page),
        state=stamp(visit, _topic(page)),
        fault=fault,
        page=which,
        downloads=offered(visit, "an empty sheet"),
    )


def _topic(page: PageContext) -> str:
    return f"{page.subject}/bookings-sheet"


async def _taken(visit: Visit, page: PageContext, form: FormData, sheet: Sheet) -> Response:
    seen = await _look(visit, page, sheet)
    match form.get("do"):
        case "mend" if seen.faults:
            content = await asyncio.to_thread(with_faults, seen.sheet, seen.faults)
            return as_file(kind_of(seen.sheet), "Rows to correct", content)
        case "book" if seen.new and is_ours(visit, form, _topic(page)):
            return await _shown(visit, page, await _booked(visit, page, seen), done=True)
    return await _shown(visit, page, seen)


async def _look(visit: Visit, page: PageContext, sheet: Sheet) -> Seen:
    """What would become of the lines that have no fault. Changes nothing."""
    checked = check_bookings(sheet)
    good, faults = checked.good, checked.faults
    if len(good) > _MOST:
        good, faults = (
            (),
            (RosterFault(1, "", say("there are more than {most} rows", most=_MOST), "send several sheets"),),
        )
    foreseen = await foresee(visit.context.engine, page.subject, good) if good else []
    return _seen(sheet, foreseen, faults)


def _seen(sheet: Sheet, foreseen: Sequence[Foreseen], faults: Iterable[RosterFault]) -> Seen:
    wrong = [*faults, *(fault for one in foreseen for fault in _to_correct(one))]
    return Seen(sheet, tuple(foreseen), tuple(sorted(wrong, key=lambda fault: fault.line)))


def _to_correct(one: Foreseen) -> list[RosterFault]:
    line = one.line.line
    if one.refusal is not None:
        return [to_correct(one.line, one.refusal)]
    if one.before and one.state in _LOST:
        problem = "was booked from a sheet before, and that booking was given up"
        return [RosterFault(line, "", problem, "if they'd like a place again, book it on the course's page")]
    return []


async def _booked(visit: Visit, page: PageContext, seen: Seen) -> Seen:
    """Book in the order of the sheet; whoever was booked a moment ago by somebody else comes back."""
    teller, became = Teller(role=Role.OFFICE, person=visit.person), []
    for one in seen.foreseen:
        if one.state is None or one.before:
            continue
        try:
            known = await book_line(visit.context.engine, visit.caller, page.subject, one.line, teller)
        except FactRefusedError as refused:
            became.append(Foreseen(one.line, refusal=refused.refusal))
        except WhoIsMeantError:
            became.append(Foreseen(one.line, refusal=_CHANGED))
        else:
            became.append(Foreseen(one.line, known.state if known else BookingState.CANCELLED))
    wrong = [fault for fault in seen.faults if fault.line not in {one.line.line for one in became}]
    return _seen(seen.sheet, [*became, *(one for one in seen.foreseen if one.asked is not None)], wrong)


_CHANGED: Final = Refusal(when="never", code="who_is_meant", reason="This address belongs to somebody else by now.")


async def _shown(visit: Visit, page: PageContext, seen: Seen, *, done: bool = False) -> Response:
    async with visit.context.connection() as conn:
        known = await names(conn, sorted({person for one in seen.asked for person in one.known}))
    begins = seen.sheet.records[0].line if seen.sheet.records else 1
    missing = any(fault.line == begins and fault.column for fault in seen.faults)
    number = len(seen.new)
    here = courses_url(visit, page.subject)
    return show(
        "bookings_check.html",
        visit,
        title="Bookings" if done else "Check before you book",
        what=title_of(page),
        crumbs=(*crumbs_of(visit, page), Crumb(_TITLE, f"{here}/book/sheet")),
        url=f"{here}/book/sheet",
        back=here,
        done=say_of(
            number,
            "{number} person is booked or on the waiting list.",
            "{number} people are booked or on the waiting list.",
        )
        if done
        else "",
        groups=_groups(seen, done=done),
        count=0 if done else number,
        wrong=wrong_rows(seen.sheet, seen.faults, "name"),
        questions=[question_of(one, known) for one in seen.asked],
        headings=headings(seen.sheet, KNOWN, but={"outcome"}) if missing else [],
        kept={STATE: stamp(visit, _topic(page)), **kept_sheet.hidden(seen.sheet)},
    )


def _groups(seen: Seen, *, done: bool) -> list[tuple[str, list[str]]]:
    """Whoever has no fault, by what becomes of them."""
    waits = {BookingState.WAITING, BookingState.OFFERED}
    groups = (
        ("Have a place" if done else "Will have a place", [one for one in seen.new if one.state not in waits]),
        ("Are on the waiting list" if done else "Will be on the waiting list",
         [one for one in seen.new if one.state in waits]),
    )  # fmt: skip
    before = [one for one in seen.foreseen if one.before and one.state is not None and one.state not in _LOST]
    named = [(heading, [one.line.name for one in found]) for heading, found in groups if found]
    if before:
        known = [
            say("{name}: {state}", name=one.line.name, state=lowered(STATES[one.state][0]))
            for one in before
            if one.state is not None
        ]
        named.append(("Booked before", known))
    return named
