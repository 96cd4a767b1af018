"""``mca worklist``: what waits for a human."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Annotated

import typer

from lifecycle.worklist import Waiting
from mca import reach
from mca.errors import CommandError, plainly
from mca.tables import in_words, say, show_json, show_table, words
from operations.worklist import NothingWaitsError, SnoozeError, Wanted, put_off, standing, worklist
from records import views
from records import worklist as records
from records.database import Connection
from records.worklist import Snoozed
from schemas.words import Role

app = typer.Typer(
    invoke_without_command=True,
    epilog="Examples: mca worklist · mca worklist --turn faculty · mca worklist --academy sheffield --everybody --json",
)

Academy = Annotated[str | None, typer.Option(help="The academy's short name; else the only one there is.")]


@app.callback()
@plainly
def list_(
    context: typer.Context,
    *,
    academy: Academy = None,
    turn: Annotated[Role, typer.Option(help="Whose turn it is.")] = Role.OFFICE,
    person: Annotated[str | None, typer.Option(help="Only this person's, as per_5f0c1b6a7d2e.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Whoever's turn it is.")] = False,
    snoozed: Annotated[bool, typer.Option("--snoozed", help="What was put off, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """What waits for a human, ranked by what is lost by waiting. A line closes when it is answered or mended."""
    if context.invoked_subcommand is not None:
        return
    wanted = Wanted(person, None if everybody or person else turn)
    found, reasons = asyncio.run(_read(academy, wanted))
    shown = found if snoozed else standing(found)
    if as_json:
        show_json([one.model_dump(mode="json") for one in shown])
        return
    columns = ("Lost by waiting", "What", "Whose turn", "Owed", "What is known", "Do this")
    if shown:
        show_table(_so_many(len(shown)), columns, [_row(one, reasons) for one in shown])
    else:
        say("Nothing waits.")
    if len(found) > len(shown):
        say(f"{len(found) - len(shown)} more were put off: --snoozed shows them.")


@app.command(
    epilog="Example: mca worklist snooze sheffield.2027-autumn.P01/stall/2027-11-02 --until "
    '2027-11-20 --reason "Faculty meets the team on the 18th"'
)
@plainly
def snooze(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="As in the list.")],
    *,
    academy: Academy = None,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it comes back.")],
    reason: Annotated[str, typer.Option(help="Why it can wait, in a sentence. No patients' data.")],
) -> None:
    """Put a line off until a day. It comes back sooner when its matter goes a step further."""
    asyncio.run(_snooze(academy, item, until.date(), reason))
    say(f"{item} is put off until {in_words(until.date())}.")


async def _read(academy: str | None, wanted: Wanted) -> tuple[list[Waiting], dict[str, Snoozed]]:
    async with reach.records() as pool, pool.acquire() as conn:
        name = academy or await _only_one(conn)
        return await worklist(conn, name, reach.now(), wanted), await records.snoozes(conn, name)


async def _only_one(conn: Connection) -> str:
    known = sorted({one.cohort.partition(".")[0] for one in await views.cohorts(conn)})
    if len(known) == 1:
        return known[0]
    said = f"There are {', '.join(known)}: choose one with --academy." if known else "There is no academy yet."
    raise CommandError(said)


async def _snooze(academy: str | None, item: str, until: date, reason: str) -> None:
    async with reach.records() as pool, pool.acquire() as conn:
        name = academy or await _only_one(conn)
        try:
            await put_off(conn, name, item, until=until, reason=reason, by=reach.caller().id, now=reach.now())
        except SnoozeError as error:
            raise CommandError(str(error)) from None
        except NothingWaitsError:
            raise CommandError(f"Nothing waits under {item}. See what does: mca worklist --everybody") from None


def _so_many(lines: int) -> str:
    return "1 thing waits" if lines == 1 else f"{lines} things wait"


def _row(one: Waiting, reasons: dict[str, Snoozed]) -> tuple[str | datetime | None, ...]:
    off = f"Put off until {in_words(one.snoozed_until)}: {reasons[one.item].reason}" if one.snoozed_until else ""
    what = f"{words(one.matter or one.kind)} {one.item}"
    return (words(one.loss.name.lower()), what, words(one.turn), one.owed_by, " ".join((*one.evidence, off)).strip(),
            f"{one.suggestion} {one.command or ''}".strip())  # fmt: skip
