"""``mca academy``: what concerns all of an academy at once."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Annotated

import typer

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.tables import output, show_json, show_table
from operations.closures import close_academy
from operations.heard import Heard

app = typer.Typer(no_args_is_help=True, help="Academies: weeks in which all is closed.")

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="As in 2027-12-20.")]


@app.command(epilog="Example: mca academy close --academy sheffield --first 2027-12-20 --last 2028-01-02")
@plainly
def close(
    *,
    academy: Annotated[str, typer.Option(help="The academy's code, as in sheffield.")],
    first: Day,
    last: Day,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say that the academy is closed, first and last day included: sessions are excused, and nothing is sent.

    Every engagement, cohort and Introduction course that has not ended is told. What begins later is told by itself, on
    the next morning.
    """
    if last < first:
        raise CommandError("--last is before --first.", Exit.USAGE)
    done = asyncio.run(_close(academy, first.date(), last.date()))
    if as_json:
        show_json(done)
        return
    output().print(f"{len(done.told)} told.", markup=False)
    if done.refused:
        show_table("Refused", ("Which", "Why"), done.refused)


async def _close(academy: str, first: date, last: date) -> Heard:
    async with reach.engine() as to:
        return await close_academy(to, reach.caller(), academy, first, last)
