"""``mca wording``: the words of mails, and a programme's own in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from activities.proofreading import WordingError, proofread
from activities.templating import SHIPPED
from lifecycle.matters import MATTERS
from mca.errors import Exit, plainly
from mca.tables import show_faults
from schemas.words import Matter

app = typer.Typer(no_args_is_help=True, help="The words of mails: show them, and check a programme's own.")


@app.command(epilog="Example: mca wording show session > our-words/matters/session.txt")
@plainly
def show(matter: Annotated[Matter, typer.Argument(help="A matter, as session.")]) -> None:
    """Show the shipped words of a matter: a file to copy and change."""
    source, _, _ = SHIPPED.loader.get_source(SHIPPED, MATTERS[matter].template)  # type: ignore[union-attr] # it has one
    typer.echo(source, nl=False)


@app.command(epilog="Example: mca wording check our-words")
@plainly
def check(folder: Annotated[Path, typer.Argument(help="A folder with matters/<matter>.txt.")]) -> None:
    """Check a programme's own words: every fault with its file and line. A worker uses them by MCA_WORDING."""
    try:
        proofread(folder)
    except WordingError as wrong:
        rows = [(fault.file, fault.line, fault.problem, fault.remedy) for fault in wrong.faults]
        show_faults(f"Faults in {folder}", ("File", "Line"), rows, " Nothing was changed.")
        raise typer.Exit(Exit.REFUSED) from None
    typer.echo(f"{folder}: no fault.")
