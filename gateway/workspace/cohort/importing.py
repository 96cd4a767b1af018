"""Let the participants of a cohort in from a sheet: looked at first, and what is wrong comes back to be mended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from coaching_client.handles import FactRefusedError
from gateway.api.rosters import within_calendar
from gateway.pages.forms import STATE
from gateway.pages.places import Crumb
from gateway.workspace.cohort import kept_sheet
from gateway.workspace.downloads import as_file, download, offered, wanted
from gateway.workspace.frame import is_ours, show, stamp
from gateway.workspace.handed_in import as_written, form_of, headings, question_of, sheet_of, wrong_rows
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import long_date
from operations.cohorts import (
    CohortDiffersError,
    CohortPlan,
    CourseOverError,
    ParticipantsDifferError,
    Started,
    foresee,
    scheduled_as,
    start_cohort,
)
from operations.in_force import programme_in_force
from operations.sheets import kind_of, with_faults
from operations.who_is_meant import Asked, WhoIsMeantError
from records.pages import names
from schemas.headings import in_their_words
from schemas.roster import COLUMNS, KNOWN, CheckedRoster, Roster, RosterFault
from schemas.roster_check import check_roster
from schemas.sentences import joined, raised, say, say_of
from schemas.sheet import Sheet, UnreadableSheetError
from schemas.subjects import cohort_name

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,23}")
_TITLE: Final = "Import participants"
_TOPIC: Final = "cohorts/import"


@dataclass(frozen=True, slots=True)
class Seen:
    """A sheet as it was understood, and what would become of it."""

    plan: CohortPlan
    sheet: Sheet
    checked: CheckedRoster
    good: Roster
    faults: tuple[RosterFault, ...]
    foreseen: Started | None = None
    asked: tuple[Asked, ...] = ()
    refused: str = ""


@pages.api_route("/cohorts/import", methods=["GET", "HEAD"])
async def choose(visit: Visiting) -> Response:
    """Which cohort, and which file. Or an empty sheet with all headings."""
    visit.must_run()
    if (kind := wanted(visit)) is not None:
        return download(kind, "Participants", COLUMNS, ())
    return _choose(visit, {"cohort": visit.request.query_params.get("cohort", "")}, {})


@pages.post("/cohorts/import")
async def take(visit: Visiting) -> Response:
    """Look at it, give back what is wrong, or let it in."""
    visit.must_run()
    async with form_of(visit) as form:
        return await _taken(visit, form)


async def _taken(visit: Visit, form: FormData) -> Response:
    faults: dict[str, str] = {}
    plan = await plan_of(visit, form, faults)
    try:
        sheet = await sheet_of(visit, form, KNOWN)
    except UnreadableSheetError as unreadable:
        faults["sheet"] = say("{problem}: {remedy}", problem=raised(unreadable.problem), remedy=unreadable.remedy)
        sheet = Sheet(())
    if plan is None or faults:
        return _choose(visit, {name: str(said) for name, said in form.items()}, faults)
    seen = await _look(visit, plan, sheet)
    match form.get("do"):
        case "mend" if seen.faults:
            content = await asyncio.to_thread(with_faults, seen.sheet, seen.faults)
            return as_file(kind_of(seen.sheet), "Rows to correct", content)
        case "import" if seen.good.rows and seen.foreseen is not None and is_ours(visit, form, _TOPIC):
            return await _let_in(visit, seen)
        case _:
            return await _preview(visit, seen)


def _choose(visit: Visit, raw: Mapping[str, str], faults: Mapping[str, str]) -> Response:
    return show(
        "cohort_import.html",
        visit,
        status=422 if faults else 200,
        title=_TITLE,
        crumbs=import_crumbs(visit),
        raw=raw,
        faults=faults,
        errors=[{"text": said, "href": f"#{name}"} for name, said in faults.items()],
        state=stamp(visit, _TOPIC),
        downloads=offered(visit, "an empty sheet"),
        columns=COLUMNS,
    )


def import_crumbs(visit: Visit) -> tuple[Crumb, ...]:
    """The way up."""
    return (Crumb("Cohorts", f"{visit.root}/cohorts"),)


async def plan_of(visit: Visit, form: FormData, faults: dict[str, str]) -> CohortPlan | None:
    """The cohort that is meant: one that runs keeps its start and its programme. What is wrong is added."""
    code = "-".join(str(form.get("cohort") or "").split())
    if not _CODE.fullmatch(code):
        faults["cohort"] = "Enter a name for the cohort of at most 24 letters, digits and hyphens, like 2027-autumn"
        return None
    cohort = f"{visit.academy}.{code}"
    scheduled = await scheduled_as(visit.context.engine, cohort)
    if scheduled is not None:
        return CohortPlan(visit.academy, cohort, scheduled.course_start, scheduled.programme)
    starts = _day(form, faults)
    if starts is None:
        return None
    async with visit.context.connection() as conn:
        return CohortPlan(visit.academy, cohort, starts, await programme_in_force(conn, visit.academy))


def _day(form: FormData, faults: dict[str, str]) -> date | None:
    said = [str(form.get(f"starts-{part}") or "").strip() for part in ("year", "month", "day")]
    try:
        return within_calendar(date(*(int(part) for part in said)))
    except (ValueError, OverflowError):
        missing = not any(said)
        faults["starts-day"] = (
            "Enter the date the new cohort's course starts" if missing else "Enter a real date within five years"
        )
        return None


async def _look(visit: Visit, plan: CohortPlan, sheet: Sheet) -> Seen:
    """What would become of the rows that have no fault. Changes nothing."""
    checked = check_roster(sheet, plan.programme.course)
    seen = Seen(plan, sheet, checked, checked.roster or checked.good, checked.faults)
    if not seen.good.rows:
        return seen
    try:
        return await _foreseen(visit, seen)
    except ParticipantsDifferError as differ:
        return await _foreseen(visit, _without(seen, differ.enrolments))


async def _foreseen(visit: Visit, seen: Seen) -> Seen:
    if not seen.good.rows:
        return seen
    try:
        return replace(seen, foreseen=await foresee(visit.context.engine, seen.plan, seen.good, at=visit.present))
    except WhoIsMeantError as unclear:
        return replace(seen, asked=unclear.asked)
    except CourseOverError:
        return replace(seen, refused="A course that starts on this day is over already. Check the day.")
    except CohortDiffersError:
        return replace(seen, refused="This cohort was changed a moment ago. Choose the sheet again.")


def _without(seen: Seen, enrolments: Iterable[str]) -> Seen:
    """Those who are enrolled as somebody else are faults as well."""
    codes = {enrolment.rpartition(".")[2] for enrolment in enrolments}
    problem = "somebody else has this code in the cohort already, or has another team"
    remedy = "give this row another code; to change somebody who is enrolled, open them on the cohort's page"
    wrong = [
        RosterFault(row.line, "participant", problem, remedy) for row in seen.good.rows if row.participant in codes
    ]
    good = Roster(tuple(row for row in seen.good.rows if row.participant not in codes))
    faults = sorted((*seen.faults, *wrong), key=lambda fault: fault.line)
    return replace(seen, good=good, faults=tuple(faults))


async def _preview(visit: Visit, seen: Seen, refused: str = "") -> Response:
    async with visit.context.connection() as conn:
        known = await names(conn, sorted({person for one in seen.asked for person in one.known}))
    return show(
        "cohort_import_check.html",
        visit,
        title="Check before you import",
        crumbs=(*import_crumbs(visit), Crumb(_TITLE, f"{visit.root}/cohorts/import")),
        refused=refused or seen.refused,
        happens=_happens(seen),
        wrong=wrong_rows(seen.sheet, seen.faults, "name"),
        headings=headings(seen.sheet, KNOWN, but={"behaviour"}),
        questions=[question_of(one, known) for one in seen.asked],
        understood=[_said(seen.sheet, one) for one in seen.checked.notes],
        look_at=[_said(seen.sheet, one) for one in seen.checked.warnings],
        ready=seen.foreseen is not None and bool(seen.foreseen.added),
        count=len(seen.foreseen.added) if seen.foreseen else 0,
        done=None,
        **_kept(visit, seen),
    )


def _kept(visit: Visit, seen: Seen) -> dict[str, Any]:
    """What the page holds of itself, so that it can be sent again."""
    starts = seen.plan.course_start
    day = {"starts-day": starts.day, "starts-month": starts.month, "starts-year": starts.year}
    named = {"cohort": seen.plan.cohort.partition(".")[2], **day}
    return {"kept": {STATE: stamp(visit, _TOPIC), **named, **kept_sheet.hidden(seen.sheet)}, "amiss": bool(seen.faults)}


def _happens(seen: Seen) -> list[str]:
    """What pressing the button does, in sentences."""
    found, name = seen.foreseen, cohort_name(seen.plan.cohort)
    if found is None:
        return []
    teams = len({row.microsystem for row in seen.good.rows if row.microsystem})
    starts = long_date(seen.plan.course_start)
    said = []
    if found.fresh:
        said.append(
            say(
                "This starts the new cohort {name} with {participants}. Its course starts on {starts}.",
                name=name,
                participants=participants_in_words(len(found.added)),
                starts=starts,
            )
        )
    elif found.added:
        said.append(
            say(
                "This adds {participants} to {name}, whose course starts on {starts}.",
                participants=participants_in_words(len(found.added)),
                name=name,
                starts=starts,
            )
        )
    else:
        said.append(say("Everyone in these rows is already in {name}. There's nothing to import.", name=name))
    if found.added:
        said.append(
            say_of(teams, "The sheet names {number} team for them.", "The sheet names {number} teams for them.")
        )
        said.append("From now on they'll get the programme's emails.")
        said.append(
            "You can't undo the whole import. If somebody shouldn't be in the cohort, withdraw them on its page."
        )
    return said


def participants_in_words(number: int) -> str:
    """So many of them."""
    return say_of(number, "{number} participant", "{number} participants")


def _said(sheet: Sheet, one: RosterFault) -> str:
    where = say("Line {line}", line=one.line)
    if one.column:
        where = say("Line {line}, {column}", line=one.line, column=in_their_words(sheet, one.column))
    said = (as_written(sheet, part) for part in (one.problem, one.remedy) if part)
    return say("{where}: {what}", where=where, what=joined("; ", said))


async def _let_in(visit: Visit, seen: Seen) -> Response:
    """Do it. The same sheet again lets nobody in twice."""
    try:
        started = await start_cohort(visit.context.engine, visit.caller, seen.plan, seen.good, at=visit.present)
    except FactRefusedError as refused:
        return await _preview(visit, seen, refused.refusal.reason)
    if not seen.faults:
        return RedirectResponse(f"{visit.root}/cohorts/{started.cohort}", status_code=303)
    return show(
        "cohort_import_check.html",
        visit,
        title="Some rows still need correcting",
        crumbs=(*import_crumbs(visit), Crumb(_TITLE, f"{visit.root}/cohorts/import")),
        done=say_of(
            len(seen.good.rows),
            "{number} participant from the sheet is in the cohort.",
            "{number} participants from the sheet are in the cohort.",
        ),
        cohort_url=f"{visit.root}/cohorts/{started.cohort}",
        wrong=wrong_rows(seen.sheet, seen.faults, "name"),
        **_kept(visit, seen),
    )
