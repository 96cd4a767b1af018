"""Who was there, by a sheet: looked at first, recorded, and what is wrong comes back to be corrected."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from coaching_client.handles import FactRefusedError
from gateway.pages.forms import STATE
from gateway.pages.introduction_office import has_come
from gateway.pages.places import Crumb
from gateway.workspace.cohort import kept_sheet, teaching
from gateway.workspace.cohort.frame import cohort_url
from gateway.workspace.cohort.frame import way_up as cohort_crumbs
from gateway.workspace.course import now as course_pages
from gateway.workspace.course.listing import courses_url
from gateway.workspace.downloads import as_file, download, offered, wanted
from gateway.workspace.frame import is_ours, show, stamp
from gateway.workspace.handed_in import form_of, headings, sheet_of, wrong_rows
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.dates import long_date
from operations import attendance, reading
from operations.attendance import NoRegisterError, Read, Register
from operations.sheets import kind_of, with_faults
from schemas.facts import Teller
from schemas.sentences import raised, say, say_of
from schemas.sheet import Sheet, UnreadableSheetError
from schemas.subjects import cohort_name
from schemas.words import IntroCourseId, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_TITLE: Final = "Record attendance from a sheet"


@dataclass(frozen=True, slots=True)
class Taking:
    """What a sheet is about, and the pages around it."""

    found: Register
    what: str
    url: str
    back: str
    crumbs: tuple[Crumb, ...]

    @property
    def topic(self) -> str:
        """What its forms are about."""
        return f"{self.found.subject}/attendance-{self.found.number}"


async def _session(visit: Visit, cohort: str, number: str) -> Taking:
    """A learning session that has begun. Raises NotTheirs."""
    await teaching.session_of(visit, cohort, number)
    found = await _register(visit, cohort, int(number))
    back = cohort_url(visit, cohort, "/attendance")
    what = say(
        "learning session {number} of {cohort}, {day}",
        number=number,
        cohort=cohort_name(cohort),
        day=long_date(found.day),
    )
    return Taking(found, what, f"{back}/{number}/sheet", back, cohort_crumbs(visit, cohort, "/attendance"))


async def _day(visit: Visit, course: IntroCourseId, day: int) -> Taking:
    """A day of a course that has come. Raises NotTheirs."""
    page = await course_pages.on_day(visit, course, day)
    if not has_come(page, day):
        raise NotTheirs
    found = await _register(visit, course, day)
    back = courses_url(visit, course)
    what = say("day {number} of the Introduction course, {day}", number=day, day=long_date(found.day))
    return Taking(found, what, f"{back}/day-{day}/sheet", back, course_pages.crumbs_of(visit, page))


async def _register(visit: Visit, subject: str, number: int) -> Register:
    try:
        found = await attendance.register(visit.context.engine, subject, number)
    except NoRegisterError:
        raise NotTheirs from None
    async with visit.context.connection() as conn:
        await reading.noted(conn, visit.caller, "attendance", subject, visit.present)
    return found


@pages.api_route("/cohorts/{cohort}/attendance/{number}/sheet", methods=["GET", "HEAD"])
async def choose_for_session(visit: Visiting, cohort: str, number: str) -> Response:
    """Which file. Or the sheet to fill in."""
    return _choose(visit, await _session(visit, cohort, number))


@pages.post("/cohorts/{cohort}/attendance/{number}/sheet")
async def take_for_session(visit: Visiting, cohort: str, number: str) -> Response:
    """Look at it, give back what is wrong, or record it."""
    return await _take(visit, await _session(visit, cohort, number))


@pages.api_route("/introduction-courses/{course}/day-{day:int}/sheet", methods=["GET", "HEAD"])
async def choose_for_day(visit: Visiting, course: IntroCourseId, day: int) -> Response:
    """Which file. Or the sheet to fill in."""
    return _choose(visit, await _day(visit, course, day))


@pages.post("/introduction-courses/{course}/day-{day:int}/sheet")
async def take_for_day(visit: Visiting, course: IntroCourseId, day: int) -> Response:
    """Look at it, give back what is wrong, or record it."""
    return await _take(visit, await _day(visit, course, day))


def _choose(visit: Visit, taking: Taking, fault: str = "", page: str = "") -> Response:
    if not fault and (kind := wanted(visit)) is not None:
        return download(kind, say("Attendance, {what}", what=taking.what), *attendance.to_fill_in(taking.found))
    return show(
        "attendance_sheet.html",
        visit,
        status=422 if fault else 200,
        title=_TITLE,
        what=raised(taking.what),
        crumbs=taking.crumbs,
        state=stamp(visit, taking.topic),
        fault=fault,
        page=page,
        expected=len(taking.found.expected),
        of_a_cohort=taking.found.of_a_cohort,
        downloads=offered(visit, "the sheet"),
    )


async def _take(visit: Visit, taking: Taking) -> Response:
    async with form_of(visit) as form:
        try:
            sheet = await sheet_of(visit, form, taking.found.columns, mapping=taking.found.headings)
        except UnreadableSheetError as unreadable:
            fault = say("{problem}: {remedy}", problem=raised(unreadable.problem), remedy=unreadable.remedy)
            return _choose(visit, taking, fault, str(form.get("page") or ""))
        return await _taken(visit, taking, form, sheet)


async def _taken(visit: Visit, taking: Taking, form: FormData, sheet: Sheet) -> Response:
    read = attendance.understood(taking.found, sheet)
    match form.get("do"):
        case "mend" if read.faults:
            content = await asyncio.to_thread(with_faults, sheet, read.faults)
            return as_file(kind_of(sheet), "Rows to correct", content)
        case "record" if taking.found.changed(read.said) and is_ours(visit, form, taking.topic):
            return await _recorded(visit, taking, sheet, read)
    return _preview(visit, taking, sheet, read, attendance.refusal(taking.found, read.said))


async def _recorded(visit: Visit, taking: Taking, sheet: Sheet, read: Read) -> Response:
    teller = Teller(role=Role.OFFICE, person=visit.person)
    try:
        await attendance.record(visit.context.engine, visit.caller, taking.found, read.said, teller)
    except FactRefusedError as refused:
        return _preview(visit, taking, sheet, read, refused.refusal.reason)
    number = len(taking.found.changed(read.said))
    done = say_of(
        number, "The attendance of {number} person is recorded.", "The attendance of {number} people is recorded."
    )
    return _preview(visit, taking, sheet, read, done=done)


def _preview(visit: Visit, taking: Taking, sheet: Sheet, read: Read, refused: str = "", done: str = "") -> Response:
    found = taking.found
    changed = found.changed(read.said)
    missing = any(fault.line == 1 and fault.column for fault in read.faults)
    return show(
        "attendance_check.html",
        visit,
        title="Attendance" if done else "Check before you record",
        what=raised(taking.what),
        crumbs=(*taking.crumbs, Crumb(_TITLE, taking.url)),
        url=taking.url,
        back=taking.back,
        done=done,
        refused=refused,
        groups=_groups(found, read.said, changed),
        left_out=[] if done else _names(found, (one.key for one in found.unsaid(read.said))),
        of_a_cohort=found.of_a_cohort,
        count=0 if refused or done else len(changed),
        wrong=wrong_rows(sheet, read.faults, "name"),
        headings=headings(sheet, found.columns) if missing else [],
        kept={STATE: stamp(visit, taking.topic), **kept_sheet.hidden(sheet)},
    )


def _groups(found: Register, said: Mapping[str, bool], changed: Mapping[str, bool]) -> list[tuple[str, list[str]]]:
    """Whoever is named, by what becomes of it."""
    groups = (
        ("Were there", [key for key, there in changed.items() if there]),
        ("Weren't there", [key for key, there in changed.items() if not there]),
        ("Already recorded", [key for key in said if key not in changed]),
    )
    return [(heading, _names(found, keys)) for heading, keys in groups if keys]


def _names(found: Register, keys: Iterable[str]) -> list[str]:
    wanted_keys = set(keys)
    return sorted((one.name or "Somebody who was erased" for one in found.expected if one.key in wanted_keys),
                  key=str.casefold)  # fmt: skip
