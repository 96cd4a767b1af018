"""A list of who leaves, as a personnel office keeps it: looked at first, recorded, and what is wrong comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from gateway.pages.forms import STATE
from gateway.pages.places import Crumb
from gateway.workspace.cohort import kept_sheet
from gateway.workspace.downloads import as_file, download, offered, wanted
from gateway.workspace.frame import is_ours, show, stamp
from gateway.workspace.handed_in import form_of, headings, sheet_of, wrong_rows
from gateway.workspace.person.frame import person_url, way_up
from gateway.workspace.person.parts import in_words
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import long_date
from operations import leavers, reading
from operations.leavers import LeaverFound, Outcome
from operations.sheets import kind_of, with_faults
from schemas.leavers import COLUMNS, check_leavers
from schemas.roster import RosterFault
from schemas.sentences import raised, say, say_of
from schemas.sheet import Sheet, UnreadableSheetError

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_TOPIC: Final = "people/leavers"
_TITLE: Final = "Record leavers"
_GROUPS: Final = (
    (Outcome.VACATED, "Already left", "Their last day has passed. We'll take them out of their roles straight away."),
    (Outcome.AHEAD, "Leaving later", "We'll take them out of their roles after their last day."),
    (Outcome.ALREADY, "Recorded before", "Nothing changes."),
)
_DONE: Final = {Outcome.VACATED: "Their last day has passed. They have no roles now, and we're asking who takes over."}
_MOST: Final = 1000
"""As many leavers as HTTP takes at once."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A list as it was understood, and what it would do, or did."""

    sheet: Sheet
    found: tuple[LeaverFound, ...]
    faults: tuple[RosterFault, ...]

    @property
    def to_do(self) -> int:
        """How many lines there are to record."""
        return sum(one.outcome in (Outcome.AHEAD, Outcome.VACATED) for one in self.found)


@pages.api_route("/people/leavers", methods=["GET", "HEAD"])
async def choose(visit: Visiting) -> Response:
    """Which file. Or an empty sheet with the headings."""
    visit.must_run()
    if (kind := wanted(visit)) is not None:
        return download(kind, "Leavers", COLUMNS, ())
    return _choose(visit)


@pages.post("/people/leavers")
async def take(visit: Visiting) -> Response:
    """Look at it, give back what is wrong, or record it."""
    visit.must_run()
    async with form_of(visit) as form:
        try:
            sheet = await sheet_of(visit, form, COLUMNS)
        except UnreadableSheetError as unreadable:
            return _choose(
                visit,
                say("{problem}: {remedy}", problem=raised(unreadable.problem), remedy=unreadable.remedy),
                str(form.get("page") or ""),
            )
        return await _taken(visit, form, sheet)


async def _taken(visit: Visit, form: FormData, sheet: Sheet) -> Response:
    seen, done = await _look(visit, sheet), ""
    match form.get("do"):
        case "mend" if seen.faults:
            content = await asyncio.to_thread(with_faults, seen.sheet, seen.faults)
            return as_file(kind_of(seen.sheet), "Rows to correct", content)
        case "record" if seen.to_do and is_ours(visit, form, _TOPIC):
            lines = tuple(one.line for one in seen.found)
            found = await leavers.record(visit.context.engine, visit.caller, visit.academy, lines)
            seen = _seen(sheet, found, check_leavers(sheet)[1])
            number = sum(not one.outcome.unclear for one in found)
            done = say_of(
                number, "The last day of {number} person is recorded.", "The last day of {number} people is recorded."
            )
    return _shown(visit, seen, done)


async def _look(visit: Visit, sheet: Sheet) -> Seen:
    """What would become of the lines that can be read. Changes nothing; that it was looked up is noted."""
    lines, faults = check_leavers(sheet)
    if len(lines) > _MOST:
        faults, lines = (
            (RosterFault(1, "", say("there are more than {most} leavers", most=_MOST), "send several lists"),),
            (),
        )
    async with visit.context.connection() as conn:
        await reading.noted(conn, visit.caller, "people", visit.academy, visit.present)
    return _seen(sheet, await leavers.look(visit.context.engine, visit.academy, lines), faults)


def _seen(sheet: Sheet, found: Sequence[LeaverFound], faults: Sequence[RosterFault]) -> Seen:
    return Seen(sheet, tuple(found), leavers.to_mend(found, faults))


def _choose(visit: Visit, fault: str = "", page: str = "") -> Response:
    return show(
        "leavers.html",
        visit,
        status=422 if fault else 200,
        title=_TITLE,
        crumbs=way_up(visit),
        state=stamp(visit, _TOPIC),
        fault=fault,
        page=page,
        downloads=offered(visit, "an empty sheet"),
    )


def _shown(visit: Visit, seen: Seen, done: str) -> Response:
    missing = any(fault.line == 1 and fault.column for fault in seen.faults)
    return show(
        "leavers_check.html",
        visit,
        title="Leavers" if done else "Check before you record",
        crumbs=(*way_up(visit), Crumb(_TITLE, f"{visit.root}/people/leavers")),
        done=done,
        groups=[
            (heading, _DONE.get(outcome, sentence) if done else sentence, lines)
            for outcome, heading, sentence in _GROUPS
            if (lines := [_line(visit, one) for one in seen.found if one.outcome is outcome])
        ],
        count=0 if done else seen.to_do,
        wrong=wrong_rows(seen.sheet, seen.faults, "person"),
        headings=headings(seen.sheet, COLUMNS) if missing else [],
        kept={STATE: stamp(visit, _TOPIC), **kept_sheet.hidden(seen.sheet)},
    )


def _line(visit: Visit, found: LeaverFound) -> dict[str, Any]:
    (known,) = found.known
    return {
        "name": known.name or "",
        "url": person_url(visit, known.person),
        "day": long_date(found.line.last_day),
        "roles": [in_words(part) for part in found.parts],
    }
