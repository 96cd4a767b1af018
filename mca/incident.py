"""``mca incident``: what the engine found wrong with itself."""

from __future__ import annotations

from typing import Annotated

import typer

from lifecycle.incidents import INCIDENTS, in_words
from mca import reach
from mca.errors import CommandError, plainly
from mca.options import Json
from mca.tables import Cell, say, show_list, words
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
    closed: Annotated[
        bool, typer.Option("--closed", help="Include those that are over: the latest hundred in all.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What is wrong now, oldest first."""
    async with reach.connection() as conn:
        found = await (incidents.latest(conn, 100) if closed else incidents.open_of(conn))
    columns = ("Number", "What", "About", "Since", "What is known", "Do this")
    show_list(found, "Incidents", columns, _row, none="Nothing is wrong.", as_json=as_json)


@app.command(epilog="Example: mca incident close 12")
@plainly
async def close(number: Annotated[int, typer.Argument(help="As in the list.")]) -> None:
    """Close an incident when nothing is left to do. If the same is found again, it opens again."""
    async with reach.connection() as conn:
        if not await incidents.close(conn, number, reach.now()):
            raise CommandError(f"No incident {number} is open. See which are: mca incident list")
    say(f"Incident {number} is closed.")


def _row(incident: Incident) -> tuple[Cell, ...]:
    finding, description = incident.finding, INCIDENTS[incident.finding.kind]
    state = "closed" if incident.closed_at else words(description.acts)
    what, known = f"{description.label} ({state})", " ".join(in_words(finding))
    typed = description.typed(incident.id)
    do = f"{description.remedy} Then run: {typed}" if typed else description.remedy
    return (incident.id, what, finding.subject, incident.since, known, "" if incident.closed_at else do)
