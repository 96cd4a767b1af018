"""``mca person``: people as the records know them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import typer

from activities.post import MailAddressError, read_address
from mca import reach
from mca.errors import CommandError, plainly
from mca.tables import say, show_pairs
from records import pages, people
from records.errors import AddressTaken
from records.pages import Reader

app = typer.Typer(no_args_is_help=True, help="People: show somebody, mend an address, forget somebody.")

_ERASE_EXAMPLE: Final = "Example: mca person erase coach.alder@example.org --academy sheffield --yes"


Person = Annotated[str, typer.Argument(metavar="PERSON", help="By id, as in mca engagement show or the worklist.")]


@app.command(epilog="Example: mca person show per_5f0c1b6a7d2e")
@plainly
def show(person: Person) -> None:
    """Show somebody's name and address."""
    found = asyncio.run(_show(person))
    if found is None:
        raise CommandError(f"There is nobody {person}.")
    erased = None if found.name else "erased"
    show_pairs(person, [("Academy", found.academy), ("Name", found.name or erased), ("Address", found.address)])


@app.command(epilog="Example: mca person address per_5f0c1b6a7d2e new@example.org")
@plainly
def address(
    person: Person, new: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where mail goes from now on.")]
) -> None:
    """Mend somebody's address. Mail that failed is not sent again; the next goes to the new one."""
    try:
        read_address(new)
    except MailAddressError:
        raise CommandError(f"{new} is no mail address.") from None
    asyncio.run(_change(person, new))
    say("Changed.")


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


async def _show(person: str) -> Reader | None:
    async with reach.records() as pool, pool.acquire() as conn:
        return await pages.reader(conn, person)


async def _change(person: str, new: str) -> None:
    async with reach.records() as pool, pool.acquire() as conn:
        found = await pages.reader(conn, person)
        if found is None or found.name is None:
            raise CommandError(f"There is nobody {person}, or they were erased.")
        try:
            await people.change_address(conn, person, new, reach.now())
        except AddressTaken:
            raise CommandError("Somebody else of this academy has that address already.") from None
