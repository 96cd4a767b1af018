"""``mca person``: people as the records know them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import typer

from mca import reach
from mca.errors import CommandError, plainly
from mca.tables import say
from records import people

app = typer.Typer(no_args_is_help=True, help="People: forget somebody who asks for it.")

_ERASE_EXAMPLE: Final = "Example: mca person erase coach.alder@example.org --academy sheffield --yes"


@app.command(epilog=_ERASE_EXAMPLE)
@plainly
def erase(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address the academy knows them by.")],
    *,
    academy: Annotated[str, typer.Option(help="The academy's short name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
) -> None:
    """Erase somebody's name and address. Their team's records stay, with a role instead of the person."""
    if not yes:
        typer.confirm("Erase this person for good? It cannot be undone", abort=True)
    if asyncio.run(_erase(academy, address)) is None:
        raise CommandError(f"Nobody of {academy} has this address; nothing was changed.")
    say("Erased. What is sent to them from now on is recorded as undeliverable; tell who has the role instead:")
    say("mca engagement tell ID --kind role_changed, or coach_assigned.")


async def _erase(academy: str, address: str) -> str | None:
    async with reach.records() as pool, pool.acquire() as conn:
        return await people.erase(conn, academy, address, reach.now())
