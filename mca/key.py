"""``mca key``: the API keys of small services."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

import typer

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.options import Json
from mca.tables import Cell, say, show_list
from operations.keys import AT_MOST, OVERLAP, make_key, revoke_key, rotate_key
from records import keys
from schemas.grants import PRESETS, BadGrantError, Grant, preset

app = typer.Typer(no_args_is_help=True, help="API keys: how small services show the gateway who they are.")

Days = Annotated[int, typer.Option(min=1, max=AT_MOST.days, help="For how many days it works, at most a year.")]
Key = Annotated[str, typer.Argument(help="The key's name in mca key list, as in key_3f2a90b1c4.")]
_KEEP: Final = "Keep it safe: it is not shown again. Send it as the header X-API-Key."


@app.command(
    epilog="Examples: mca key make --preset diary sheffield · "
    "mca key make rota --grant tell:sheffield:leave --grant read:sheffield:people --days 90"
)
@plainly
async def make(
    name: Annotated[str, typer.Argument(help="Whose key it is, for the list; not a person's name.")] = "",
    *,
    grant: Annotated[
        list[str] | None, typer.Option(help="What it may do and where, as in tell:sheffield:sessions.")
    ] = None,
    service: Annotated[
        tuple[str, str], typer.Option("--preset", metavar="SERVICE ACADEMY", help=", ".join(PRESETS))
    ] = ("", ""),
    days: Days = AT_MOST.days,
) -> None:
    """Make a key. It is shown once, on standard output, and only its hash is kept. It ends by itself."""
    named, grants = name.strip() or service[0], _grants(grant or [], service)
    if not named:
        raise CommandError("A key needs a name, to be told apart from the others.", Exit.USAGE)
    at = reach.now()
    until = at + timedelta(days=days)
    async with reach.connection() as conn:
        made = await make_key(conn, reach.caller(), named, grants, at, until)
    typer.echo(made.secret)
    say(f"{made.key} may: {' '.join(map(str, grants))}. It works until {until:%d %B %Y}. {_KEEP}")


def _grants(written: list[str], service: tuple[str, str]) -> list[Grant]:
    try:
        grants = [*(preset(*service) if any(service) else ()), *map(Grant.parse, written)]
    except BadGrantError as bad:
        raise CommandError(f"{bad}.", Exit.USAGE) from None
    if not grants:
        raise CommandError("Say what the key may do: --grant, or --preset.", Exit.USAGE)
    return grants


@app.command(epilog="Example: mca key rotate key_3f2a90b1c4")
@plainly
async def rotate(
    key: Key,
    *,
    overlap: Annotated[
        int, typer.Option("--overlap-days", min=0, max=90, help="For how many days the old secret still works.")
    ] = OVERLAP.days,
    days: Days = AT_MOST.days,
) -> None:
    """Give a key a new secret, shown once. What it may do, and the ids of what it told, stay as they are."""
    at = reach.now()
    until, former = at + timedelta(days=days), at + timedelta(days=overlap)
    async with reach.connection() as conn:
        made = await rotate_key(conn, reach.caller(), key, at, until, former - at)
    if made is None:
        raise CommandError(f"There is no key {key} that works. See mca key list.")
    typer.echo(made.secret)
    say(f"{key} works until {until:%d %B %Y}; its former secret until {former:%d %B %Y} at the latest. {_KEEP}")


@app.command("list", epilog="Example: mca key list")
@plainly
async def list_(*, as_json: Json = False) -> None:
    """List the keys, with when each ends and was used last."""
    async with reach.connection() as conn:
        found = await keys.everyone(conn)
    columns = ("Key", "Name", "Grants", "Made", "Ends", "Former secret ends", "Used last", "Revoked", "Made by", "Why")
    none = "There is no key. Make one: mca key make --help"
    show_list(found, f"{len(found)} keys", columns, _row, none=none, as_json=as_json)


def _row(line: keys.KeyLine) -> tuple[Cell, ...]:
    when = (line.created_at, line.ends, line.former_ends, line.last_used_at, line.revoked_at)
    return (line.key, line.name, ", ".join(line.grants), *when, line.made_by, line.revoked_why)


@app.command(epilog="Example: mca key revoke key_3f2a90b1c4")
@plainly
async def revoke(
    key: Key, *, why: Annotated[str | None, typer.Option(help="A few words for the list; nobody's name.")] = None
) -> None:
    """End a key at once."""
    async with reach.connection() as conn:
        if not await revoke_key(conn, reach.caller(), key, reach.now(), why):
            raise CommandError(f"There is no key {key}. See mca key list.")
    say(f"{key} no longer works.")
