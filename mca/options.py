"""Options that more than one command has."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from mca.errors import CommandError, Exit
from schemas import roster_cells, texts
from schemas.roster import Contact

Json = Annotated[bool, typer.Option("--json", help="For machines.")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="As in 2027-03-10.")]
Confirmed = Annotated[bool, typer.Option("--confirmed", help="The dates are right, even though it's unusually long.")]
Academy = Annotated[str, typer.Option(help="The academy's code, as in sheffield.")]
OfficeAddress = Annotated[
    str | None,
    typer.Option(help="Where mail to the programme office goes; not needed where the academy has an office."),
]
OfficeName = Annotated[str, typer.Option(help="How the programme office is addressed.")]
ProgrammeOf = Annotated[str, typer.Option("--programme", help="A programme file, or a name of mca programme show.")]


Meant = Annotated[
    str | None,
    typer.Option(
        "--person", help="If the address is known by another name: 'same person', 'another person', or their id."
    ),
]


def office(
    name: str, address: str | None, option: str = "--office-address", person: str | None = None
) -> Contact | None:
    """A mailbox as it is given, if it is, and who is meant by it. Raises CommandError for what is none."""
    if address is None:
        return None
    try:
        found, meant = roster_cells.address(address), roster_cells.meant(person) if person else ""
    except roster_cells.BadCellError as bad:
        raise CommandError(f"{option}: {bad.problem}; {bad.remedy}", Exit.USAGE) from None
    # Whoever has no name yet goes by the address.
    return Contact(name if name in ("", address) else named(name), found, meant)


def named(written: str) -> str:
    """What somebody or something is called, as it was typed. Raises CommandError."""
    try:
        return texts.name(written)
    except texts.TextError as bad:
        raise CommandError(f"--name: {bad.problem}; {bad.remedy}", Exit.USAGE) from None


def worded(written: str, option: str) -> str:
    """A sentence, as it was typed. Raises CommandError."""
    try:
        return texts.words(written)
    except texts.TextError as bad:
        raise CommandError(f"{option}: {bad.problem}; {bad.remedy}", Exit.USAGE) from None
