"""People found, made, changed, merged and split: ``mca person find``, ``add``, ``change``, ``merge``, ``split``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from mca import options, reach
from mca.errors import CommandError, Exit, plainly
from mca.options import Academy, Json, Meant
from mca.privacy import show_unheard
from mca.tables import Cell, say, show_json, show_table, words
from operations import merging, people
from operations.people import Changes, NobodyError, Replaced
from operations.roles import Which
from records import people as records
from records.errors import AddressTaken
from records.people import Known, Sought
from schemas import roster_cells

FIND_EXAMPLE: Final = (
    "Examples: mca person find alder --academy sheffield · mca person find 104233 --kind employee_number"
)
ADD_EXAMPLE: Final = (
    "Example: mca person add --academy sheffield --name 'Coach Alder' --address coach.alder@example.org "
    "--id employee_number=104233"
)
CHANGE_EXAMPLE: Final = (
    "Example: mca person change coach.alder@example.org --name 'Coach Alder-Ash' --academy sheffield"
)
MERGE_EXAMPLE: Final = "Example: mca person merge per_5f0c1b6a7d2e per_0a9b8c7d6e5f"
SPLIT_EXAMPLES: Final = (
    "Examples: mca person split per_5f0c1b6a7d2e · mca person split per_5f0c1b6a7d2e --name 'Coach Ash' "
    "--address ward7@example.org --in sheffield.2026-autumn.P01"
)

Whom = Annotated[str, typer.Argument(metavar="PERSON", help="By id, address, full name, or another system's id.")]
Within = Annotated[str | None, typer.Option("--academy", help="Only of this academy.")]
Shared = Annotated[bool, typer.Option("--shared", help="Somebody else has this address too, and they share it.")]
_Name = Annotated[str | None, typer.Option("--name", help="What they are called.")]
_Address = Annotated[str | None, typer.Option("--address", help="Where their email goes.")]
_Organisation = Annotated[str | None, typer.Option("--organisation", help="Where they work.")]
_Discipline = Annotated[str | None, typer.Option("--discipline", help="What they are, as in nurse.")]
_Ids = Annotated[
    list[str] | None,
    typer.Option("--id", metavar="KIND=ID", help="What another system calls them, as in employee_number=104233."),
]


@plainly
async def find(
    said: Annotated[str, typer.Argument(metavar="TEXT", help="A part of the name, an address, or an id.")],
    *,
    academy: Within = None,
    kind: Annotated[str | None, typer.Option(help="An outside id of this kind alone, as in employee_number.")] = None,
    as_json: Json = False,
) -> None:
    """Find people by a part of their name, their address, or an id, ours or another system's."""
    sought = Sought(said, kind, None if academy is None else (academy,))
    async with reach.connection() as conn:
        await reach.noted(conn, "people", academy)
        found = await records.find(conn, sought, limit=_SHOWN + 1)
    if as_json:
        show_json(found[:_SHOWN])
        return
    if not found:
        raise CommandError("We don't know anybody by that name, address or id.")
    show_people(found[:_SHOWN])
    if len(found) > _SHOWN:
        say("There are more. Type more of the name.")


_SHOWN: Final = 100


def show_people(found: Sequence[Known]) -> None:
    """Some people, a row each."""
    show_table("People", ("Id", "Academy", "Name", "Address", "Other ids"), [_row(known) for known in found])


def _row(known: Known) -> tuple[Cell, ...]:
    ids = ", ".join(f"{kind}={value}" for kind, values in known.outside.items() for value in values)
    name = f"merged into {known.merged_into}" if known.merged_into else known.name or "erased"
    return known.person, known.academy, name, known.address, ids


@plainly
async def add(  # noqa: PLR0913 - as many as a person has
    *,
    academy: Academy,
    name: Annotated[str, typer.Option(help="What they are called.")],
    address: Annotated[str, typer.Option(help="Where their email goes.")],
    organisation: _Organisation = None,
    discipline: _Discipline = None,
    ids: _Ids = None,
    person: Meant = None,
    as_json: Json = False,
) -> None:
    """Make a person known. Somebody of this name and address keeps their id; another name there is a question."""
    given = options.office(name, address, "--address", person)
    assert given is not None  # noqa: S101 - there is an address
    changes = Changes(organisation=organisation, discipline=discipline, outside=_outside(ids))
    async with reach.connection() as conn:
        known, fresh = await people.make(conn, reach.caller(), academy, given, changes, reach.now())
    if as_json:
        show_json({"person": known.person, "fresh": fresh})
        return
    typer.echo(f"{known.person} {'is new' if fresh else 'was known'}.")


