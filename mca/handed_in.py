"""Sheets given to commands: CSV or workbook, read with what is said of their columns, and given back to be mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Final

import typer

from mca.errors import CommandError, Exit
from mca.tables import say, show_table
from operations.sheets import kind_of, rows_of, with_faults
from schemas.headings import unknown
from schemas.roster import RosterFault
from schemas.sheet import Sheet, UnreadableSheetError

MEND: Final = "Write the rows that have a fault to this file, with what is wrong, to be mended and given again."

Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="'HEADING=COLUMN'", help="What another heading means; nothing: don't read it."),
]
Page = Annotated[str, typer.Option("--page", help="Which page of a workbook, where several could be meant.")]
Mend = Annotated[Path | None, typer.Option("--mend", metavar="FILE", help=MEND)]


def sheet_of(file: Path, columns: Collection[str], mapping: list[str] | None, page: str) -> Sheet:
    """The rows of a file from its headings on."""
    said: dict[str, str] = {}
    for one in mapping or ():
        heading, parts, column = one.rpartition("=")
        if not parts or (column.strip() and column.strip() not in columns):
            raise CommandError(f"--map: write 'HEADING=COLUMN', with one of {', '.join(columns)}", Exit.USAGE)
        said[heading] = column.strip()
    try:
        return rows_of(file.read_bytes(), columns, said, page)
    except UnreadableSheetError as unreadable:
        raise CommandError(f"{file}, {unreadable}. Nothing was changed.") from None


def show_faults(file: Path, sheet: Sheet, faults: Iterable[RosterFault], columns: Collection[str]) -> None:
    """What is wrong with it, and which headings may mean which columns."""
    rows = [(fault.line, fault.column, fault.problem, fault.remedy) for fault in faults]
    if rows:
        show_table(f"Faults in {file}", ("Line", "Column", "What is wrong", "What to do"), rows)
    for one in unknown(sheet, columns):
        say(f"Perhaps: --map '{one.heading}={one.meant}'{'' if one.meant else ' (not to read it)'}")


def show_notes(notes: Iterable[RosterFault]) -> None:
    """What was understood."""
    for note in notes:
        where = f"line {note.line}{f', column {note.column}' if note.column else ''}"
        say(f"Understood: {where}: {note.problem}")


def to_be_mended(file: Path | None, sheet: Sheet, faults: Collection[RosterFault]) -> None:
    """Write what has to be mended where it is wanted."""
    if file is None or not faults:
        return
    kind = kind_of(sheet)
    if file.suffix.casefold() != f".{kind}":
        raise CommandError(f"--mend: the sheet goes back as it came: name a file that ends in .{kind}", Exit.USAGE)
    file.write_bytes(with_faults(sheet, faults))
    file.chmod(0o600)
    say(f"What is to be mended is in {file}. It holds names and addresses: delete it once it was given again.")
