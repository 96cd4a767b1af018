"""``mca db``: what each process may do in the database."""

from __future__ import annotations

from typing import Final

import asyncpg
import typer

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.tables import say
from records import database

_GRANT: Final = "Example: MCA_DATABASE_URL=postgresql://owner:…@host/coaching mca db grant"

app = typer.Typer(no_args_is_help=True, help="The database: what each process may do in it.", epilog=_GRANT)


@app.callback()
def _group() -> None:
    """Keeps the command's own name, though it is the only one."""


@app.command(epilog=_GRANT)
@plainly
async def grant() -> None:
    """Give the roles mca_worker, mca_gateway and mca_reader their rights, and make them where they are missing.

    Harmless when repeated. Then give each a password, and its process MCA_WORKER_DATABASE_URL or
    MCA_GATEWAY_DATABASE_URL.
    """
    url = reach.environment().get("MCA_DATABASE_URL")
    if not url:
        raise CommandError("Set MCA_DATABASE_URL to postgresql://user:password@host:5432/database.", Exit.USAGE)
    try:
        await database.grant(url)
    except asyncpg.UndefinedTableError:
        raise CommandError("The database has no tables yet. Run mca migrate first.") from None
    except asyncpg.InsufficientPrivilegeError:
        raise CommandError(
            "This user of the database may not do that. Have a superuser run, once: CREATE ROLE mca_worker LOGIN; "
            "CREATE ROLE mca_gateway LOGIN; CREATE ROLE mca_reader LOGIN; and be the owner of the tables yourself."
        ) from None
    say("mca_worker, mca_gateway and mca_reader have their rights.")
