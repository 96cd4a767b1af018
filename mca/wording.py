"""``mca wording``: the words of mails, and a programme's own in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from activities.phrases import Phrases
from activities.proofreading import WordingError, proofread
from activities.templating import SHIPPED
from lifecycle.matters import MATTERS
from mca.errors import CommandError, Exit, plainly
from mca.tables import show_faults
from schemas.programme import Language
from schemas.words import Matter

app = typer.Typer(no_args_is_help=True, help="The words of mails: show them, and check a programme's own.")


@app.command(
    epilog="Examples: mca wording show session > our-words/matters/session.txt · "
    "mca wording show session --language cy > our-words/cy/matters/session.txt"
)
@plainly
def show(
    matter: Annotated[Matter, typer.Argument(help="A matter, as session.")],
    *,
    language: Annotated[Language, typer.Option(help="English, or Welsh where it is translated.")] = Language.ENGLISH,
) -> None:
    """Show the shipped words of a matter: a file to copy and change."""
    name = Phrases.file(MATTERS[matter].template, language)
    if name not in SHIPPED.list_templates():
        raise CommandError(
            f"{matter} isn't translated yet. To translate it, start from the English: mca wording show {matter}"
        )
    source, _, _ = SHIPPED.loader.get_source(SHIPPED, name)  # type: ignore[union-attr] # it has one
    typer.echo(source, nl=False)


@app.command(epilog="Example: mca wording check our-words")
@plainly
def check(folder: Annotated[Path, typer.Argument(help="A folder with matters/<matter>.txt, or cy/matters/….")]) -> None:
    """Check a programme's own words: every fault with its file and line. A worker uses them by MCA_WORDING."""
    try:
        proofread(folder)
    except WordingError as wrong:
        rows = [(fault.file, fault.line, fault.problem, fault.remedy) for fault in wrong.faults]
        show_faults(f"Faults in {folder}", ("File", "Line"), rows, " Nothing was changed.")
        raise typer.Exit(Exit.REFUSED) from None
    typer.echo(f"{folder}: no fault.")
