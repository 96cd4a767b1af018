"""``mca key``: the API keys of small services."""

from __future__ import annotations

from typing import Annotated

import typer

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.options import Json
from mca.tables import Cell, say, show_list
from records import keys
from schemas.grants import BadGrantError, Grant

app = typer.Typer(no_args_is_help=True, help="API keys: how small services show the gateway who they are.")


@app.command(epilog="Example: mca key create diary --grant tell:sheffield:sessions --grant as:sheffield:coach")
@plainly
async def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, for the list; not a person's name.")],
    *,
    grant: Annotated[list[str], typer.Option(help="What it may do and where, as in tell:sheffield:sessions.")],
) -> None:
    """Make a key. It is shown once, on standard output, and only its hash is kept."""
    if not name.strip():
        raise CommandError("A key needs a name, to be told apart from the others.", Exit.USAGE)
    try:
        grants = [str(Grant.parse(written)) for written in grant]
    except BadGrantError as bad:
        raise CommandError(f"--grant: {bad}.", Exit.USAGE) from None
    async with reach.connection() as conn:
        typer.echo(await keys.create(conn, name, grants, reach.now()))
    say("Keep it safe: it is not shown again. Send it as the header X-API-Key.")


@app.command("list", epilog="Example: mca key list")
@plainly
async def list_(*, as_json: Json = False) -> None:
    """List the keys, with when each was used last."""
    async with reach.connection() as conn:
        found = await keys.everyone(conn)
    columns = ("Key", "Name", "Grants", "Made", "Used last", "Revoked")
    none = "There is no key. Make one: mca key create --help"
    show_list(found, f"{len(found)} keys", columns, _row, none=none, as_json=as_json)


def _row(line: keys.KeyLine) -> tuple[Cell, ...]:
    return (line.key, line.name, ", ".join(line.grants), line.created_at, line.last_used_at, line.revoked_at)


@app.command(epilog="Example: mca key revoke key_3f2a90b1c4")
@plainly
async def revoke(
    key: Annotated[str, typer.Argument(help="The key's name in mca key list, as in key_3f2a90b1c4.")],
) -> None:
    """End a key at once."""
    async with reach.connection() as conn:
        if not await keys.revoke(conn, key, reach.now()):
            raise CommandError(f"There is no key {key}. See mca key list.")
    say(f"{key} no longer works.")
