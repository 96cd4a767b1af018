"""Attendance from a sheet: shown first, and recorded with ``--yes``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.handed_in import Map, Mend, Page, sheet_of, show_faults, to_be_mended
from mca.options import Json
from mca.tables import Cell, say, show_json, show_table
from operations import attendance
from operations.attendance import NoRegisterError, Read, Register
from schemas.facts import Teller
from schemas.words import Role

File = Annotated[Path, typer.Argument(metavar="SHEET", help="A CSV, XLSX or ODS file, one row a person.")]
Yes = Annotated[bool, typer.Option("--yes", help="Record it. Without, it's only shown what would be recorded.")]
COHORT_EXAMPLE: Final = "Example: mca cohort attendance sheffield.2026-autumn 1 attendance.xlsx --yes"
COURSE_EXAMPLE: Final = "Example: mca intro-course attendance sheffield.intro-2027-03 1 day-1.xlsx --yes"


@plainly
async def of_a_cohort(  # noqa: PLR0913 - a command has as many options as people need
    cohort: Annotated[str, typer.Argument(metavar="ID", help="The cohort's id, as in sheffield.2026-autumn.")],
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Which learning session.")],
    sheet: File,
    *,
    yes: Yes = False,
    mapping: Map = None,
    page: Page = "",
    mend: Mend = None,
    as_json: Json = False,
) -> None:
    """Take the attendance of a learning session from a sheet: who, by name, address or code, and yes or no.

    Of whoever has no row what is recorded stays; where nothing is, they count as not there.
    """
    await _take(cohort, number, sheet, mapping, page, mend, yes=yes, as_json=as_json)


@plainly
async def of_a_course(  # noqa: PLR0913 - as above
    course: Annotated[str, typer.Argument(metavar="ID", help="The course's id, as in sheffield.intro-2027-03.")],
    day: Annotated[int, typer.Argument(metavar="DAY", help="1 or 2.")],
    sheet: File,
    *,
    yes: Yes = False,
    mapping: Map = None,
    page: Page = "",
    mend: Mend = None,
    as_json: Json = False,
) -> None:
    """Take the attendance of a day from a sheet: who, by name, address or code, and yes or no.

    Of whoever has no row nothing is said.
    """
    await _take(course, day, sheet, mapping, page, mend, yes=yes, as_json=as_json)


async def _take(  # noqa: PLR0913 - what was typed
    subject: str,
    number: int,
    file: Path,
    mapping: list[str] | None,
    page: str,
    mend: Path | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    async with reach.engine() as engine:
        try:
            found = await attendance.register(engine, subject, number)
        except NoRegisterError as none:
            raise CommandError(f"{none}") from None
        async with engine.connection() as conn:
            await reach.noted(conn, "attendance", subject)
        own = [f"{heading}={column}" for heading, column in found.headings.items()]
        sheet = sheet_of(file, found.columns, [*own, *(mapping or ())], page)
        read = attendance.understood(found, sheet)
        if yes:
            await attendance.record(engine, reach.caller(), found, read.said, Teller(role=Role.OFFICE))
    changed = found.changed(read.said)
    if as_json:
        show_json({"recorded": yes, "changed": changed, "faults": read.faults})
    else:
        show_faults(file, sheet, read.faults, found.columns)
        show_table(f"Attendance of {subject}, {number}", ("Who", "Was there", ""), _rows(found, read))
        _say(found, read, yes=yes)
    to_be_mended(mend, sheet, read.faults)
    if read.faults:
        raise typer.Exit(Exit.REFUSED)


def _rows(found: Register, read: Read) -> list[tuple[Cell, ...]]:
    changed = found.changed(read.said)
    said = {True: "yes", False: "no", None: None}
    return [
        (one.name or "(erased)", said[read.said.get(one.key, one.there)],
         "" if one.key in changed else "recorded before" if one.there is not None else "not on the sheet")
        for one in found.expected
    ]  # fmt: skip


def _say(found: Register, read: Read, *, yes: bool) -> None:
    if found.of_a_cohort and found.held is None and (number := len(found.unsaid(read.said))):
        say(f"Who is not on the sheet counts as not there: {number}.")
    if yes:
        say(f"Recorded: {len(found.changed(read.said))}.")
    elif refused := attendance.refusal(found, read.said):
        say(f"It would be refused: {refused}")
    else:
        say("Nothing was recorded. To record it, run it again with --yes.")
