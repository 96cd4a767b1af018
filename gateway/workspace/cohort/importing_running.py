"""Take over a cohort that runs already: participants and what happened, looked at first; what is wrong comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse

from gateway.pages.forms import STATE
from gateway.pages.places import Crumb
from gateway.workspace.cohort import kept_sheet
from gateway.workspace.cohort.importing import import_crumbs, participants_in_words, plan_of
from gateway.workspace.downloads import as_file, download, offered, wanted
from gateway.workspace.frame import is_ours, show, stamp
from gateway.workspace.handed_in import form_of, headings, sheet_of, wrong_rows
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from operations.audited import RefusedError
from operations.cohorts import CohortPlan
from operations.imports import Foreseen, foresee_import, import_cohort
from operations.past_facts import FactFault, FactsFileError, past_of
from operations.sheets import kind_of, with_faults
from operations.who_is_meant import WhoIsMeantError
from schemas.past import COLUMNS, HAPPENINGS, check_past
from schemas.roster import KNOWN, CheckedRoster, Roster, RosterFault
from schemas.roster_check import check_roster
from schemas.sentences import joined, raised, say, say_of
from schemas.sheet import Sheet, UnreadableSheetError
from schemas.subjects import cohort_name

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_TOPIC: Final = "cohorts/import/running"
_TITLE: Final = "Import a cohort that is already running"
_PAST: Final = "past-"
_REMEDY: Final = "correct the row, or leave it out"


@dataclass(frozen=True, slots=True)
class Seen:
    """Both sheets as they were understood, and what would become of them."""

    plan: CohortPlan
    sheet: Sheet
    past: Sheet
    good: Roster
    faults: tuple[RosterFault, ...]
    wrong_past: tuple[RosterFault, ...]
    foreseen: Foreseen | None = None
    refused: str = ""


@pages.api_route("/cohorts/import/running", methods=["GET", "HEAD"])
async def choose(visit: Visiting) -> Response:
    """Which cohort, and which files. Or an empty sheet of what happened."""
    visit.must_run()
    if (kind := wanted(visit)) is not None:
        return download(kind, "What happened", COLUMNS, ())
    return _choose(visit, {"cohort": visit.request.query_params.get("cohort", "")}, {})


@pages.post("/cohorts/import/running")
async def take(visit: Visiting) -> Response:
    """Look at it, give back what is wrong, or take it over."""
    visit.must_run()
    async with form_of(visit) as form:
        return await _taken(visit, form)


async def _taken(visit: Visit, form: FormData) -> Response:
    faults: dict[str, str] = {}
    plan = await plan_of(visit, form, faults)
    sheet = await _sheet(visit, form, "sheet", KNOWN, faults)
    past = await _sheet(visit, form, "past", COLUMNS, faults)
    if not faults and not (sheet.records or past.records):
        faults["sheet"] = "Choose a sheet of participants, or one of what happened"
    if plan is None or faults:
        return _choose(visit, {name: str(said) for name, said in form.items()}, faults)
    seen = await _look(visit, plan, sheet, past)
    match form.get("do"):
        case "mend" if seen.faults:
            content = await asyncio.to_thread(with_faults, seen.sheet, seen.faults)
            return as_file(kind_of(seen.sheet), "Participants to correct", content)
        case "mend-past" if seen.wrong_past:
            content = await asyncio.to_thread(with_faults, seen.past, seen.wrong_past)
            return as_file(kind_of(seen.past), "What happened to correct", content)
        case "import" if seen.foreseen is not None and seen.foreseen.imported.facts and is_ours(visit, form, _TOPIC):
            return await _let_in(visit, seen)
        case _:
            return _preview(visit, seen)


async def _sheet(visit: Visit, form: FormData, name: str, columns: tuple[str, ...], faults: dict[str, str]) -> Sheet:
    """One of the two sheets; empty where none was chosen."""
    file = form.get(name)
    try:
        if isinstance(file, UploadFile):
            return await sheet_of(visit, form, columns, name) if file.filename else Sheet(())
        prefix = _PAST if name == "past" else ""
        kept = [(key.removeprefix(prefix), said) for key, said in form.multi_items() if key.startswith(prefix)]
        return kept_sheet.sent_back(FormData(kept), columns) if form.get(f"{prefix}rows") else Sheet(())
    except UnreadableSheetError as unreadable:
        faults[name] = say("{problem}: {remedy}", problem=raised(unreadable.problem), remedy=unreadable.remedy)
        return Sheet(())


async def _look(visit: Visit, plan: CohortPlan, sheet: Sheet, past: Sheet) -> Seen:
    """What would become of the rows that have no fault. Changes nothing."""
    checked = check_roster(sheet, plan.programme.course) if sheet.records else CheckedRoster(Roster(()))
    lines, wrong = check_past(past) if past.records else ((), ())
    good, refused, foreseen = checked.roster or checked.good, "", None
    faults = checked.faults
    try:
        foreseen = await foresee_import(visit.context.engine, plan, good, past_of(lines, plan))
        wrong = (*wrong, *(_fault(one) for one in foreseen.faults))
    except WhoIsMeantError as unclear:
        faults = (*faults, *unclear.faults)
    except FactsFileError as impossible:
        refused = joined("; ", (raised(one.problem) for one in impossible.faults))
    except RefusedError as no:
        refused = say("{refusal}.", refusal=raised(str(no)))
    return Seen(plan, sheet, past, good, faults, tuple(sorted(wrong, key=lambda one: one.line)), foreseen, refused)


def _fault(one: FactFault) -> RosterFault:
    return RosterFault(one.line, "", one.problem, _REMEDY)


def _choose(visit: Visit, raw: Mapping[str, str], faults: Mapping[str, str]) -> Response:
    return show(
        "cohort_import_running.html",
        visit,
        status=422 if faults else 200,
        title=_TITLE,
        crumbs=_crumbs(visit),
        raw=raw,
        faults=faults,
        errors=[{"text": said, "href": f"#{name}"} for name, said in faults.items()],
        state=stamp(visit, _TOPIC),
        downloads=offered(visit, "an empty sheet"),
        happenings=list(HAPPENINGS),
    )


def _crumbs(visit: Visit) -> tuple[Crumb, ...]:
    return (*import_crumbs(visit), Crumb("Import participants", f"{visit.root}/cohorts/import"))


def _preview(visit: Visit, seen: Seen, done: str = "", refused: str = "") -> Response:
    ready = not done and seen.foreseen is not None and seen.foreseen.imported.facts > 0
    return show(
        "cohort_import_running_check.html",
        visit,
        title="Some rows still need correcting" if done else "Check before you import",
        crumbs=(*_crumbs(visit), Crumb(_TITLE, f"{visit.root}/cohorts/import/running")),
        done=done,
        refused=refused or seen.refused,
        happens=[] if done else _happens(seen),
        ready=ready,
        cohort_url=f"{visit.root}/cohorts/{seen.plan.cohort}",
        wrong=wrong_rows(seen.sheet, seen.faults, "name"),
        wrong_past=wrong_rows(seen.past, seen.wrong_past, "participant"),
        headings=headings(seen.sheet, KNOWN, but={"behaviour"}),
        kept=_kept(visit, seen),
    )


def _kept(visit: Visit, seen: Seen) -> dict[str, Any]:
    """What the page holds of itself, so that it can be sent again."""
    starts = seen.plan.course_start
    day = {"starts-day": starts.day, "starts-month": starts.month, "starts-year": starts.year}
    sheet = kept_sheet.hidden(seen.sheet) if seen.sheet.records else {}
    past = kept_sheet.hidden(seen.past) if seen.past.records else {}
    named = {"cohort": seen.plan.cohort.partition(".")[2], **day}
    return {STATE: stamp(visit, _TOPIC), **named, **sheet, **{f"{_PAST}{name}": said for name, said in past.items()}}


def _happens(seen: Seen) -> list[str]:
    """What pressing the button does, in sentences."""
    found, name = seen.foreseen, cohort_name(seen.plan.cohort)
    if found is None:
        return []
    if not found.imported.facts:
        return [say("Everything in these rows is already recorded for {name}. There's nothing to import.", name=name)]
    number = len(found.good)
    happened = say_of(number, "{number} thing that happened", "{number} things that happened")
    first = (
        say(
            "This takes over {name} with {participants} and {happened}.",
            name=name,
            participants=participants_in_words(len(seen.good.rows)),
            happened=happened,
        )
        if found.imported.fresh
        else say(
            "This adds to {name} what isn't recorded yet, from {happened} and {participants} in the sheets.",
            name=name,
            happened=happened,
            participants=participants_in_words(len(seen.good.rows)),
        )
    )
    return [
        first,
        "Nobody gets an email about anything in the past. From now on everybody gets the programme's emails.",
        "You can't undo the whole import. You can correct each thing on the page of its team or cohort.",
    ]


async def _let_in(visit: Visit, seen: Seen) -> Response:
    """Do it. The same sheets again change nothing."""
    assert seen.foreseen is not None  # noqa: S101 - it was looked at
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            done = await import_cohort(visit.context.engine, visit.caller, seen.plan, seen.good, seen.foreseen.good)
    except FactsFileError as refused:
        return _preview(visit, seen, refused=raised(refused.faults[0].problem))
    except RefusedError as no:
        return _preview(visit, seen, refused=say("{refusal}.", refusal=raised(str(no))))
    if not (seen.faults or seen.wrong_past):
        return RedirectResponse(f"{visit.root}/cohorts/{done.cohort}", status_code=303)
    return _preview(visit, seen, done="The rows that are right are imported.")


_WITHIN_SECONDS: Final = 60
