"""``mca worklist``: what waits for a human."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from lifecycle.worklist import Waiting
from mca import options, reach
from mca.errors import CommandError, plainly
from mca.options import Json
from mca.tables import Cell, in_words, local, say, show_list, words
from operations.worklist import (
    NothingWaitsError,
    SnoozeError,
    Wanted,
    of_the_operator,
    put_off,
    standing,
    worklist,
)
from records import views
from records import worklist as records
from records.database import Connection
from records.worklist import Snoozed
from schemas.words import Role

app = typer.Typer(
    invoke_without_command=True,
    epilog="Examples: mca worklist --turn operator · mca worklist --academy sheffield --everybody --json",
)

Academy = Annotated[str | None, typer.Option(help="The academy's short name; else the only one there is.")]


@app.callback()
@plainly
async def list_(
    context: typer.Context,
    *,
    academy: Academy = None,
    turn: Annotated[Role, typer.Option(help="Whose turn it is.")] = Role.OFFICE,
    person: Annotated[str | None, typer.Option(help="Only this person's, as per_5f0c1b6a7d2e.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Whoever's turn it is.")] = False,
    snoozed: Annotated[bool, typer.Option("--snoozed", help="Snoozed tasks too.")] = False,
    as_json: Json = False,
) -> None:
    """What waits for a human, ranked by what is lost by waiting. A line closes when it is answered or mended."""
    if context.invoked_subcommand is not None:
        return
    wanted = Wanted(person, None if everybody or person else turn)
    async with reach.connection() as conn:
        if turn is Role.OPERATOR and academy is None:
            found, reasons = await of_the_operator(conn, reach.now()), dict[str, Snoozed]()
        else:
            name = academy or await _only_academy(conn)
            await reach.noted(conn, "worklist", name, person)
            found, reasons = await worklist(conn, name, reach.now(), wanted), await records.snoozes(conn, name)
    shown = found if snoozed else standing(found)
    columns = ("Lost by waiting", "What", "Whose turn", "Owed", "What is known", "Do this")
    title = "1 task" if len(shown) == 1 else f"{len(shown)} tasks"
    show_list(shown, title, columns, partial(_row, reasons=reasons), none="Nothing to do.", as_json=as_json)
    if len(found) > len(shown) and not as_json:
        say(f"{len(found) - len(shown)} more are snoozed: --snoozed shows them.")


@app.command(
    epilog="Example: mca worklist snooze sheffield.2027-autumn.P01/stall/2027-11-02 --until "
    '2027-11-20 --reason "Faculty meets the team on the 18th"'
)
@plainly
async def snooze(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="As in the list.")],
    *,
    academy: Academy = None,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it comes back.")],
    reason: Annotated[str, typer.Option(help="Why it can wait, in a sentence. No patients' data.")],
) -> None:
    """Put a line off until a day. It comes back sooner when its matter goes a step further."""
    why = options.worded(reason, "--reason")
    async with reach.connection() as conn:
        name = academy or await _only_academy(conn)
        try:
            await put_off(conn, name, item, until=until.date(), reason=why, by=reach.caller().id, now=reach.now())
        except SnoozeError as error:
            raise CommandError(str(error)) from None
        except NothingWaitsError:
            raise CommandError(f"There's no task {item}. See what does: mca worklist --everybody") from None
    say(f"{item} is snoozed until {in_words(until.date())}.")


async def _only_academy(conn: Connection) -> str:
    known = sorted({line.cohort.partition(".")[0] for line in await views.cohorts(conn)})
    if len(known) == 1:
        return known[0]
    said = f"There are {', '.join(known)}: choose one with --academy." if known else "There is no academy yet."
    raise CommandError(said)


def _row(waiting: Waiting, reasons: dict[str, Snoozed]) -> tuple[Cell, ...]:
    until = waiting.snoozed_until
    off = f"Snoozed until {in_words(until)}: {reasons[waiting.item].reason}" if until else ""
    known = " ".join((*waiting.evidence, off)).strip()
    what = f"{waiting.title or words(waiting.matter or waiting.kind)} {waiting.item}"
    do = f"{waiting.suggestion} {waiting.command or ''}".strip()
    return (
        words(waiting.loss.name.lower()),
        what,
        words(waiting.turn),
        local(waiting.owed_by, waiting.zone),
        known,
        do,
    )
