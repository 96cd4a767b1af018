"""Where somebody is signed in, which accounts are theirs, and whether their links work: ``mca person sign-ins``."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from mca import reach
from mca.errors import plainly
from mca.tables import say, show_table
from operations import people, signing_in
from operations.people import whom
from records import sign_ins

EXAMPLES: Final = (
    "Examples: mca person sign-ins per_5f0c1b6a7d2e · mca person sign-ins per_5f0c1b6a7d2e --sign-out · "
    "mca person sign-ins per_5f0c1b6a7d2e --disconnect"
)
FORGET_EXAMPLE: Final = "Example: mca person forget-links per_5f0c1b6a7d2e"

_Person = Annotated[str, typer.Argument(metavar="PERSON", help="By id, name or address.")]


@plainly
async def show(
    person: _Person,
    *,
    sign_out: Annotated[bool, typer.Option("--sign-out", help="Sign them out of every browser.")] = False,
    disconnect: Annotated[
        bool,
        typer.Option(
            "--disconnect", help="Disconnect the accounts they sign in with, e.g. one that is somebody else's."
        ),
    ] = False,
) -> None:
    """Show where somebody is signed in and with which accounts, sign them out, or disconnect their accounts."""
    async with reach.connection() as conn:
        meant, at = (await whom(conn, person)).person, reach.now()
        if sign_out:
            await people.sign_out(conn, reach.caller(), meant, at)
        if disconnect:
            await people.disconnect(conn, reach.caller(), meant, at)
        browsers = await signing_in.elsewhere(conn, meant, at)
        accounts = await sign_ins.matched(conn, meant)
    if browsers:
        rows = [
            (each.browser, f"{each.began_at:%Y-%m-%d %H:%M}", f"{each.seen_at:%Y-%m-%d %H:%M}") for each in browsers
        ]
        show_table("Signed in", ("Browser", "Since", "Last page"), rows)
    else:
        say("They aren't signed in anywhere.")
    if accounts:
        show_table("Accounts", ("Provider", "Since"), [(one.issuer, f"{one.matched_at:%Y-%m-%d}") for one in accounts])
    else:
        say("They don't sign in with an account: the first time, we email them a code.")


@plainly
async def forget_links(person: _Person) -> None:
    """Stop every link in somebody's emails so far, and sign them out, e.g. after a phone was lost."""
    async with reach.connection() as conn:
        meant = (await whom(conn, person)).person
        await people.forget_links(conn, reach.caller(), meant, reach.now())
    say("Their links so far are stopped, and they're signed out. Their next emails have new links.")
