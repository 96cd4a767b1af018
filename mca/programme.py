"""``mca programme``: look at the rules, and check a file of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mca.errors import CommandError, Exit, plainly
from mca.options import Json
from mca.tables import show_faults, show_json
from schemas.programme import Programme
from schemas.programme_file import (
    SHIPPED_PROGRAMMES,
    ProgrammeFault,
    ProgrammeFileError,
    UnknownProgrammeError,
    load_programme,
    shipped_programme,
    shipped_programme_path,
)

app = typer.Typer(no_args_is_help=True, help="The rules an engagement runs under.")


@app.command(epilog="Example: mca programme check our-programme.yaml")
@plainly
def check(file: Annotated[Path, typer.Argument(help="A programme file (YAML).")], *, as_json: Json = False) -> None:
    """Check a programme file: every fault with its line, its range and what stands there."""
    try:
        programme = load_programme(file)
    except ProgrammeFileError as wrong:
        _show_faults(file, wrong.faults, as_json=as_json)
        raise typer.Exit(Exit.REFUSED) from None
    if as_json:
        show_json({"programme": programme.label, "faults": []})
    else:
        typer.echo(f"{file}: no fault. This is {programme.label}.")


@app.command(epilog="Examples: mca programme show · mca programme show sheffield-mca > our-programme.yaml")
@plainly
def show(
    name: Annotated[str, typer.Argument(help="A programme that comes with the engine.")] = SHIPPED_PROGRAMMES[0],
    *,
    as_json: Json = False,
) -> None:
    """Show a programme with every parameter, its unit and its source: a file to copy and change."""
    if as_json:
        show_json(shipped_programme(name))
    else:
        typer.echo(shipped_programme_path(name).read_text(encoding="utf-8"), nl=False)


def programme_named(file_or_name: str) -> Programme:
    """The programme of a file, or one that comes with the engine. Raises CommandError, ProgrammeFileError."""
    try:
        return shipped_programme(file_or_name)
    except UnknownProgrammeError as unknown:
        path = Path(file_or_name)
        if not path.is_file():
            raise CommandError(f"{unknown}, and no file of this name is here") from None
        return load_programme(path)


def _show_faults(file: Path, faults: tuple[ProgrammeFault, ...], *, as_json: bool) -> None:
    if as_json:
        show_json({"programme": None, "faults": faults})
        return
    rows = [(fault.line, fault.column, fault.field, fault.problem, fault.remedy) for fault in faults]
    show_faults(f"Faults in {file}", ("Line", "Column", "Parameter"), rows, " Nothing was changed.")
