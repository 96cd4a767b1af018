"""``mca academy``: what concerns all of an academy at once."""

from __future__ import annotations

from typing import Annotated

import typer

from coaching_client.handles import FactRefusedError
from mca import options, reach
from mca.errors import CommandError, Exit, plainly
from mca.options import Confirmed, Day, Json, Meant
from mca.programme import programme_named
from mca.tables import show_json, show_pairs, show_table
from operations.academies import adopt_programme, close_academy, revise_calendar
from operations.effects import Heard
from operations.offices import change_office, join_office, leave_office, name_deputy
from records import offices

app = typer.Typer(no_args_is_help=True, help="Academies: their office, closed weeks, and the bank holidays they keep.")

OfAcademy = Annotated[str, typer.Argument(metavar="ACADEMY", help="The academy's code, as in sheffield.")]
Named = Annotated[str, typer.Option("--academy", help="The academy's code, as in sheffield.")]


@app.command(epilog="Example: mca academy close --academy sheffield --first 2027-12-20 --last 2028-01-02")
@plainly
async def close(
    *,
    academy: Named,
    first: Day,
    last: Day,
    back: Annotated[bool, typer.Option("--back", help="Take exactly these closed weeks back, everywhere.")] = False,
    confirmed: Confirmed = False,
    as_json: Json = False,
) -> None:
    """Say that the academy is closed, first and last day included: sessions are excused, and nothing is sent.

    Every engagement, cohort and Introduction course that has not ended hears of it. What begins later does by itself,
    on the next morning.
    """
    if last < first:
        raise CommandError("--last is before --first.", Exit.USAGE)
    async with reach.engine() as engine:
        heard = await close_academy(
            engine, reach.caller(), academy, first.date(), last.date(), back=back, confirmed=confirmed
        )
    _show(heard, as_json=as_json)


@app.command(epilog="Example: mca academy revise --academy sheffield --calendar uk-2026-11")
@plainly
async def revise(
    *,
    academy: Named,
    calendar: Annotated[str, typer.Option(help="The bank-holiday table, as in uk-2026-11.")],
    as_json: Json = False,
) -> None:
    """Say that another bank-holiday table holds from now on, for all that has not ended."""
    try:
        async with reach.engine() as engine:
            _show(await revise_calendar(engine, reach.caller(), academy, calendar), as_json=as_json)
    except FactRefusedError as refused:
        raise CommandError(refused.refusal.reason) from None


@app.command(epilog="Example: mca academy adopt --academy sheffield --programme our-programme.yaml")
@plainly
async def adopt(*, academy: Named, programme: options.ProgrammeOf, as_json: Json = False) -> None:
    """Adopt another version of a programme, for all that follows it now and all that starts later."""
    read = programme_named(programme)
    async with reach.engine() as engine:
        _show(await adopt_programme(engine, reach.caller(), academy, read), as_json=as_json)


@app.command(
    epilog="Examples: mca academy office sheffield · mca academy office sheffield --address office@example.org"
)
@plainly
async def office(
    academy: OfAcademy,
    *,
    address: Annotated[str | None, typer.Option(help="Where mail to the programme office goes from now on.")] = None,
    name: Annotated[str | None, typer.Option(help="How the programme office is addressed from now on.")] = None,
    as_json: Json = False,
) -> None:
    """Show or change the academy's office: one mailbox. A change holds at once for all that runs there."""
    given = options.office(name or "", address, "--address")
    async with reach.connection() as conn:
        if given or name:
            await change_office(conn, reach.caller(), academy, name, given.email if given else None, reach.now())
        mailbox = await offices.mailbox(conn, academy)
    if mailbox is None:
        raise CommandError(f"{academy} has no office yet: name its mailbox with --address.")
    if as_json:
        show_json(mailbox)
        return
    show_pairs(f"The office of {academy}", [("Name", mailbox.name), ("Address", mailbox.address)])


@app.command(
    epilog="Examples: mca academy deputy sheffield --address dana@example.org --name 'Dana Deputy' · "
    "mca academy deputy sheffield --none"
)
@plainly
async def deputy(
    academy: OfAcademy,
    *,
    address: Annotated[str | None, typer.Option(help="The deputy's email address.")] = None,
    name: Annotated[str | None, typer.Option(help="The deputy's name, if we don't know them yet.")] = None,
    person: Meant = None,
    none: Annotated[bool, typer.Option("--none", help="Remove the deputy.")] = False,
    as_json: Json = False,
) -> None:
    """Show or name the academy's deputy: a person or a second mailbox.

    The deputy is emailed when an answer from the office is long overdue, when emails to it fail, and when everyone in
    it is on leave. If there's no deputy, the operator is emailed instead.
    """
    if none and address is not None:
        raise CommandError("Choose one of --address and --none.", Exit.USAGE)
    given = options.office(name or address or "", address, "--address", person)
    if none or given:
        async with reach.engine() as engine:
            await name_deputy(engine, reach.caller(), academy, given)
    await _show_staff(academy, "deputy", "no deputy", as_json=as_json)


@app.command(
    epilog="Examples: mca academy members sheffield · mca academy members sheffield --join olga@example.org "
    "--name 'Olga Office' · mca academy members sheffield --leave olga@example.org"
)
@plainly
async def members(
    academy: OfAcademy,
    *,
    join: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Add somebody to the office.")] = None,
    name: Annotated[str | None, typer.Option(help="Their name, if we don't know them yet.")] = None,
    person: Meant = None,
    leave: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Remove somebody from the office.")] = None,
    as_json: Json = False,
) -> None:
    """Show or change who works in the academy's office. If they are all on leave, its deputy is emailed."""
    joining = options.office(name or join or "", join, "--join", person)
    if joining or leave:
        async with reach.engine() as engine:
            if joining:
                await join_office(engine, reach.caller(), academy, joining)
            if leave:
                await leave_office(engine, reach.caller(), academy, leave)
    await _show_staff(academy, "member", "no named office members", as_json=as_json)


async def _show_staff(academy: str, part: str, nobody: str, *, as_json: bool) -> None:
    async with reach.connection() as conn:
        await reach.noted(conn, "office", academy)
        found = [person for person in await offices.staff(conn, academy) if person.part == part]
    if as_json:
        show_json(found)
    elif found:
        rows = [(person.person, person.name or "erased", person.address or "") for person in found]
        show_table(f"{academy}: {part}s" if part == "member" else f"{academy}: {part}", ("Id", "Name", "Address"), rows)
    else:
        typer.echo(f"{academy} has {nobody}.")


def _show(heard: Heard, *, as_json: bool) -> None:
    if as_json:
        show_json(heard)
        return
    typer.echo(f"{len(heard.told)} told.")
    if heard.refused:
        show_table("Refused", ("Which", "Why"), heard.refused)
    if heard.late:
        typer.echo(f"No answer yet, we'll try again by tomorrow morning: {', '.join(heard.late)}")
