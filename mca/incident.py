"""``mca incident``: what the engine found wrong with itself."""

from __future__ import annotations

from typing import Annotated

import typer

from lifecycle.dates import clock_of
from lifecycle.incidents import INCIDENTS
from lifecycle.incidents import in_words as sentences
from mca import reach
from mca.errors import CommandError, plainly
from mca.options import Json
from mca.tables import Note, say, show_json, show_notes, words
from records import incidents
from records.incidents import Incident

app = typer.Typer(
    no_args_is_help=True,
    help="What the engine found wrong with itself, and what it did about it.",
    epilog="Examples: mca incident list · mca incident list --closed · mca incident close 12",
)


@app.command("list", epilog="Examples: mca incident list · mca incident list --closed --json")
@plainly
async def list_(
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Include closed ones: the latest hundred in all.")] = False,
    as_json: Json = False,
) -> None:
    """What is wrong now, oldest first."""
    async with reach.connection() as conn:
        found = await (incidents.latest(conn, 100) if closed else incidents.open_of(conn))
    if as_json:
        show_json(found)
    elif not found:
        say("Nothing is wrong.")
    else:
        show_notes([_note(incident) for incident in found])


@app.command(epilog="Example: mca incident close 12")
@plainly
async def close(number: Annotated[int, typer.Argument(help="As in the list.")]) -> None:
    """Close an incident when nothing is left to do. If the same is found again, it opens again."""
    async with reach.connection() as conn:
        if not await incidents.close(conn, number, reach.now()):
            raise CommandError(f"Incident {number} isn't open. To see which are: mca incident list")
    say(f"Incident {number} is closed.")


def _note(incident: Incident) -> Note:
    finding, description, clock = incident.finding, INCIDENTS[incident.finding.kind], clock_of(incident.zone)
    state = f"closed {clock.moment(incident.closed_at)}" if incident.closed_at else words(description.acts)
    return Note(
        title=f"{incident.id}  {description.label} ({state})",
        lines=(f"Since {clock.moment(incident.since)}. {' '.join(sentences(finding, incident.zone))}",)
        + (() if incident.closed_at else (description.remedy,)),
        command=None if incident.closed_at else description.typed(incident.id),
    )
