"""``mca cohort``: check a roster, start a cohort, look at it, take over one that runs already."""

from __future__ import annotations

import asyncio
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from mca import reach, reading
from mca.errors import CommandError, Exit, plainly
from mca.programme import programme_named
from mca.reasons import Question, show_reasons
from mca.tables import Cell, output, say, show_csv, show_json, show_pairs, show_table, words
from mca.telling import EventId, FactJson, Fields, Kind, Note, ToldBy, Typed, told
from operations.cohorts import CohortPlan, Started, start_cohort
from operations.imports import FactsFileError, Imported, PastFact, import_cohort, read_facts
from records import views
from records.database import Connection
from records.views import EngagementLine, EnrolmentLine
from schemas import roster_cells
from schemas.roster import CheckedRoster, Contact, Roster, RosterFault, check_roster
from schemas.subjects import COHORT, workflow_id
from schemas.words import Role

app = typer.Typer(no_args_is_help=True, help="Cohorts: participants with one course start.")

RosterFile = Annotated[Path, typer.Argument(metavar="ROSTER", help="A CSV file, one row a participant.")]
Academy = Annotated[str, typer.Option(help="The academy's code, as in sheffield.")]
Label = Annotated[str, typer.Option("--cohort", help="The cohort's code within the academy, as in 2026-autumn.")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day of the course, as in 2026-10-05.")]
OfficeAddress = Annotated[str, typer.Option(help="Where notices to the programme office go.")]
OfficeName = Annotated[str, typer.Option(help="How the programme office is addressed.")]
ProgrammeOf = Annotated[str, typer.Option("--programme", help="A programme file, or a name of mca programme show.")]
CohortId = Annotated[str, typer.Argument(metavar="ID", help="The cohort's id, as in sheffield.2026-autumn.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@app.command(epilog="Example: mca cohort check examples/roster-2026-autumn.csv")
@plainly
def check(roster: RosterFile, *, as_json: Json = False) -> None:
    """Check a roster: every fault with its line, its column and what to do. Starts nothing."""
    checked = check_roster(roster.read_bytes())
    if as_json:
        show_json(_as_data(checked))
    else:
        _show_checked(roster, checked)
    if checked.faults:
        raise typer.Exit(Exit.REFUSED)


@app.command(
    epilog="Example: mca cohort start roster.csv --academy sheffield --cohort 2026-autumn --course-start 2026-10-05 "
    "--office-address office@example.org"
)
@plainly
def start(  # noqa: PLR0913 - a command has as many options as people need
    roster: RosterFile,
    *,
    academy: Academy,
    label: Label,
    course_start: Day,
    office_address: OfficeAddress,
    office_name: OfficeName = "Programme office",
    programme: ProgrammeOf = "sheffield-mca",
    as_json: Json = False,
) -> None:
    """Start a cohort. Repeating it starts nothing twice; a row more than before adds a late participant."""
    plan = _plan(academy, label, course_start.date(), Contact(office_name, office_address), programme)
    started = asyncio.run(_start(plan, _faultless(roster)))
    if as_json:
        show_json(started)
        return
    if started.fresh:
        output().print(f"Started {started.cohort} with {len(started.added)} participants.", markup=False)
    elif started.added:
        output().print(f"{started.cohort} runs; added {', '.join(started.added)}.", markup=False)
    else:
        output().print(f"{started.cohort} runs already with all {len(started.known)} participants.", markup=False)


@app.command(
    "import",
    epilog="Example: mca cohort import roster.csv --facts facts.jsonl --academy sheffield --cohort 2025-autumn "
    "--course-start 2025-10-06 --office-address office@example.org",
)
@plainly
def import_(  # noqa: PLR0913 - as above
    roster: RosterFile,
    *,
    facts: Annotated[Path, typer.Option(help="What happened so far: one JSON fact a line, with its subject.")],
    academy: Academy,
    label: Label,
    course_start: Day,
    office_address: OfficeAddress,
    office_name: OfficeName = "Programme office",
    programme: ProgrammeOf = "sheffield-mca",
    as_json: Json = False,
) -> None:
    """Take over a cohort that runs already. Its past goes to the ledger; nothing stale is sent.

    Each line of the facts names its subject: a participant code (P01), an engagement (P23-2), or "cohort". All other
    fields are those of the fact: {"subject": "P01", "kind": "session_held", "occurred_at": "2025-11-03T10:00:00Z",
    "day": "2025-11-03"}. A participant whose team was found later has a microsystem_identified fact of the cohort.
    """
    plan = _plan(academy, label, course_start.date(), Contact(office_name, office_address), programme)
    checked = _faultless(roster)
    try:
        told = read_facts(facts.read_bytes(), plan)
        imported = asyncio.run(_import(plan, checked, told))
    except FactsFileError as wrong:
        rows = [(fault.line, fault.subject, fault.problem) for fault in wrong.faults]
        if as_json:
            show_json({"faults": wrong.faults})
        else:
            show_table(f"Faults in {facts}", ("Line", "Subject", "What is wrong"), rows)
        say(f"{len(rows)} fault{'s' if len(rows) > 1 else ''}. Nothing was imported.")
        raise typer.Exit(Exit.REFUSED) from None
    if as_json:
        show_json(imported)
        return
    output().print(
        f"Imported {imported.cohort}: {imported.facts} facts of {imported.engagements} engagements and the cohort.",
        markup=False,
    )


@app.command(epilog="Examples: mca cohort show sheffield.2026-autumn · mca cohort show sheffield.2026-autumn --csv")
@plainly
def show(
    cohort: CohortId,
    *,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
) -> None:
    """Show a cohort: where it stands, its participants and what their teams are doing."""
    summary = asyncio.run(reading.cohort(cohort))
    if as_json:
        show_json(summary)
        return
    columns = ("Participant", "Name", "State", "Learning sessions", "Team", "Stage", "Health", "Next", "Turn")
    rows = [_row(one, engagement) for one, engagement in summary.lines()]
    if as_csv:
        show_csv(columns, rows)
        return
    line = summary.cohort
    show_pairs(
        line.cohort,
        [
            ("Stage", words(line.stage)),
            ("Course start", line.course_start),
            ("Programme", line.programme),
            ("Engagements", f"{line.running} of {line.engagements} run"),
            ("At risk", line.at_risk),
            ("Stalled", line.stalled),
            ("Next", words(line.next_matter)),
            ("When", line.next_due),
            ("Turn", words(line.turn)),
        ],
    )
    show_table("Participants", columns, rows)


@app.command(
    epilog="Example: mca cohort tell sheffield.2026-autumn --kind enrolment_withdrawn "
    "--set enrolment=sheffield.2026-autumn.P05 --set reason=capacity"
)
@plainly
def tell(  # noqa: PLR0913 - as above
    cohort: CohortId,
    *,
    fact: FactJson = None,
    kind: Kind = None,
    fields: Fields = None,
    note: Note = None,
    told_by: ToldBy = Role.OFFICE,
    event_id: EventId = None,
    as_json: Json = False,
) -> None:
    """Tell a cohort what happened on the course or to an enrolment. A refusal says why, and changes nothing."""
    answer = told(COHORT, cohort, Typed(fact, kind, fields, told_by, event_id, note))
    if as_json:
        show_json(answer)
        return
    output().print(f"Recorded as {answer.event_id}.", markup=False)
    due = answer.standing.next_due
    show_pairs(
        cohort,
        [
            ("Stage", words(answer.standing.stage)),
            ("Next", f"{words(due.act)}: {words(due.matter)}" if due else None),
            ("When", due.at if due else None),
            ("Turn", words(answer.standing.turn)),
        ],
    )


@app.command(epilog="Example: mca cohort why sheffield.2026-autumn learning_session")
@plainly
def why(cohort: CohortId, question: Question = "next", *, as_json: Json = False) -> None:
    """Ask why something is due, was done, or is not: the rule, its parameter and the facts behind it."""
    show_reasons(asyncio.run(reach.asked_why(workflow_id(COHORT, cohort), question)), as_json=as_json)


def _row(one: EnrolmentLine, engagement: EngagementLine | None) -> tuple[Cell, ...]:
    who = (one.enrolment.rpartition(".")[2], one.name or "(erased)", words(one.state), one.attended)
    if engagement is None:
        return (*who, None, None, None, None, None)
    return (
        *who,
        engagement.team,
        words(engagement.stage),
        words(engagement.health) if engagement.ended_at is None else None,
        engagement.next_due,
        words(engagement.turn),
    )


async def _start(plan: CohortPlan, roster: Roster) -> Started:
    async with reach.engine() as engine:
        started = await start_cohort(engine, reach.caller(), plan, roster, at=reach.now(), wait=False)
        if started.added:
            await reach.shown(engine, lambda conn: _is_shown(conn, plan.cohort, roster))
        return started


async def _is_shown(conn: Connection, cohort: str, roster: Roster) -> bool:
    """Whether all participants and teams of the roster are recorded."""
    teams = sum(row.microsystem is not None and row.joins is None for row in roster.rows)
    found = await views.cohort_summary(conn, cohort)
    return bool(found and len(found.enrolments) >= len(roster.rows) and found.cohort.engagements >= teams)


async def _import(plan: CohortPlan, roster: Roster, told: tuple[PastFact, ...]) -> Imported:
    async with reach.engine() as engine:
        return await import_cohort(engine, reach.caller(), plan, roster, told)


def _plan(academy: str, label: str, course_start: date, office: Contact, programme: str) -> CohortPlan:
    for name, code in (("--academy", academy), ("--cohort", label)):
        if not _CODE.fullmatch(code):
            raise CommandError(f"{name}: {code!r} is no code; use letters, digits, hyphen and underscore", Exit.USAGE)
    try:
        roster_cells.address(office.email)
    except roster_cells.BadCellError as bad:
        raise CommandError(f"--office-address: {bad.problem}; {bad.remedy}", Exit.USAGE) from None
    return CohortPlan(academy, f"{academy}.{label}", course_start, programme_named(programme), office)


def _faultless(file: Path) -> Roster:
    """The roster of a file; with any fault, all of them are shown and nothing is started."""
    checked = check_roster(file.read_bytes())
    if checked.roster is None:
        _show_checked(file, checked)
        raise CommandError("Nothing was started.")
    for warning in checked.warnings:
        say(f"Note: {warning}")
    return checked.roster


def _show_checked(file: Path, checked: CheckedRoster) -> None:
    for title, found in ((f"Faults in {file}", checked.faults), ("Worth a look", checked.warnings)):
        if found:
            rows = [(one.line, one.column, one.problem, one.remedy) for one in found]
            show_table(title, ("Line", "Column", "What is wrong", "What to do"), rows)
    if checked.roster is not None:
        teams = len({row.microsystem for row in checked.roster.rows if row.microsystem})
        output().print(f"{len(checked.roster.rows)} participants with {teams} teams, no fault.", markup=False)
    else:
        count = len(checked.faults)
        say(f"{count} fault{'s' if count > 1 else ''}.")


def _as_data(checked: CheckedRoster) -> dict[str, int | tuple[RosterFault, ...]]:
    participants = len(checked.roster.rows) if checked.roster else 0
    return {"participants": participants, "faults": checked.faults, "warnings": checked.warnings}