@plainly
async def change(  # noqa: PLR0913 - as many as a person has
    whom: Whom,
    *,
    academy: Within = None,
    name: _Name = None,
    address: _Address = None,
    organisation: _Organisation = None,
    discipline: _Discipline = None,
    ids: _Ids = None,
    shared: Shared = False,
) -> None:
    """Change what is known of somebody. What isn't given stays; an empty organisation, discipline or id is removed."""
    mailbox = options.office("", address, "--address")
    changes = Changes(
        None if name is None else options.named(name), mailbox.email if mailbox else None, organisation, discipline,
        _outside(ids),
    )  # fmt: skip
    if changes == Changes():
        raise CommandError(
            "Say what is to change: --name, --address, --organisation, --discipline or --id.", Exit.USAGE
        )
    async with reach.connection() as conn:
        known = await people.whom(conn, whom, None if academy is None else (academy,))
        try:
            await people.change(conn, reach.caller(), known.person, changes, reach.now(), tell_old, shared=shared)
        except AddressTaken:
            raise CommandError("That's the office's address, which is a mailbox of its own.") from None
    say("Changed.")


async def tell_old(replaced: Replaced) -> None:
    """Tell an old address that another took its place. Raises NotToldError, and SettingsError without a mail server."""
    from gateway.pages.replaced import told  # noqa: PLC0415 - pages are there only beside the gateway's libraries
    from gateway.settings import GatewaySettings  # noqa: PLC0415 - as above

    await told(GatewaySettings.from_environment(reach.environment()), replaced)


@plainly
async def merge(
    whom: Whom,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The record that stays, in the same way.")],
    *,
    academy: Within = None,
) -> None:
    """Merge two records that are one person: all that was recorded of the first is read as the second from now on.

    Nothing is lost: mca person split undoes it.
    """
    async with reach.engine() as engine:
        async with engine.connection() as conn:
            within = None if academy is None else (academy,)
            known, kept = await people.whom(conn, whom, within), await people.whom(conn, into, within)
        heard = await merging.merge(engine, reach.caller(), known, kept, reach.now())
    say(f"{known.person} is now part of {kept.person}. Updated in {len(heard.told)} places.")
    show_unheard(heard)


@plainly
async def split(
    whom: Annotated[str, typer.Argument(metavar="PERSON", help="The id of the record.")],
    *,
    name: _Name = None,
    address: _Address = None,
    subjects: Annotated[
        list[str] | None, typer.Option("--in", metavar="ID", help="Where the roles are the other's. Can be repeated.")
    ] = None,
) -> None:
    """Undo a merge; or, with --name and --address, separate two people who share one record."""
    other = options.office(name or "", address, "--address")
    if (other is None) != (name is None) or (other is not None and not subjects):
        raise CommandError("To separate two people, give --name, --address and --in of the other one.", Exit.USAGE)
    async with reach.engine() as engine:
        async with engine.connection() as conn:
            found = await records.find(conn, Sought(whom, exactly=True))
        known = next((one for one in found if one.person == whom), None)
        if known is None:
            raise NobodyError(whom)
        if other is None:
            show_unheard(await merging.split(engine, reach.caller(), known, reach.now()))
            say("Split. Each record stands for itself again.")
            return
        which = Which(subjects=subjects or ())
        done = await merging.separate(engine, reach.caller(), known, other, which, reach.now())
    say(f"{done.person.person} is somebody else from now on.")
    for each in done.became:
        say(f"{each.subject}, {words(each.role)}: {each.reason or 'recorded'}")


def _outside(ids: Sequence[str] | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for written in ids or ():
        kind, said, value = written.partition("=")
        try:
            kind, value = roster_cells.kind_of_id(kind), roster_cells.outside_id(value) if value else ""
        except roster_cells.BadCellError as bad:
            raise CommandError(f"--id {kind}: {bad.problem}; {bad.remedy}", Exit.USAGE) from None
        if not said:
            raise CommandError(f"--id {written}: write KIND=ID, as in employee_number=104233.", Exit.USAGE)
        found.setdefault(kind, []).extend([value] if value else [])
    return found
