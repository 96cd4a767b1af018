"""``mca key``: the API keys of small services."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.tables import output, say, show_json, show_table
from operations.grants import BadGrantError, Grant
from records import keys

app = typer.Typer(no_args_is_help=True, help="API keys: how small services show the gateway who they are.")


@app.command(epilog="Example: mca key create diary --grant tell:sheffield --grant read:sheffield.2027-autumn")
@plainly
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, for the list; not a person's name.")],
    *,
    grant: Annotated[list[str], typer.Option(help="read, tell or admin; limited as in tell:sheffield.")],
) -> None:
    """Make a key. It is shown once, on standard output, and only its hash is kept."""
    if not name.strip():
        raise CommandError("A key needs a name, to be told apart from the others.", Exit.USAGE)
    try:
        grants = [str(Grant.parse(one)) for one in grant]
    except BadGrantError as bad:
        raise CommandError(f"--grant: {bad}.", Exit.USAGE) from None
    output().print(asyncio.run(_create(name, grants)), markup=False, soft_wrap=True)
    say("Keep it safe: it is not shown again. Send it as the header X-API-Key.")


@app.command("list", epilog="Example: mca key list")
@plainly
def list_(*, as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """List the keys, with when each was used last."""
    found = asyncio.run(_all())
    if as_json:
        show_json(found)
    elif found:
        rows = [(one.key, one.name, ", ".join(one.grants), one.created_at, one.last_used_at, one.revoked_at)
                for one in found]  # fmt: skip
        show_table(f"{len(rows)} keys", ("Key", "Name", "Grants", "Made", "Used last", "Revoked"), rows)
    else:
        say("There is no key. Make one: mca key create --help")


@app.command(epilog="Example: mca key revoke key_3f2a90b1c4")
@plainly
def revoke(key: Annotated[str, typer.Argument(help="The key's name in mca key list, as in key_3f2a90b1c4.")]) -> None:
    """End a key at once."""
    if not asyncio.run(_revoke(key)):
        raise CommandError(f"There is no key {key}. See mca key list.")
    say(f"{key} opens nothing any more.")


async def _create(name: str, grants: list[str]) -> str:
    async with reach.records() as pool, pool.acquire() as conn:
        return await keys.create(conn, name, grants, reach.now())


async def _all() -> list[keys.KeyLine]:
    async with reach.records() as pool, pool.acquire() as conn:
        return await keys.everyone(conn)


async def _revoke(key: str) -> bool:
    async with reach.records() as pool, pool.acquire() as conn:
        return await keys.revoke(conn, key, reach.now())
