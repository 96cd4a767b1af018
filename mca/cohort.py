"""``mca cohort``: check a roster, start a cohort, look at it, take over one that runs already."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from lifecycle.dates import long_date
from mca import attendance, reach, reading
from mca.errors import CommandError, Exit, plainly
from mca.handed_in import Map, Mend, Page, sheet_of, show_faults, show_notes, to_be_mended
from mca.options import Academy, Json, OfficeAddress, OfficeName, ProgrammeOf, office
from mca.past import HandedIn, imported_as, show_wrong
from mca.programme import programme_named
from mca.subjects import add_tell, add_why, next_due
from mca.tables import Cell, local, say, show_csv, show_json, show_pairs, show_table, words
from operations.cohorts import CohortPlan, move_start, start_cohort
from operations.past_facts import FactsFileError
from records import views
from records.database import Connection
from records.views import EngagementLine, EnrolmentLine
from schemas.due import CohortStanding
from schemas.past import COLUMNS
from schemas.programme import Programme
from schemas.roster import KNOWN, OFFICE_NAME, CheckedRoster, Contact, Roster, RosterFault
from schemas.roster_check import check_roster
from schemas.sheet import Sheet
from schemas.subjects import COHORT

app = typer.Typer(no_args_is_help=True, help="Cohorts: participants with one course start.")
app.command("attendance", epilog=attendance.COHORT_EXAMPLE)(attendance.of_a_cohort)

RosterFile = Annotated[Path, typer.Argument(metavar="ROSTER", help="A CSV, XLSX or ODS file, one row a participant.")]
Label = Annotated[str, typer.Option("--cohort", help="The cohort's code within the academy, as in 2026-autumn.")]
CourseStart = Annotated[
    datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day of the course, as in 2026-10-05.")
]
CohortId = Annotated[str, typer.Argument(metavar="ID", help="The cohort's id, as in sheffield.2026-autumn.")]

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@app.command(epilog="Example: mca cohort check examples/roster-2026-autumn.csv")
@plainly
def check(
    roster: RosterFile, *, mapping: Map = None, page: Page = "", mend: Mend = None, as_json: Json = False
) -> None:
    """Check a roster: every fault with its line, its column and what to do. Starts nothing."""
    sheet = sheet_of(roster, KNOWN, mapping, page)
    checked = check_roster(sheet)
    if as_json:
        show_json(_as_data(checked))
    else:
        _show_checked(roster, sheet, checked)
    to_be_mended(mend, sheet, checked.faults)
    if checked.faults:
        raise typer.Exit(Exit.REFUSED)


@app.command(
    epilog="Example: mca cohort start roster.csv --academy sheffield --cohort 2026-autumn --course-start 2026-10-05 "
    "--office-address office@example.org"
)
@plainly
async def start(  # noqa: PLR0913 - a command has as many options as people need
    roster: RosterFile,
    *,
    academy: Academy,
    label: Label,
    course_start: CourseStart,
    office_address: OfficeAddress = None,
    office_name: OfficeName = OFFICE_NAME,
    programme: ProgrammeOf = "sheffield-mca",
    mapping: Map = None,
    page: Page = "",
    mend: Mend = None,
    as_json: Json = False,
) -> None:
    """Start a cohort. Repeating it starts nothing twice; a row more than before adds a late participant.

    With any fault nothing is started; with --mend the rows without one go in, and the others are written there.
    """
    plan = _plan(academy, label, course_start.date(), office(office_name, office_address), programme)
    checked = _faultless(roster, sheet_of(roster, KNOWN, mapping, page), plan.programme, mend)
    async with reach.engine() as engine:
        started = await start_cohort(engine, reach.caller(), plan, checked, at=reach.now(), wait=False)
        if started.added:
            await reach.shown(engine, lambda conn: _is_shown(conn, plan.cohort, checked))
    if as_json:
        show_json(started)
        return
    if started.fresh:
        typer.echo(f"Started {started.cohort} with {len(started.added)} participants.")
    elif started.added:
        typer.echo(f"{started.cohort} runs; added {', '.join(started.added)}.")
    else:
        typer.echo(f"{started.cohort} runs already with all {len(started.known)} participants.")


@app.command(epilog="Example: mca cohort move sheffield.2026-autumn --course-start 2026-11-02")
@plainly
async def move(cohort: CohortId, *, course_start: CourseStart) -> None:
    """Move a course to another start date. Its dates and those of its teams follow, and participants get one email."""
    async with reach.engine() as engine:
        moved = await move_start(engine, reach.caller(), cohort, course_start.date())
    typer.echo(f"{cohort} starts on {long_date(course_start.date())}{'' if moved else ' already'}.")


@app.command(
    "import",
    epilog="Example: mca cohort import roster.csv --facts facts.jsonl --academy sheffield --cohort 2025-autumn "
    "--course-start 2025-10-06 --office-address office@example.org",
)
@plainly
async def import_(  # noqa: PLR0913 - as above
    roster: RosterFile,
    *,
    facts: Annotated[
        Path | None, typer.Option(help="What happened so far: one JSON fact a line, with its subject.")
    ] = None,
    past: Annotated[
        Path | None, typer.Option(help="What happened so far as a sheet: CSV, XLSX or ODS, a row for each thing.")
    ] = None,
    academy: Academy,
    label: Label,
    course_start: CourseStart,
    office_address: OfficeAddress = None,
    office_name: OfficeName = OFFICE_NAME,
    programme: ProgrammeOf = "sheffield-mca",
    mapping: Map = None,
    page: Page = "",
    mend: Mend = None,
    dry_run: Annotated[bool, typer.Option(help="Only say what would become of it.")] = False,
    as_json: Json = False,
) -> None:
    """Take over a cohort that runs already. Its past goes to the ledger; nothing stale is sent.

    Each line of the facts names its subject: a participant code (P01), an engagement (P23-2), or "cohort". All other
    fields are those of the fact: {"subject": "P01", "kind": "session_held", "occurred_at": "2025-11-03T10:00:00Z",
    "day": "2025-11-03"}. A participant whose team was found later has a microsystem_identified fact of the cohort.
    """
    plan = _plan(academy, label, course_start.date(), office(office_name, office_address), programme)
    checked = _faultless(roster, sheet_of(roster, KNOWN, mapping, page), plan.programme)
    handed = HandedIn(facts, sheet_of(past, COLUMNS, None, "") if past else None, past or facts)
    try:
        imported = await imported_as(plan, checked, handed, dry_run=dry_run)
    except FactsFileError as wrong:
        if handed.sheet is not None:
            faults = tuple(RosterFault(one.line, "", one.problem, "") for one in wrong.faults)
            to_be_mended(mend, handed.sheet, faults)
        show_wrong(handed, wrong, as_json=as_json)
        raise typer.Exit(Exit.REFUSED) from None
    if as_json:
        show_json(imported)
        return
    of = f"{imported.facts} facts of {imported.engagements} engagements and the cohort"
    typer.echo(f"{'This would import' if dry_run else 'Imported'} {imported.cohort}: {of}.")


@app.command(epilog="Examples: mca cohort show sheffield.2026-autumn · mca cohort show sheffield.2026-autumn --csv")
@plainly
async def show(
    cohort: CohortId,
    *,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
) -> None:
    """Show a cohort: where it stands, its participants and what their teams are doing."""
    summary = await reading.cohort(cohort)
    if as_json:
        show_json(summary)
        return
    columns = ("Participant", "Name", "State", "Learning sessions", "Team", "Stage", "Health", "Next", "Turn")
    rows = [_row(enrolment, engagement) for enrolment, engagement in summary.lines()]
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
            ("On leave", line.on_leave),
            ("Paused", line.paused),
            ("Next", words(line.next_matter)),
            ("When", local(line.next_due, line.zone)),
            ("Turn", words(line.turn)),
        ],
    )
    show_table("Participants", columns, rows)


def _show_standing(cohort: str, standing: CohortStanding) -> None:
    stage, turn = ("Stage", words(standing.stage)), ("Turn", words(standing.turn))
    show_pairs(cohort, [stage, *next_due(standing.next_due), turn])


add_tell(
    app,
    COHORT,
    CohortId,
    _show_standing,
    said="Record what happened on a course or to an enrolment.",
    epilog="Example: mca cohort tell sheffield.2026-autumn --kind enrolment_withdrawn "
    "--set enrolment=sheffield.2026-autumn.P05 --set reason=capacity",
)
add_why(app, COHORT, CohortId, epilog="Example: mca cohort why sheffield.2026-autumn learning_session")


def _row(enrolment: EnrolmentLine, engagement: EngagementLine | None) -> tuple[Cell, ...]:
    who = (
        enrolment.enrolment.rpartition(".")[2],
        enrolment.name or "(erased)",
        words(enrolment.state),
        enrolment.attended,
    )
    if engagement is None:
        return (*who, None, None, None, None, None)
    return (
        *who,
        engagement.team,
        words(engagement.stage),
        words(engagement.health) if engagement.ended_at is None else None,
        local(engagement.next_due, engagement.zone),
        words(engagement.turn),
    )


async def _is_shown(conn: Connection, cohort: str, roster: Roster) -> bool:
    """Whether all participants and teams of the roster are recorded."""
    teams = sum(row.microsystem is not None and row.joins is None for row in roster.rows)
    found = await views.cohort_summary(conn, cohort)
    return bool(found and len(found.enrolments) >= len(roster.rows) and found.cohort.engagements >= teams)


def _plan(academy: str, label: str, course_start: date, contact: Contact | None, programme: str) -> CohortPlan:
    for name, code in (("--academy", academy), ("--cohort", label)):
        if not _CODE.fullmatch(code):
            raise CommandError(f"{name}: {code!r} isn't a code; use letters, digits, hyphen and underscore", Exit.USAGE)
    return CohortPlan(academy, f"{academy}.{label}", course_start, programme_named(programme), contact)


def _faultless(file: Path, sheet: Sheet, programme: Programme, mend: Path | None = None) -> Roster:
    """The roster of a file; with any fault, all of them are shown and nothing is started, unless they may be mended."""
    checked = check_roster(sheet, programme.course)
    if checked.roster is None:
        _show_checked(file, sheet, checked)
        to_be_mended(mend, sheet, checked.faults)
        if mend is None or not checked.good.rows:
            raise CommandError("Nothing was started.")
        return checked.good
    for warning in checked.warnings:
        say(f"Note: {warning}")
    show_notes(checked.notes)
    return checked.roster


def _show_checked(file: Path, sheet: Sheet, checked: CheckedRoster) -> None:
    show_faults(file, sheet, checked.faults, KNOWN)
    if checked.warnings:
        rows = [(fault.line, fault.column, fault.problem, fault.remedy) for fault in checked.warnings]
        show_table("Worth a look", ("Line", "Column", "What is wrong", "What to do"), rows)
    show_notes(checked.notes)
    if checked.roster is not None:
        teams = len({row.microsystem for row in checked.roster.rows if row.microsystem})
        typer.echo(f"{len(checked.roster.rows)} participants with {teams} teams, no fault.")
    else:
        count = len(checked.faults)
        say(f"{count} fault{'s' if count > 1 else ''}.")


def _as_data(checked: CheckedRoster) -> dict[str, int | tuple[RosterFault, ...]]:
    participants = len(checked.roster.rows) if checked.roster else 0
    return {
        "participants": participants,
        "faults": checked.faults,
        "warnings": checked.warnings,
        "notes": checked.notes,
    }
